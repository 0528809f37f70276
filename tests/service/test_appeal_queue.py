"""The staff's queue of appeals: what is in it, in which order, how it is found, and that each look is kept."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from lk_app.models import Action, Appeal, AppealState, AuditEvent, Role, Service
from lk_app.services.callers import Consumer, StaffCaller
from lk_app.services.errors import NotAllowed, NotFound
from lk_app.services.feedback import finding, inspection, machine, queue, queued
from lk_app.services.feedback.finding import Kind
from lk_app.services.feedback.inspection import look_closer
from lk_app.services.feedback.queue import PAGE, Cursor, Filter, QueuePage, open_queue
from lk_app.services.readings.queue import Count
from tests import factories, plans
from tests.factories import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def who(session: Session) -> StaffCaller:
    return factories.staff_caller(session)


@pytest.fixture
def consumer(session: Session) -> Consumer:
    factories.appeal_type(session)
    factories.appeal_type(session, "meter", service=Service.TECHNICAL, name="Счётчик", position=2)
    return factories.consumer(session, factories.account(session, "66010000017"))


def ids(page: QueuePage) -> list[str]:
    return [appeal.id for appeal in page.appeals]


def found(session: Session, who: StaffCaller, kind: Kind = Kind.WAITING, **narrowed: Any) -> list[str]:
    return ids(open_queue(session, who, Filter(kind, **narrowed), NOW))


def looks(session: Session, action: Action = Action.APPEALS_SEEN) -> list[tuple[str, str]]:
    """Subject and detail of each look that was kept."""
    events = session.exec(select(AuditEvent).where(AuditEvent.action == action).order_by(col(AuditEvent.id)))
    return [(event.subject, event.detail) for event in events]


def taken(session: Session, consumer: Consumer, member: StaffCaller, **fields: Any) -> Appeal:
    return factories.appeal(session, consumer, state=AppealState.TAKEN, taken_by=member.staff_id, **fields)


def answered(session: Session, consumer: Consumer, **fields: Any) -> Appeal:
    return factories.appeal(session, consumer, state=AppealState.ANSWERED, waiting_since=None, **fields)


def closed(session: Session, consumer: Consumer, **fields: Any) -> Appeal:
    return factories.appeal(session, consumer, state=AppealState.CLOSED, waiting_since=None, closed_at=NOW, **fields)


def queue_of(session: Session, consumer: Consumer, length: int, **fields: Any) -> list[str]:
    """Ids of so many appeals, each a minute after the one before, the last one now."""
    moments = [NOW - MINUTE * (length - 1 - number) for number in range(length)]
    return [factories.appeal(session, consumer, at=at, **{"waiting_since": at} | fields).id for at in moments]


def test_whoever_waits_longest_comes_first(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    new = factories.appeal(session, consumer, at=NOW - MINUTE)
    old = taken(session, consumer, factories.staff_caller(session), at=NOW - 72 * MINUTE)
    answered(session, consumer, at=NOW - 90 * MINUTE)
    closed(session, consumer, at=NOW - 95 * MINUTE)

    page = open_queue(session, who, Filter(), NOW)

    assert ids(page) == [old.id, new.id]
    assert (page.oldest_at, page.waiting) == (NOW - 72 * MINUTE, Count(2))
    assert (page.start, page.has_earlier, page.has_later) == (None, False, False)
    assert page.counts == {Kind.WAITING: Count(2), Kind.MINE: Count(0)}


def test_kinds(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    mine = taken(session, consumer, who, at=NOW - 3 * MINUTE)
    theirs = taken(session, consumer, factories.staff_caller(session), at=NOW - 2 * MINUTE)
    done = answered(session, consumer, at=NOW - MINUTE, taken_by=who.staff_id)
    over = closed(session, consumer, at=NOW)
    new = factories.appeal(session, consumer, at=NOW - 4 * MINUTE)

    assert found(session, who, Kind.WAITING) == [new.id, mine.id, theirs.id]
    assert found(session, who, Kind.MINE) == [mine.id]
    assert found(session, who, Kind.ANSWERED) == [done.id]
    assert found(session, who, Kind.CLOSED) == [over.id]
    assert found(session, who, Kind.ALL) == [over.id, done.id, theirs.id, mine.id, new.id]


def test_what_changed_last_comes_first_where_nobody_waits(
    session: Session, who: StaffCaller, consumer: Consumer
) -> None:
    sooner, later = answered(session, consumer), answered(session, consumer)
    sooner.changed_at = NOW + MINUTE
    session.flush()

    assert found(session, who, Kind.ANSWERED) == [sooner.id, later.id]


def test_an_empty_queue(session: Session, who: StaffCaller) -> None:
    for kind in Kind:
        page = open_queue(session, who, Filter(kind), NOW)
        assert (page.appeals, page.oldest_at, page.waiting) == ((), None, Count(0))
    assert looks(session) == []


def test_a_row_says_who_asks_and_who_is_at_it(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    appeal = taken(session, consumer, who, account_number="66010000017", subject="Квитанция")
    message = factories.appeal_message(session, appeal)
    nobodys = factories.appeal(session, factories.consumer(session), at=NOW + MINUTE)

    row, other = open_queue(session, who, Filter(), NOW).appeals

    assert (row.account_number, row.last_name, row.first_name) == ("66010000017", "Иванова", "Мария")
    assert (row.subject, row.type_name, row.service) == ("Квитанция", "Начисления", Service.SUBSCRIBER)
    assert (row.state, row.taken_by, row.taken_by_name) == (AppealState.TAKEN, who.staff_id, "Ольга Ветрова")
    assert (row.waiting_since, row.last_message) == (NOW, message.id)
    assert (other.id, other.account_number, other.last_name, other.address) == (nobodys.id, "", "", "")
    assert other.user_name


@pytest.mark.parametrize("kind", [Kind.WAITING, Kind.MINE, Kind.ANSWERED, Kind.CLOSED, Kind.ALL])
def test_services_and_types_narrow_every_kind(
    session: Session, who: StaffCaller, consumer: Consumer, kind: Kind
) -> None:
    factories.appeal_type(session, "equipment", service=Service.TECHNICAL, name="Оборудование", published=False)
    make: Any = {
        Kind.WAITING: factories.appeal,
        Kind.MINE: lambda session, consumer, **fields: taken(session, consumer, who, **fields),
        Kind.ANSWERED: answered,
        Kind.CLOSED: closed,
        Kind.ALL: answered,
    }[kind]
    bill = make(session, consumer, at=NOW - MINUTE)
    meter = make(session, consumer, at=NOW, type_code="meter")
    stove = make(session, consumer, at=NOW + MINUTE, type_code="equipment")
    technical = [meter.id, stove.id] if kind.by_waiting else [stove.id, meter.id]

    assert found(session, who, kind, service=Service.TECHNICAL) == technical
    assert found(session, who, kind, service=Service.SUBSCRIBER) == [bill.id]
    assert found(session, who, kind, type_code="meter") == [meter.id]
    assert found(session, who, kind, type_code="meter", search="66010000017") == []
    assert found(session, who, kind, type_code="no such type") == []


def test_counts_are_of_what_is_narrowed(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    factories.appeal(session, consumer, type_code="meter")
    taken(session, consumer, who)

    page = open_queue(session, who, Filter(Kind.ANSWERED, Service.TECHNICAL), NOW)

    assert page.counts == {Kind.WAITING: Count(1), Kind.MINE: Count(0)}
    assert page.waiting == Count(2)
    assert [line.code for line in page.types] == ["charges", "meter"]


@pytest.mark.parametrize(
    "typed",
    [
        "66010000017", " 660 1000 0017 ", "Салтыкова-Щедрина", "салтыкова-щедрина",
        "9120000077", "+7 (912) 000-00-77", "8 912 000 00 77", "79120000077",
    ],
)  # fmt: skip
def test_a_search_finds_a_whole_number_phone_or_surname(
    session: Session, who: StaffCaller, consumer: Consumer, typed: str
) -> None:
    user = factories.user(session, phone="9120000077")
    factories.store(session, factories.account(session, "66010000025", last_name="Салтыкова-Щедрина"))
    number = "66010000017" if typed.strip().startswith("66") else "66010000025"
    wanted = factories.appeal(session, Consumer(user.id or 0, 0), account_number=number)
    factories.appeal(session, consumer)

    for kind in (Kind.WAITING, Kind.ALL):
        assert found(session, who, kind, search=typed) == [wanted.id]


def test_a_search_finds_an_appeal_by_its_number(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    wanted = closed(session, consumer, id="Q261122-7K3M9QX2TD")
    factories.appeal(session, consumer)

    assert found(session, who, Kind.ALL, search="Q261122-7K3M9QX2TD") == [wanted.id]
    assert found(session, who, Kind.ALL, search="q261122-7k3m9qx2td ") == [wanted.id]
    assert found(session, who, Kind.WAITING, search="Q261122-7K3M9QX2TD") == []


@pytest.mark.parametrize(
    "typed", ["6601000001", "912000007", "Иванов", "%", "_" * 7, "' OR 1=1 --", "Q261122-7K3M9", "Квитанция", "0"]
)
def test_a_search_finds_nothing_by_parts(session: Session, who: StaffCaller, consumer: Consumer, typed: str) -> None:
    factories.appeal(session, consumer, account_number="66010000017", id="Q261122-7K3M9QX2TD")

    assert found(session, who, Kind.ALL, search=typed) == []


@pytest.mark.parametrize("narrowed", [{}, {"service": Service.SUBSCRIBER}, {"search": "66010000017"}], ids=str)
@pytest.mark.parametrize("kind", [Kind.WAITING, Kind.ALL])
def test_pages_follow_each_other_there_and_back(
    session: Session, who: StaffCaller, consumer: Consumer, kind: Kind, narrowed: dict[str, Any]
) -> None:
    asked = queue_of(session, consumer, 2 * PAGE + 10, account_number="66010000017")
    expected = asked if kind is Kind.WAITING else asked[::-1]
    wanted = Filter(kind, **narrowed)

    first = open_queue(session, who, wanted, NOW)
    second = open_queue(session, who, wanted, NOW, after=Cursor.of(first.appeals[-1], kind))
    third = open_queue(session, who, wanted, NOW, after=Cursor.of(second.appeals[-1], kind))
    back = open_queue(session, who, wanted, NOW, before=Cursor.of(third.appeals[0], kind))
    start = open_queue(session, who, wanted, NOW, before=Cursor.of(back.appeals[0], kind))

    assert ids(first) + ids(second) + ids(third) == expected
    assert (ids(back), ids(start)) == (ids(second), ids(first))
    assert [(page.has_earlier, page.has_later) for page in (first, second, third, start)] == [
        (False, True),
        (True, True),
        (True, False),
        (False, True),
    ]


def test_types_and_states_are_in_one_order(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    factories.appeal_type(session, "payment", name="Оплата", position=3)
    made = []
    for number in range(PAGE + 20):
        make = (factories.appeal, answered, closed)[number % 3]
        code = ("charges", "payment")[number % 2]
        made.append(make(session, consumer, at=NOW + number * MINUTE, type_code=code).id)
    wanted = Filter(Kind.ALL, Service.SUBSCRIBER)

    first = open_queue(session, who, wanted, NOW)
    second = open_queue(session, who, wanted, NOW, after=Cursor.of(first.appeals[-1], Kind.ALL))
    back = open_queue(session, who, wanted, NOW, before=Cursor.of(second.appeals[0], Kind.ALL))

    assert ids(first) + ids(second) == made[::-1]
    assert (ids(back), back.start) == (ids(first), None)


def test_appeals_of_one_moment_are_neither_lost_nor_shown_twice(
    session: Session, who: StaffCaller, consumer: Consumer
) -> None:
    asked = {factories.appeal(session, consumer).id for _ in range(PAGE + 3)}

    for kind in (Kind.WAITING, Kind.ALL):
        first = open_queue(session, who, Filter(kind), NOW)
        second = open_queue(session, who, Filter(kind), NOW, after=Cursor.of(first.appeals[-1], kind))
        assert set(ids(first)) | set(ids(second)) == asked
        assert len(ids(first)) + len(ids(second)) == PAGE + 3


def test_rows_that_go_make_room_for_the_next(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    answerer = factories.staff(session).id
    assert answerer
    asked = queue_of(session, consumer, 2 * PAGE + 10)
    first = open_queue(session, who, Filter(), NOW)
    second = open_queue(session, who, Filter(), NOW, after=Cursor.of(first.appeals[-1], Kind.WAITING))

    for appeal_id in [*ids(first)[:5], *ids(second)[3:10]]:
        machine.answered(session, machine.locked(session, appeal_id), answerer, NOW)
    first_again = open_queue(session, who, Filter(), NOW, after=first.start)
    second_again = open_queue(session, who, Filter(), NOW, after=second.start)

    assert ids(first_again) == [*asked[5:53], *asked[60:62]]
    assert ids(second_again) == [*asked[50:53], *asked[60:107]]


def test_a_page_whose_rows_have_all_gone_is_the_first_one(
    session: Session, who: StaffCaller, consumer: Consumer
) -> None:
    asked = queue_of(session, consumer, PAGE + 10)
    first = open_queue(session, who, Filter(), NOW)
    second = open_queue(session, who, Filter(), NOW, after=Cursor.of(first.appeals[-1], Kind.WAITING))
    for appeal_id in ids(second):
        machine.close(session, machine.locked(session, appeal_id), NOW)

    page = open_queue(session, who, Filter(), NOW, after=second.start)

    assert (ids(page), page.start, page.has_earlier) == (asked[:PAGE], None, False)


def test_what_changes_goes_to_the_top_and_a_later_page_stays(
    session: Session, who: StaffCaller, consumer: Consumer
) -> None:
    asked = queue_of(session, consumer, PAGE + 10)[::-1]
    first = open_queue(session, who, Filter(Kind.ALL), NOW)
    second = open_queue(session, who, Filter(Kind.ALL), NOW, after=Cursor.of(first.appeals[-1], Kind.ALL))

    machine.changed(session, machine.locked(session, asked[3]), NOW + MINUTE)

    assert ids(open_queue(session, who, Filter(Kind.ALL), NOW, after=second.start)) == ids(second)
    assert found(session, who, Kind.ALL) == [asked[3], *asked[:3], *asked[4:PAGE]]


def test_counts_end_where_they_stop_helping(
    session: Session, who: StaffCaller, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST_COUNTED", 4)
    queue_of(session, consumer, 7)
    taken(session, consumer, who)

    page = open_queue(session, who, Filter(service=Service.SUBSCRIBER), NOW)

    assert page.waiting == page.counts[Kind.WAITING] == Count(4, and_more=True)
    assert page.counts[Kind.MINE] == Count(1)


def test_each_look_is_kept_without_names_and_phones(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    user = factories.user(session, phone="9120000077")
    factories.appeal(session, Consumer(user.id or 0, 0), account_number="66010000017", id="Q261122-7K3M9QX2TD")

    for wanted in (
        Filter(),
        Filter(Kind.ALL, Service.SUBSCRIBER, "charges"),
        Filter(search="660 1000 0017"),
        Filter(search="q261122-7k3m9qx2td"),
        Filter(search="89120000077"),
        Filter(search="9120000077"),
        Filter(search="Иванова"),
        Filter(search="Петрова"),
    ):
        open_queue(session, who, wanted, NOW)

    assert looks(session) == [
        ("", "waiting: 1"),
        ("", "all, service subscriber, type charges: 1"),
        ("66010000017", "waiting, by number: 1"),
        ("Q261122-7K3M9QX2TD", "waiting, by appeal: 1"),
        ("", "waiting, by number: 1"),
        ("", "waiting, by number: 1"),
        ("", "waiting, by surname: 1"),
    ]


def test_a_page_that_shows_nothing_new_is_no_new_look(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    asked = queue_of(session, consumer, 3)
    open_queue(session, who, Filter(), NOW, shown=[*asked, "another"])
    assert looks(session) == []

    open_queue(session, who, Filter(), NOW, shown=asked[:2])
    assert len(looks(session)) == 1


def test_a_closer_look(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    appeal = factories.appeal(session, consumer, text="Почему?", account_number="66010000017")
    factories.appeal_message(session, appeal, text="Проверю", staff_id=who.staff_id, internal=True)
    earlier = closed(session, consumer, at=NOW - 90 * MINUTE, subject="Раньше")
    factories.appeal(session, factories.consumer(session))
    factories.appeal_type(session, "old", service=Service.TECHNICAL, published=False, name="Старый")

    look = look_closer(session, who, appeal.id, NOW)

    assert (look.appeal.id, look.appeal.last_name) == (appeal.id, "Иванова")
    assert [(one.text, one.internal, one.author) for one in look.messages] == [
        ("Почему?", False, ""),
        ("Проверю", True, "Ольга Ветрова"),
    ]
    assert [(one.id, one.subject, one.state) for one in look.others] == [(earlier.id, "Раньше", AppealState.CLOSED)]
    assert [line.code for line in look.elsewhere] == ["meter"]
    assert looks(session, Action.APPEAL_SEEN) == [(appeal.id, "")]


def test_a_look_that_is_renewed_counts_when_something_was_written(
    session: Session, who: StaffCaller, consumer: Consumer
) -> None:
    appeal = factories.appeal(session, consumer)
    last = look_closer(session, who, appeal.id, NOW).messages[-1].id

    look_closer(session, who, appeal.id, NOW, known=last)
    assert len(looks(session, Action.APPEAL_SEEN)) == 1

    factories.appeal_message(session, appeal)
    look_closer(session, who, appeal.id, NOW, known=last)
    assert len(looks(session, Action.APPEAL_SEEN)) == 2


def test_there_is_no_look_at_what_there_is_not(session: Session, who: StaffCaller) -> None:
    for appeal_id in ("Q261122-NOBODYSXXX", ""):
        with pytest.raises(NotFound):
            look_closer(session, who, appeal_id, NOW)
    assert looks(session, Action.APPEAL_SEEN) == []


@pytest.mark.parametrize("role", list(Role))
def test_all_who_answer_may_look(session: Session, consumer: Consumer, role: Role) -> None:
    appeal, member = factories.appeal(session, consumer), factories.staff_caller(session, role)

    assert found(session, member) == [appeal.id]
    assert look_closer(session, member, appeal.id, NOW).appeal.id == appeal.id


def test_nobody_else_may(
    session: Session, who: StaffCaller, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    appeal = factories.appeal(session, consumer)
    for module in (queue, finding, inspection, queued):
        monkeypatch.setattr(module, "APPEALS", (Role.SUPERVISOR,))

    with pytest.raises(NotAllowed):
        open_queue(session, who, Filter(), NOW)
    with pytest.raises(NotAllowed):
        look_closer(session, who, appeal.id, NOW)
    assert looks(session) == looks(session, Action.APPEAL_SEEN) == []


MANY = 20_000

NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many)"
CROWD = (
    """
    INSERT INTO accounts (number, last_name, first_name, middle_name, office_code, opened_on) {numbers}
    SELECT CAST(67000000000 + n AS varchar), 'Житель' || n / 10, 'Пётр', '', '07', '2020-01-01' FROM numbers
    """,
    """
    INSERT INTO users (id, name, name_key, password_hash, phone, created_at) {numbers}
    SELECT 100000 + n, 'crowd ' || n, 'crowd ' || n, '', CAST(9200000000 + n AS varchar), :now FROM numbers
    """,
    """
    INSERT INTO appeals (id, user_id, account_number, type_code, subject, state, created_at, changed_at,
                         waiting_since, closed_at, seen_at) {numbers}
    SELECT 'Q261122-' || (1000000000 + n), 100000 + n, CAST(67000000000 + n AS varchar),
           CASE WHEN n % 100 = 0 THEN 'meter' WHEN n % 2 = 0 THEN 'payment' ELSE 'charges' END, 'Тема',
           CASE n % 3 WHEN 0 THEN 'new' WHEN 1 THEN 'answered' ELSE 'closed' END, {at}, {at},
           CASE n % 3 WHEN 0 THEN {at} END, CASE n % 3 WHEN 2 THEN {at} END, {at}
    FROM numbers
    """,
    """
    INSERT INTO appeal_messages (appeal_id, internal, text, at, key) {numbers}
    SELECT 'Q261122-' || (1000000000 + n), false, 'Вопрос', :now, 'crowd ' || n FROM numbers
    """,
    "ANALYZE",
)


def crowd(session: Session, who: StaffCaller, many: int) -> None:
    """Let there be so many appeals, a second after one another: a third waits, every hundredth is technical."""
    factories.office(session)
    factories.appeal_type(session, "payment", name="Оплата", position=3)
    given = {"many": many, "now": NOW, "first": NOW - timedelta(days=1)}
    for statement in CROWD:
        filled = statement.format(numbers=NUMBERS, at="CAST(:first AS timestamptz) + n * interval '1 second'")
        session.execute(text(filled), {name: value for name, value in given.items() if f":{name}" in filled})
    session.execute(
        text("UPDATE appeals SET state = 'taken', taken_by = :who WHERE id IN ('Q261122-1000000003')"),
        {"who": who.staff_id},
    )


LISTS = [
    *(Filter(kind) for kind in Kind),
    *(Filter(kind, Service.SUBSCRIBER) for kind in Kind),
    *(Filter(kind, type_code="meter") for kind in Kind),
]
SEARCHES = [
    Filter(kind, search=search)
    for kind in (Kind.WAITING, Kind.ALL)
    for search in ("Q261122-1000004002", "67000004002", "9200004002", "Житель400")
]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_on_postgresql_a_page_reads_its_own_rows(session: Session, who: StaffCaller, consumer: Consumer) -> None:
    crowd(session, who, MANY)

    for wanted in LISTS + SEARCHES:
        streams = 12 if wanted.kind is Kind.ALL and wanted.service else 4
        with plans.statements_about(session, "appeals") as seen:
            open_queue(session, who, wanted, NOW, after=Cursor(NOW, ""))
        page, *others = [plans.rows_read(session, *statement, "appeals") for statement in seen]
        assert page <= (streams + 1) * (PAGE + 1), wanted
        assert max(others) <= streams * (queue.MOST_COUNTED + 1), wanted


WAITING_OF_TYPE = "ix_appeals_waiting_of_type (type_code=? AND (waiting_since,id)>(?,?))"
OF_TYPE_AND_STATE = "ix_appeals_type_code_state_changed_at_id (type_code=? AND state=? AND (changed_at,id)<(?,?))"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Filter(), "ix_appeals_waiting ((waiting_since,id)>(?,?))"),
        (Filter(Kind.MINE), "ix_appeals_taken (taken_by=? AND (waiting_since,id)>(?,?))"),
        (Filter(Kind.ALL), "ix_appeals_changed_at_id ((changed_at,id)<(?,?))"),
        (Filter(Kind.ANSWERED), "ix_appeals_state_changed_at_id (state=? AND (changed_at,id)<(?,?))"),
        (Filter(type_code="meter"), WAITING_OF_TYPE),
        (Filter(service=Service.SUBSCRIBER), WAITING_OF_TYPE),
        (Filter(Kind.CLOSED, Service.SUBSCRIBER), OF_TYPE_AND_STATE),
        (Filter(Kind.ALL, Service.SUBSCRIBER), OF_TYPE_AND_STATE),
        (Filter(Kind.ALL, type_code="meter"), OF_TYPE_AND_STATE),
    ],
    ids=str,
)
def test_on_sqlite_a_page_goes_by_its_index(
    session: Session, who: StaffCaller, consumer: Consumer, wanted: Filter, index: str
) -> None:
    taken(session, consumer, who, at=NOW)
    factories.appeal_type(session, "payment", name="Оплата", position=3)
    with plans.statements_about(session, "appeals") as seen:
        open_queue(session, who, wanted, NOW, after=Cursor(NOW, "Q"))

    found_by = [plans.steps(session, *statement) for statement in seen]

    assert any(step.startswith("SEARCH appeals USING") and step.endswith(index) for step in found_by[0]), found_by[0]
    steps = {step for plan in found_by for step in plan if step.startswith("SCAN appeals")}
    assert {step for step in steps if "INDEX" not in step} == set()
