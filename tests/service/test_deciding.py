"""Staff and billing decide about readings, each once, and who is concerned hears of it."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import Session, col, select

from lk_app.models import (
    Account,
    Action,
    AuditEvent,
    Flag,
    LiveChange,
    Meter,
    Reading,
    ReadingDecision,
    ReadingState,
    Role,
)
from lk_app.services import live
from lk_app.services.callers import Consumer, StaffCaller
from lk_app.services.errors import NotAllowed
from lk_app.services.readings import billing, deciding, machine, sending
from lk_app.services.readings.deciding import Decided
from tests import factories
from tests.factories import NOW, TODAY

LATER = NOW + timedelta(minutes=5)
OCTOBER = date(2026, 10, 20)
REASON = "Лишняя цифра в показании. Передайте ещё раз."


@pytest.fixture
def account(session: Session) -> Account:
    return factories.account(session)


@pytest.fixture
def meter(session: Session, account: Account) -> Meter:
    meter = factories.meter(session, account)
    factories.reading(session, meter, 5_214_000, OCTOBER, consumption=60_000)
    return meter


@pytest.fixture
def consumer(session: Session, account: Account) -> Consumer:
    return factories.consumer(session, account)


@pytest.fixture
def operator(session: Session) -> StaffCaller:
    return factories.staff_caller(session)


@pytest.fixture
def sent(session: Session, consumer: Consumer, meter: Meter) -> Reading:
    """A reading of 5,258 m³ that waits."""
    return send(session, consumer, meter, "5258")


def send(session: Session, consumer: Consumer, meter: Meter, text: str, *confirmed: str, at=NOW) -> Reading:
    fields = {f"value-{meter.id}": text} | {f"{name}-{meter.id}": "yes" for name in confirmed}
    [reading_id] = sending.send(session, consumer, meter.account_number, fields, at)
    return session.get_one(Reading, reading_id)


def topics(session: Session) -> list[str]:
    return list(session.exec(select(LiveChange.topic).where(LiveChange.at == LATER).order_by(col(LiveChange.id))))


def actions(session: Session) -> list[tuple[Action, str, str]]:
    events = session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))
    return [(event.action, event.subject, event.detail) for event in events]


def test_an_accepted_reading_counts(session: Session, operator: StaffCaller, sent: Reading, meter: Meter) -> None:
    assert deciding.accept(session, operator, [sent.id], LATER) == Decided((sent.id,))

    assert (sent.state, sent.consumption, sent.reason) == (ReadingState.ACCEPTED, 44_000, "")
    assert (sent.decided_at, sent.decided_by, sent.announced) == (LATER, operator.staff_id, ReadingState.ACCEPTED)
    assert topics(session) == [live.readings_of(meter.account_number), live.READING_QUEUE]
    assert actions(session) == [(Action.READING_ACCEPTED, sent.id, "")]


def test_a_refused_reading_says_why(session: Session, operator: StaffCaller, sent: Reading, meter: Meter) -> None:
    assert deciding.refuse(session, operator, [sent.id], REASON, LATER) == Decided((sent.id,))

    assert (sent.state, sent.reason, sent.decided_by) == (ReadingState.REFUSED, REASON, operator.staff_id)
    assert topics(session) == [live.readings_of(meter.account_number), live.READING_QUEUE]
    assert actions(session) == [(Action.READING_REFUSED, sent.id, REASON)]


@pytest.mark.parametrize("state", [ReadingState.ACCEPTED, ReadingState.REFUSED, ReadingState.WITHDRAWN])
def test_what_was_decided_or_taken_back_is_gone(
    session: Session, operator: StaffCaller, sent: Reading, state: ReadingState
) -> None:
    machine.move(session, sent, state, reason=REASON if state is ReadingState.REFUSED else "")

    assert deciding.accept(session, operator, [sent.id], LATER) == Decided((), gone=(sent.id,))
    assert deciding.refuse(session, operator, [sent.id], "Другая причина", LATER) == Decided((), gone=(sent.id,))
    assert (sent.state, sent.decided_at) == (state, None)
    assert actions(session) == []


def test_billings_own_and_unknown_readings_are_not_decided_here(
    session: Session, operator: StaffCaller, meter: Meter
) -> None:
    of_billing = factories.reading(session, meter, 5_300_000, state=ReadingState.PENDING)

    decided = deciding.accept(session, operator, [of_billing.id, "R261122-NOBODYSXXX"], LATER)

    assert set(decided.gone) == {of_billing.id, "R261122-NOBODYSXXX"}
    assert of_billing.state is ReadingState.PENDING


def test_consumption_is_counted_from_what_was_accepted_meanwhile(
    session: Session, operator: StaffCaller, sent: Reading, meter: Meter
) -> None:
    factories.reading(session, meter, 5_230_000, TODAY - timedelta(days=2), consumption=16_000)

    deciding.accept(session, operator, [sent.id], LATER)

    assert sent.consumption == 28_000


def test_below_what_was_accepted_meanwhile_it_can_only_be_refused(
    session: Session, operator: StaffCaller, sent: Reading, meter: Meter
) -> None:
    factories.reading(session, meter, 5_300_000, TODAY, consumption=86_000)

    assert deciding.accept(session, operator, [sent.id], LATER) == Decided((), impossible=(sent.id,))
    assert sent.state is ReadingState.PENDING
    assert deciding.refuse(session, operator, [sent.id], REASON, LATER).done == (sent.id,)


def test_what_a_later_accepted_reading_has_overtaken_can_only_be_refused(
    session: Session, operator: StaffCaller, consumer: Consumer, meter: Meter
) -> None:
    yesterdays = send(session, consumer, meter, "5300", at=NOW - timedelta(days=1))
    todays = send(session, consumer, meter, "5310")
    deciding.accept(session, operator, [todays.id], LATER)

    assert deciding.accept(session, operator, [yesterdays.id], LATER) == Decided((), impossible=(yesterdays.id,))
    assert (todays.consumption, yesterdays.state) == (96_000, ReadingState.PENDING)


def test_a_dial_that_passed_zero_is_accepted_as_such(
    session: Session, operator: StaffCaller, consumer: Consumer, meter: Meter
) -> None:
    factories.reading(session, meter, 99_990_000, TODAY - timedelta(days=2), consumption=0)
    rolled = send(session, consumer, meter, "20", "rollover")

    deciding.accept(session, operator, [rolled.id], LATER)

    assert (rolled.state, rolled.consumption, rolled.flags) == (ReadingState.ACCEPTED, 30_000, Flag.ROLLED_OVER)


def test_many_are_decided_in_one_go_in_the_order_they_were_read(
    session: Session, operator: StaffCaller, consumer: Consumer, meter: Meter
) -> None:
    first = send(session, consumer, meter, "5230", at=NOW - timedelta(days=2))
    second = send(session, consumer, meter, "5258")

    decided = deciding.accept(session, operator, [second.id, first.id, second.id], LATER)

    assert set(decided.done) == {first.id, second.id}
    assert (first.consumption, second.consumption) == (16_000, 28_000)


def test_who_has_no_role_for_it_decides_nothing(session: Session, sent: Reading) -> None:
    stranger = StaffCaller(1, 1, "cleaner")  # type: ignore[arg-type]  # a role of tomorrow

    for decide in (
        lambda: deciding.accept(session, stranger, [sent.id], LATER),
        lambda: deciding.refuse(session, stranger, [sent.id], REASON, LATER),
    ):
        with pytest.raises(NotAllowed):
            decide()
    assert sent.state is ReadingState.PENDING


@pytest.mark.parametrize("role", Role)
def test_every_role_of_today_may_decide(session: Session, sent: Reading, role: Role) -> None:
    assert deciding.accept(session, factories.staff_caller(session, role), [sent.id], LATER).done


def decision(session: Session, reading: Reading, state: ReadingState, reason: str = "") -> ReadingDecision:
    """What a package brought, as loading stores it."""
    known = session.get(ReadingDecision, reading.id)
    if known is None:
        return factories.store(session, ReadingDecision(reading_id=reading.id, state=state, reason=reason))
    known.state, known.reason = state, reason
    return factories.store(session, known)


def test_billing_accepts_and_everybody_hears_of_it(session: Session, sent: Reading, meter: Meter) -> None:
    decision(session, sent, ReadingState.ACCEPTED)

    assert billing.note_decisions(session, LATER) == 1

    assert (sent.state, sent.decided_at, sent.decided_by) == (ReadingState.ACCEPTED, LATER, None)
    assert (sent.announced, sent.exported) == (ReadingState.ACCEPTED, ReadingState.ACCEPTED)
    assert topics(session) == [live.readings_of(meter.account_number), live.READING_QUEUE]


def test_billing_refuses_what_staff_accepted(session: Session, operator: StaffCaller, sent: Reading) -> None:
    deciding.accept(session, operator, [sent.id], NOW)
    decision(session, sent, ReadingState.REFUSED, REASON)

    assert billing.note_decisions(session, LATER) == 1
    assert (sent.state, sent.reason) == (ReadingState.REFUSED, REASON)


def test_the_same_decision_again_does_not_undo_a_newer_one(session: Session, sent: Reading) -> None:
    decision(session, sent, ReadingState.REFUSED, REASON)
    billing.note_decisions(session, LATER)
    decision(session, sent, ReadingState.ACCEPTED)
    billing.note_decisions(session, LATER)

    assert billing.note_decisions(session, LATER + timedelta(hours=1)) == 0
    assert (sent.state, sent.reason) == (ReadingState.ACCEPTED, "")


def test_a_row_in_readings_csv_decides_as_well(session: Session, sent: Reading) -> None:
    sent.state = ReadingState.ACCEPTED
    session.flush()

    assert billing.note_decisions(session, LATER) == 1
    assert sent.announced is ReadingState.ACCEPTED


def test_billing_may_accept_but_not_refuse_what_was_taken_back(
    session: Session, consumer: Consumer, meter: Meter, sent: Reading
) -> None:
    sending.withdraw(session, consumer, sent.id, NOW)
    decision(session, sent, ReadingState.REFUSED, REASON)

    assert billing.note_decisions(session, LATER) == 0
    assert sent.state is ReadingState.WITHDRAWN

    decision(session, sent, ReadingState.ACCEPTED)
    assert billing.note_decisions(session, LATER) == 1
    assert sent.state is ReadingState.ACCEPTED


def test_what_billing_has_always_had_is_not_announced(session: Session, meter: Meter) -> None:
    factories.reading(session, meter, 5_300_000, TODAY, state=ReadingState.REFUSED, reason=REASON)

    assert billing.note_decisions(session, LATER) == 0
    assert topics(session) == []


@pytest.mark.parametrize("before", ReadingState)
@pytest.mark.parametrize("after", ReadingState)
def test_no_other_way_leads_from_state_to_state(
    session: Session, sent: Reading, before: ReadingState, after: ReadingState
) -> None:
    sent.state, sent.reason = before, REASON if before is ReadingState.REFUSED else ""
    session.flush()

    if after in machine.WAYS[before]:
        assert machine.move(session, sent, after, reason=REASON if after is ReadingState.REFUSED else "")
        assert sent.state is after
    else:
        with pytest.raises(ValueError, match="no way"):
            machine.move(session, sent, after)
        assert sent.state is before


def test_of_two_who_move_a_reading_one_is_told_so(session: Session, sent: Reading) -> None:
    stale = Reading.model_validate(sent.model_dump())
    assert machine.move(session, sent, ReadingState.ACCEPTED)
    # What another process read before.
    session.expunge(sent)
    make_transient_to_detached(stale)
    session.add(stale)

    assert not machine.move(session, stale, ReadingState.REFUSED, reason=REASON)
    assert (stale.state, stale.reason) == (ReadingState.ACCEPTED, "")
