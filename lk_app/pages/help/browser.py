"""How to set up a browser: where a browser without JavaScript or cookies is sent."""

import reflex as rx

from lk_app.pages.help.article import article
from lk_app.services.help import pages

el = rx.el


def browser() -> rx.Component:
    """Return the page about JavaScript, cookies and pop-up windows."""
    # A full load: what was set up meanwhile takes effect.
    back = el.a("Вернуться в кабинет", href="/", class_name="button secondary", reload_document=True)
    return article(pages.read("browser"), back)
