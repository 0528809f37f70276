"""The application: pages, the guard before their events, and the routes beside them."""

import logging
import traceback

import reflex as rx

from lk_app import api, pages
from lk_app.api.headers import with_headers
from lk_app.components.document import APP_WRAPS, HEAD
from lk_app.settings import checked_settings
from lk_app.state.access import Guard

checked_settings()
log = logging.getLogger(__name__)


def report_failure(exception: Exception) -> None:
    """Log where an event failed; never the message, which may quote what somebody typed."""
    place = traceback.extract_tb(exception.__traceback__)[-1]
    log.error("%s at %s:%s", type(exception).__name__, place.filename, place.lineno)


app = rx.App(
    html_lang="ru",
    toaster=None,
    reset_style=False,
    stylesheets=["/tokens.css", "/app.css"],
    head_components=HEAD,
    app_wraps=APP_WRAPS,
    backend_exception_handler=report_failure,
    api_transformer=[api.with_routes, with_headers],
)
app.add_middleware(Guard(), index=0)
pages.register(app)
