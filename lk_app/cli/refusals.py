"""How commands end when a service refuses what they ask."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from lk_app.services.errors import ServiceError


@contextmanager
def refusals_shown() -> Iterator[None]:
    """End the command with what a service says against it."""
    try:
        yield
    except ServiceError as refusal:
        raise click.ClickException(refusal.message) from None
