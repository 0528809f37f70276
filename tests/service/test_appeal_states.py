"""How an appeal goes from one state to the next, and that open pages hear of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from lk_app.models import Appeal, AppealState, LiveChange
from lk_app.services.errors import NotFound, ServiceError
from lk_app.services.feedback import machine
from tests import factories
from tests.factories import NOW

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def appeal(session: Session) -> Appeal:
    return factories.appeal(session, factories.consumer(session))


def test_an_appeal_is_taken_answered_and_asked_again(session: Session, appeal: Appeal) -> None:
    member = factories.staff(session).id or 0

    machine.take(session, appeal, member, LATER)
    assert (appeal.state, appeal.taken_by, appeal.waiting_since) == (AppealState.TAKEN, member, NOW)

    machine.answered(session, appeal, member, LATER)
    assert (appeal.state, appeal.waiting_since) == (AppealState.ANSWERED, None)

    machine.wait(session, appeal, LATER)
    assert (appeal.state, appeal.waiting_since, appeal.changed_at) == (AppealState.NEW, LATER, LATER)


def test_what_a_consumer_adds_leaves_it_with_whoever_is_at_it(session: Session, appeal: Appeal) -> None:
    member = factories.staff(session).id or 0
    machine.take(session, appeal, member, NOW)

    machine.wait(session, appeal, LATER)

    assert (appeal.state, appeal.taken_by, appeal.waiting_since) == (AppealState.TAKEN, member, NOW)


def test_what_was_taken_can_be_given_back(session: Session, appeal: Appeal) -> None:
    machine.take(session, appeal, factories.staff(session).id or 0, NOW)

    machine.release(session, appeal, LATER)

    assert (appeal.state, appeal.taken_by, appeal.waiting_since) == (AppealState.NEW, None, NOW)


MOVES: list[Callable[[Session, Appeal], None]] = [
    lambda session, appeal: machine.wait(session, appeal, LATER),
    lambda session, appeal: machine.take(session, appeal, 1, LATER),
    lambda session, appeal: machine.release(session, appeal, LATER),
    lambda session, appeal: machine.answered(session, appeal, 1, LATER),
]


@pytest.mark.parametrize("move", MOVES)
def test_what_is_closed_stays_closed(session: Session, appeal: Appeal, move: Callable[[Session, Appeal], None]) -> None:
    machine.close(session, appeal, NOW)

    with pytest.raises(ServiceError, match="закрыто"):
        move(session, appeal)
    machine.close(session, appeal, LATER)

    assert (appeal.state, appeal.closed_at) == (AppealState.CLOSED, NOW)


def test_open_pages_of_both_sides_hear_of_it(session: Session, appeal: Appeal) -> None:
    machine.close(session, appeal, NOW)

    assert set(session.exec(select(LiveChange.topic))) == {"appeal queue", f"appeals {appeal.user_id}"}


def test_an_unknown_appeal_can_not_be_moved(session: Session) -> None:
    with pytest.raises(NotFound):
        machine.locked(session, "Q261122-0000000000")
