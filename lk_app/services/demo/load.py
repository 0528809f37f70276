"""The demo company in the database: generated, loaded as any package is, a user who lives there, and its staff."""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, func, select

from lk_app.clock import Clock
from lk_app.models import Account, Period, Staff, User
from lk_app.models.values import Month
from lk_app.services.callers import Command
from lk_app.services.demo.appeals import create_appeals
from lk_app.services.demo.company import (
    STAFF,
    STAFF_PASSWORD,
    USER_ACCOUNTS,
    USER_NAME,
    USER_PASSWORD,
    account_phone,
)
from lk_app.services.demo.generate import generate
from lk_app.services.errors import ServiceError
from lk_app.services.exchange import Report, runs
from lk_app.services.identity import attach, create_user, hash_password, name_key
from lk_app.services.session import reading, writing
from lk_app.services.staff import members
from lk_app.services.staff.members import NewMember
from lk_app.settings import Environment, settings

ACCOUNTS = 40
MONTHS = 24
SEED = 2026


class NoDemoHere(ServiceError):
    """Invented consumers have no place among real ones."""

    def __init__(self) -> None:
        super().__init__("Демонстрационные данные не загружаются при LK_ENV=production.")


@dataclass(frozen=True)
class Loaded:
    """What was new: the package's report, whether the user and the staff were made; nothing when all was there."""

    report: Report | None
    user_created: bool
    staff_created: bool


def load_demo(until: Month, by: str, now: Clock) -> Loaded:
    """Load the demo company with periods until `until`, create its user and its staff, unless they are there already.

    The company comes as a run of the exchange by `by`, the user of the system. Raises NoDemoHere in production.
    """
    if settings().env is Environment.PRODUCTION:
        raise NoDemoHere
    report = _load_company(until, by, now)
    with writing() as session:
        user_created, staff_created = _create_user(session, now()), _create_staff(session, now())
        user_id = session.exec(select(User.id).where(User.name_key == name_key(USER_NAME))).one() or 0
        create_appeals(session, user_id, now())
    return Loaded(report, user_created, staff_created)


def _load_company(until: Month, by: str, now: Clock) -> Report | None:
    # A later month's package would differ in the past as well, so the company is loaded once.
    with reading() as session:
        if session.get(Account, USER_ACCOUNTS[0]) is not None:
            return None
    with tempfile.TemporaryDirectory(prefix="lk-demo-") as folder:
        generate(Path(folder), ACCOUNTS, SEED, until, MONTHS)
        return runs.load(Path(folder), by, now)


def _create_user(session: Session, now: datetime) -> bool:
    if session.exec(select(User.id).where(User.name_key == name_key(USER_NAME))).first():
        return False
    user_id = create_user(session, USER_NAME, hash_password(USER_PASSWORD), account_phone(0), now)
    for number in USER_ACCOUNTS:
        attach(session, user_id, number, _first_day(session))
    return True


def _create_staff(session: Session, now: datetime) -> bool:
    there = set(session.exec(select(Staff.login)))
    missing = [member for member in STAFF if member[0] not in there]
    password_hash = hash_password(STAFF_PASSWORD) if missing else ""
    for login, name, role in missing:
        members.create(
            session, Command("demo load"), NewMember(login, name, role, password_hash, is_everybodys=True), now
        )
    return bool(missing)


def _first_day(session: Session) -> datetime:
    """Return when the first period began: an account attached then has receipts of every closed one."""
    first = session.exec(select(func.min(Period.month))).one()
    return datetime(first // 100, first % 100, 1, tzinfo=settings().zone)
