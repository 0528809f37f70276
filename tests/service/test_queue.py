"""The staff's queue of readings: what is in it, in which order, how it is found, and that each look is kept."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, col, select, update

from lk_app.models import Action, AuditEvent, Flag, MeterState, Premises, Reading, ReadingState, Role
from lk_app.services.accounts import Verification
from lk_app.services.callers import StaffCaller
from lk_app.services.errors import NotAllowed, NotFound
from lk_app.services.paging import Count
from lk_app.services.readings import deciding, finding, inspection, queue
from lk_app.services.readings.finding import Kind
from lk_app.services.readings.inspection import fate_of, look_closer
from lk_app.services.readings.queue import PAGE, Cursor, Filter, QueuePage, open_queue
from tests import factories, plans
from tests.factories import NOW, TODAY
from tests.waiting import OCTOBER, add_photo, crowd, meter_read, queue_of, waiting


@pytest.fixture
def who(session: Session) -> StaffCaller:
    return factories.staff_caller(session)


def ids(page: QueuePage) -> list[str]:
    return [reading.id for reading in page.readings]


def looks(session: Session, action: Action = Action.QUEUE_SEEN) -> list[tuple[str, str]]:
    """Subject and detail of each look that was kept."""
    events = session.exec(select(AuditEvent).where(AuditEvent.action == action).order_by(col(AuditEvent.id)))
    return [(event.subject, event.detail) for event in events]


def test_whoever_waits_longest_comes_first(session: Session, who: StaffCaller) -> None:
    later = waiting(session, sent_at=NOW - timedelta(minutes=1))
    sooner = waiting(session, sent_at=NOW - timedelta(minutes=72))

    page = open_queue(session, who, Filter(), NOW)

    assert ids(page) == [sooner.id, later.id]
    assert page.oldest_at == sooner.sent_at
    assert (page.start, page.has_earlier, page.has_later) == (None, False, False)
    assert page.waiting == page.counts[Kind.ALL] == Count(2)


def test_only_what_a_consumer_sent_and_nobody_decided_waits(session: Session, who: StaffCaller) -> None:
    waits = waiting(session)
    waiting(session, state=ReadingState.ACCEPTED)
    waiting(session, state=ReadingState.REFUSED, reason="Опечатка")
    waiting(session, state=ReadingState.WITHDRAWN)
    factories.reading(session, meter_read(session), 5_258_000, state=ReadingState.PENDING)

    assert ids(open_queue(session, who, Filter(), NOW)) == [waits.id]


def test_an_empty_queue(session: Session, who: StaffCaller) -> None:
    page = open_queue(session, who, Filter(), NOW)

    assert (page.readings, page.oldest_at, page.waiting) == ((), None, Count(0))
    assert looks(session) == []


def test_a_row_has_what_is_needed_to_judge(session: Session, who: StaffCaller) -> None:
    account = factories.account(session, "66010000017", address="г. Ясный, ул. Садовая, 7")
    meter = meter_read(session, account, serial="11830275", decimals=3)
    sent = waiting(session, meter, 5_628_125, flags="high ceiling", usual=90_000, photo=True)

    [reading] = open_queue(session, who, Filter(), NOW).readings

    assert (reading.account_number, reading.last_name, reading.first_name) == ("66010000017", "Иванова", "Мария")
    assert (reading.address, reading.serial, reading.dial.decimals) == ("г. Ясный, ул. Садовая, 7", "11830275", 3)
    assert (reading.last, reading.value, reading.consumption) == (5_214_000, 5_628_125, 414_125)
    assert (reading.flags, reading.usual, reading.sent_at) == ((Flag.HIGH, Flag.CEILING), 90_000, sent.sent_at)
    assert reading.photo_id
    assert not reading.is_fine


def test_a_reading_is_compared_with_what_is_accepted_now(session: Session, who: StaffCaller) -> None:
    meter = meter_read(session)
    below = waiting(session, meter, 5_258_000)
    factories.reading(session, meter, 5_269_000, TODAY - timedelta(days=1))

    [reading] = open_queue(session, who, Filter(), NOW).readings

    assert (reading.id, reading.last, reading.consumption) == (below.id, 5_269_000, -11_000)
    assert (reading.is_below, reading.is_fine) == (True, False)
    assert deciding.accept(session, who, [below.id], NOW).impossible == (below.id,)


def test_what_was_refused_or_read_later_is_no_measure(session: Session, who: StaffCaller) -> None:
    meter = meter_read(session)
    waiting(session, meter)
    factories.reading(session, meter, 9_000_000, OCTOBER + timedelta(days=1), state=ReadingState.REFUSED, reason="…")
    factories.reading(session, meter, 9_000_000, TODAY + timedelta(days=1))

    [reading] = open_queue(session, who, Filter(), NOW).readings

    assert (reading.last, reading.consumption) == (5_214_000, 44_000)


def test_a_dial_that_passed_zero_and_one_never_read(session: Session, who: StaffCaller) -> None:
    waiting(session, meter_read(session, last=99_990_000), 20_000, flags="rolled-over")
    waiting(session, factories.meter(session, factories.account(session)), 20_000, consumption=None)

    passed, new = open_queue(session, who, Filter(), NOW).readings

    assert (passed.consumption, passed.is_below) == (30_000, False)
    assert (new.last, new.consumption, new.is_fine) == (None, None, True)


def test_premises_that_billing_has_not_sent_hide_nothing(session: Session, who: StaffCaller) -> None:
    waits = waiting(session)
    session.delete(session.exec(select(Premises)).one())
    session.flush()

    [reading] = open_queue(session, who, Filter(), NOW).readings
    assert (reading.id, reading.address) == (waits.id, "")
    assert look_closer(session, who, waits.id, NOW).kind is None


def test_kinds(session: Session, who: StaffCaller) -> None:
    plain = waiting(session)
    unusual = waiting(session, flags="zero")
    photographed = waiting(session, photo=True)
    both = waiting(session, flags="high", photo=True)

    pages = {kind: open_queue(session, who, Filter(kind), NOW) for kind in Kind}

    assert ids(pages[Kind.ALL]) == [plain.id, unusual.id, photographed.id, both.id]
    assert ids(pages[Kind.ATTENTION]) == [unusual.id, both.id]
    assert ids(pages[Kind.PHOTO]) == [photographed.id, both.id]
    assert pages[Kind.PHOTO].counts == {Kind.ALL: Count(4), Kind.ATTENTION: Count(2), Kind.PHOTO: Count(2)}


def test_an_office_has_its_own_accounts(session: Session, who: StaffCaller) -> None:
    waiting(session)
    factories.office(session, "12", name="Ясный участок")
    there = waiting(session, meter_read(session, factories.account(session, office_code="12")), flags="zero")

    page = open_queue(session, who, Filter(office_code="12"), NOW)

    assert ids(page) == [there.id]
    assert page.counts == {Kind.ALL: Count(1), Kind.ATTENTION: Count(1), Kind.PHOTO: Count(0)}
    assert page.waiting == Count(2)
    assert page.offices == (("07", "Абонентский участок № 7"), ("12", "Ясный участок"))


@pytest.mark.parametrize(
    "typed",
    ["66010000017", " 660 1000 0017 ", "11830275", "АБ 118", "Салтыкова-Щедрина", "салтыкова-щедрина", "ван Дейк"],
)
def test_a_search_finds_a_whole_number_or_surname(session: Session, who: StaffCaller, typed: str) -> None:
    wanted = factories.account(session, "66010000017", last_name="ван Дейк")
    if typed.lower().startswith("салтыкова"):
        wanted.last_name = "Салтыкова-Щедрина"
    found = waiting(session, meter_read(session, wanted, serial="АБ 118" if "АБ" in typed else "11830275"))
    waiting(session)

    page = open_queue(session, who, Filter(search=typed), NOW)

    assert ids(page) == [found.id]
    assert (page.counts[Kind.ALL], page.waiting) == (Count(1), Count(2))


@pytest.mark.parametrize("typed", ["6601000001", "1183027", "Иванов", "%", "_" * 7, "' OR 1=1 --", "Иванова Мария"])
def test_a_search_finds_nothing_by_parts(session: Session, who: StaffCaller, typed: str) -> None:
    waiting(session, meter_read(session, factories.account(session, "66010000017"), serial="11830275"))

    assert ids(open_queue(session, who, Filter(search=typed), NOW)) == []


def test_pages_follow_each_other_there_and_back(session: Session, who: StaffCaller) -> None:
    sent = [reading.id for reading in queue_of(session, 2 * PAGE + 10)]

    first = open_queue(session, who, Filter(), NOW)
    second = open_queue(session, who, Filter(), NOW, after=Cursor.of(first.readings[-1]))
    third = open_queue(session, who, Filter(), NOW, after=Cursor.of(second.readings[-1]))
    back = open_queue(session, who, Filter(), NOW, before=Cursor.of(third.readings[0]))
    start = open_queue(session, who, Filter(), NOW, before=Cursor.of(back.readings[0]))

    assert ids(first) + ids(second) + ids(third) == sent
    assert (ids(back), ids(start)) == (ids(second), ids(first))
    assert [(page.has_earlier, page.has_later) for page in (first, second, third, start)] == [
        (False, True),
        (True, True),
        (True, False),
        (False, True),
    ]


def test_readings_of_one_moment_are_neither_lost_nor_shown_twice(session: Session, who: StaffCaller) -> None:
    sent = {waiting(session, sent_at=NOW).id for _ in range(PAGE + 3)}

    first = open_queue(session, who, Filter(), NOW)
    second = open_queue(session, who, Filter(), NOW, after=Cursor.of(first.readings[-1]))

    assert set(ids(first)) | set(ids(second)) == sent
    assert len(ids(first)) + len(ids(second)) == PAGE + 3


def accept_all(session: Session, reading_ids: list[str]) -> None:
    session.exec(update(Reading).where(col(Reading.id).in_(reading_ids)).values(state=ReadingState.ACCEPTED))


def test_rows_that_go_make_room_for_the_next(session: Session, who: StaffCaller) -> None:
    sent = [reading.id for reading in queue_of(session, 2 * PAGE + 10)]
    first = open_queue(session, who, Filter(), NOW)
    second = open_queue(session, who, Filter(), NOW, after=Cursor.of(first.readings[-1]))

    accept_all(session, [*ids(first)[:5], *ids(second)[3:10]])
    first_again = open_queue(session, who, Filter(), NOW, after=first.start)
    second_again = open_queue(session, who, Filter(), NOW, after=second.start)

    assert ids(first_again) == [*sent[5:53], *sent[60:62]]
    assert ids(second_again) == [*sent[50:53], *sent[60:107]]


def test_the_page_before_is_full_again_when_rows_have_gone(session: Session, who: StaffCaller) -> None:
    sent = [reading.id for reading in queue_of(session, PAGE + 10)]
    first = open_queue(session, who, Filter(), NOW)
    second = open_queue(session, who, Filter(), NOW, after=Cursor.of(first.readings[-1]))
    accept_all(session, sent[:10])

    back = open_queue(session, who, Filter(), NOW, before=Cursor.of(second.readings[0]))

    assert (ids(back), back.start) == (sent[10:], None)


def test_a_page_whose_rows_have_all_gone_is_the_first_one(session: Session, who: StaffCaller) -> None:
    sent = [reading.id for reading in queue_of(session, PAGE + 10)]
    second = open_queue(session, who, Filter(), NOW, after=Cursor(NOW - timedelta(minutes=10), sent[PAGE - 1]))
    assert ids(second) == sent[PAGE:]

    accept_all(session, sent[PAGE:])
    page = open_queue(session, who, Filter(), NOW, after=second.start)

    assert (ids(page), page.start, page.has_earlier) == (sent[:PAGE], None, False)


def test_nothing_lies_before_a_page_when_all_of_it_has_gone(session: Session, who: StaffCaller) -> None:
    sent = [reading.id for reading in queue_of(session, PAGE + 10)]
    first = open_queue(session, who, Filter(), NOW)
    accept_all(session, sent[:PAGE])

    page = open_queue(session, who, Filter(), NOW, after=Cursor.of(first.readings[-1]))

    assert (ids(page), page.has_earlier) == (sent[PAGE:], False)


def test_counts_end_where_they_stop_helping(
    session: Session, who: StaffCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST_COUNTED", 4)
    readings = queue_of(session, 7)
    for reading in readings[::3]:
        add_photo(session, reading)
    for reading in readings[:4]:
        reading.flags = "zero"
    session.flush()

    page = open_queue(session, who, Filter(), NOW)

    assert page.waiting == page.counts[Kind.ALL] == Count(4, and_more=True)
    assert page.counts[Kind.ATTENTION] == Count(4)
    assert page.counts[Kind.PHOTO] == Count(2, and_more=True)


def test_accepted_today_are_those_of_staff_since_midnight_of_the_company(session: Session, who: StaffCaller) -> None:
    midnight = NOW.replace(hour=19, minute=0) - timedelta(days=1)
    accepted = {"state": ReadingState.ACCEPTED, "decided_by": who.staff_id}
    waiting(session, decided_at=midnight, **accepted)
    waiting(session, decided_at=NOW, **accepted)
    waiting(session, decided_at=midnight - timedelta(seconds=1), **accepted)
    waiting(session, decided_at=NOW, state=ReadingState.ACCEPTED)
    waiting(session, decided_at=NOW, **accepted | {"state": ReadingState.REFUSED, "reason": "Опечатка"})

    assert open_queue(session, who, Filter(), NOW).accepted_today == 2


def test_each_look_is_kept_without_names(session: Session, who: StaffCaller) -> None:
    factories.office(session, "12")
    meter = meter_read(session, factories.account(session, "66010000017", office_code="12"), serial="11830275")
    waiting(session, meter, flags="zero")

    for wanted in (
        Filter(),
        Filter(Kind.ATTENTION, "12"),
        Filter(search="66010000017"),
        Filter(search="660 1000 0017"),
        Filter(search="11830275"),
        Filter(search="Иванова"),
        Filter(search="Петрова"),
    ):
        open_queue(session, who, wanted, NOW)

    assert looks(session) == [
        ("", "all: 1"),
        ("", "attention, office 12: 1"),
        ("66010000017", "all, by number: 1"),
        ("66010000017", "all, by number: 1"),
        ("", "all, by number: 1"),
        ("", "all, by surname: 1"),
    ]
    [first, *_] = session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))
    assert (first.staff_id, first.at, first.address) == (who.staff_id, NOW, "203.0.113.*")


def test_a_page_that_shows_nothing_new_is_no_new_look(session: Session, who: StaffCaller) -> None:
    sent = [reading.id for reading in queue_of(session, PAGE + 1)]
    shown = ids(open_queue(session, who, Filter(), NOW))
    accept_all(session, shown[:1])
    open_queue(session, who, Filter(), NOW, shown=sent)
    assert len(looks(session)) == 1

    open_queue(session, who, Filter(), NOW, shown=shown)
    assert len(looks(session)) == 2


def test_a_closer_look(session: Session, who: StaffCaller) -> None:
    account = factories.account(session)
    meter = meter_read(session, account, verification_due_on=TODAY - timedelta(days=1), state=MeterState.FAULTY)
    factories.reading(session, meter, 5_000_000, OCTOBER, state=ReadingState.REFUSED, reason="Опечатка")
    taken_back = waiting(session, meter, 5_300_000, state=ReadingState.WITHDRAWN, taken_on=TODAY - timedelta(days=1))
    factories.reading(session, meter_read(session, account), 1, TODAY)
    sent = waiting(session, meter, flags="high", photo=True)

    look = look_closer(session, who, sent.id, NOW)

    assert (look.reading.id, look.reading.last, look.reading.flags) == (sent.id, 5_214_000, (Flag.HIGH,))
    assert look.reading.photo_id
    assert [(past.value, past.state, past.reason) for past in look.past] == [
        (taken_back.value, ReadingState.WITHDRAWN, ""),
        (5_000_000, ReadingState.REFUSED, "Опечатка"),
        (5_214_000, ReadingState.ACCEPTED, ""),
    ]
    assert (look.heating, look.residents, look.equipment) == (True, 3, ("Газовая плита", "Котёл"))
    assert (look.model, look.place, look.meter_state) == ("ВК-G4", "кухня", MeterState.FAULTY)
    assert (look.verification, look.fate) == (Verification.OVERDUE, None)
    assert looks(session, Action.READING_SEEN) == [(sent.id, "")]


def test_the_last_year_of_readings_is_shown(session: Session, who: StaffCaller) -> None:
    meter = factories.meter(session, factories.account(session))
    for month in range(1, 12):
        factories.reading(session, meter, month * 1000, date(2026, month, 20))
    for month in range(1, 12):
        factories.reading(session, meter, month, date(2025, month, 20))
    sent = waiting(session, meter)

    past = look_closer(session, who, sent.id, NOW).past

    assert [one.taken_on for one in past] == [
        *(date(2026, month, 20) for month in range(11, 0, -1)),
        date(2025, 11, 20),
    ]


def test_there_is_no_closer_look_at_what_billing_brought(session: Session, who: StaffCaller) -> None:
    brought = factories.reading(session, meter_read(session), 5_258_000)

    for reading_id in (brought.id, "R261122-NOBODYSXXX", ""):
        with pytest.raises(NotFound):
            look_closer(session, who, reading_id, NOW)
    assert looks(session, Action.READING_SEEN) == []


def test_what_became_of_a_reading(session: Session, who: StaffCaller) -> None:
    accepted, refused, taken_back, waits = (waiting(session) for _ in range(4))
    deciding.accept(session, who, [accepted.id], NOW)
    deciding.refuse(session, who, [refused.id], "Опечатка", NOW)
    taken_back.state = ReadingState.WITHDRAWN
    session.flush()

    assert fate_of(session, who, waits.id) is None
    assert fate_of(session, who, accepted.id) == inspection.Fate(ReadingState.ACCEPTED, "", NOW, "Ольга Ветрова")
    assert fate_of(session, who, refused.id) == inspection.Fate(ReadingState.REFUSED, "Опечатка", NOW, "Ольга Ветрова")
    assert fate_of(session, who, taken_back.id) == inspection.Fate(ReadingState.WITHDRAWN, "", None, "")
    assert look_closer(session, who, accepted.id, NOW).fate == fate_of(session, who, accepted.id)


@pytest.mark.parametrize("role", list(Role))
def test_all_who_decide_may_look(session: Session, role: Role) -> None:
    sent, member = waiting(session), factories.staff_caller(session, role)

    assert ids(open_queue(session, member, Filter(), NOW)) == [sent.id]
    assert look_closer(session, member, sent.id, NOW).reading.id == sent.id


def test_nobody_else_may(session: Session, who: StaffCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = waiting(session)
    for module in (queue, finding, inspection):
        monkeypatch.setattr(module, "READINGS", (Role.SUPERVISOR,))

    with pytest.raises(NotAllowed):
        open_queue(session, who, Filter(), NOW)
    with pytest.raises(NotAllowed):
        look_closer(session, who, sent.id, NOW)
    with pytest.raises(NotAllowed):
        fate_of(session, who, sent.id)
    assert looks(session) == looks(session, Action.READING_SEEN) == []


MANY = 10_000


@pytest.mark.parametrize("wanted", [Filter(), Filter(Kind.ATTENTION), Filter(search="Иванов")], ids=str)
def test_what_partial_indexes_are_found_by_is_written_out(session: Session, who: StaffCaller, wanted: Filter) -> None:
    with plans.statements_about(session, "readings") as seen:
        open_queue(session, who, wanted, NOW, after=Cursor(NOW, ""))

    assert [text for text, _ in seen if "state = 'pending'" not in text and "state = 'accepted'" not in text] == []
    assert ("flags != ''" in seen[0][0]) is (wanted.kind is Kind.ATTENTION)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_on_postgresql_a_page_reads_its_own_rows(session: Session, who: StaffCaller) -> None:
    crowd(session, MANY)
    of_a_page = 4 * (PAGE + 1)

    for wanted, most in (
        (Filter(), of_a_page),
        (Filter(Kind.ATTENTION), of_a_page),
        (Filter(search="67000004000"), 4),
        (Filter(search="serial-17"), 4),
        (Filter(search="Жительабв"), of_a_page),
    ):
        with plans.statements_about(session, "readings") as seen:
            open_queue(session, who, wanted, NOW, after=Cursor(NOW, ""))
        page, *others = [plans.rows_read(session, *statement, "readings") for statement in seen]
        assert page <= most, wanted
        assert max(others) <= queue.MOST_COUNTED + 1, wanted


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Filter(), "ix_readings_queue ((sent_at,id)>(?,?))"),
        (Filter(Kind.ATTENTION), "ix_readings_suspects ((sent_at,id)>(?,?))"),
        (Filter(Kind.PHOTO), "ix_readings_queue ((sent_at,id)>(?,?))"),
        (Filter(office_code="07"), "ix_readings_queue ((sent_at,id)>(?,?))"),
        (Filter(search="66020004000"), "uq_readings_one_pending_a_day (meter_id=?)"),
        (Filter(search="Иванов"), "uq_readings_one_pending_a_day (meter_id=?)"),
    ],
    ids=str,
)
def test_on_sqlite_a_page_goes_by_its_index(session: Session, who: StaffCaller, wanted: Filter, index: str) -> None:
    waiting(session)
    with plans.statements_about(session, "readings") as seen:
        open_queue(session, who, wanted, NOW, after=Cursor(NOW - timedelta(days=1), ""))

    found_by = [plans.steps(session, *statement) for statement in seen]

    assert f"SEARCH waiting USING INDEX {index}" in found_by[0]
    assert {step for plan in found_by for step in plan if step.startswith("SCAN")} == {"SCAN page", "SCAN candidates"}
