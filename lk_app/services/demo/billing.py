"""The demo company's billing: posts what was paid in the portal, by a package as real billing would send."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, func, select

from lk_app.models import Account, Attempt, AttemptState, Period
from lk_app.models.values import Month, month_of, next_month
from lk_app.services.acquiring import billing
from lk_app.services.acquiring.billing import PaidPart
from lk_app.services.demo.company import USER_ACCOUNTS
from lk_app.services.demo.sheets import Sheets, iso_month, roubles
from lk_app.services.exchange import import_package
from lk_app.services.exchange.turn import wait_for_turn
from lk_app.settings import settings

TAKES = timedelta(seconds=15)
"""How long a payment stays «в обработке» at least, so that it can be seen."""


def run(session: Session, now: datetime) -> None:
    """Post what was paid, within the caller's transaction; nothing where the demo company was never loaded."""
    paid_until = now - TAKES
    # Seldom anything to do: found out without waiting for whoever loads a package.
    waits = select(Attempt.id).where(Attempt.state == AttemptState.PAID, col(Attempt.paid_at) <= paid_until)
    if session.exec(waits.limit(1)).first() is None or session.get(Account, USER_ACCOUNTS[0]) is None:
        return
    # Before the attempts are locked: an export takes them in this order.
    wait_for_turn(session)
    parts = billing.export(session, paid_until, now)
    with tempfile.TemporaryDirectory(prefix="lk-billing-") as folder:
        _write(session, Path(folder), parts, now)
        import_package(session, Path(folder), now)


def _write(session: Session, folder: Path, parts: list[PaidPart], now: datetime) -> None:
    month = _open_month(session, now)
    with Sheets(folder, f"billing-{now:%Y%m%d%H%M%S}", now.isoformat()) as sheets:
        if session.get(Period, month) is None:
            sheets.periods.write(f"{iso_month(month)},,{iso_month(next_month(month))}-10")
        for part in parts:
            document = f"{part.order_number}-{part.division_code}"
            sheets.payments.write(
                f"{document},{part.account_number},{part.division_code},{iso_month(month)},{part.paid_on},"
                f"{roubles(part.amount)},online"
            )
            sheets.postings.write(f"{part.order_number},{part.division_code},{document}")


def _open_month(session: Session, now: datetime) -> Month:
    """Return the month that counts a payment now: this one, unless it is closed already."""
    today = now.astimezone(settings().zone).date()
    closed = session.exec(select(func.max(Period.month)).where(col(Period.closed_on).is_not(None))).one()
    this = month_of(today.year, today.month)
    return max(this, next_month(Month(closed))) if closed else this
