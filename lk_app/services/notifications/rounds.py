"""The periodic work: all who are to be told something, a page of users at a time, each page in its own transaction.

A round that dies, or that another process makes at the same time, costs nothing but its time: every page asks anew.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session

from lk_app.clock import Clock
from lk_app.services import daytime
from lk_app.services.notifications import answers, decisions, reminders
from lk_app.services.notifications.untold import Untold
from lk_app.services.session import reading, writing


def tell_decisions(now: Clock) -> None:
    """Tell what was decided since the round before, or since the evening."""
    _tell(decisions.UNTOLD, now)


def tell_answers(now: Clock) -> None:
    """Tell whose appeals were answered since the round before, or since the evening."""
    _tell(answers.UNTOLD, now)


def remind(now: Clock) -> None:
    """Remind everybody who has to be reminded of something today."""
    with reading() as session:
        topics = reminders.topics(session, now())
    for topic in topics:
        _give_pages(partial(reminders.give_page, topic=topic), now)


def _tell(untold: Untold[Any], now: Clock) -> None:
    with reading() as session:
        if not daytime.is_day(now()) or not untold.is_any(session):
            return
    _give_pages(untold.give_page, now)


def _give_pages(give_page: Callable[[Session, int, datetime], int | None], now: Clock) -> None:
    after: int | None = 0
    while after is not None:
        with writing() as session:
            after = give_page(session, after, now())
