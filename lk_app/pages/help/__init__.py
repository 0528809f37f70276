"""Help: one module per page, readable without JavaScript and without signing in."""

from lk_app.pages.help.accessibility import accessibility
from lk_app.pages.help.browser import browser
from lk_app.pages.help.faq import faq
from lk_app.pages.help.overview import overview
from lk_app.pages.help.payment import payment

__all__ = ["accessibility", "browser", "faq", "overview", "payment"]
