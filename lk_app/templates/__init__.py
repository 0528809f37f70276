"""Pages and documents that are not Reflex's: Jinja templates, in which every value is escaped."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("lk_app"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def template(name: str) -> Template:
    """Return the template in the file of this name."""
    return _environment().get_template(name)
