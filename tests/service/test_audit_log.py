"""The audit log as administrators read it: its filters, pages, words and files, and that each look is kept."""

import csv
import io
import tracemalloc
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from lk_app.models import Action, AuditEvent, Role
from lk_app.services.callers import StaffCaller
from lk_app.services.errors import NotAllowed, ServiceError
from lk_app.services.office import audit_files, audit_log, audit_typed, audit_words
from lk_app.services.office.audit_log import LONGEST, NOBODY, PAGE, AuditPage, Filter, TooManyRows, open_log
from lk_app.services.staff import audit
from tests import factories, plans
from tests.factories import NOW, TODAY
from tests.texts import plain
from tests.waiting import NUMBERS

DAY = timedelta(days=1)
sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def who(session: Session) -> StaffCaller:
    return factories.staff_caller(session, Role.ADMINISTRATOR)


@pytest.fixture
def operator(session: Session) -> StaffCaller:
    return factories.staff_caller(session)


def done(
    session: Session, by: StaffCaller | None, action: Action = Action.QUEUE_SEEN, at: datetime = NOW, **values: str
) -> int:
    audit.add(session, by.staff_id if by else None, action, at, **values)
    session.flush()
    return session.exec(select(AuditEvent.id).order_by(col(AuditEvent.id).desc()).limit(1)).one() or 0


def ids(page: AuditPage) -> list[int]:
    return [entry.id for entry in page.entries]


def looks(session: Session, action: Action = Action.AUDIT_SEEN) -> list[tuple[str, str]]:
    rows = session.exec(select(AuditEvent).where(AuditEvent.action == action).order_by(col(AuditEvent.id)))
    return [(row.subject, row.detail) for row in rows]


def test_the_newest_comes_first_with_who_did_it(session: Session, who: StaffCaller, operator: StaffCaller) -> None:
    older = done(session, operator, Action.CONSUMER_SEEN, subject="66010000017", address="203.0.113.*")
    newer = done(session, None, Action.CREATED, subject="o.vetrova", detail="role operator; by root")

    page = open_log(session, who, Filter(), NOW)

    assert ids(page) == [newer, older]
    by_nobody, by_operator = page.entries
    assert (by_nobody.login, by_nobody.name, by_nobody.detail) == ("", "", "role operator; by root")
    assert by_operator.login.startswith("staff-")
    assert (by_operator.name, by_operator.subject, by_operator.address) == (
        "Ольга Ветрова", "66010000017", "203.0.113.*",
    )  # fmt: skip
    assert [staff_id for staff_id, _ in page.members] == [who.staff_id, operator.staff_id]


@pytest.fixture
def told(session: Session, who: StaffCaller, operator: StaffCaller) -> dict[str, int]:
    """A log of a few days, by name."""
    return {
        "old": done(session, operator, Action.CONSUMER_SEEN, NOW - 3 * DAY, subject="66010000017"),
        "queue": done(session, operator, Action.QUEUE_SEEN, NOW - 2 * DAY),
        "other": done(session, who, Action.CONSUMER_SEEN, NOW - 2 * DAY, subject="66010000017"),
        "stranger": done(session, None, Action.SIGN_IN_REFUSED, NOW - DAY),
        "command": done(session, None, Action.CREATED, NOW - DAY, subject="o.vetrova", detail="by root"),
        "seen": done(session, operator, Action.CONSUMER_SEEN, NOW, subject="66010000025"),
    }


CASES: list[tuple[dict[str, Any], str]] = [
    ({}, "seen command stranger other queue old"),
    ({"staff_id": "operator"}, "seen queue old"),
    ({"staff_id": "who"}, "other"),
    ({"staff_id": NOBODY}, "command stranger"),
    ({"action": Action.CONSUMER_SEEN}, "seen other old"),
    ({"action": Action.CONSUMER_SEEN, "staff_id": "operator"}, "seen old"),
    ({"action": Action.SIGN_IN_REFUSED, "staff_id": NOBODY}, "stranger"),
    ({"subject": "66010000017"}, "other old"),
    ({"subject": "66010000017", "staff_id": "operator"}, "old"),
    ({"subject": "o.vetrova", "staff_id": NOBODY}, "command"),
    ({"subject": "66010000017", "action": Action.CONSUMER_SEEN, "staff_id": "who"}, "other"),
    ({"subject": "66010000017", "action": Action.QUEUE_SEEN}, ""),
    ({"subject": "6601000001"}, ""),
    ({"first_day": TODAY - 2 * DAY}, "seen command stranger other queue"),
    ({"last_day": TODAY - 2 * DAY}, "other queue old"),
    ({"first_day": TODAY - 2 * DAY, "last_day": TODAY - 2 * DAY}, "other queue"),
    ({"first_day": TODAY - 2 * DAY, "last_day": TODAY - DAY, "staff_id": "operator"}, "queue"),
    ({"first_day": TODAY - DAY, "action": Action.CONSUMER_SEEN}, "seen"),
    ({"last_day": TODAY - DAY, "subject": "66010000017", "staff_id": "who"}, "other"),
    ({"first_day": TODAY - DAY, "staff_id": NOBODY}, "command stranger"),
    ({"first_day": TODAY + DAY}, ""),
    ({"last_day": TODAY - 9 * DAY}, ""),
]


def filter_of(case: dict[str, Any], who: StaffCaller, operator: StaffCaller) -> Filter:
    member = {"who": who.staff_id, "operator": operator.staff_id}
    return Filter(**case | ({"staff_id": member.get(case["staff_id"], NOBODY)} if "staff_id" in case else {}))


@pytest.mark.parametrize(("case", "expected"), CASES, ids=str)
def test_filters_narrow(
    session: Session, who: StaffCaller, operator: StaffCaller, told: dict[str, int], case: dict[str, Any], expected: str
) -> None:
    page = open_log(session, who, filter_of(case, who, operator), NOW)

    assert ids(page) == [told[name] for name in expected.split()]


def test_rows_that_transactions_brought_out_of_order_are_all_in_their_day(session: Session, who: StaffCaller) -> None:
    midnight = datetime(2026, 11, 21, 19, 0, tzinfo=NOW.tzinfo)
    later, earlier = LONGEST / 2, LONGEST / 3
    tomorrow = done(session, who, at=midnight + earlier)
    today = done(session, who, at=midnight - later)
    tomorrow_too = done(session, who, at=midnight + timedelta(seconds=1))
    today_too = done(session, who, at=midnight - timedelta(seconds=1))

    assert ids(open_log(session, who, Filter(first_day=TODAY), NOW)) == [tomorrow_too, tomorrow]
    assert ids(open_log(session, who, Filter(last_day=TODAY - DAY), NOW)) == [today_too, today]


@pytest.mark.parametrize("case", [{}, {"staff_id": "operator"}, {"staff_id": NOBODY}, {"subject": "x"}], ids=str)
def test_pages_go_by_row(session: Session, who: StaffCaller, operator: StaffCaller, case: dict[str, Any]) -> None:
    by = None if case.get("staff_id") == NOBODY else operator
    expected = [done(session, by, subject="x") for _ in range(2 * PAGE + 10)][::-1]
    wanted = filter_of(case, who, operator)

    first = open_log(session, who, wanted, NOW)
    newer = [done(session, by, subject="x")]
    second = open_log(session, who, wanted, NOW, after=expected[PAGE - 1])
    third = open_log(session, who, wanted, NOW, after=ids(second)[-1])
    back = open_log(session, who, wanted, NOW, before=ids(third)[0])

    assert ids(first) == expected[:PAGE]
    assert ids(second) == ids(back) == expected[PAGE : 2 * PAGE]
    assert [each for each in ids(third) if each in expected] == expected[2 * PAGE :]
    assert newer[0] not in ids(second)
    assert [(page.has_earlier, page.has_later) for page in (first, second, back)] == [
        (False, True), (True, True), (True, True),
    ]  # fmt: skip
    assert not third.has_later


@sqlite
def test_looking_is_kept_but_not_each_renewal(session: Session, who: StaffCaller, operator: StaffCaller) -> None:
    done(session, operator, subject="66010000017")
    wanted = Filter(subject="66010000017", action=Action.QUEUE_SEEN)

    page = open_log(session, who, wanted, NOW)
    open_log(session, who, wanted, NOW, shown=ids(page))
    assert looks(session) == [("66010000017", "queue seen, rows 1")]

    again = open_log(session, who, Filter(), NOW, shown=ids(page))
    assert len(again.entries) == 2, "one's own look is in the log, and no reason for another"
    assert len(looks(session)) == 1

    done(session, operator)
    open_log(session, who, Filter(first_day=TODAY), NOW, shown=ids(again))
    assert looks(session)[-1] == ("", "days 2026-11-22 to any, rows 3")


@sqlite
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR])
def test_nobody_but_administrators_reads_it(session: Session, role: Role) -> None:
    member = factories.staff_caller(session, role)

    for refused in (
        lambda: open_log(session, member, Filter(), NOW),
        lambda: audit_log.admit_export(session, member, Filter(), "csv", NOW),
        lambda: next(audit_log.exported(session, member, Filter(), audit_log.Bounds())),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert looks(session) == []


# However long it has become

MANY = 30_000
CROWD = f"""
    INSERT INTO audit_events (staff_id, action, at, subject, detail, address) {NUMBERS}
    SELECT CASE WHEN n < 100 THEN :rare WHEN n % 20 = 0 THEN NULL ELSE :busy END,
           CASE WHEN n % 5000 = 0 THEN 'account detached' WHEN n % 2 = 0 THEN 'queue seen' ELSE 'consumer seen' END,
           :at, CASE n % 3 WHEN 0 THEN '66010000017' ELSE '6602' || n END, '', ''
    FROM numbers
"""


@pytest.fixture
def busy(session: Session, who: StaffCaller, operator: StaffCaller) -> None:
    """A long log, nearly all by one member, in which another did something only at its beginning."""
    at = f"{NOW - DAY:%Y-%m-%d %H:%M:%S}" if session.get_bind().dialect.name == "sqlite" else NOW - DAY
    session.execute(text(CROWD), {"many": MANY, "rare": operator.staff_id, "busy": who.staff_id, "at": at})
    done(session, who, at=NOW - 30 * DAY)
    if session.get_bind().dialect.name == "postgresql":
        # Nobody does it for SQLite, which plans without knowing what is in the table.
        session.execute(text("ANALYZE"))


EVERY_COMBINATION = [
    {"staff_id": member} | {"action": action} | {"subject": subject} | days
    for member in (None, "operator", "who", NOBODY)
    for action in (None, Action.ACCOUNT_DETACHED, Action.QUEUE_SEEN)
    for subject in ("", "66020000001")
    for days in ({}, {"first_day": TODAY - 5 * DAY, "last_day": TODAY})
]


def combinations(who: StaffCaller, operator: StaffCaller) -> list[Filter]:
    members = {"who": who.staff_id, "operator": operator.staff_id}
    return [
        Filter(**case | {"staff_id": members.get(str(case["staff_id"]), case["staff_id"])})
        for case in EVERY_COMBINATION
    ]


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_on_postgresql_every_combination_reads_its_own_rows(
    session: Session, who: StaffCaller, operator: StaffCaller
) -> None:
    for wanted in combinations(who, operator):
        with plans.statements_about(session, "audit_events") as seen:
            open_log(session, who, wanted, NOW, after=MANY // 2)
            open_log(session, who, wanted, NOW, before=MANY // 2)
        for statement, parameters in seen:
            read = plans.rows_read(session, statement, parameters, "audit_events")
            assert read <= 2 * (PAGE + 1), (wanted, statement)


@pytest.mark.usefixtures("busy")
@sqlite
def test_on_sqlite_every_combination_goes_along_its_index(
    session: Session, who: StaffCaller, operator: StaffCaller
) -> None:
    for wanted in combinations(who, operator):
        with plans.statements_about(session, "audit_events") as seen:
            open_log(session, who, wanted, NOW, after=MANY // 2)
            open_log(session, who, wanted, NOW, before=MANY // 2)
        for statement, parameters in seen:
            steps = plans.steps(session, statement, parameters)
            [along] = [step for step in steps if "audit_events USING" in step and "(rowid=?)" not in step]
            assert along.startswith("SEARCH"), (wanted, steps)
            if "ORDER BY audit_events.at" not in statement:
                assert index_of(wanted) in along, (wanted, steps)
                assert not any("TEMP B-TREE FOR ORDER BY" in step for step in steps[:2]), (wanted, steps)


def index_of(wanted: Filter) -> str:
    if wanted.subject:
        return "ix_audit_events_subject_id"
    names = [name for name in ("staff_id", "action") if getattr(wanted, name) is not None]
    return f"ix_audit_events_{'_'.join([*names, 'id'])} " if names else "INTEGER PRIMARY KEY"


# Words


def test_every_action_has_words() -> None:
    assert set(audit_words.ACTIONS) == set(Action)
    assert len(set(audit_words.ACTIONS.values())) == len(Action)


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("", ""),
        ("role operator to administrator", "роль: оператор → администратор"),
        ("role supervisor", "роль: старший оператор"),
        ("second factor", "новый второй фактор"),
        ("all, office 07, by surname: 50", "все, служба 07, поиск по фамилии: 50"),
        ("by account number or phone: 2", "по номеру счёта или телефону: 2"),
        ("payments, page 2", "платежи, страница 2"),
        ("user 5: Присоединил посторонний", "пользователь № 5: Присоединил посторонний"),
        ("csv, member 7, queue seen, rows 12", "csv, сотрудник № 7, «Просмотр очереди показаний», записей: 12"),
        ("days 2026-11-01 to any, rows 3", "дни: 2026-11-01 – …, записей: 3"),
        ("Похоже на опечатку. Сверьте цифры.", "Похоже на опечатку. Сверьте цифры."),
        ("something new: 5", "something new: 5"),
    ],
)
def test_details_in_words(detail: str, words: str) -> None:
    assert plain(audit_words.detail_words(detail)) == words


@sqlite
def test_commands_and_strangers_in_words(session: Session, who: StaffCaller) -> None:
    done(session, None, Action.CREATED, subject="o.vetrova", detail="role operator; by root")
    done(session, None, Action.LISTED, detail="by root")
    done(session, None, Action.SIGN_IN_REFUSED)

    words = [audit_words.words_of(entry) for entry in open_log(session, who, Filter(), NOW).entries]

    assert [(each.who, each.detail) for each in words] == [
        ("неизвестный логин", ""), ("команда: root", ""), ("команда: root", "роль: оператор"),
    ]  # fmt: skip


# What is typed


@pytest.mark.parametrize(
    "fields",
    [
        {"member": "x"}, {"member": "-1"}, {"member": "9" * 10}, {"member": "٣"}, {"member": None}, {"action": "junk"},
        {"action": ["queue seen"]}, {"subject": "x" * 61}, {"subject": "\0"}, {"from": "2026-02-30"}, {"to": "junk"},
        {"from": "0001-01-01"}, {"to": "9999-12-31"}, {"from": "2026-11-22", "to": "2026-11-21"}, {"from": 5},
    ],
    ids=str,
)  # fmt: skip
def test_what_no_form_sends_is_refused_with_words(fields: dict[str, object]) -> None:
    with pytest.raises(ServiceError):
        audit_typed.read_filter(fields)


def test_what_forms_send_is_read() -> None:
    fields = {
        "member": "0",
        "action": "queue seen",
        "subject": " 66010000017 ",
        "from": "2026-11-21",
        "to": "2026-11-22",
    }

    assert audit_typed.read_filter({}) == Filter()
    assert audit_typed.read_filter(dict.fromkeys(fields, "")) == Filter()
    assert audit_typed.read_filter(fields) == Filter(
        NOBODY, Action.QUEUE_SEEN, "66010000017", date(2026, 11, 21), date(2026, 11, 22)
    )


# Files


def written(session: Session, who: StaffCaller, kind: str, wanted: Filter = Filter()) -> bytes:  # noqa: B008 - frozen
    bounds, file = audit_log.admit_export(session, who, wanted, kind, NOW), io.BytesIO()
    audit_files.WRITERS[kind](audit_log.exported(session, who, wanted, bounds), file)
    return file.getvalue()


def test_a_file_has_all_that_was_filtered_and_is_kept(
    session: Session, who: StaffCaller, operator: StaffCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "BATCH", 2)
    for number in range(5):
        done(session, operator, Action.CONSUMER_SEEN, subject=f"6601000000{number}")
    done(session, who)

    content = written(session, who, "csv", Filter(staff_id=operator.staff_id)).decode("utf-8-sig")

    head, *rows = csv.reader(io.StringIO(content), delimiter=";")
    assert head == ["Когда", "Кто", "Имя", "Действие", "О чём", "Подробности", "Откуда"]
    assert [row[4] for row in rows] == [f"6601000000{number}" for number in reversed(range(5))]
    assert rows[0][0] == "22.11.2026 12:30:00"
    assert rows[0][2:4] == ["Ольга Ветрова", "Просмотр лицевого счёта"]
    assert looks(session, Action.AUDIT_EXPORTED) == [("", f"csv, member {operator.staff_id}, rows 5")]


@sqlite
def test_a_workbook_has_moments_and_no_formula(session: Session, who: StaffCaller) -> None:
    done(session, who, Action.READING_REFUSED, subject="=1+1", detail="=HYPERLINK(0)")

    [sheet] = openpyxl.load_workbook(io.BytesIO(written(session, who, "xlsx"))).worksheets
    _, [at, *texts] = sheet.iter_rows()

    assert at.value == datetime(2026, 11, 22, 12, 30)
    assert [(cell.data_type, cell.value) for cell in texts[3:5]] == [("s", "=1+1"), ("s", "=HYPERLINK(0)")]


@sqlite
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_table_is_a_formula(session: Session, who: StaffCaller, start: str) -> None:
    done(session, who, Action.READING_REFUSED, detail=f"{start}1+1")

    [_, row] = csv.reader(io.StringIO(written(session, who, "csv").decode("utf-8-sig"), newline=""), delimiter=";")

    assert row[5] == f"'{start}1+1"


@sqlite
def test_more_than_a_file_holds_is_refused_and_not_kept(
    session: Session, who: StaffCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "MOST_EXPORTED", 3)
    for _ in range(4):
        done(session, who)

    with pytest.raises(TooManyRows, match="Сократите период"):
        audit_log.admit_export(session, who, Filter(), "csv", NOW)
    assert looks(session, Action.AUDIT_EXPORTED) == []


@sqlite
@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_memory_stays_flat(
    session: Session, who: StaffCaller, kind: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "BATCH", 200)
    last = audit_log.admit_export(session, who, Filter(), kind, NOW).last
    few, many = audit_log.Bounds(last - 1_000, last), audit_log.Bounds(last - 3_000, last)

    def peak(within: audit_log.Bounds) -> int:
        with (tmp_path / kind).open("wb+") as file:
            tracemalloc.start()
            audit_files.WRITERS[kind](audit_log.exported(session, who, Filter(), within), file)
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return most

    peak(few)
    assert peak(many) < 1.5 * peak(few)
