"""The demo company in the database: generated, imported as any package is, and a user who lives there."""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, func, select

from lk_app.models import Account, Period, User
from lk_app.models.values import Month
from lk_app.services.demo.company import USER_ACCOUNTS, USER_NAME, USER_PASSWORD, account_phone
from lk_app.services.demo.generate import generate
from lk_app.services.errors import ServiceError
from lk_app.services.exchange import Report, import_package
from lk_app.services.identity import attach, create_user, hash_password, name_key
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
    """What was new: the package's report and whether the user was made; None and False when all was there."""

    report: Report | None
    user_created: bool


def load_demo(session: Session, until: Month, now: datetime) -> Loaded:
    """Load the demo company with periods until `until` and create its user, unless they are there already.

    Raises NoDemoHere in production.
    """
    if settings().env is Environment.PRODUCTION:
        raise NoDemoHere
    report = None
    # A later month's package would differ in the past as well, so the company is loaded once.
    if session.get(Account, USER_ACCOUNTS[0]) is None:
        with tempfile.TemporaryDirectory(prefix="lk-demo-") as folder:
            generate(Path(folder), ACCOUNTS, SEED, until, MONTHS)
            report = import_package(session, Path(folder), now)
    return Loaded(report, _create_user(session, now))


def _create_user(session: Session, now: datetime) -> bool:
    if session.exec(select(User.id).where(User.name_key == name_key(USER_NAME))).first():
        return False
    user_id = create_user(session, USER_NAME, hash_password(USER_PASSWORD), account_phone(0), now)
    for number in USER_ACCOUNTS:
        attach(session, user_id, number, _first_day(session))
    return True


def _first_day(session: Session) -> datetime:
    """Return when the first period began: an account attached then has receipts of every closed one."""
    first = session.exec(select(func.min(Period.month))).one()
    return datetime(first // 100, first % 100, 1, tzinfo=settings().zone)
