"""Consumers of a generated company, to be let loose on a portal: each has one account with a meter."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert
from sqlmodel import Session, col, func, select

from lk_app import clock
from lk_app.models import AccountLink, Meter, MeterState, Reading, User
from lk_app.services import identity
from lk_app.services.references import reference_of
from tests.behind import behind
from tests.factories import session_token
from tests.servers import Portal

PASSWORD = "gaz2026demo"
MONTHS = 24
METERS_THAT_COUNT = 0.6
"""Fewer accounts have a working meter that its owner reads."""
FIRST_PHONE = 500_000_000
ATTACHED_BEFORE = timedelta(days=2)
"""Receipts are given from the day after."""


@dataclass
class Person:
    """A consumer, and what they did of which the portal said that it was done."""

    name: str
    user_id: int
    account_number: str
    meter_id: str
    next_value: int
    """What the meter will show next, in whole m³."""
    readings: list[int] = field(default_factory=list)
    """Values that were taken, in whole m³."""
    orders: list[str] = field(default_factory=list)
    """Order numbers of payments after which the bank led back."""

    @property
    def account(self) -> str:
        """What the account is called in forms and addresses."""
        return reference_of(self.account_number)


def settle(portal: Portal, folder: Path, many: int, seed: int) -> list[Person]:
    """Load a company of billing's into a portal and give its accounts to so many people."""
    package = str(folder / "package")
    size = ("--accounts", str(int(many / METERS_THAT_COUNT) + 1), "--months", str(MONTHS))
    portal.command("demo", "generate", *size, "--seed", str(seed), "--out", package)
    portal.command("exchange", "import", package)
    return behind(portal, lambda session: make_people(session, many))


def make_people(session: Session, many: int) -> list[Person]:
    """Give accounts with a working meter that nobody has to so many new users."""
    free = select(AccountLink).where(AccountLink.account_number == Meter.account_number).exists()
    last = func.max(Reading.value)
    found = session.exec(
        select(Meter.account_number, Meter.id, last)
        .join(Reading, col(Reading.meter_id) == col(Meter.id))
        .where(col(Meter.state) == MeterState.WORKING, ~col(Meter.remote), ~free)
        .group_by(col(Meter.account_number), col(Meter.id))
        .order_by(col(Meter.account_number))
    )
    meters = {number: (meter_id, value // 1000 + 1) for number, meter_id, value in found}
    chosen = list(meters.items())[:many]
    assert len(chosen) == many, "the company is too small for so many people"
    password_hash, attached = identity.hash_password(PASSWORD), clock.now() - ATTACHED_BEFORE
    first = session.exec(select(func.coalesce(func.max(User.id), 0))).one()
    names = [f"Житель {first + index}" for index in range(many)]
    # A phone, because who pays needs one or an address; nothing is sent to it.
    users = [
        {"name": name, "name_key": identity.name_key(name), "password_hash": password_hash, "created_at": attached}
        | {"phone": f"9{FIRST_PHONE + first + index}"}
        for index, name in enumerate(names)
    ]
    ids = {name: user_id for name, user_id in session.execute(insert(User).returning(User.name, User.id), users)}
    links = [
        {"user_id": ids[name], "account_number": number, "attached_at": attached}
        for name, (number, _) in zip(names, chosen, strict=True)
    ]
    session.execute(insert(AccountLink), links)
    return [
        Person(name, ids[name], number, meter_id, value)
        for name, (number, (meter_id, value)) in zip(names, chosen, strict=True)
    ]


def sign_in_all(session: Session, people: Sequence[Person]) -> dict[str, str]:
    """Return a token of a new session for each of the people, by their names."""
    return {person.name: session_token(session, person.user_id, at=clock.now()) for person in people}
