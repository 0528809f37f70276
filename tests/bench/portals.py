"""Portals with companies of any size, and somebody signed in to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from sqlmodel import Session, col, select

from lk_app import clock
from lk_app.models import Account
from lk_app.services import identity
from lk_app.services.session import WRITES, make_engine
from tests.servers import Portal, running

NAME = "Замер"
PASSWORD = "gaz2026demo"
MONTHS = 3


@contextmanager
def running_portal(accounts: int = 0) -> Iterator[Portal]:
    """Serve the demo company and, when `accounts` is given, as many more; the user of the bench has one of them."""
    with TemporaryDirectory(prefix="lk-bench-") as name:
        folder = Path(name)
        portal = Portal(f"sqlite:///{folder / 'lk.db'}")
        with running(portal, folder / "log"):
            if accounts:
                package = str(folder / "package")
                portal.command(
                    "demo", "generate", "--accounts", str(accounts), "--months", str(MONTHS), "--out", package
                )
                portal.command("exchange", "import", package)
            make_user(portal.database_url)
            yield portal


def make_user(database_url: str) -> None:
    engine = make_engine(database_url, pool_size=1)
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        number = session.exec(select(Account.number).order_by(col(Account.number).desc()).limit(1)).one()
        user_id = identity.create_user(session, NAME, identity.hash_password(PASSWORD), None, clock.now())
        identity.attach(session, user_id, number, clock.now())
        session.commit()
    engine.dispose()


def cookie_of(portal: Portal, name: str = NAME) -> str:
    """Sign a user in and return the Cookie header."""
    form = {"name": name, "password": PASSWORD}
    response = httpx.post(f"{portal.address}/api/session", data=form, headers={"Origin": portal.address})
    assert response.status_code == 303, response.text
    return f"lk={response.cookies['lk']}"
