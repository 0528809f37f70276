"""Members of the staff: created and changed by commands, each of which the audit log keeps."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from lk_app.models import Action, Role, Staff
from lk_app.services.errors import NotFound, ServiceError
from lk_app.services.identity import hash_password
from lk_app.services.staff import audit, sessions, totp
from lk_app.services.typed import common_passwords

LOGIN_LENGTH = 40
LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
NAME_LENGTH = 100
PASSWORD_LENGTH = 12
PASSWORD_BYTES = 72
"""All that bcrypt reads."""

ROLES = {
    Role.OPERATOR: "оператор",
    Role.SUPERVISOR: "старший оператор",
    Role.ADMINISTRATOR: "администратор",
}
"""The roles in the words people read."""


class MemberRefused(ServiceError):
    """What was given of a member breaks a rule; the message says which."""


class SecondFactor(StrEnum):
    """Whether a member can give codes."""

    NONE = "none"
    SET = "set"
    UNREADABLE = "unreadable"
    """LK_SECRET_KEY was changed: the member needs a new one."""


@dataclass(frozen=True)
class NewMember:
    """Whoever is to be created; login, name and password were checked. An empty `secret` is no second factor."""

    login: str
    name: str
    role: Role
    password_hash: str
    secret: str = ""


@dataclass(frozen=True)
class Member:
    """A member as the list shows them."""

    login: str
    name: str
    role: Role
    second_factor: SecondFactor
    created_at: datetime
    disabled_at: datetime | None


def new_login(text: str) -> str:
    """Return a login that may be given; raises MemberRefused."""
    login = sessions.login_key(text)
    if not LOGIN.fullmatch(login) or len(login) > LOGIN_LENGTH:
        raise MemberRefused(
            "В логине допустимы латинские буквы, цифры, точка и дефис внутри, "
            f"не больше {LOGIN_LENGTH} знаков, например o.vetrova."
        )
    return login


def new_name(text: str) -> str:
    """Return the name of a member with single spaces; raises MemberRefused."""
    name = " ".join(text.split())
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise MemberRefused(f"Укажите имя и фамилию, не больше {NAME_LENGTH} знаков, например «Ольга Ветрова».")
    return name


def new_password_hash(password: str, login: str) -> str:
    """Return the hash of a password that may be set; raises MemberRefused. Slow on purpose."""
    if len(password) < PASSWORD_LENGTH:
        raise MemberRefused(f"Пароль должен быть не короче {PASSWORD_LENGTH} знаков, а здесь {len(password)}.")
    if len(password.encode()) > PASSWORD_BYTES:
        raise MemberRefused(f"Пароль слишком длинный: больше {PASSWORD_BYTES} байт.")
    if password.lower() in common_passwords() or password.lower() == login:
        raise MemberRefused("Этот пароль слишком известен или совпадает с логином. Придумайте другой.")
    return hash_password(password)


def create(session: Session, new: NewMember, now: datetime, by: str) -> None:
    """Store a member; raises MemberRefused if somebody has the login. `by` is who ran the command."""
    member = Staff(
        login=new.login,
        name=new.name,
        role=new.role,
        password_hash=new.password_hash,
        totp_secret=totp.encrypted(new.secret) if new.secret else "",
        created_at=now,
    )
    try:
        # Of two commands for one login at once the database lets one have it.
        with session.begin_nested():
            session.add(member)
    except IntegrityError as taken:
        raise MemberRefused(f"Логин {new.login} уже занят, в том числе если сотрудник отключён.") from taken
    audit.record_command(session, Action.CREATED, now, subject=new.login, detail=f"role {new.role}", by=by)


def list_members(session: Session, now: datetime, by: str) -> list[Member]:
    """Return every member by login, disabled ones too."""
    audit.record_command(session, Action.LISTED, now, subject="", detail="", by=by)
    rows = session.exec(select(Staff).order_by(col(Staff.login)))
    return [Member(row.login, row.name, row.role, _second_factor(row), row.created_at, row.disabled_at) for row in rows]


def set_role(session: Session, login: str, role: Role, now: datetime, by: str) -> None:
    """Give a member another role, from their next event on."""
    member = _locked(session, login)
    detail = f"role {member.role} to {role}"
    member.role = role
    audit.record_command(session, Action.CHANGED, now, subject=member.login, detail=detail, by=by)


def set_password(session: Session, login: str, password_hash: str, now: datetime, by: str) -> None:
    """Give a member another password, and end their sessions."""
    member = _locked(session, login)
    member.password_hash = password_hash
    sessions.end_sessions(session, member.id or 0, now)
    audit.record_command(session, Action.CHANGED, now, subject=member.login, detail="password", by=by)


def set_second_factor(session: Session, login: str, secret: str, now: datetime, by: str) -> None:
    """Give a member another key for codes, and end their sessions; the old one opens nothing any more."""
    member = _locked(session, login)
    member.totp_secret, member.totp_step = totp.encrypted(secret), 0
    sessions.end_sessions(session, member.id or 0, now)
    audit.record_command(session, Action.CHANGED, now, subject=member.login, detail="second factor", by=by)


def disable(session: Session, login: str, now: datetime, by: str) -> None:
    """Let a member sign in no more, and end their sessions; their row stays because the audit log refers to it."""
    member = _locked(session, login)
    if member.disabled_at is not None:
        raise MemberRefused(f"Сотрудник {member.login} уже отключён.")
    member.disabled_at = now
    sessions.end_sessions(session, member.id or 0, now)
    audit.record_command(session, Action.DISABLED, now, subject=member.login, detail="", by=by)


def _locked(session: Session, login: str) -> Staff:
    of_login = select(Staff).where(Staff.login == sessions.login_key(login)).with_for_update(key_share=True)
    member = session.exec(of_login).one_or_none()
    if member is None:
        raise NotFound(f"Сотрудника с логином {login} нет. Все логины: python -m lk_app staff list")
    return member


def _second_factor(member: Staff) -> SecondFactor:
    if not member.totp_secret:
        return SecondFactor.NONE
    return SecondFactor.SET if totp.is_readable(member.totp_secret) else SecondFactor.UNREADABLE
