"""One account as staff see it: what its consumers see, and who they are; or a user who has no account.

Each look is kept in the audit log.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from lk_app.models import AccountLink, Action, Appeal, User
from lk_app.services import accounts, profile, security, settlements
from lk_app.services.accounts import AccountDetails
from lk_app.services.callers import StaffCaller, onlooker, require_role
from lk_app.services.errors import NotFound
from lk_app.services.payments import history
from lk_app.services.payments.history import Filter, History
from lk_app.services.profile import OpenSession
from lk_app.services.readings import overview
from lk_app.services.readings.overview import MetersOfAccount
from lk_app.services.security import Happened
from lk_app.services.settlements import DivisionBalance
from lk_app.services.staff import audit
from lk_app.services.staff.duties import CONSUMERS
from lk_app.settings import settings

NOT_WITHOUT_ACCOUNT = "Пользователя без лицевого счёта с таким номером уже нет. Повторите поиск."


@dataclass(frozen=True)
class AccountUser:
    """Somebody who has the account in the portal, or who has none."""

    user_id: int
    name: str
    phone: str | None
    """Ten digits, to be shown masked."""
    attached_at: datetime | None
    """None without an account."""
    deletes_at: datetime | None
    sessions: tuple[OpenSession, ...]
    events: tuple[Happened, ...]

    @property
    def shown(self) -> frozenset[str]:
        """What of them may change: what was not there before is a new look."""
        sessions = (f"session {each.session_id}" for each in self.sessions)
        events = (f"event {each.id}" for each in self.events)
        return frozenset((f"user {self.user_id}", *sessions, *events))


@dataclass(frozen=True)
class ConsumerView:
    """Everything staff see of an account."""

    details: AccountDetails
    divisions: tuple[DivisionBalance, ...]
    payments: History
    meters: MetersOfAccount
    appeals: int
    users: tuple[AccountUser, ...]

    @property
    def shown(self) -> frozenset[str]:
        """What of it may change: what was not there before is a new look."""
        charged = (f"charges {each.code} {each.last.month}" for each in self.divisions if each.last)
        paid = (f"payment {line.order_number} {line.payment_id} {line.state}" for line in self.payments.lines)
        read = (f"reading {line.id} {line.state}" for meter in self.meters.meters for line in meter.lines)
        return frozenset((self.details.number, *charged, *paid, *read)).union(*(user.shown for user in self.users))


def open_consumer(
    session: Session, who: StaffCaller, account_number: str, now: datetime, *, shown: Collection[str] = ()
) -> ConsumerView:
    """Return what staff see of an account; raises NotFound. `shown` is what the caller has on the screen already."""
    require_role(who, *CONSUMERS)
    today, looking = now.astimezone(settings().zone).date(), onlooker(who, account_number, *CONSUMERS)
    view = ConsumerView(
        details=accounts.describe(session, looking, account_number, today),
        divisions=settlements.balances(session, looking, account_number, today),
        payments=history.history_of(session, looking, account_number, Filter(), 0, now),
        meters=overview.meters_of(session, looking, account_number, today),
        appeals=_count_appeals(session, who, account_number),
        users=_users(session, who, account_number, now),
    )
    if not view.shown <= set(shown):
        audit.record(session, who, Action.CONSUMER_SEEN, now, subject=account_number)
    return view


def open_user(
    session: Session, who: StaffCaller, user_id: int, now: datetime, *, shown: Collection[str] = ()
) -> AccountUser:
    """Return what staff see of a user who has no account; raises NotFound. `shown` is as in `open_consumer`."""
    require_role(who, *CONSUMERS)
    user = session.get(User, user_id)
    attached = session.exec(select(AccountLink.account_number).where(AccountLink.user_id == user_id)).first()
    if user is None or user.deleted_at or attached:
        raise NotFound(NOT_WITHOUT_ACCOUNT)
    view = _user(session, user, None, now)
    if not view.shown <= set(shown):
        audit.record(session, who, Action.CONSUMER_SEEN, now, detail=f"user {user_id}")
    return view


def turn_payments(session: Session, who: StaffCaller, account_number: str, page: int, now: datetime) -> History:
    """Return another page of an account's payments, counted from 0."""
    looking = onlooker(who, account_number, *CONSUMERS)
    audit.record(session, who, Action.CONSUMER_SEEN, now, subject=account_number, detail=f"payments, page {page + 1}")
    return history.history_of(session, looking, account_number, Filter(), page, now)


def _count_appeals(session: Session, who: StaffCaller, account_number: str) -> int:
    require_role(who, *CONSUMERS)
    return session.exec(select(func.count(col(Appeal.id))).where(Appeal.account_number == account_number)).one()


def _users(session: Session, who: StaffCaller, account_number: str, now: datetime) -> tuple[AccountUser, ...]:
    require_role(who, *CONSUMERS)
    rows = session.exec(
        select(User, AccountLink.attached_at)
        .join(AccountLink, col(AccountLink.user_id) == col(User.id))
        .where(AccountLink.account_number == account_number)
        .order_by(col(AccountLink.attached_at), col(User.id))
    )
    return tuple(_user(session, user, attached_at, now) for user, attached_at in rows.all())


def _user(session: Session, user: User, attached_at: datetime | None, now: datetime) -> AccountUser:
    user_id = user.id or 0
    return AccountUser(
        user_id=user_id,
        name=user.name,
        phone=user.phone,
        attached_at=attached_at,
        deletes_at=user.deletes_at,
        sessions=profile.open_sessions(session, user_id, now),
        events=tuple(security.events_of(session, user_id)),
    )
