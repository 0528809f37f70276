"""A phone that leaves an account in billing is no longer good for recovering its users."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from lk_app.models import SecurityEvent, SecurityEventKind, User
from lk_app.services import identity
from lk_app.services.session import WRITES
from tests import factories
from tests.exchange_fixtures import load, sample, store_ours, write_package
from tests.factories import NOW

HERS = ("66010000017", "66010000025")
"""Two accounts of one holder, with the same phone."""
OTHER = "66010000033"
OLD, NEW = "9120000001", "9120009999"


@pytest.fixture
def user_id(engine: Engine, tmp_path: Path) -> int:
    """A user who has proven OLD and has both accounts."""
    store_ours(engine)
    load(engine, write_package(tmp_path / "first", sample()))
    return attached(engine, OLD, *HERS)


def attached(engine: Engine, phone: str, *numbers: str, at: datetime = NOW) -> int:
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        user_id = factories.user(session, phone=phone).id or 0
        for number in numbers:
            identity.attach(session, user_id, number, at)
        session.commit()
    return user_id


def load_phones(engine: Engine, folder: Path, **phones: str) -> None:
    """Load a package in which the accounts have these phones."""
    rows = sample()
    head, *accounts = rows["accounts.csv"]
    for row in accounts:
        row[head.index("phone")] = phones.get(f"n{row[0]}", row[head.index("phone")])
    load(engine, write_package(folder, rows, package="second"))


def phone_of(engine: Engine, user_id: int) -> str | None:
    with Session(engine) as session:
        return session.get_one(User, user_id).phone


def test_a_phone_that_left_the_last_account_is_forgotten_and_logged(
    engine: Engine, user_id: int, tmp_path: Path
) -> None:
    load_phones(engine, tmp_path / "next", n66010000017=NEW, n66010000025="")

    assert phone_of(engine, user_id) is None
    with Session(engine) as session:
        assert session.exec(select(SecurityEvent.user_id, SecurityEvent.kind)).all() == [
            (user_id, SecurityEventKind.PHONE_CHANGED)
        ]


def test_a_phone_that_another_account_still_has_stays(engine: Engine, user_id: int, tmp_path: Path) -> None:
    load_phones(engine, tmp_path / "next", n66010000017=NEW)

    assert phone_of(engine, user_id) == OLD


def test_a_load_that_changes_no_phone_leaves_every_user_alone(engine: Engine, user_id: int, tmp_path: Path) -> None:
    elsewhere = attached(engine, "9129999999", OTHER)

    load_phones(engine, tmp_path / "next", n66010000041=NEW)

    assert (phone_of(engine, user_id), phone_of(engine, elsewhere)) == (OLD, "9129999999")
