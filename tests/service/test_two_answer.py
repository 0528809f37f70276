"""What two of the staff, and a consumer, do about one appeal at once: nobody waits for ever, nothing doubles, the state
agrees with what was written."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlmodel import Session, col, func, select

from lk_app.models import Action, Appeal, AppealMessage, AppealState, AuditEvent, Service
from lk_app.services.callers import Consumer, StaffCaller
from lk_app.services.errors import ServiceError
from lk_app.services.feedback import answering, machine
from lk_app.services.feedback.answering import Stale, Written
from lk_app.services.session import reading, writing
from tests import factories
from tests.factories import NOW
from tests.service.test_two_operators import at_once

ROUNDS = 10


@pytest.fixture
def operators(portal: str) -> tuple[StaffCaller, StaffCaller]:
    with writing() as session:
        factories.appeal_type(session, "meter", service=Service.TECHNICAL, name="Счётчик", position=2)
        return factories.staff_caller(session), factories.staff_caller(session)


@pytest.fixture
def consumer(portal: str) -> Consumer:
    with writing() as session:
        return factories.consumer(session)


def asked(consumer: Consumer) -> tuple[str, int]:
    """Ask anew; return the appeal's id and its message's."""
    with writing() as session:
        appeal_id = factories.appeal(session, consumer).id
        return appeal_id, session.exec(select(func.max(AppealMessage.id))).one() or 0


def done(act: Callable[..., None], who: StaffCaller, *arguments: Any, **others: Any) -> str:
    """Do it in a transaction of its own; return why it was refused, or nothing."""
    try:
        with writing() as session:
            act(session, who, *arguments, **others)
    except Stale:
        return "stale"
    except ServiceError as refused:
        return refused.message
    return ""


def written_by_consumer(consumer: Consumer, appeal_id: str, number: int) -> str:
    """Add a message as consumers do: the appeal is locked first."""
    try:
        with writing() as session:
            appeal = machine.locked(session, appeal_id)
            machine.wait(session, appeal, NOW)
            factories.appeal_message(session, appeal, text=f"Ещё {number}", key=f"{appeal_id} {number}")
    except ServiceError as refused:
        return refused.message
    return ""


def stored(appeal_id: str) -> tuple[Appeal, list[AppealMessage]]:
    with reading() as session:
        messages = select(AppealMessage).where(AppealMessage.appeal_id == appeal_id).order_by(col(AppealMessage.id))
        return session.get_one(Appeal, appeal_id), list(session.exec(messages))


def how_often(session: Session, action: Action, appeal_id: str) -> int:
    events = select(func.count()).where(AuditEvent.action == action, AuditEvent.subject == appeal_id)
    return session.exec(events).one()


def test_of_two_who_take_one_gets_it_and_the_other_hears_who(
    operators: tuple[StaffCaller, StaffCaller], consumer: Consumer
) -> None:
    for _ in range(ROUNDS):
        appeal_id, _ = asked(consumer)
        answers = at_once(*(partial(done, answering.take, one, appeal_id, NOW) for one in operators))
        assert sorted(map(bool, answers)) == [False, True]
        assert "Ольга Ветрова" in "".join(answers)
        assert stored(appeal_id)[0].taken_by == operators[answers.index("")].staff_id
        with reading() as session:
            assert how_often(session, Action.APPEAL_TAKEN, appeal_id) == 1


def test_an_answer_sent_twice_at_once_is_one(operators: tuple[StaffCaller, StaffCaller], consumer: Consumer) -> None:
    for number in range(ROUNDS):
        appeal_id, seen = asked(consumer)
        answer = partial(
            done, answering.answer, operators[0], appeal_id, Written("Ответ", f"key {number}"), NOW, seen=seen
        )
        assert at_once(answer, answer) == ["", ""]
        assert [message.text for message in stored(appeal_id)[1]] == ["Почему так много?", "Ответ"]


def test_of_two_answers_the_second_has_to_know_the_first(
    operators: tuple[StaffCaller, StaffCaller], consumer: Consumer
) -> None:
    for number in range(ROUNDS):
        appeal_id, seen = asked(consumer)
        answers = at_once(
            *(
                partial(
                    done, answering.answer, one, appeal_id, Written("Ответ", f"{number} {one.staff_id}"), NOW, seen=seen
                )
                for one in operators
            )
        )
        assert sorted(answers) == ["", "stale"]
        assert len(stored(appeal_id)[1]) == 2


def test_two_of_the_staff_and_a_consumer_at_once(
    operators: tuple[StaffCaller, StaffCaller], consumer: Consumer
) -> None:
    one, other = operators
    for number in range(ROUNDS):
        appeal_id, seen = asked(consumer)
        text = Written("Ответ", f"answer {number}")
        _, answered, asked_again, closed, handed = at_once(
            partial(done, answering.take, other, appeal_id, NOW),
            partial(done, answering.answer, one, appeal_id, text, NOW, seen=seen),
            partial(written_by_consumer, consumer, appeal_id, number),
            partial(done, answering.close, other, appeal_id, NOW, seen=seen),
            partial(done, answering.hand_over, other, appeal_id, "meter", None, NOW),
        )
        appeal, messages = stored(appeal_id)
        texts = [message.text for message in messages]
        assert ("Ответ" in texts) is (answered == "")
        assert (f"Ещё {number}" in texts) is (asked_again == "")
        # Closed while somebody has just written it is only if they wrote first, and then it is not.
        assert (appeal.state is AppealState.CLOSED) is (closed == "")
        if appeal.state is AppealState.CLOSED:
            assert asked_again == machine.IS_CLOSED
        assert (appeal.type_code == "meter") is (handed == "")
        assert (appeal.waiting_since is not None) is (appeal.state in (AppealState.NEW, AppealState.TAKEN))
        if asked_again == "" and texts[-1] != "Ответ":
            assert appeal.state in (AppealState.NEW, AppealState.TAKEN)
