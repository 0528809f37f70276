"""What a consumer sees of meters, sends and takes back: of their own accounts, all values or none."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, col, select

from lk_app.models import (
    Account,
    Flag,
    LiveChange,
    Meter,
    MeterState,
    Reading,
    ReadingSource,
    ReadingState,
    TariffStep,
)
from lk_app.models.values import Tariff, Volume
from lk_app.services import live
from lk_app.services.accounts import Verification
from lk_app.services.callers import Consumer
from lk_app.services.errors import FieldErrors, NotFound, TooManyAttempts
from lk_app.services.readings import sending, words
from lk_app.services.readings.overview import meters_of, open_readings
from tests import factories
from tests.factories import NOW, TODAY

OCTOBER, A_YEAR_AGO = date(2026, 10, 20), date(2025, 11, 20)


@pytest.fixture
def account(session: Session) -> Account:
    return factories.account(session)


@pytest.fixture
def who(session: Session, account: Account) -> Consumer:
    return factories.consumer(session, account)


@pytest.fixture
def meter(session: Session, account: Account) -> Meter:
    """A meter that stood at 5,214 m³ in October and burned 88 m³ last November."""
    meter = factories.meter(session, account)
    factories.reading(session, meter, 4_000_000, A_YEAR_AGO, consumption=88_000)
    factories.reading(session, meter, 5_214_000, OCTOBER, consumption=60_000)
    return meter


def send(session: Session, who: Consumer, meter: Meter, text: str, *confirmed: str, at=NOW) -> tuple[str, ...]:
    fields = {f"value-{meter.id}": text} | {f"{name}-{meter.id}": "yes" for name in confirmed}
    return sending.send(session, who, meter.account_number, fields, at)


def errors_of(session: Session, who: Consumer, meter: Meter, text: str, *confirmed: str) -> dict[str, str]:
    with pytest.raises(FieldErrors) as refused:
        send(session, who, meter, text, *confirmed)
    return {name.removesuffix(f"-{meter.id}"): text for name, text in refused.value.errors.items()}


def stored(session: Session) -> list[Reading]:
    """What consumers sent, in that order."""
    return list(session.exec(select(Reading).where(col(Reading.sent_at).is_not(None)).order_by(col(Reading.sent_at))))


def test_what_is_sent_waits_for_a_decision(session: Session, who: Consumer, meter: Meter) -> None:
    [reading_id] = send(session, who, meter, "5 258")

    [reading] = stored(session)
    assert (reading.id, reading.taken_on, reading.value, reading.consumption) == (reading_id, TODAY, 5_258_000, 44_000)
    assert (reading.state, reading.source, reading.flags) == (ReadingState.PENDING, ReadingSource.PORTAL, "")
    assert (reading.sent_at, reading.sent_by, reading.usual) == (NOW, who.user_id, 88_000)
    assert reading.announced is ReadingState.PENDING


def test_open_pages_hear_of_what_is_sent(session: Session, who: Consumer, meter: Meter) -> None:
    send(session, who, meter, "5258")

    topics = set(session.exec(select(LiveChange.topic)))
    assert topics == {live.readings_of(meter.account_number), live.READING_QUEUE}


def test_the_day_is_the_companys(session: Session, who: Consumer, meter: Meter) -> None:
    late = NOW.replace(hour=19, minute=30)
    send(session, who, meter, "5258", at=late)

    assert stored(session)[0].taken_on == TODAY + timedelta(days=1)


def test_a_value_below_the_last_accepted_one_is_refused(session: Session, who: Consumer, meter: Meter) -> None:
    assert errors_of(session, who, meter, "5213") == {"value": "Меньше предыдущего показания 5\u00a0214"}
    assert errors_of(session, who, meter, "5213", "rollover", "confirm")
    assert stored(session) == []


def test_an_unusual_value_has_to_be_confirmed(session: Session, who: Consumer, meter: Meter) -> None:
    assert errors_of(session, who, meter, "5479") == {"confirm": words.CONFIRM_UNUSUAL}
    assert errors_of(session, who, meter, "5479", "rollover") == {"confirm": words.CONFIRM_UNUSUAL}

    send(session, who, meter, "5479", "confirm")

    assert stored(session)[0].flags == Flag.HIGH


def test_a_dial_that_passed_zero_has_to_be_confirmed(session: Session, who: Consumer, meter: Meter) -> None:
    factories.reading(session, meter, 99_990_000, TODAY - timedelta(days=3), consumption=10_000)
    assert errors_of(session, who, meter, "00020", "confirm") == {"rollover": words.CONFIRM_ROLL_OVER}

    send(session, who, meter, "00020", "rollover")

    [reading] = stored(session)
    assert (reading.consumption, reading.flags) == (30_000, Flag.ROLLED_OVER)


def test_three_months_are_compared_with_three_months(session: Session, who: Consumer, account: Account) -> None:
    meter = factories.meter(session, account)
    for month, burned in ((9, 10_000), (10, 40_000), (11, 50_000)):
        factories.reading(session, meter, month * 1000, date(2025, month, 20), consumption=burned)
    factories.reading(session, meter, 1_000_000, date(2026, 8, 20))

    send(session, who, meter, "1300")
    assert errors_of(session, who, meter, "1301") == {"confirm": words.CONFIRM_UNUSUAL}
    assert stored(session)[0].usual == 100_000


def test_without_last_years_month_the_ceiling_of_the_equipment_holds(
    session: Session, who: Consumer, account: Account
) -> None:
    heated = factories.meter(session, account)
    factories.reading(session, heated, 0, OCTOBER)
    flat = factories.account(session)
    flat_meter = factories.meter(session, flat)
    factories.reading(session, flat_meter, 0, OCTOBER)
    session.get_one(factories.Premises, flat.number).heating = False
    neighbour = factories.consumer(session, flat)

    send(session, who, heated, "2000")
    assert errors_of(session, who, heated, "2001") == {"confirm": words.CONFIRM_UNUSUAL}
    send(session, neighbour, flat_meter, "200")
    assert errors_of(session, neighbour, flat_meter, "201") == {"confirm": words.CONFIRM_UNUSUAL}


def test_nothing_burned_twice_is_flagged_and_not_asked_about(session: Session, who: Consumer, meter: Meter) -> None:
    factories.reading(session, meter, 5_214_000, TODAY - timedelta(days=3), consumption=0)

    send(session, who, meter, "5214")

    assert stored(session)[0].flags == Flag.ZERO


def test_all_meters_are_stored_or_none(session: Session, who: Consumer, account: Account, meter: Meter) -> None:
    other = factories.meter(session, account, serial="11830275")
    factories.reading(session, other, 2_790_000, OCTOBER)

    with pytest.raises(FieldErrors) as refused:
        sending.send(session, who, account.number, {f"value-{meter.id}": "5258", f"value-{other.id}": "2789"}, NOW)
    assert set(refused.value.errors) == {f"value-{other.id}"}
    assert stored(session) == []

    sending.send(session, who, account.number, {f"value-{meter.id}": "5258", f"value-{other.id}": "2790"}, NOW)
    assert {reading.meter_id for reading in stored(session)} == {meter.id, other.id}


def test_a_meter_may_be_left_out_but_not_all(session: Session, who: Consumer, account: Account, meter: Meter) -> None:
    factories.meter(session, account, serial="11830275")

    assert len(send(session, who, meter, "5258")) == 1
    assert errors_of(session, who, meter, " ") == {"value": words.AT_LEAST_ONE}


@pytest.mark.parametrize("values", [{"state": MeterState.FAULTY}, {"state": MeterState.REMOVED}, {"remote": True}])
def test_readings_of_other_meters_are_not_taken(session: Session, who: Consumer, account: Account, values) -> None:
    meter = factories.meter(session, account, **values)

    with pytest.raises(NotFound, match="передавать не нужно"):
        send(session, who, meter, "5258")
    assert stored(session) == []


def test_sent_again_on_the_same_day_it_is_replaced(session: Session, who: Consumer, meter: Meter) -> None:
    send(session, who, meter, "5258")
    send(session, who, meter, "5259", at=NOW + timedelta(minutes=1))

    before, after = stored(session)
    assert (before.value, before.state) == (5_258_000, ReadingState.WITHDRAWN)
    assert (after.value, after.state) == (5_259_000, ReadingState.PENDING)


def test_the_same_value_sent_again_changes_nothing(session: Session, who: Consumer, meter: Meter) -> None:
    first = send(session, who, meter, "5258")

    assert send(session, who, meter, "5258", at=NOW + timedelta(minutes=1)) == first
    assert len(stored(session)) == 1


def test_yesterdays_stays(session: Session, who: Consumer, meter: Meter) -> None:
    send(session, who, meter, "5257", at=NOW - timedelta(days=1))
    send(session, who, meter, "5258")

    assert [reading.state for reading in stored(session)] == [ReadingState.PENDING] * 2


def test_what_was_decided_today_is_not_replaced(session: Session, who: Consumer, meter: Meter) -> None:
    [decided] = send(session, who, meter, "5258")
    session.get_one(Reading, decided).state = ReadingState.ACCEPTED

    assert errors_of(session, who, meter, "5257") == {"value": "Меньше предыдущего показания 5\u00a0258"}
    send(session, who, meter, "5260", at=NOW + timedelta(minutes=1))

    assert [reading.state for reading in stored(session)] == [ReadingState.ACCEPTED, ReadingState.PENDING]
    assert stored(session)[1].consumption == 2_000


def test_somebody_elses_account_and_meter_are_none(session: Session, who: Consumer, meter: Meter) -> None:
    stranger = factories.consumer(session, factories.account(session))
    own = factories.meter(session, session.exec(select(Account).where(Account.number != meter.account_number)).one())

    with pytest.raises(NotFound):
        send(session, stranger, meter, "5258")
    with pytest.raises(FieldErrors):
        sending.send(session, stranger, own.account_number, {f"value-{meter.id}": "5258"}, NOW)
    assert meters_of(session, stranger, meter.account_number, TODAY).meters == ()
    assert stored(session) == []


def test_a_spouse_replaces_and_takes_back(session: Session, who: Consumer, account: Account, meter: Meter) -> None:
    spouse = factories.consumer(session, account)
    send(session, who, meter, "5258")
    [second] = send(session, spouse, meter, "5259", at=NOW + timedelta(minutes=1))

    sending.withdraw(session, who, second, NOW)

    assert [reading.state for reading in stored(session)] == [ReadingState.WITHDRAWN] * 2


def test_what_was_taken_back_is_not_shown(session: Session, who: Consumer, meter: Meter) -> None:
    [reading_id] = send(session, who, meter, "5258")
    assert shown(session, who, meter)[0].id == reading_id

    sending.withdraw(session, who, reading_id, NOW)

    assert reading_id not in [line.id for line in shown(session, who, meter)]


@pytest.mark.parametrize("state", [ReadingState.ACCEPTED, ReadingState.REFUSED, ReadingState.WITHDRAWN])
def test_only_what_waits_can_be_taken_back(session: Session, who: Consumer, meter: Meter, state) -> None:
    [reading_id] = send(session, who, meter, "5258")
    reading = session.get_one(Reading, reading_id)
    reading.state, reading.reason = state, "Лишняя цифра" if state is ReadingState.REFUSED else ""

    with pytest.raises(NotFound):
        sending.withdraw(session, who, reading_id, NOW)
    assert session.get_one(Reading, reading_id).state is state


def test_strangers_and_billings_readings_cannot_be_taken_back(session: Session, who: Consumer, meter: Meter) -> None:
    [own] = send(session, who, meter, "5258")
    of_billing = factories.reading(session, meter, 5_300_000, state=ReadingState.PENDING)
    stranger = factories.consumer(session, factories.account(session))

    for caller, reading_id in ((stranger, own), (who, of_billing.id), (who, "R261122-NOBODYSXXX")):
        with pytest.raises(NotFound):
            sending.withdraw(session, caller, reading_id, NOW)
    assert [reading.state for reading in stored(session)] == [ReadingState.PENDING]


def test_who_sends_without_end_is_told_to_wait(session: Session, who: Consumer, meter: Meter) -> None:
    for number in range(sending.PER_USER.most):
        send(session, who, meter, str(5_215 + number % 40))

    with pytest.raises(TooManyAttempts):
        send(session, who, meter, "5300")
    with pytest.raises(TooManyAttempts):
        sending.withdraw(session, who, stored(session)[-1].id, NOW)


def shown(session: Session, who: Consumer, meter: Meter):
    account = meters_of(session, who, meter.account_number, TODAY)
    return next(view for view in account.meters if view.id == meter.id).lines


def test_a_preview_is_what_sending_would_store(session: Session, who: Consumer, account: Account, meter: Meter) -> None:
    other = factories.meter(session, account, serial="11830275")
    factories.reading(session, other, 2_790_000, OCTOBER)
    for above, price in ((0, 800_000), (170_000, 1_000_000)):
        factories.store(
            session,
            TariffStep(heating=True, starts_on=date(2026, 7, 1), above=Volume(above), price=Tariff(price)),
        )
    fields = {f"value-{meter.id}": "5258", f"value-{other.id}": "3204"}

    preview = sending.preview(session, who, account.number, fields, NOW)

    # 60 m³ were burned this year, so that 110 m³ are left of the first step.
    assert [one.cost for one in preview.typed] == [44 * 800, 66 * 800 + 348 * 1000]
    assert preview.total == 44 * 800 + 66 * 800 + 348 * 1000
    assert [one.judgement.consumption for one in preview.typed] == [44_000, 414_000]
    sending.send(session, who, account.number, fields, NOW)
    assert sorted(reading.consumption for reading in stored(session)) == [44_000, 414_000]


def test_a_preview_refuses_nothing(session: Session, who: Consumer, meter: Meter) -> None:
    [typed] = sending.preview(session, who, meter.account_number, {f"value-{meter.id}": "сто"}, NOW).typed

    assert (typed.value, typed.cost, bool(typed.error)) == (None, None, True)
    assert sending.preview(session, who, meter.account_number, {}, NOW).total is None


def test_the_tariff_in_force_is_the_last_that_began(session: Session, who: Consumer, meter: Meter) -> None:
    for starts_on, price in ((date(2025, 7, 1), 700_000), (TODAY, 800_000), (TODAY + timedelta(days=1), 900_000)):
        factories.store(session, TariffStep(heating=True, starts_on=starts_on, above=Volume(0), price=Tariff(price)))

    assert [step.price for step in meters_of(session, who, meter.account_number, TODAY).steps] == [800_000]


def test_meters_that_are_read_come_first(session: Session, who: Consumer, account: Account) -> None:
    removed = factories.meter(session, account, state=MeterState.REMOVED, installed_on=date(2010, 1, 1))
    faulty = factories.meter(session, account, state=MeterState.FAULTY, installed_on=date(2011, 1, 1))
    working = factories.meter(session, account)

    views = meters_of(session, who, account.number, TODAY).meters

    assert [view.id for view in views] == [working.id, faulty.id, removed.id]
    assert [view.takes_readings for view in views] == [True, False, False]


def test_a_verification_is_soon_or_overdue(session: Session, who: Consumer, account: Account) -> None:
    for due_on in (TODAY - timedelta(days=1), TODAY + timedelta(days=30), None):
        factories.meter(session, account, verification_due_on=due_on)

    found = {view.verification for view in meters_of(session, who, account.number, TODAY).meters}
    assert found == {Verification.OVERDUE, Verification.SOON, Verification.UNKNOWN}


def test_use_is_of_all_meters_by_month_beside_last_years(session: Session, who: Consumer, account: Account) -> None:
    for _ in range(2):
        meter = factories.meter(session, account)
        factories.reading(session, meter, 10_000, A_YEAR_AGO, consumption=10_000)
        factories.reading(session, meter, 40_000, OCTOBER, consumption=30_000)
    factories.reading(session, meter, 999_000, OCTOBER, consumption=900_000, state=ReadingState.REFUSED, reason="…")

    use = meters_of(session, who, account.number, TODAY).use

    assert len(use) == 12
    assert (use[0].month, use[-1].month) == (202512, 202611)
    assert [(one.month, one.volume, one.year_before) for one in use if one.volume or one.year_before] == [
        (202610, 60_000, None),
        (202611, None, 20_000),
    ]


def test_without_an_account_there_is_only_the_window(session: Session) -> None:
    screen = open_readings(session, factories.consumer(session), TODAY)

    assert screen.account is None
    assert screen.window.is_open
