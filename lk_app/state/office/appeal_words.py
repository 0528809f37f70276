"""The queue of appeals in words: its rows and counts."""

from dataclasses import dataclass
from datetime import datetime

from lk_app import formats
from lk_app.formats import NBSP
from lk_app.models import AppealState
from lk_app.services.feedback import words
from lk_app.services.feedback.finding import Kind
from lk_app.services.feedback.queue import QueuePage
from lk_app.services.feedback.queued import QueuedAppeal
from lk_app.state.office.queue_words import count_words, sent_words

TONES = {AppealState.NEW: "warn", AppealState.ANSWERED: "ok"}
"""How the badge of a state looks; others are plain."""


@dataclass(frozen=True)
class AppealRow:
    """An appeal as its row shows it."""

    id: str
    since: str
    """Since when its consumer waits, or when it changed."""
    subject: str
    holder: str
    account: str
    type: str
    state: str
    tone: str
    taken_by: str
    """Who is at it, or was last; empty where nobody is."""
    can_take: bool
    can_close: bool
    seen: str
    """The last message there was, for the form that closes it."""
    about: str
    """What its buttons are about, for whoever hears them."""


@dataclass(frozen=True)
class Counts:
    """How many wait, and at how many the caller is, in words."""

    waiting: str = ""
    mine: str = ""


NO_COUNTS = Counts()


def row_of(appeal: QueuedAppeal, kind: Kind, now: datetime) -> AppealRow:
    """Put an appeal of the queue into words."""
    since = appeal.waiting_since if kind.by_waiting else appeal.changed_at
    return AppealRow(
        id=appeal.id,
        since=sent_words(since or appeal.changed_at, now),
        subject=appeal.subject,
        holder=holder_of(appeal),
        account=appeal.account_number,
        type=appeal.type_name,
        state=words.STATES[appeal.state],
        tone=TONES.get(appeal.state, ""),
        taken_by="" if appeal.state is AppealState.NEW else appeal.taken_by_name,
        can_take=appeal.state is AppealState.NEW,
        can_close=appeal.state is not AppealState.CLOSED,
        seen=str(appeal.last_message),
        about=about(appeal),
    )


def holder_of(appeal: QueuedAppeal) -> str:
    """Return the surname of the account's holder with initials; the user's name where there is no account."""
    if not appeal.account_number:
        return appeal.user_name
    initials = [f"{name[0]}." for name in (appeal.first_name, appeal.middle_name) if name]
    return NBSP.join([appeal.last_name, *initials])


def about(appeal: QueuedAppeal) -> str:
    """Return what tells an appeal from others, for whoever hears of it: «Иванова М. П., Квитанция»."""
    return f"{holder_of(appeal)}, {appeal.subject}"


def head_words(page: QueuePage, now: datetime) -> str:
    """Return how the queue stands: «Ждут ответа: 28. Самое давнее ждёт с 21.11, 16:30.»."""
    if page.oldest_at is None:
        return f"Никто не{NBSP}ждёт ответа."
    return f"Ждут ответа: {count_words(page.waiting)}. Самое давнее ждёт с{NBSP}{sent_words(page.oldest_at, now)}."


def counts_of(page: QueuePage) -> Counts:
    """Put the counts into words."""
    return Counts(**{kind.value: count_words(count) for kind, count in page.counts.items()})


def span_words(page: QueuePage, kind: Kind) -> str:
    """Return how many are shown, and of how many where that is counted: «Показаны 50 из 1 000+»."""
    shown = len(page.appeals)
    if not shown:
        return ""
    return f"Показаны {shown} из{NBSP}{count_words(page.counts[kind])}" if kind in page.counts else f"Показаны {shown}"


def found_words(page: QueuePage, kind: Kind) -> str:
    """Return how many appeals a filter or a search has found, as far as that is counted."""
    if kind in page.counts:
        return f"Найдено: {count_words(page.counts[kind])}"
    more = "+" if page.has_later else ""
    return f"Найдено: {formats.decimal(len(page.appeals), 0, 0)}{more}"
