"""`tariffs.csv`: steps that begin at zero, so that whoever sends a reading is told what any volume costs."""

from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from lk_app.models import TariffStep
from lk_app.services.exchange.files import TARIFFS
from tests.exchange_fixtures import everything, load_into, refusal, write_package

FIRST = ["yes", "2026-07-01", "0.000", "8.79681"]
SECOND = ["yes", "2026-07-01", "12000.000", "11.43585"]
OTHER = ["no", "2026-07-01", "0.000", "9.95429"]
BASELESS = "у тарифа нет цены от 0.000 м³: такой строки нет ни в tariffs.csv, ни в базе данных"


def package(folder: Path, *rows: list[str]) -> Path:
    return write_package(folder, {"tariffs.csv": [TARIFFS.header, *rows]}, package=folder.name)


def steps(session: Session) -> list[tuple[bool, str, int, int]]:
    rows = session.exec(
        select(TariffStep).order_by(col(TariffStep.heating), col(TariffStep.starts_on), col(TariffStep.above))
    )
    return [(row.heating, row.starts_on.isoformat(), row.above, row.price) for row in rows]


def test_steps_arrive_and_a_new_price_replaces_the_old(session: Session, tmp_path: Path) -> None:
    load_into(session, package(tmp_path / "first", SECOND, FIRST, OTHER))
    report = load_into(session, package(tmp_path / "second", FIRST, [*SECOND[:3], "12.00"]))

    assert [file.changed for file in report.files] == [1]
    assert steps(session) == [
        (False, "2026-07-01", 0, 995_429),
        (True, "2026-07-01", 0, 879_681),
        (True, "2026-07-01", 12_000_000, 1_200_000),
    ]


def test_the_step_from_zero_may_have_come_before(session: Session, tmp_path: Path) -> None:
    load_into(session, package(tmp_path / "first", FIRST))

    load_into(session, package(tmp_path / "second", SECOND))

    assert len(steps(session)) == 2


@pytest.mark.parametrize(
    "known",
    [[], [FIRST], [["no", "2027-07-01", "0.000", "9.00"]]],
    ids=["nothing", "another day", "another use"],
)
def test_a_tariff_that_begins_above_zero_is_named_once_by_its_first_line(
    session: Session, tmp_path: Path, known: list[list[str]]
) -> None:
    if known:
        load_into(session, package(tmp_path / "known", *known))
    before = everything(session)
    later = [["yes", "2027-07-01", above, "9.00"] for above in ("3000.000", "0.001", "12000.000")]

    refused = refusal(session, package(tmp_path / "package", OTHER, *later, ["no", "2028-07-01", "1.000", "9.00"]))

    assert [str(issue) for issue in refused.issues] == [
        f"tariffs.csv, строка {line}, above: {BASELESS}" for line in (3, 6)
    ]
    assert everything(session) == before


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        (["yes", "2026-07-01", "0.000", "0"], "price"),
        (["yes", "2026-07-01", "0", "8.79681"], "above"),
        (["yes", "2026-07-32", "0.000", "8.79681"], "starts_on"),
        (["да", "2026-07-01", "0.000", "8.79681"], "heating"),
        (["yes", "2026-07-01", "0.000"], ""),
    ],
)
def test_a_step_from_zero_that_is_broken_is_not_missed_as_well(
    session: Session, tmp_path: Path, broken: list[str], place: str
) -> None:
    refused = refusal(session, package(tmp_path / "package", SECOND, broken))

    assert [(issue.line, issue.column) for issue in refused.issues] == [(3, place)]


def test_the_same_step_twice_is_named(session: Session, tmp_path: Path) -> None:
    refused = refusal(session, package(tmp_path / "package", FIRST, OTHER, [*FIRST[:3], "9.00"]))

    assert [str(issue) for issue in refused.issues] == [
        "tariffs.csv, строка 4, heating, starts_on, above: ключ повторяет строку 2"
    ]
