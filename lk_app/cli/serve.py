"""`serve`: the portal in production mode, on one port."""

import os
import sys
from pathlib import Path

import click

from lk_app.settings import Environment, settings

PRODUCTION_MODE = {
    "REFLEX_ENV_MODE": "prod",
    "__REFLEX_SKIP_COMPILE": "true",
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
}
"""Makes Reflex serve the front end that `make build` has built, without compiling it again."""


@click.command(help="Serve the built portal; `make build` builds it.")
@click.option("--workers", default=1, show_default=True, help="Processes; more than one needs LK_REDIS_URL.")
def serve(workers: int) -> None:
    if workers > 1 and not settings().redis_url:
        raise click.UsageError("several processes need LK_REDIS_URL: they share the state of open pages")
    granian = Path(sys.executable).parent / "granian"
    arguments = ["--interface", "asgi", "--factory", "--host", settings().host, "--port", str(settings().port)]
    arguments += ["--workers", str(workers), "--respawn-failed-workers", "--log-level", "warning"]
    # Open pages hold their sockets for ever: a stop must not wait for them.
    arguments += ["--workers-kill-timeout", "3"]
    click.echo(f"LK: {settings().origin}")
    if settings().env is Environment.DEMO:
        click.echo("Demo user: Мария Иванова, password gaz2026demo")
    sys.stdout.flush()
    os.execve(granian, [str(granian), *arguments, "lk_app.lk_app:app"], os.environ | PRODUCTION_MODE)  # noqa: S606 - our own server
