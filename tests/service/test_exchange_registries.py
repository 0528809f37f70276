"""Registries of payments made elsewhere: what a profile reads, what is refused, and what becomes of the payments."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine
from sqlmodel import Session, select

from lk_app.cli import main
from lk_app.models import Channel, ExchangeRun, Outcome, Payment
from lk_app.models.values import Month
from lk_app.services.exchange import PackageRefused, Report
from lk_app.services.exchange.registries import Profile, ProfileRefused, load_registry, profile_of
from lk_app.services.exchange.registries.load import NO_PERIOD
from lk_app.services.session import reading
from lk_app.settings import ROOT
from tests import factories
from tests.conftest import forget_settings
from tests.exchange_fixtures import everything, load_into, write_package
from tests.factories import NOW

SHIPPED = ROOT / "deploy" / "registries"
OPEN = Month(202611)
BANK = (
    "21-11-2026;10-15-33;8047;00123;7001;66010000017;г. Верхнелесск, ул. Кленовая, д. 17;112026;652,73;646,20;6,53\r\n"
    "22-11-2026;11-00-00;8047;00123;7002;66010000025;г. Верхнелесск, ул. Лесная, д. 3;112026;50;49,50;0,50\r\n"
    "=2;702,73;695,70;7,03;123;23-11-2026\r\n"
)
AGENT = (
    "receipt,paid_at,service,account,payer,sum\n"
    '000123,2026-11-21,GAS,66010000017,"Иванова, М. С.",652.73\n'
    '000124,2026-11-21,VDGO,66010000017,"ООО ""Ромашка""",100\n'
)
SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def company(session: Session) -> Session:
    """Two accounts, two divisions; October is closed and November open."""
    for number in ("66010000017", "66010000025"):
        factories.account(session, number)
    for code in ("gas", "vdgo"):
        factories.division(session, code)
    factories.period(session)
    factories.period(session, OPEN, closed=False)
    return session


def shipped(name: str, **changes: Any) -> Profile:
    """A profile that is shipped, as an engineer may have changed it."""
    return Profile.model_validate(profile_of(SHIPPED, name).model_dump() | changes)


def load(session: Session, text: str | bytes, profile: Profile | None = None) -> Report:
    """Load a registry, in win-1251 unless it is bytes, within the transaction of the test."""
    content = text.encode("windows-1251") if isinstance(text, str) else text
    with session.begin_nested():
        report = load_registry(session, BytesIO(content), profile or shipped("sberbank"), NOW)
    session.expire_all()
    return report


def faults(session: Session, text: str | bytes, profile: Profile | None = None) -> list[tuple[int, str, str]]:
    """The line, the column and the reason of everything wrong with a registry, of which nothing is loaded."""
    before = everything(session)
    with pytest.raises(PackageRefused) as refused:
        load(session, text, profile)
    assert everything(session) == before
    return [(issue.line, issue.column, issue.reason) for issue in refused.value.issues]


def payments(session: Session) -> dict[str, tuple[Any, ...]]:
    return {
        row.id: (row.account_number, row.division_code, row.month, row.paid_on, row.amount, row.channel)
        for row in session.exec(select(Payment))
    }


# What profiles read.


def test_the_registry_of_a_bank_becomes_payments(company: Session) -> None:
    report = load(company, BANK)

    assert [(file.rows, file.changed) for file in report.files] == [(2, 2)]
    assert payments(company) == {
        "SB-7001": ("66010000017", "gas", OPEN, date(2026, 11, 21), 65_273, Channel.BANK),
        "SB-7002": ("66010000025", "gas", OPEN, date(2026, 11, 22), 5_000, Channel.BANK),
    }


@SQLITE
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
def test_the_registry_of_an_agent_tells_divisions_apart(company: Session, mark: bytes) -> None:
    load(company, mark + AGENT.encode(), shipped("agent"))

    assert payments(company) == {
        "AG-20261121-000123": ("66010000017", "gas", OPEN, date(2026, 11, 21), 65_273, Channel.OFFICE),
        "AG-20261121-000124": ("66010000017", "vdgo", OPEN, date(2026, 11, 21), 10_000, Channel.OFFICE),
    }


@SQLITE
def test_lines_that_say_nothing_of_payments_are_passed_over_and_counted(company: Session) -> None:
    profile = shipped("sberbank", skip_first=1, skip_starting=["#", "//"])
    text = "Реестр за 21.11.2026\n# первая часть\n" + BANK.replace("7001", "700 1") + "\n\n"

    [(line, column, reason)] = faults(company, text, profile)

    assert (line, column) == (3, "")
    assert "код" in reason


@SQLITE
def test_totals_may_stand_first(company: Session) -> None:
    profile = shipped("sberbank", totals={"line": "first", "starting": "=", "count": 1, "sum": 2})
    *rows, totals = BANK.splitlines()

    load(company, "\n".join([totals, *rows]), profile)

    assert len(payments(company)) == 2
    found = faults(company, BANK, profile)
    assert found == [(3, "", "итоговая строка ожидается перед платежами")]


@SQLITE
def test_a_registry_without_payments_is_loaded_too(company: Session) -> None:
    assert load(company, "=0;0,00;0,00;0,00;123;23-11-2026\r\n").files[0].rows == 0


@SQLITE
def test_more_lines_than_are_held_at_once_keep_their_numbers(company: Session) -> None:
    rows = [BANK.splitlines()[0].replace("7001", f"{number:06}") for number in range(9_000)]
    rows[8_500] = rows[8_500].replace("652,73", "-1,00")
    total = f"=9000;{652.73 * 9000:.2f}".replace(".", ",")

    assert faults(company, "\n".join([*rows, total])) == [
        (8_501, "9", "ожидается сумма в рублях больше нуля, например 652,73")
    ]


# What is refused.


@SQLITE
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("=2;", "=3;"), (3, "1", "число платежей не сходится: в файле их 2")),
        (("702,73", "702,74"), (3, "2", "сумма не сходится: платежи дают 702.73")),
        (("702,73", ""), (3, "2", "сумма не сходится: платежи дают 702.73")),
        (("=2;702,73;695,70;7,03;123;23-11-2026\r\n", ""), (0, "", "нет итоговой строки: файл передан не целиком")),
        (("652,73", "652.73"), (1, "9", "ожидается сумма в рублях больше нуля, например 652,73")),
        (("652,73", "0,00"), (1, "9", "ожидается сумма в рублях больше нуля, например 652,73")),
        (("21-11-2026", "21.11.2026"), (1, "1", "ожидается дата, например 31-10-2026")),
        (("21-11-2026", "31-02-2026"), (1, "1", "ожидается дата, например 31-10-2026")),
        (("66010000017", "6601000001"), (1, "6", "ожидается 11 цифр")),
        (("66010000017", "66019999999"), (1, "6", "такого лицевого счёта нет в базе данных")),
        (("7002", "7001"), (2, "5", "номер платежа повторяет строку 1")),
        (("21-11-2026", "21-12-2026"), (1, "", NO_PERIOD)),
        (("22-11-2026;11-00-00", "22-11-2026\r\n11-00-00"), (2, "5", "в строке только 1 ячеек")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(
    company: Session, change: tuple[str, str], fault: tuple[int, str, str]
) -> None:
    assert fault in faults(company, BANK.replace(*change, 1))


@SQLITE
def test_every_bad_line_is_told_at_once(company: Session) -> None:
    text = BANK.replace("652,73", "много").replace("66010000025", "?")

    assert [(line, column) for line, column, _ in faults(company, text)] == [(1, "9"), (2, "6")]


@SQLITE
def test_what_follows_the_totals_is_refused(company: Session) -> None:
    found = faults(company, BANK + BANK.splitlines()[0].replace("7001", "7003"))

    assert (4, "", "строка после итоговой") in found


@SQLITE
def test_reasons_repeat_nobodys_data(company: Session) -> None:
    text = BANK.replace("66010000017", "Иванова").replace("7002", "Петрова 66010000025 ?")

    assert not any("Иванова" in reason or "66010000025" in reason for _, _, reason in faults(company, text))


@SQLITE
def test_the_names_of_columns_have_to_be_there(company: Session) -> None:
    agent = shipped("agent")

    assert faults(company, AGENT.replace("sum", "amount", 1).encode(), agent) == [
        (1, "sum", "нет столбца с таким именем")
    ]
    assert faults(company, b"", agent) == [(0, "", "нет строки с именами столбцов")]
    assert faults(company, AGENT.replace("VDGO", "HEAT").encode(), agent) == [
        (3, "service", "такого раздела нет в таблице divisions профиля")
    ]


@SQLITE
def test_another_encoding_than_the_profile_says_is_noticed(company: Session) -> None:
    assert faults(company, AGENT.encode("utf-16"), shipped("agent"))


@SQLITE
def test_a_division_the_portal_does_not_know_is_refused(company: Session) -> None:
    assert faults(company, BANK, shipped("sberbank", division="water"))[0][2] == (
        "раздела, который указан в профиле, нет в базе данных"
    )


# What becomes of the payments.


def test_the_same_registry_twice_changes_nothing(company: Session) -> None:
    load(company, BANK)
    before = everything(company)

    assert load(company, BANK).already_loaded
    assert everything(company) == before


def test_payments_that_are_there_are_left_alone(company: Session) -> None:
    load(company, BANK)

    longer = BANK.replace("=2;702,73", "=3;703,73").replace(
        "=3", BANK.splitlines()[0].replace("7001", "7003").replace("652,73", "1,00") + "\r\n=3"
    )
    report = load(company, longer)

    assert [(file.rows, file.changed) for file in report.files] == [(3, 1)]


@pytest.mark.parametrize("change", [("66010000017", "66010000025"), ("21-11-2026", "20-11-2026"), ("652,73", "652,74")])
def test_another_payment_of_the_same_number_is_not_passed_over(company: Session, change: tuple[str, str]) -> None:
    load(company, BANK)

    text = BANK.replace(*change, 1).replace("702,73", "702,74" if change[1] == "652,74" else "702,73")
    assert faults(company, text) == [
        (1, "5", "платёж с таким номером уже есть, и он другой: счёт, раздел, дата или сумма")
    ]


def test_billings_own_row_replaces_it(company: Session, tmp_path: Path) -> None:
    load(company, BANK)

    head = ["id", "account_number", "division_code", "month", "paid_on", "amount", "channel"]
    row = ["SB-7001", "66010000017", "gas", "2026-11", "2026-11-21", "600.00", "bank"]
    load_into(company, write_package(tmp_path / "package", {"payments.csv": [head, row]}))

    assert payments(company)["SB-7001"][4] == 60_000
    assert len(payments(company)) == 2


@SQLITE
def test_a_payment_of_a_closed_month_counts_in_the_next_open_one(company: Session) -> None:
    load(company, BANK.replace("21-11-2026", "30-10-2026"))

    assert payments(company)["SB-7001"][2:4] == (OPEN, date(2026, 10, 30))


# Profiles.


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_profile_is_one(path: Path) -> None:
    assert profile_of(SHIPPED, path.stem).name == path.stem


@pytest.mark.parametrize("name", ["unknown", "../sberbank", "", "sberbank.toml"])
def test_a_profile_nobody_made_is_refused(name: str) -> None:
    with pytest.raises(ProfileRefused, match="Такого профиля нет"):
        profile_of(SHIPPED, name)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('encoding = "windows-1251"', 'encoding = "utf-16"', "encoding"),
        ('encoding = "windows-1251"', 'encoding = "none-such"', "encoding"),
        ('id = "SB-{number}"', 'id = "SB"', "id: "),
        ('id = "SB-{number}"', 'id = "{number.__class__}"', "id: "),
        ('division = "gas"', "", "division"),
        ("amount = 9", 'amount = "sum"', "names"),
        ("amount = 9", "", "columns.amount"),
        ("[totals]", "[total]", "total: "),
        ("[totals]", "[totals", "не читается"),
        ("count = 1\nsum = 2", "", "totals"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused_with_its_place(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = (SHIPPED / "sberbank.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "bank.toml").write_text(text.replace(old, new), "utf-8")

    with pytest.raises(ProfileRefused, match=told):
        profile_of(tmp_path, "bank")


# The command.


@pytest.fixture
def said(portal: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Run the command in a portal with the company; returns its exit status and what it said."""
    with Session(engine) as session:
        factories.account(session, "66010000017")
        factories.account(session, "66010000025")
        factories.division(session)
        factories.period(session, OPEN, closed=False)
        session.commit()
    monkeypatch.setenv("LK_REGISTRY_PROFILES", str(SHIPPED))
    forget_settings()

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["exchange", "registry", *arguments])
        return result.exit_code, result.output

    return run


@SQLITE
def test_the_command_loads_it_and_keeps_the_run(said: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    path = tmp_path / "registry.txt"
    path.write_bytes(BANK.replace("702,73", "1,00").encode("windows-1251"))
    broken = said(str(path), "--profile", "sberbank")
    path.write_bytes(BANK.encode("windows-1251"))
    loaded = said(str(path), "--profile", "sberbank")
    again = said(str(path), "--profile", "sberbank")

    assert broken == (
        1, "registry.txt, строка 3, 2: сумма не сходится: платежи дают 702.73\nПакет не загружен, ошибок: 1.\n"
    )  # fmt: skip
    assert loaded[0] == 0
    assert loaded[1].startswith("registry.txt: строк 2, новых и изменённых записей 2\n")
    assert "ничего не изменилось" in again[1]
    with reading() as session:
        outcomes = session.exec(select(ExchangeRun.outcome).order_by(ExchangeRun.id)).all()
    assert outcomes == [Outcome.REFUSED, Outcome.DONE, Outcome.UNCHANGED]
    assert said(str(path), "--profile", "nobody")[0] == 1
    assert said(str(tmp_path / "none"), "--profile", "sberbank")[0] == 1
