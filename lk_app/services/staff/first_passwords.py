"""How long a first password is good for: one that an administrator has given, who knows it."""

from datetime import datetime, timedelta

from lk_app.settings import settings


def good_until(given_at: datetime | None) -> datetime | None:
    """Return until when a password that was given then signs in; nothing for one that its owner has set."""
    return given_at + timedelta(days=settings().first_password_days) if given_at else None
