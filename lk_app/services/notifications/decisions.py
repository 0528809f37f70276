"""What was decided about a reading, for whoever sent it: told in the way of `untold`, to whom the account still is."""

from datetime import datetime

from sqlmodel import Session, col, exists

from lk_app.models import AccountLink, Meter, Reading, ReadingState, Topic, UntoldDecision
from lk_app.services.notifications import words
from lk_app.services.notifications.untold import Statement, Untold, Waiting
from lk_app.services.notifications.words import AccountName, Decision

DECIDED = (ReadingState.ACCEPTED, ReadingState.REFUSED)


def tell(session: Session, reading: Reading, account_number: str, now: datetime) -> None:
    """Let whoever sent a reading be told what was decided about it, if they asked for that and still have the account.

    To be called in the transaction that decides.
    """
    if reading.sent_by is None or reading.state not in DECIDED:
        return
    has_account = exists().where(
        col(AccountLink.user_id) == reading.sent_by, col(AccountLink.account_number) == account_number
    )
    UNTOLD.note(session, reading.sent_by, reading.id, now, has_account)


def _details(everything: Statement) -> Statement:
    return (
        everything.add_columns(
            col(Reading.state), col(Reading.reason), col(Reading.taken_on), col(Reading.value), col(Reading.decided_at),
            col(Meter.decimals), col(AccountLink.account_number), col(AccountLink.title),
        )
        .join(Reading, col(Reading.id) == col(UntoldDecision.reading_id))
        .join(Meter, col(Meter.id) == col(Reading.meter_id))
        .outerjoin(
            AccountLink,
            (col(AccountLink.user_id) == col(UntoldDecision.user_id))
            & (col(AccountLink.account_number) == col(Meter.account_number)),
        )
    )  # fmt: skip


def _news(row: Waiting) -> tuple[str, Decision] | None:
    """Return the decision, unless it was taken back or the account is not the user's any more."""
    if row.state not in DECIDED or row.account_number is None:
        return None
    # Billing may change its mind more than once; each time is told.
    occasion = f"{row.state} {row.thing}{f' {row.decided_at:%Y-%m-%d %H:%M:%S}' if row.decided_at else ''}"
    account = AccountName(row.account_number, row.title)
    return occasion, Decision(account, row.value, row.decimals, row.taken_on, row.reason)


UNTOLD = Untold(Topic.DECISIONS, UntoldDecision, "reading_id", _details, _news, words.decided)
