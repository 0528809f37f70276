"""Help: one module per page, readable without JavaScript and without signing in."""

from lk_app.pages.help.browser import browser
from lk_app.pages.help.payment import payment

__all__ = ["browser", "payment"]
