"""Chance that repeats itself: a captcha looks and sounds the same however often it is asked for.

Otherwise a program would fetch one question fifty times and average the noise away.
"""

import random

from lk_app.services import secret_key


def chance_of(purpose: str, captcha_id: str) -> random.Random:
    """Return a generator of one's own, which nobody without the secret key can repeat."""
    seed = secret_key.digest(f"captcha {purpose}:{captcha_id}")
    return random.Random(seed)  # noqa: S311 - decides how a question looks, never which one it is
