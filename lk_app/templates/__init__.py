"""Pages and documents that are not Reflex's: Jinja templates, in which every value is escaped."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


@cache
def environment() -> Environment:
    """Return the environment of all templates; a name that is not there is an error, not an empty text."""
    return Environment(
        loader=PackageLoader("lk_app"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def template(name: str) -> Template:
    """Return the template in the file of this name."""
    return environment().get_template(name)
