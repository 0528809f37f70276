"""«Доступность»."""

import reflex as rx

from lk_app.pages.help.article import article
from lk_app.services.help import pages


def accessibility() -> rx.Component:
    """Return what was done so that everybody can use the portal, and what was not."""
    return article(pages.read("accessibility"))
