"""Members of the staff: created and changed by administrators and by commands. The audit log keeps each of it."""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from lk_app.models import Action, Role, Staff
from lk_app.services.callers import Author, StaffCaller, require_role
from lk_app.services.errors import NotFound, ServiceError
from lk_app.services.identity import SignedOut, hash_password
from lk_app.services.staff import audit, sessions, totp
from lk_app.services.staff.duties import MEMBERS
from lk_app.services.staff.first_passwords import good_until
from lk_app.services.typed import common_passwords
from lk_app.settings import settings

LOGIN_LENGTH = 40
LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
NAME_LENGTH = 100
PASSWORD_LENGTH = 12
PASSWORD_BYTES = 72
"""All that bcrypt reads."""

CONTEXT_WORDS = (
    *("газ", "газпром", "лк", "кабинет", "портал", "офис", "оператор", "сотрудник", "пароль", "администратор"),
    *("gaz", "gas", "gazprom", "lk", "kabinet", "cabinet", "portal", "office", "operator", "supervisor"),
    *("administrator", "admin", "staff", "parol", "password"),
)
"""What whoever guesses begins with here; the login and the company's name are such words as well."""

PLAIN_CHARACTERS = "abcdefghjkmnpqrstuvwxyz23456789"

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
    """Whoever is to be created; login, name and password were checked. An empty `secret` is no second factor.

    The password is a first one, which ends, unless it is to stay as it `is_everybodys`: in the demo.
    """

    login: str
    name: str
    role: Role
    password_hash: str
    secret: str = ""
    is_everybodys: bool = False


@dataclass(frozen=True)
class Member:
    """A member as the list shows them."""

    staff_id: int
    login: str
    name: str
    role: Role
    second_factor: SecondFactor
    created_at: datetime
    disabled_at: datetime | None
    first_password_until: datetime | None
    """Until when the password that an administrator gave signs them in; nothing if they have set their own."""
    sessions: int
    """In how many browsers they are signed in."""


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
    check_new_password(password, login)
    return hash_password(password)


def check_new_password(password: str, login: str) -> None:
    """Raise MemberRefused for a password that may not be set."""
    if len(password) < PASSWORD_LENGTH:
        raise MemberRefused(f"Пароль должен быть не короче {PASSWORD_LENGTH} знаков, а здесь {len(password)}.")
    if len(password.encode()) > PASSWORD_BYTES:
        raise MemberRefused(f"Пароль слишком длинный: больше {PASSWORD_BYTES} байт.")
    if password.lower() in common_passwords() or password.lower() == login:
        raise MemberRefused("Этот пароль слишком известен или совпадает с логином. Придумайте другой.")
    if _says_nothing_else(password, login):
        raise MemberRefused("В пароле только цифры и слова, которые назовёт любой. Добавьте что-нибудь своё.")


def _says_nothing_else(password: str, login: str) -> bool:
    """Say whether a password is made of nothing but digits, signs and words anybody would try here."""
    named = re.findall(r"[^\W\d_]+", f"{login} {settings().company_name}".lower())
    words = sorted({*CONTEXT_WORDS, *named}, key=len, reverse=True)
    return not re.search(r"[^\W\d_]", re.sub("|".join(map(re.escape, words)), "", password.lower()))


def generated_password() -> str:
    """Return a password nobody can foresee, of letters and digits that are not mistaken for one another."""
    return "-".join("".join(secrets.choice(PLAIN_CHARACTERS) for _ in range(4)) for _ in range(4))


def create(session: Session, who: Author, new: NewMember, now: datetime) -> None:
    """Store a member; raises MemberRefused if somebody has the login."""
    _admit(session, who)
    member = Staff(
        login=new.login,
        name=new.name,
        role=new.role,
        password_hash=new.password_hash,
        password_given_at=None if new.is_everybodys else now,
        totp_secret=totp.encrypted(new.secret) if new.secret else "",
        created_at=now,
    )
    try:
        # Of two who create one login at once the database lets one have it.
        with session.begin_nested():
            session.add(member)
    except IntegrityError as taken:
        raise MemberRefused(f"Логин {new.login} уже занят, в том числе если сотрудник отключён.") from taken
    audit.record(session, who, Action.CREATED, now, subject=new.login, detail=f"role {new.role}")


def list_members(session: Session, who: Author, now: datetime, *, shown: Collection[str] = ()) -> list[Member]:
    """Return every member by login, disabled ones too. `shown` are the logins the caller sees already: a list of
    nothing else is no new look.
    """
    _require(who)
    rows = session.exec(select(Staff).order_by(col(Staff.login))).all()
    if not {row.login for row in rows} <= set(shown) or not rows:
        audit.record(session, who, Action.LISTED, now)
    opened = sessions.count_living(session, now)
    return [
        Member(
            row.id or 0, row.login, row.name, row.role, _second_factor(row), row.created_at, row.disabled_at,
            good_until(row.password_given_at), opened.get(row.id or 0, 0),
        )
        for row in rows
    ]  # fmt: skip


def set_role(session: Session, who: Author, login: str, role: Role, now: datetime) -> None:
    """Give a member another role, from their next event on; raises MemberRefused where no administrator would stay."""
    administrators = _admit(session, who)
    member = _locked(session, login)
    if role is not Role.ADMINISTRATOR:
        _keep_administrator(who, member, administrators)
    detail = f"role {member.role} to {role}"
    member.role = role
    audit.record(session, who, Action.CHANGED, now, subject=member.login, detail=detail)


def set_password(session: Session, who: Author, login: str, password_hash: str, now: datetime) -> None:
    """Give a member another password, and end their sessions; it is a first one, unless the member gives it."""
    _admit(session, who)
    member = _locked(session, login)
    is_own = isinstance(who, StaffCaller) and who.staff_id == member.id
    member.password_hash, member.password_given_at = password_hash, None if is_own else now
    audit.record(session, who, Action.CHANGED, now, subject=member.login, detail="password")
    sessions.end_sessions(session, member.id or 0, now)


def set_second_factor(session: Session, who: Author, login: str, secret: str, now: datetime) -> None:
    """Give a member another key for codes, and end their sessions; the old one opens nothing any more."""
    _admit(session, who)
    member = _locked(session, login)
    member.totp_secret, member.totp_step = totp.encrypted(secret), 0
    audit.record(session, who, Action.CHANGED, now, subject=member.login, detail="second factor")
    sessions.end_sessions(session, member.id or 0, now)


def disable(session: Session, who: Author, login: str, now: datetime) -> None:
    """Let a member sign in no more, and end their sessions; their row stays because the audit log refers to it.

    Raises MemberRefused for oneself, for the last administrator, and for whoever is disabled already.
    """
    administrators = _admit(session, who)
    member = _locked(session, login)
    _keep_administrator(who, member, administrators)
    if member.disabled_at is not None:
        raise MemberRefused(f"Сотрудник {member.login} уже отключён.")
    member.disabled_at = now
    audit.record(session, who, Action.DISABLED, now, subject=member.login)
    sessions.end_sessions(session, member.id or 0, now)


def enable(session: Session, who: Author, login: str, now: datetime) -> None:
    """Let a member sign in again, with the password and the key they had; raises MemberRefused if they may."""
    _admit(session, who)
    member = _locked(session, login)
    if member.disabled_at is None:
        raise MemberRefused(f"Сотрудник {member.login} и так работает.")
    member.disabled_at = None
    audit.record(session, who, Action.ENABLED, now, subject=member.login)


def end_sessions(session: Session, who: Author, login: str, now: datetime) -> None:
    """Sign a member out in every browser."""
    _admit(session, who)
    member = _locked(session, login)
    audit.record(session, who, Action.SESSIONS_ENDED, now, subject=member.login)
    sessions.end_sessions(session, member.id or 0, now)


def _require(who: Author) -> None:
    if isinstance(who, StaffCaller):
        require_role(who, *MEMBERS)


def _admit(session: Session, who: Author) -> list[int]:
    """Return the ids of the administrators who may sign in, locked until the end of the transaction.

    Whoever changes members waits for whoever else does: two administrators can't disable each other at once, and one
    who was disabled, or whose sessions were ended, while their password was checked changes nothing: SignedOut.
    """
    _require(who)
    working = select(Staff).where(Staff.role == Role.ADMINISTRATOR, col(Staff.disabled_at).is_(None))
    rows = session.exec(working.order_by(col(Staff.id)).with_for_update(key_share=True)).all()
    administrators = [row.id or 0 for row in rows]
    if isinstance(who, StaffCaller) and (who.staff_id not in administrators or sessions.is_over(session, who)):
        raise SignedOut
    return administrators


def _keep_administrator(who: Author, member: Staff, administrators: list[int]) -> None:
    if isinstance(who, StaffCaller) and who.staff_id == member.id:
        raise MemberRefused("Себя нельзя отключить и нельзя лишить роли администратора. Попросите коллегу.")
    if administrators == [member.id]:
        raise MemberRefused(
            f"{member.login} — последний администратор. Сначала дайте эту роль кому-нибудь ещё, иначе управлять "
            "сотрудниками будет некому."
        )


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
