"""What billing says about readings that consumers sent: by `decisions.csv`, or by its rows in `readings.csv`."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from lk_app.models import Account, LiveChange, Meter, Reading, ReadingDecision, ReadingState
from lk_app.services import live
from lk_app.services.exchange import Report
from lk_app.services.exchange.files import DECISIONS, READINGS
from tests import factories
from tests.exchange_fixtures import SENT, Rows, everything, load, load_into, refusal, sent, write_package
from tests.factories import NOW, TODAY

PENDING, ACCEPTED, REFUSED, WITHDRAWN = ReadingState
REASON = "Показание меньше предыдущего"
ITS_REASON = "Фото не читается"


@dataclass
class Billing:
    """What billing sends: each package is another one."""

    session: Session
    folder: Path
    account: Account
    meter: Meter
    packages: int = 0

    def sends(self, *, readings: Rows | None = None, decisions: Rows | None = None) -> Report:
        return load_into(self.session, self.package(readings=readings, decisions=decisions))

    def package(self, *, readings: Any = None, decisions: Any = None) -> Path:
        self.packages += 1
        files = {}
        if readings is not None:
            files["readings.csv"] = [READINGS.header, *readings]
        if decisions is not None:
            files["decisions.csv"] = [DECISIONS.header, *decisions]
        name = f"package {self.packages}"
        return write_package(self.folder / name, files, package=name)

    def row(self, state: ReadingState, name: str = SENT, **cells: str) -> list[str]:
        """A row of `readings.csv` that says what the consumer said, and billing's state."""
        said = {
            "id": name, "meter_id": self.meter.id, "taken_on": TODAY.isoformat(), "value": "5214.000",
            "consumption": "", "source": "portal", "state": state.value, "reason": reason_of(state),
        }  # fmt: skip
        return list((said | cells).values())


def reason_of(state: ReadingState) -> str:
    return REASON if state is REFUSED else ""


def decision(state: ReadingState, name: str = SENT) -> list[str]:
    return [name, state.value, reason_of(state)]


@pytest.fixture
def billing(session: Session, tmp_path: Path) -> Billing:
    account = factories.account(session)
    return Billing(session, tmp_path, account, factories.meter(session, account, id="M1"))


def send(billing: Billing, name: str = SENT, **values: Any) -> Reading:
    """Let a consumer send a reading; in the state that the values say, with a reason of the portal's."""
    if values.get("state") is REFUSED:
        values["reason"] = ITS_REASON
    return sent(billing.session, billing.meter, 5_214_000, id=name, **values)


def reading(session: Session, name: str = SENT) -> Reading:
    return session.get_one(Reading, name)


def state(session: Session, name: str = SENT) -> tuple[ReadingState, str]:
    found = reading(session, name)
    return found.state, found.reason


# Its rows in readings.csv.


@pytest.mark.parametrize(
    ("ours", "its", "becomes"),
    [
        (PENDING, PENDING, (PENDING, "")),
        (PENDING, ACCEPTED, (ACCEPTED, "")),
        (PENDING, REFUSED, (REFUSED, REASON)),
        (ACCEPTED, PENDING, (ACCEPTED, "")),
        (ACCEPTED, ACCEPTED, (ACCEPTED, "")),
        (ACCEPTED, REFUSED, (REFUSED, REASON)),
        (REFUSED, PENDING, (REFUSED, ITS_REASON)),
        (REFUSED, ACCEPTED, (ACCEPTED, "")),
        (REFUSED, REFUSED, (REFUSED, REASON)),
        (WITHDRAWN, PENDING, (WITHDRAWN, "")),
        (WITHDRAWN, ACCEPTED, (ACCEPTED, "")),
        (WITHDRAWN, REFUSED, (WITHDRAWN, "")),
    ],
)
def test_what_billing_decided_counts_and_what_it_only_has_changes_nothing(
    billing: Billing, ours: ReadingState, its: ReadingState, becomes: tuple[ReadingState, str]
) -> None:
    send(billing, state=ours)

    billing.sends(readings=[billing.row(its)])

    assert state(billing.session) == becomes
    assert reading(billing.session).announced == becomes[0]


def test_a_decided_reading_is_as_billing_has_it(billing: Billing) -> None:
    send(billing, flags="high", usual=80_000, consumption=500_000)

    report = billing.sends(readings=[billing.row(ACCEPTED, value="5124.000", consumption="410.000", source="office")])

    after = reading(billing.session)
    assert [file.changed for file in report.files] == [1]
    assert (after.value, after.consumption, after.source) == (5_124_000, 410_000, "office")
    assert (after.sent_at, after.flags, after.usual) == (NOW, "high", 80_000), "what billing does not know"


def test_a_pending_reading_stays_as_it_was_sent(billing: Billing) -> None:
    before = send(billing).model_dump()

    report = billing.sends(readings=[billing.row(PENDING, value="9999.000", taken_on="2026-11-01")])

    assert [file.changed for file in report.files] == [0]
    assert reading(billing.session).model_dump() == before


def test_a_pending_row_brings_back_no_reading_that_was_replaced(billing: Billing) -> None:
    """Two that wait, of one meter and one day, are what the database refuses."""
    send(billing, state=WITHDRAWN)
    send(billing, "R261122-REPLACESIT")

    billing.sends(readings=[billing.row(PENDING), billing.row(PENDING, "R261122-REPLACESIT")])

    assert [state(billing.session, name)[0] for name in (SENT, "R261122-REPLACESIT")] == [WITHDRAWN, PENDING]


def test_billings_own_readings_are_as_it_has_them(billing: Billing) -> None:
    for its in (ACCEPTED, PENDING, REFUSED, PENDING):
        billing.sends(readings=[billing.row(its, "its-own")])

        found = reading(billing.session, "its-own")
        assert (found.state, found.sent_at, found.flags, found.exported) == (its, None, None, None)


# Its decisions.


@pytest.mark.parametrize(
    ("ours", "its", "becomes"),
    [
        (PENDING, ACCEPTED, (ACCEPTED, "")),
        (PENDING, REFUSED, (REFUSED, REASON)),
        (ACCEPTED, ACCEPTED, (ACCEPTED, "")),
        (ACCEPTED, REFUSED, (REFUSED, REASON)),
        (REFUSED, ACCEPTED, (ACCEPTED, "")),
        (REFUSED, REFUSED, (REFUSED, ITS_REASON)),
        (WITHDRAWN, ACCEPTED, (ACCEPTED, "")),
        (WITHDRAWN, REFUSED, (WITHDRAWN, "")),
    ],
)
def test_a_decision_counts_unless_it_refuses_what_was_withdrawn(
    billing: Billing, ours: ReadingState, its: ReadingState, becomes: tuple[ReadingState, str]
) -> None:
    send(billing, state=ours)

    billing.sends(decisions=[decision(its)])

    assert state(billing.session) == becomes
    after = reading(billing.session)
    assert (after.value, after.sent_at, after.announced) == (5_214_000, NOW, after.state)


def test_a_decision_is_known_to_billing_and_to_open_pages(billing: Billing) -> None:
    send(billing, exported=PENDING)

    billing.sends(decisions=[decision(ACCEPTED)])

    after = reading(billing.session)
    assert (after.exported, after.decided_at, after.decided_by) == (ACCEPTED, NOW, None)
    topics = billing.session.exec(select(LiveChange.topic)).all()
    assert live.readings_of(billing.account.number) in topics


def test_a_decision_may_be_about_a_reading_of_the_same_package(billing: Billing) -> None:
    billing.sends(readings=[billing.row(PENDING, "its-own")], decisions=[decision(ACCEPTED, "its-own")])

    assert state(billing.session, "its-own") == (ACCEPTED, "")


def test_a_decision_that_comes_again_undoes_nothing_newer(billing: Billing) -> None:
    send(billing)
    billing.sends(decisions=[decision(REFUSED)])
    billing.sends(readings=[billing.row(ACCEPTED)])
    before = everything(billing.session)

    report = billing.sends(decisions=[decision(REFUSED)])

    assert [file.changed for file in report.files] == [0]
    after = everything(billing.session)
    assert after.pop("exchange_batches") != before.pop("exchange_batches")
    assert after == before


def test_billing_may_decide_otherwise(billing: Billing) -> None:
    send(billing)

    for its in (REFUSED, ACCEPTED, REFUSED):
        billing.sends(decisions=[decision(its)])
        assert state(billing.session) == (its, reason_of(its))
    assert billing.session.get_one(ReadingDecision, SENT).state is REFUSED


@pytest.mark.parametrize(
    ("row", "place", "reason"),
    [
        ([SENT, "pending", ""], "state", "ожидается одно из слов: accepted, refused"),
        ([SENT, "withdrawn", ""], "state", "ожидается одно из слов: accepted, refused"),
        ([SENT, "refused", ""], "reason", "причина указывается у отказанного показания (refused) и только у него"),
        ([SENT, "accepted", "!"], "reason", "причина указывается у отказанного показания (refused) и только у него"),
        (["", "accepted", ""], "reading_id", "ожидается код до 40 знаков: буквы, цифры, знаки _ . : / -"),
        (["R-0", "accepted", ""], "reading_id", "такой записи нет ни в readings.csv, ни в базе данных"),
    ],
)
def test_a_bad_decision_is_named_and_nothing_is_loaded(
    billing: Billing, row: list[str], place: str, reason: str
) -> None:
    send(billing)
    send(billing, "R2", taken_on=TODAY - timedelta(days=1))
    before = everything(billing.session)

    refused = refusal(billing.session, billing.package(decisions=[decision(ACCEPTED, "R2"), row]))

    assert [str(issue) for issue in refused.issues] == [f"decisions.csv, строка 3, {place}: {reason}"]
    assert everything(billing.session) == before


def test_billing_withdraws_nothing(billing: Billing) -> None:
    send(billing)

    refused = refusal(billing.session, billing.package(readings=[billing.row(WITHDRAWN)]))

    assert [str(issue) for issue in refused.issues] == [
        "readings.csv, строка 2, state: ожидается одно из слов: pending, accepted, refused"
    ]


# At the same time.


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_load_and_staff_who_decide_about_several_never_wait_for_each_other_for_ever(
    engine: Engine, billing: Billing
) -> None:
    for name, days in (("R1", 2), ("R2", 1), ("R3", 0)):
        send(billing, name, taken_on=TODAY - timedelta(days=days))
    billing.session.commit()
    package = billing.package(
        readings=[billing.row(ACCEPTED, "R3"), billing.row(ACCEPTED, "R1")], decisions=[decision(REFUSED, "R2")]
    )

    def hold(session: Session, name: str) -> None:
        session.exec(select(Reading).where(col(Reading.id) == name).with_for_update()).one()

    with ThreadPoolExecutor(1) as threads:
        with Session(engine) as session:
            hold(session, "R1")
            loading = threads.submit(load, engine, package)
            wait([loading], timeout=0.5)
            hold(session, "R2")
            hold(session, "R3")
            session.commit()
        loading.result()

    states = [state(billing.session, name)[0] for name in ("R1", "R2", "R3")]
    assert states == [ACCEPTED, REFUSED, ACCEPTED]
