"""Consumers as staff find them: by an account number, a phone, the holder's surname or a user name, each whole.

Nothing is listed without a search. A page is put together from a few lists by account number, each cut to a page and
found by an index of its own, so that it does not depend on how many accounts there are. A user who has no account is
found by phone or user name, ahead of the first page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, exists, func, select, union
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from lk_app.models import Account, AccountLink, Action, Premises, User
from lk_app.services import typed
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.errors import ServiceError
from lk_app.services.identity import name_key
from lk_app.services.paging import PAGE
from lk_app.services.staff import audit
from lk_app.services.staff.duties import CONSUMERS

MOST_WORDS = 3
"""Surname, first name and patronymic."""

Numbers = Select[str]


class NotSearchable(ServiceError):
    """Nothing can be found by what was typed."""

    def __init__(self) -> None:
        super().__init__(
            "Введите целиком номер лицевого счёта (11 цифр), телефон (10 цифр), фамилию или имя пользователя."
        )


class By(StrEnum):
    """What was searched for."""

    NUMBER = "account number"
    PHONE = "phone"
    NAME = "name"


@dataclass(frozen=True)
class Wanted:
    """What to look for: an account number, a phone (some digits may be either), or a name."""

    number: str = ""
    phone: str = ""
    holder: tuple[str, ...] = ()
    """Surname, and perhaps first name and patronymic."""
    user_key: str = ""
    """A user name without what makes no difference."""

    @property
    def kinds(self) -> tuple[By, ...]:
        """What it may be."""
        meant = ((By.NUMBER, self.number), (By.PHONE, self.phone), (By.NAME, self.user_key))
        return tuple(kind for kind, value in meant if value)


@dataclass(frozen=True)
class FoundConsumer:
    """An account as the list shows it."""

    number: str
    last_name: str
    first_name: str
    middle_name: str
    address: str
    phone: str | None
    """Ten digits, to be shown masked."""
    has_user: bool
    """Whether somebody has it in the portal."""


@dataclass(frozen=True)
class FoundUser:
    """A user who has no account, as the list shows them."""

    user_id: int
    name: str
    phone: str | None
    """Ten digits, to be shown masked."""


@dataclass(frozen=True)
class FoundPage:
    """A page of what was found, by account number; users without one come with the first page."""

    consumers: tuple[FoundConsumer, ...]
    users: tuple[FoundUser, ...]
    start: str
    """After which account the page begins; empty for the first one."""
    has_later: bool

    @property
    def has_earlier(self) -> bool:
        return bool(self.start)


def read(text: str) -> Wanted:
    """Return what is meant by what was typed; raises NotSearchable."""
    words = text.split()
    if any(character.isdigit() for character in text):
        wanted = Wanted(number=_read(typed.account_number, text), phone=_read(typed.phone, text))
    elif words:
        wanted = Wanted(holder=tuple(words) if len(words) <= MOST_WORDS else (), user_key=name_key(text))
    else:
        wanted = Wanted()
    if not wanted.kinds:
        raise NotSearchable
    return wanted


def find(
    session: Session, who: StaffCaller, text: str, now: datetime, *, after: str = "", before: str = ""
) -> FoundPage:
    """Return the page that begins after an account, or ends before one, or the first; raises NotSearchable."""
    require_role(who, *CONSUMERS)
    wanted = read(text)
    start = _start_of_page_before(session, who, wanted, before) if before else after
    rows = session.execute(_page_after(who, wanted, start)).all()
    page = FoundPage(
        consumers=tuple(FoundConsumer(*row) for row in rows[:PAGE]),
        users=() if start else _users_without_account(session, who, wanted),
        start=start,
        has_later=len(rows) > PAGE,
    )
    _record(session, who, wanted, page, now)
    return page


def _record(session: Session, who: StaffCaller, wanted: Wanted, page: FoundPage, now: datetime) -> None:
    """Keep what was searched by and how many were found; no name, and no digits that are a phone's."""
    is_number = not wanted.phone or any(found.number == wanted.number for found in page.consumers)
    detail = f"by {' or '.join(wanted.kinds)}: {len(page.consumers) + len(page.users)}"
    subject = wanted.number if is_number else ""
    audit.record(session, who, Action.CONSUMERS_SEARCHED, now, subject=subject, detail=detail)


def _users_without_account(session: Session, who: StaffCaller, wanted: Wanted) -> tuple[FoundUser, ...]:
    """Find who no list of accounts leads to: the user of a name, and the few who share a phone."""
    require_role(who, *CONSUMERS)
    if wanted.phone:
        meant = col(User.phone) == wanted.phone
    elif wanted.user_key:
        meant = col(User.name_key) == wanted.user_key
    else:
        return ()
    rows = session.execute(
        select(col(User.id), col(User.name), col(User.phone))
        .where(meant, ~exists().where(col(AccountLink.user_id) == col(User.id)))
        .order_by(col(User.id))
        .limit(PAGE)
    )
    return tuple(FoundUser(*row) for row in rows)


def _page_after(who: StaffCaller, wanted: Wanted, start: str) -> Select[str, str, str, str, str, str | None, bool]:
    require_role(who, *CONSUMERS)
    numbers = _merged(who, wanted, start, backwards=False).subquery("found")
    has_user = exists().where(col(AccountLink.account_number) == col(Account.number))
    return (
        select(
            col(Account.number),
            col(Account.last_name),
            col(Account.first_name),
            col(Account.middle_name),
            # Billing may not have sent the premises yet.
            func.coalesce(col(Premises.address), ""),
            col(Account.phone),
            has_user,
        )
        .join_from(numbers, Account, col(Account.number) == numbers.c.number)
        .outerjoin(Premises, col(Premises.account_number) == col(Account.number))
        .order_by(numbers.c.number)
    )


def _start_of_page_before(session: Session, who: StaffCaller, wanted: Wanted, before: str) -> str:
    numbers = session.scalars(_merged(who, wanted, before, backwards=True)).all()
    return numbers[PAGE] if len(numbers) > PAGE else ""


def _merged(who: StaffCaller, wanted: Wanted, border: str, *, backwards: bool) -> Numbers:
    """Find the account numbers of a page beyond a border, and one more."""
    lists = [_cut(numbers, number, border, backwards=backwards) for numbers, number in _lists(who, wanted)]
    merged = union(*(select(each.subquery().c[0].label("number")) for each in lists)).subquery("merged")
    order = merged.c.number.desc() if backwards else merged.c.number
    return select(merged.c.number).order_by(order).limit(PAGE + 1)


def _cut(numbers: Numbers, number: Mapped[str], border: str, *, backwards: bool) -> Numbers:
    if border:
        numbers = numbers.where(number < border if backwards else number > border)
    return numbers.order_by(number.desc() if backwards else number).limit(PAGE + 1)


def _lists(who: StaffCaller, wanted: Wanted) -> list[tuple[Numbers, Mapped[str]]]:
    """Return the lists of account numbers that are searched, each with the column it goes by."""
    require_role(who, *CONSUMERS)
    number, attached = col(Account.number), col(AccountLink.account_number)
    of_users = select(attached).join(User, col(User.id) == col(AccountLink.user_id))
    lists: list[tuple[Numbers, Mapped[str]]] = []
    if wanted.number:
        lists.append((select(number).where(number == wanted.number), number))
    if wanted.phone:
        lists.append((select(number).where(col(Account.phone) == wanted.phone), number))
        lists.append((of_users.where(col(User.phone) == wanted.phone), attached))
    if wanted.user_key:
        lists.append((of_users.where(col(User.name_key) == wanted.user_key), attached))
    for last_name, *others in _spellings(wanted.holder):
        holders = select(number).where(col(Account.last_name) == last_name)
        if others:
            holders = holders.where(col(Account.first_name) == others[0])
        if others[1:]:
            # No index knows it: namesakes are looked through, who are few.
            holders = holders.where(col(Account.middle_name).in_(others[1:]))
        lists.append((holders, number))
    return lists


def _spellings(holder: tuple[str, ...]) -> list[list[str]]:
    """Return surname and first name in each way that billing may have written them, and all ways of a patronymic.

    Indexes know one way at a time.
    """
    if not holder:
        return []
    last_name, *others = (_ways(word) for word in holder)
    if not others:
        return [[surname] for surname in last_name]
    return [[surname, first, *(others[1] if others[1:] else ())] for surname in last_name for first in others[0]]


def _ways(word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((word.title(), word.upper(), word.lower(), word)))


def _read(rule: Callable[[str], str], text: str) -> str:
    try:
        return rule(text)
    except typed.Refused:
        return ""
