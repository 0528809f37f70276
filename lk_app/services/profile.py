"""«Настройки»: a user's own name, password, accounts, sessions, and what happened to their access."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from lk_app.models import Account, AccountLink, Purpose, SecurityEventKind, Topic, User, UserSession, Way
from lk_app.services import accounts, alerts, attaching, email, identity, mail, rates, security, verification
from lk_app.services.accounts import Cabinet
from lk_app.services.callers import Consumer, account_numbers
from lk_app.services.email import PendingEmail
from lk_app.services.errors import NotFound, RequestOver
from lk_app.services.notifications import choices
from lk_app.services.places import Place
from lk_app.services.rates import Limit, Window
from lk_app.services.security import Happened
from lk_app.services.verification import Pending, Stage
from lk_app.settings import settings

CHANGES = Window(most=10, period=timedelta(days=1))


@dataclass(frozen=True)
class OtherUser:
    """Somebody else who has the same account."""

    user_id: int
    name: str
    attached_at: datetime


@dataclass(frozen=True)
class OwnAccount:
    """An attached account with what its user may do about it."""

    number: str
    title: str
    phone: str | None
    """The phone on record, ten digits, to be shown masked; without one nobody can be removed by a code."""
    attached_at: datetime
    others: tuple[OtherUser, ...]


@dataclass(frozen=True)
class OpenSession:
    """A browser in which the user is signed in."""

    session_id: int
    browser: str
    address: str
    """Masked."""
    opened_at: datetime
    seen_at: datetime
    is_this: bool


@dataclass(frozen=True)
class Removal:
    """A request to remove another user that waits for its code."""

    request: Pending
    other: str


@dataclass(frozen=True)
class ProfilePage:
    """Everything «Настройки» shows."""

    cabinet: Cabinet
    name: str
    phone: str | None
    """Ten digits, to be shown masked."""
    email: str | None
    """Where letters go, to be shown masked."""
    proving: PendingEmail | None
    """The address that waits for its code."""
    sends_letters: bool
    """Whether the portal sends letters at all."""
    notifications: dict[Topic, Way]
    """What the user wants to be told of, and how."""
    accounts: tuple[OwnAccount, ...]
    sessions: tuple[OpenSession, ...]
    events: tuple[Happened, ...]
    attaching: Pending | None
    removal: Removal | None
    deletes_at: datetime | None
    confirmed: bool
    """Whether the password was given lately, so that dangerous actions don't ask for it."""


def open_page(session: Session, who: Consumer, now: datetime) -> ProfilePage:
    """Return what «Настройки» shows to the caller."""
    user = session.exec(select(User).where(User.id == who.user_id)).one()
    return ProfilePage(
        cabinet=accounts.open_cabinet(session, who),
        name=user.name,
        phone=user.phone,
        email=user.email,
        proving=email.pending(session, who, now),
        sends_letters=mail.is_available(),
        notifications=choices.of_caller(session, who),
        accounts=_own_accounts(session, who),
        sessions=open_sessions(session, who.user_id, now, this=who.session_id),
        events=tuple(security.own_events(session, who)),
        attaching=attaching.pending(session, Purpose.ATTACHING, who, now),
        removal=_removal(session, who, now),
        deletes_at=user.deletes_at,
        confirmed=identity.is_confirmed(session, who, now),
    )


def name_of(session: Session, who: Consumer) -> str:
    """Return the caller's user name."""
    return session.exec(select(User.name).where(User.id == who.user_id)).one()


def admit_change(session: Session, who: Consumer, now: datetime) -> None:
    """Count an attempt to change a name or a password or to delete the user; raises TooManyAttempts.

    To be committed whatever comes of it: a refused name tells that somebody has it.
    """
    rates.take(session, [Limit("changes", str(who.user_id), CHANGES)], now)


def rename(session: Session, who: Consumer, name: str, place: Place, now: datetime) -> None:
    """Give the caller another name to sign in with, and tell their phone; raises NameTaken."""
    user = identity.user_of(session, who)
    identity.set_name(session, user, name)
    security.record(session, SecurityEventKind.NAME_CHANGED, who.user_id, now, place=place)
    alerts.tell(session, user.phone, alerts.NAME_CHANGED, now)


def change_password(session: Session, who: Consumer, password_hash: str, place: Place, now: datetime) -> None:
    """Give the caller another password, end their other sessions, and tell their phone."""
    user = identity.user_of(session, who)
    user.password_hash = password_hash
    identity.end_sessions(session, who.user_id, now, but=who.session_id)
    security.record(session, SecurityEventKind.PASSWORD_CHANGED, who.user_id, now, place=place)
    alerts.tell(session, user.phone, alerts.PASSWORD_CHANGED, now)


def end_session(session: Session, who: Consumer, session_id: int, place: Place, now: datetime) -> None:
    """End one of the caller's sessions; raises NotFound for anybody else's."""
    if not identity.end(session, now, col(UserSession.id) == session_id, col(UserSession.user_id) == who.user_id):
        raise NotFound
    security.record(session, SecurityEventKind.SESSION_ENDED, who.user_id, now, place=place)


def end_other_sessions(session: Session, who: Consumer, place: Place, now: datetime) -> None:
    """End every session of the caller but the one they use."""
    if identity.end_sessions(session, who.user_id, now, but=who.session_id):
        security.record(session, SecurityEventKind.SESSION_ENDED, who.user_id, now, place=place)


def _own_accounts(session: Session, who: Consumer) -> tuple[OwnAccount, ...]:
    rows = session.exec(
        select(Account.number, Account.phone, AccountLink.title, AccountLink.attached_at)
        .join(AccountLink, col(AccountLink.account_number) == Account.number)
        .where(AccountLink.user_id == who.user_id, col(Account.number).in_(account_numbers(who)))
        .order_by(col(AccountLink.attached_at), col(Account.number))
    ).all()
    others = _others(session, who)
    return tuple(
        OwnAccount(number, title, phone, attached_at, tuple(others.get(number, ())))
        for number, phone, title, attached_at in rows
    )


def _others(session: Session, who: Consumer) -> dict[str, list[OtherUser]]:
    rows = session.exec(
        select(AccountLink.account_number, User.id, User.name, AccountLink.attached_at)
        .join(User, col(User.id) == AccountLink.user_id)
        .where(col(AccountLink.account_number).in_(account_numbers(who)), AccountLink.user_id != who.user_id)
        .order_by(col(AccountLink.attached_at))
    )
    found: dict[str, list[OtherUser]] = {}
    for number, user_id, name, attached_at in rows:
        found.setdefault(number, []).append(OtherUser(user_id or 0, name, attached_at))
    return found


def open_sessions(session: Session, user_id: int, now: datetime, *, this: int | None = None) -> tuple[OpenSession, ...]:
    """Return the browsers in which a user is signed in, the last used first; `this` is the caller's own session."""
    living = session.exec(
        select(UserSession)
        .where(
            UserSession.user_id == user_id,
            col(UserSession.ended_at).is_(None),
            col(UserSession.seen_at) > now - timedelta(minutes=settings().session_idle_minutes),
            col(UserSession.created_at) > now - timedelta(hours=settings().session_hours),
        )
        .order_by(col(UserSession.seen_at).desc())
    )
    return tuple(
        OpenSession(row.id or 0, row.browser, row.address, row.created_at, row.seen_at, row.id == this)
        for row in living
    )


def _removal(session: Session, who: Consumer, now: datetime) -> Removal | None:
    try:
        request = verification.of_asker(session, Purpose.REMOVAL, who, now)
    except RequestOver:
        return None
    other = session.exec(select(User.name).where(User.id == request.subject_id)).one()
    return Removal(verification.describe(request, Stage.CODE, now), other)
