"""The periodic work: all who are to be told something, a page of users at a time, each page in its own transaction.

A round that dies, or that another process makes at the same time, costs nothing but its time: every page asks anew.
"""

from lk_app.clock import Clock
from lk_app.services import daytime
from lk_app.services.notifications import answers, decisions, reminders
from lk_app.services.session import reading, writing


def tell_decisions(now: Clock) -> None:
    """Tell what was decided since the round before, or since the evening."""
    with reading() as session:
        if not daytime.is_day(now()) or not decisions.is_any_untold(session):
            return
    after: int | None = 0
    while after is not None:
        with writing() as session:
            after = decisions.give_page(session, after, now())


def tell_answers(now: Clock) -> None:
    """Tell whose appeals were answered since the round before, or since the evening."""
    with reading() as session:
        if not daytime.is_day(now()) or not answers.is_any_untold(session):
            return
    after: int | None = 0
    while after is not None:
        with writing() as session:
            after = answers.give_page(session, after, now())


def remind(now: Clock) -> None:
    """Remind everybody who has to be reminded of something today."""
    with reading() as session:
        topics = reminders.topics(session, now())
    for topic in topics:
        after: int | None = 0
        while after is not None:
            with writing() as session:
                after = reminders.give_page(session, topic, after, now())
