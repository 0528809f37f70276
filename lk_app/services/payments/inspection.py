"""For staff: all that is known of one payment, with whose it is. Each look is kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from lk_app.models import Account, Action, Attempt, Division
from lk_app.models.values import Kopecks
from lk_app.services.acquiring import attention, refunds
from lk_app.services.acquiring.attention import AttemptReport
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.staff import audit
from lk_app.services.staff.duties import PAYMENTS


@dataclass(frozen=True)
class PaymentLook:
    """One payment."""

    report: AttemptReport
    account_number: str
    last_name: str
    first_name: str
    middle_name: str
    divisions: dict[str, str]
    """Names of divisions by code."""
    obstacle: str
    """Why nothing can be given back now; empty when something can."""
    last_refund: int
    """The last refund that is shown, 0 when there is none."""

    @property
    def left(self) -> Kopecks:
        """What was not given back."""
        return Kopecks(self.report.amount - self.report.refunded)


def look_closer(
    session: Session, who: StaffCaller, order_number: str, now: datetime, *, again: bool = False
) -> PaymentLook:
    """Return all that is known of a payment; raises NotFound. Shown `again`, it is no new look."""
    require_role(who, *PAYMENTS)
    report = attention.report(session, order_number)
    attempt, account = session.exec(
        select(Attempt, Account)
        .join(Account, col(Account.number) == col(Attempt.account_number))
        .where(col(Attempt.order_number) == order_number)
    ).one()
    names = session.exec(select(Division.code, Division.name))
    if not again:
        audit.record(session, who, Action.PAYMENT_SEEN, now, subject=order_number)
    return PaymentLook(
        report=report,
        account_number=account.number,
        last_name=account.last_name,
        first_name=account.first_name,
        middle_name=account.middle_name,
        divisions={code: name for code, name in names},
        obstacle=refunds.obstacle_of(session, attempt),
        last_refund=max((line.id for line in report.refunds), default=0),
    )
