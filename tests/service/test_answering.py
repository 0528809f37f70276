"""What staff do about appeals: take, answer, note, hand over, close; what is refused; what stays in the audit log."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, col, delete, select

from lk_app.models import (
    Action,
    AnswerTemplate,
    Appeal,
    AppealMessage,
    AppealState,
    AppealType,
    AuditEvent,
    LiveChange,
    Role,
    Service,
)
from lk_app.services import first_content
from lk_app.services.callers import Consumer, StaffCaller
from lk_app.services.errors import FieldErrors, NotAllowed, NotFound, ServiceError
from lk_app.services.feedback import answering, machine, templates
from lk_app.services.feedback.answering import Stale, Written
from lk_app.services.feedback.templates import FIRST_TEMPLATES, templates_for
from lk_app.services.feedback.types import FIRST_TYPES
from tests import factories
from tests.factories import NOW

LATER = NOW + timedelta(hours=1)
ANSWER = Written("Проверим и напишем.", "a key of a form")


@pytest.fixture
def who(session: Session) -> StaffCaller:
    return factories.staff_caller(session)


@pytest.fixture
def colleague(session: Session) -> StaffCaller:
    member = factories.staff(session)
    member.name = "Пётр Ключев"
    return factories.staff_caller(session, member=member)


@pytest.fixture
def consumer(session: Session) -> Consumer:
    factories.appeal_type(session, "meter", service=Service.TECHNICAL, name="Счётчик", position=2)
    return factories.consumer(session)


@pytest.fixture
def appeal(session: Session, consumer: Consumer) -> Appeal:
    return factories.appeal(session, consumer)


def last_of(session: Session, appeal: Appeal) -> int:
    ids = session.exec(select(AppealMessage.id).where(AppealMessage.appeal_id == appeal.id)).all()
    return max(filter(None, ids))


def written(session: Session, appeal: Appeal) -> list[tuple[str, int | None, bool]]:
    messages = select(AppealMessage).where(AppealMessage.appeal_id == appeal.id).order_by(col(AppealMessage.id))
    return [(one.text, one.staff_id, one.internal) for one in session.exec(messages)]


def kept(session: Session) -> list[tuple[Action, int | None, str, str]]:
    """What the audit log says."""
    events = session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))
    return [(event.action, event.staff_id, event.subject, event.detail) for event in events]


def answer(session: Session, who: StaffCaller, appeal: Appeal, text: Written = ANSWER, *, closes: bool = False) -> None:
    answering.answer(session, who, appeal.id, text, LATER, seen=last_of(session, appeal), closes=closes)


def test_an_appeal_is_taken_and_given_back(session: Session, who: StaffCaller, appeal: Appeal) -> None:
    answering.take(session, who, appeal.id, LATER)
    assert (appeal.state, appeal.taken_by, appeal.waiting_since) == (AppealState.TAKEN, who.staff_id, NOW)

    answering.release(session, who, appeal.id, LATER)
    assert (appeal.state, appeal.taken_by, appeal.waiting_since) == (AppealState.NEW, None, NOW)
    assert kept(session) == [
        (Action.APPEAL_TAKEN, who.staff_id, appeal.id, ""),
        (Action.APPEAL_RELEASED, who.staff_id, appeal.id, ""),
    ]


def test_what_a_colleague_has_taken_is_not_taken_but_said(
    session: Session, who: StaffCaller, colleague: StaffCaller, appeal: Appeal
) -> None:
    answering.take(session, colleague, appeal.id, NOW)

    with pytest.raises(ServiceError, match="Пётр Ключев"):
        answering.take(session, who, appeal.id, LATER)

    assert (appeal.taken_by, len(kept(session))) == (colleague.staff_id, 1)


def test_what_one_does_twice_is_done_once(session: Session, who: StaffCaller, appeal: Appeal) -> None:
    for act in (answering.take, answering.release):
        act(session, who, appeal.id, NOW)
        act(session, who, appeal.id, NOW)
    answering.close(session, who, appeal.id, NOW, seen=last_of(session, appeal))
    answering.close(session, who, appeal.id, LATER, seen=0)

    assert [action for action, *_ in kept(session)] == [
        Action.APPEAL_TAKEN,
        Action.APPEAL_RELEASED,
        Action.APPEAL_CLOSED,
    ]


def test_what_a_colleague_has_taken_can_be_given_back(
    session: Session, who: StaffCaller, colleague: StaffCaller, appeal: Appeal
) -> None:
    answering.take(session, colleague, appeal.id, NOW)

    answering.release(session, who, appeal.id, LATER)

    assert appeal.state is AppealState.NEW


def test_an_answer(session: Session, who: StaffCaller, appeal: Appeal) -> None:
    answer(session, who, appeal)

    assert (appeal.state, appeal.taken_by, appeal.waiting_since) == (AppealState.ANSWERED, who.staff_id, None)
    assert appeal.changed_at == LATER
    assert written(session, appeal)[1:] == [("Проверим и напишем.", who.staff_id, False)]
    assert kept(session) == [(Action.APPEAL_ANSWERED, who.staff_id, appeal.id, "")]


def test_an_answer_that_closes(session: Session, who: StaffCaller, appeal: Appeal) -> None:
    answer(session, who, appeal, closes=True)

    assert (appeal.state, appeal.closed_at) == (AppealState.CLOSED, LATER)
    assert [action for action, *_ in kept(session)] == [Action.APPEAL_ANSWERED, Action.APPEAL_CLOSED]


def test_what_a_colleague_has_taken_may_be_answered(
    session: Session, who: StaffCaller, colleague: StaffCaller, appeal: Appeal
) -> None:
    answering.take(session, colleague, appeal.id, NOW)

    answer(session, who, appeal)

    assert (appeal.state, appeal.taken_by) == (AppealState.ANSWERED, who.staff_id)


@pytest.mark.parametrize("closes", [False, True])
def test_an_answer_sent_twice_is_one(session: Session, who: StaffCaller, appeal: Appeal, closes: bool) -> None:
    seen = last_of(session, appeal)
    for _ in range(2):
        answering.answer(session, who, appeal.id, ANSWER, LATER, seen=seen, closes=closes)

    assert len(written(session, appeal)) == 2
    assert [action for action, *_ in kept(session)].count(Action.APPEAL_ANSWERED) == 1


def test_another_text_with_the_same_key_is_not_lost_in_silence(
    session: Session, who: StaffCaller, appeal: Appeal
) -> None:
    answer(session, who, appeal)

    with pytest.raises(Stale, match="уже ушёл"):
        answer(session, who, appeal, Written("Дополню: пришлём мастера.", ANSWER.key))

    assert len(written(session, appeal)) == 2


@pytest.mark.parametrize("by", ["consumer", "colleague", "note"])
def test_an_answer_that_does_not_know_what_is_new_is_refused(
    session: Session, who: StaffCaller, colleague: StaffCaller, appeal: Appeal, by: str
) -> None:
    seen = last_of(session, appeal)
    fields = {"consumer": {}, "colleague": {"staff_id": colleague.staff_id}}
    by_whom = fields.get(by, {"staff_id": colleague.staff_id, "internal": True})
    factories.appeal_message(session, appeal, **by_whom)

    with pytest.raises(Stale, match="появилось новое"):
        answering.answer(session, who, appeal.id, ANSWER, LATER, seen=seen)
    with pytest.raises(Stale, match="появилось новое"):
        answering.close(session, who, appeal.id, LATER, seen=seen)
    assert (appeal.state, len(written(session, appeal)), kept(session)) == (AppealState.NEW, 2, [])

    answer(session, who, appeal)
    assert appeal.state is AppealState.ANSWERED


def test_a_note_is_for_colleagues_and_moves_nothing(session: Session, who: StaffCaller, appeal: Appeal) -> None:
    note = Written("Жду ответа бухгалтерии.", "a note's key")
    for _ in range(2):
        answering.note(session, who, appeal.id, note, LATER)

    assert written(session, appeal)[1:] == [("Жду ответа бухгалтерии.", who.staff_id, True)]
    assert (appeal.state, appeal.changed_at) == (AppealState.NEW, NOW)
    assert kept(session) == [(Action.APPEAL_NOTED, who.staff_id, appeal.id, "")]
    assert session.exec(select(LiveChange.topic)).all() == ["appeal queue"]


def test_a_closed_appeal_can_still_be_noted(session: Session, who: StaffCaller, appeal: Appeal) -> None:
    machine.close(session, appeal, NOW)

    answering.note(session, who, appeal.id, ANSWER, LATER)

    assert (len(written(session, appeal)), appeal.state) == (2, AppealState.CLOSED)


@pytest.mark.parametrize("state", [AppealState.NEW, AppealState.TAKEN, AppealState.ANSWERED])
def test_what_is_handed_over_waits_anew(session: Session, who: StaffCaller, appeal: Appeal, state: AppealState) -> None:
    if state is AppealState.TAKEN:
        machine.take(session, appeal, who.staff_id, NOW)
    if state is AppealState.ANSWERED:
        machine.answered(session, appeal, who.staff_id, NOW)

    answering.hand_over(session, who, appeal.id, "meter", ANSWER, LATER)

    assert (appeal.type_code, appeal.state, appeal.taken_by) == ("meter", AppealState.NEW, None)
    assert appeal.waiting_since == (LATER if state is AppealState.ANSWERED else NOW)
    assert written(session, appeal)[1:] == [(ANSWER.text, who.staff_id, True)]
    assert kept(session) == [
        (Action.APPEAL_NOTED, who.staff_id, appeal.id, ""),
        (Action.APPEAL_HANDED_OVER, who.staff_id, appeal.id, "charges to meter"),
    ]


def test_handed_over_twice_it_is_handed_over_once(
    session: Session, who: StaffCaller, colleague: StaffCaller, appeal: Appeal
) -> None:
    answering.hand_over(session, who, appeal.id, "meter", ANSWER, LATER)
    answering.take(session, colleague, appeal.id, LATER)

    answering.hand_over(session, who, appeal.id, "meter", ANSWER, LATER)

    assert (appeal.state, appeal.taken_by) == (AppealState.TAKEN, colleague.staff_id)
    assert len(written(session, appeal)) == 2


@pytest.mark.parametrize("code", ["", "no such", "old"])
def test_only_to_types_that_can_be_chosen(session: Session, who: StaffCaller, appeal: Appeal, code: str) -> None:
    factories.appeal_type(session, "old", service=Service.TECHNICAL, published=False, name="Старый")

    with pytest.raises(FieldErrors) as refused:
        answering.hand_over(session, who, appeal.id, code, ANSWER, LATER)

    assert refused.value.errors == {"type": answering.NO_SUCH_TYPE}
    assert (appeal.type_code, len(written(session, appeal)), kept(session)) == ("charges", 1, [])


ALL_ACTS: list[Callable[[Session, StaffCaller, Appeal], None]] = [
    lambda session, who, appeal: answering.take(session, who, appeal.id, LATER),
    lambda session, who, appeal: answering.release(session, who, appeal.id, LATER),
    lambda session, who, appeal: answering.answer(session, who, appeal.id, ANSWER, LATER, seen=10**9),
    lambda session, who, appeal: answering.hand_over(session, who, appeal.id, "meter", ANSWER, LATER),
    lambda session, who, appeal: answering.note(session, who, appeal.id, ANSWER, LATER),
    lambda session, who, appeal: answering.close(session, who, appeal.id, LATER, seen=10**9),
]


@pytest.mark.parametrize("act", [ALL_ACTS[0], *ALL_ACTS[2:4]])
def test_what_is_closed_stays_closed(
    session: Session, who: StaffCaller, appeal: Appeal, act: Callable[[Session, StaffCaller, Appeal], None]
) -> None:
    answering.close(session, who, appeal.id, NOW, seen=last_of(session, appeal))

    with pytest.raises(ServiceError, match="закрыто"):
        act(session, who, appeal)
    answering.release(session, who, appeal.id, LATER)

    assert (appeal.state, appeal.closed_at, len(written(session, appeal))) == (AppealState.CLOSED, NOW, 1)


@pytest.mark.parametrize("act", ALL_ACTS)
def test_there_is_nothing_to_do_about_what_there_is_not(
    session: Session, who: StaffCaller, act: Callable[[Session, StaffCaller, Appeal], None]
) -> None:
    with pytest.raises(NotFound):
        act(session, who, Appeal(id="Q261122-NOBODYSXXX"))


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("act", ALL_ACTS)
def test_all_roles_do_it(
    session: Session, appeal: Appeal, role: Role, act: Callable[[Session, StaffCaller, Appeal], None]
) -> None:
    act(session, factories.staff_caller(session, role), appeal)


@pytest.mark.parametrize("act", ALL_ACTS)
def test_nobody_else_does(
    session: Session,
    who: StaffCaller,
    appeal: Appeal,
    act: Callable[[Session, StaffCaller, Appeal], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answering, "APPEALS", (Role.SUPERVISOR,))

    with pytest.raises(NotAllowed):
        act(session, who, appeal)
    assert (appeal.state, len(written(session, appeal)), kept(session)) == (AppealState.NEW, 1, [])


def test_no_text_is_in_the_log(session: Session, who: StaffCaller, appeal: Appeal) -> None:
    answer(session, who, appeal)
    answering.note(session, who, appeal.id, Written("Тайна", "another key"), LATER)
    answering.hand_over(session, who, appeal.id, "meter", Written("Тайна", "a third key"), LATER)

    assert not any("Тайна" in detail or ANSWER.text in detail for *_, detail in kept(session))


def test_both_sides_hear_of_an_answer(session: Session, who: StaffCaller, appeal: Appeal) -> None:
    answer(session, who, appeal)

    assert set(session.exec(select(LiveChange.topic))) == {"appeal queue", f"appeals {appeal.user_id}"}


def test_templates_of_the_type_come_before_those_for_all(session: Session, who: StaffCaller, appeal: Appeal) -> None:
    for position, (code, title, published) in enumerate(
        [(None, "Всем", True), ("charges", "О счёте", True), ("meter", "О счётчике", True), ("charges", "Нет", False)]
    ):
        factories.store(
            session,
            AnswerTemplate(type_code=code, title=title, text="Здравствуйте.", position=position, published=published),
        )

    assert [one.title for one in templates_for(session, who, "charges")] == ["О счёте", "Всем"]


def test_templates_are_for_staff(session: Session, who: StaffCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "APPEALS", (Role.SUPERVISOR,))

    with pytest.raises(NotAllowed):
        templates_for(session, who, "charges")


def test_a_new_portal_has_templates_and_edited_ones_stay(session: Session, who: StaffCaller) -> None:
    first_content.load(session, NOW)
    assert len(session.exec(select(AnswerTemplate)).all()) == len(FIRST_TEMPLATES)

    session.exec(delete(AnswerTemplate).where(col(AnswerTemplate.type_code).is_not(None)))
    first_content.load(session, NOW)

    assert [one.title for one in session.exec(select(AnswerTemplate))] == ["Нужны подробности"]


def test_templates_of_types_that_there_are_not_are_left_out(session: Session) -> None:
    factories.appeal_type(session, "charges")

    first_content.load(session, NOW)

    assert {one.type_code for one in session.exec(select(AnswerTemplate))} == {"charges", None}
    assert session.exec(select(AppealType.code)).all() == ["charges"]


@pytest.mark.parametrize("template", FIRST_TEMPLATES, ids=lambda template: template.title)
def test_first_templates_are_polite_and_fit(template: AnswerTemplate) -> None:
    assert template.type_code is None or template.type_code in {one.code for one in FIRST_TYPES}
    assert template.text.startswith("Здравствуйте.\n\n")
    assert "!" not in template.text
    assert len(template.text) <= 1_000
    assert len(template.title) <= 40
