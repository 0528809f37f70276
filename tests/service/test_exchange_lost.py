"""Which unknown orders and readings count as lost: those with a number of a day between a copy and its restoration."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from lk_app.models import AttemptState, Posting, Reading, ReadingState, Restoration
from lk_app.services.exchange import FileReport
from lk_app.services.exchange.files import DECISIONS, POSTINGS
from tests import attempts, factories
from tests.exchange_fixtures import load_into, refusal, sent, write_package

COPIED_ON_THE_22ND = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
RESTORED_ON_THE_24TH = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)
"""By the company's days."""
UNKNOWN_ORDER = "портал не создавал заказа с таким номером"
UNKNOWN_READING = "такой записи нет ни в readings.csv, ни в базе данных"


@pytest.fixture(autouse=True)
def restored(session: Session) -> None:
    restore(session, COPIED_ON_THE_22ND, RESTORED_ON_THE_24TH)
    account = factories.account(session)
    factories.payment(session, account, 100, id="P1")
    factories.payment(session, account, 100, id="P2")


def restore(session: Session, copied_at: datetime, restored_at: datetime) -> None:
    factories.store(session, Restoration(copied_at=copied_at, restored_at=restored_at))


def postings(folder: Path, *orders: str) -> Path:
    rows = [[order, "gas", f"P{place}"] for place, order in enumerate(orders, start=1)]
    return write_package(folder, {"postings.csv": [POSTINGS.header, *rows]})


def decisions(folder: Path, *readings: str) -> Path:
    rows = [[name, "accepted", ""] for name in readings]
    return write_package(folder, {"decisions.csv": [DECISIONS.header, *rows]})


@pytest.mark.parametrize("day", ["261122", "261123", "261124"])
def test_what_was_made_on_a_day_from_the_copy_to_the_restoration_is_passed_over(
    session: Session, tmp_path: Path, day: str
) -> None:
    told = [
        load_into(session, postings(tmp_path / "postings", f"{day}-7K3M9QX2TD")),
        load_into(session, decisions(tmp_path / "decisions", f"R{day}-7K3M9QX2TD", f"R{day}-8K3M9QX2TD")),
    ]

    assert [report.files for report in told] == [
        [FileReport("postings.csv", 1, 0, passed_over=1)],
        [FileReport("decisions.csv", 2, 0, passed_over=2)],
    ]


@pytest.mark.parametrize(
    "order", ["261121-7K3M9QX2TD", "261125-7K3M9QX2TD", "261123-7K3M9QX2T", "261123-7K3M9QX2TDX", "261123_7K3M9QX2TD"]
)
def test_an_order_of_another_day_or_with_no_number_of_ours_is_refused(
    session: Session, tmp_path: Path, order: str
) -> None:
    refused = refusal(session, postings(tmp_path, "261123-7K3M9QX2TD", order))

    assert [(issue.line, issue.reason) for issue in refused.issues] == [(3, UNKNOWN_ORDER)]


@pytest.mark.parametrize(
    "name", ["R261121-7K3M9QX2TD", "R261125-7K3M9QX2TD", "261123-7K3M9QX2TD", "r261123-7K3M9QX2TD"]
)
def test_a_reading_of_another_day_or_with_no_id_of_ours_is_refused(session: Session, tmp_path: Path, name: str) -> None:
    refused = refusal(session, decisions(tmp_path, "R261123-7K3M9QX2TD", name))

    assert [(issue.line, issue.reason) for issue in refused.issues] == [(3, UNKNOWN_READING)]


def test_what_the_portal_knows_is_no_loss(session: Session, tmp_path: Path) -> None:
    account = factories.account(session)
    who = factories.consumer(session, account)
    order, name = "261123-7K3M9QX2TD", "R261123-7K3M9QX2TD"
    attempts.attempt(session, who, account, {"gas": 100}, AttemptState.EXPORTED, order_number=order)
    sent(session, factories.meter(session, account), 5_000, id=name)

    load_into(session, postings(tmp_path / "postings", order))
    load_into(session, decisions(tmp_path / "decisions", name))

    assert session.exec(select(Posting.order_number)).all() == [order]
    assert session.get_one(Reading, name).state is ReadingState.ACCEPTED


def test_of_several_restorations_each_has_days_of_its_own(session: Session, tmp_path: Path) -> None:
    restore(session, datetime(2026, 11, 27, 12, tzinfo=UTC), datetime(2026, 11, 27, 13, tzinfo=UTC))

    report = load_into(session, postings(tmp_path / "lost", "261123-7K3M9QX2TD", "261127-7K3M9QX2TD"))
    refused = refusal(session, postings(tmp_path / "between", "261126-7K3M9QX2TD"))

    assert report.files == [FileReport("postings.csv", 2, 0, passed_over=2)]
    assert refused.total == 1


def test_a_row_that_stands_twice_is_refused_though_it_is_about_what_is_lost(session: Session, tmp_path: Path) -> None:
    refused = refusal(session, decisions(tmp_path, "R261123-7K3M9QX2TD", "R261123-7K3M9QX2TD"))

    assert [(issue.line, issue.reason) for issue in refused.issues] == [(3, "ключ повторяет строку 2")]
