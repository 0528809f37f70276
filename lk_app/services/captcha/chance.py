"""Chance that repeats itself: a captcha looks and sounds the same however often it is asked for.

Otherwise a program would fetch one question fifty times and average the noise away.
"""

import hashlib
import hmac
import random

from lk_app.settings import settings


def chance_of(purpose: str, captcha_id: str) -> random.Random:
    """Return a generator of one's own, which nobody without the secret key can repeat."""
    key = settings().secret_key.get_secret_value().encode()
    seed = hmac.digest(key, f"captcha {purpose}:{captcha_id}".encode(), hashlib.sha256)
    return random.Random(seed)  # noqa: S311 - decides how a question looks, never which one it is
