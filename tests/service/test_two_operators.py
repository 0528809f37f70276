"""What two operators, or one and a consumer, do at once: nobody waits for ever, each reading is decided once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlmodel import col, func, select

from lk_app.models import Action, AuditEvent, Reading, ReadingState
from lk_app.services.callers import Consumer, StaffCaller
from lk_app.services.errors import NotFound
from lk_app.services.readings import deciding, sending
from lk_app.services.readings.deciding import Decided
from lk_app.services.session import reading, writing
from tests import factories
from tests.factories import NOW
from tests.waiting import meter_read, queue_of

ROUNDS = 12

Work = Callable[[], Any]


@pytest.fixture
def operators(portal: str) -> tuple[StaffCaller, StaffCaller]:
    with writing() as session:
        return factories.staff_caller(session), factories.staff_caller(session)


def at_once(*works: Work) -> list[Any]:
    """Begin each work in a thread of its own at the same moment; return what each returned, raise what any raised."""
    barrier = Barrier(len(works))

    def begin(work: Work) -> Any:
        barrier.wait(10)
        return work()

    with ThreadPoolExecutor(len(works)) as threads:
        return [future.result(60) for future in [threads.submit(begin, work) for work in works]]


def accept(who: StaffCaller, *reading_ids: str) -> Decided:
    with writing() as session:
        return deciding.accept(session, who, reading_ids, NOW)


def refuse(who: StaffCaller, *reading_ids: str) -> Decided:
    with writing() as session:
        return deciding.refuse(session, who, reading_ids, "Опечатка", NOW)


def sent_now(length: int = 1) -> list[str]:
    with writing() as session:
        return [one.id for one in queue_of(session, length)]


def states() -> dict[str, ReadingState]:
    with reading() as session:
        sent = session.exec(select(Reading.id, Reading.state).where(col(Reading.sent_at).is_not(None)))
        return dict(sent.all())


def decisions() -> dict[str, int]:
    """How often the audit log says that each reading was decided about."""
    decided = col(AuditEvent.action).in_((Action.READING_ACCEPTED, Action.READING_REFUSED))
    with reading() as session:
        rows = session.exec(select(AuditEvent.subject, func.count()).where(decided).group_by(col(AuditEvent.subject)))
        return dict(rows.all())


def test_of_two_who_accept_one_is_told_that_it_was_decided(operators: tuple[StaffCaller, StaffCaller]) -> None:
    one, other = operators
    for _ in range(ROUNDS):
        [sent] = sent_now()
        answers = at_once(partial(accept, one, sent), partial(accept, other, sent))
        assert sorted(answers, key=lambda answer: answer.gone) == [Decided((sent,)), Decided((), (sent,))]
    assert set(decisions().values()) == {1}


def test_who_accepts_and_who_refuses_are_not_both_right(operators: tuple[StaffCaller, StaffCaller]) -> None:
    one, other = operators
    for _ in range(ROUNDS):
        [sent] = sent_now()
        accepted, refused = at_once(partial(accept, one, sent), partial(refuse, other, sent))
        assert accepted.done + refused.done == (sent,)
        assert accepted.gone + refused.gone == (sent,)
        assert states()[sent] is (ReadingState.ACCEPTED if accepted.done else ReadingState.REFUSED)
    assert set(decisions().values()) == {1}


def test_many_at_once_in_opposite_orders(operators: tuple[StaffCaller, StaffCaller]) -> None:
    one, other = operators
    for _ in range(4):
        sent = sent_now(50)
        answers = at_once(
            partial(accept, one, *sent), partial(refuse, other, *reversed(sent)), partial(accept, other, *sent[::2])
        )
        done = [reading_id for answer in answers for reading_id in answer.done]
        assert sorted(done) == sorted(sent)
        assert all(len(answer.done) + len(answer.gone) == len(set(answer.done + answer.gone)) for answer in answers)
    assert set(decisions().values()) == {1}
    assert ReadingState.PENDING not in states().values()


@pytest.fixture
def home(portal: str) -> tuple[Consumer, str]:
    """A consumer, and the id of their meter."""
    with writing() as session:
        account = factories.account(session)
        return factories.consumer(session, account), meter_read(session, account).id


def sent_by(home: tuple[Consumer, str], value: str, day: int) -> str:
    who, meter_id = home
    with writing() as session:
        account_number = session.get_one(factories.Meter, meter_id).account_number
        at = NOW + timedelta(days=day)
        [reading_id] = sending.send(session, who, account_number, {f"value-{meter_id}": value}, at)
    return reading_id


def test_what_is_taken_back_while_it_is_accepted(
    operators: tuple[StaffCaller, StaffCaller], home: tuple[Consumer, str]
) -> None:
    def take_back(reading_id: str) -> bool:
        try:
            with writing() as session:
                sending.withdraw(session, home[0], reading_id, NOW)
        except NotFound:
            return False
        return True

    for number in range(ROUNDS):
        sent = sent_by(home, str(5_220 + number), number)
        accepted, taken_back = at_once(partial(accept, operators[0], sent), partial(take_back, sent))
        assert (accepted.done == (sent,)) is not taken_back
        assert (accepted.gone == (sent,)) is taken_back
        assert states()[sent] is (ReadingState.WITHDRAWN if taken_back else ReadingState.ACCEPTED)


def test_what_is_replaced_while_it_is_accepted(
    operators: tuple[StaffCaller, StaffCaller], home: tuple[Consumer, str]
) -> None:
    for number in range(ROUNDS):
        sent = sent_by(home, str(5_220 + 2 * number), number)
        accepted, newer = at_once(
            partial(accept, operators[0], sent), partial(sent_by, home, str(5_221 + 2 * number), number)
        )
        became = states()
        assert became[sent] is (ReadingState.ACCEPTED if accepted.done else ReadingState.WITHDRAWN)
        assert became[newer] is ReadingState.PENDING
        accept(operators[1], newer)
