"""Numbers of orders and readings: the company's day, and letters that nobody can guess nor mistake on the phone."""

import re
import secrets
from datetime import date, datetime

from lk_app.settings import settings

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
RANDOM_LETTERS = 10
LENGTH = len("261122-") + RANDOM_LETTERS
NUMBER = re.compile(rf"[0-9]{{6}}-[0-9A-Z]{{{RANDOM_LETTERS}}}")


def new_number(now: datetime) -> str:
    """Return a number that nothing else has: «261122-7K3M9QX2TD»."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(RANDOM_LETTERS))
    return beginning(now.astimezone(settings().zone).date()) + letters


def beginning(day: date) -> str:
    """Return what the numbers made on a day begin with: «261122-»."""
    return f"{day:%y%m%d}-"


def is_order_number(text: str) -> bool:
    """Say whether a text could be that of an order: it may come from anybody."""
    return NUMBER.fullmatch(text) is not None
