"""When the bank is asked about an attempt: soon at first, then less and less often, for a day."""

from datetime import datetime, timedelta

from lk_app.models import Attempt, AttemptState

SESSION = timedelta(minutes=20)
"""How long the bank's page takes cards."""

REGISTRATION_TAKES = timedelta(seconds=45)
"""More than the bank takes to open an order or to time out. Whoever dies on the way had given its page to nobody."""

EXPIRY_NOTICED = timedelta(minutes=1)
"""How much later than by our clock a session surely is over by the bank's."""

FOLLOWED = timedelta(hours=24)
"""How long an attempt is asked about, though it seems to have ended: money may arrive late."""

SOONEST = timedelta(seconds=5)
LATEST = timedelta(minutes=30)
SILENCE_ASKED_EVERY = timedelta(hours=1)
"""Of a bank that has not said for a day what would end an attempt."""

CLAIMED_FOR = timedelta(minutes=1)
"""How long whoever asks is waited for: more than the bank takes to answer or to time out."""

ASKED_AT_MOST_EVERY = timedelta(seconds=2)
"""By pages that wait, however many are open."""

UNPAID = (AttemptState.CREATED, AttemptState.REGISTERED, AttemptState.DECLINED, AttemptState.EXPIRED)
"""States in which money may still come."""
OPEN = (AttemptState.CREATED, AttemptState.REGISTERED)
CREDITED = (AttemptState.PAID, AttemptState.EXPORTED, AttemptState.POSTED)


def next_ask(attempt: Attempt, now: datetime) -> datetime | None:
    """Return when to ask about an attempt after this; None when nothing more is to be learnt by waiting."""
    if attempt.state not in UNPAID:
        return None
    age = now - attempt.created_at
    if age < FOLLOWED:
        due = now + min(max(age / 4, SOONEST), LATEST)
        # Never past the day's end: the last question is asked then.
        return min(due, attempt.created_at + FOLLOWED)
    return None if attempt.state not in OPEN else now + SILENCE_ASKED_EVERY


def is_over(attempt: Attempt, now: datetime) -> bool:
    """Say whether the bank's session has ended by every clock."""
    return now >= attempt.expires_at + EXPIRY_NOTICED
