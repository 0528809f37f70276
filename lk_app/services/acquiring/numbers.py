"""Order numbers: the company's day, and letters that nobody can guess nor take for another on the phone."""

import re
import secrets
from datetime import datetime

from lk_app.settings import settings

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
RANDOM_LETTERS = 10
NUMBER = re.compile(rf"[0-9]{{6}}-[0-9A-Z]{{{RANDOM_LETTERS}}}")


def new_order_number(now: datetime) -> str:
    """Return a new number: «261122-7K3M9QX2TD»."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(RANDOM_LETTERS))
    return f"{now.astimezone(settings().zone):%y%m%d}-{letters}"


def is_order_number(text: str) -> bool:
    """Say whether a text could be one: it may come from anybody."""
    return NUMBER.fullmatch(text) is not None
