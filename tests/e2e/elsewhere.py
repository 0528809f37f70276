"""A portal that runs elsewhere: what is known of it, how its certificate is believed, and how its demo begins anew."""

import base64
import hashlib
import os
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from dotenv import dotenv_values
from sqlmodel import Session

from lk_app import clock
from lk_app.models import Job, LiveChange, Table
from lk_app.services import first_content
from lk_app.services.demo.calendar import last_closed_month
from lk_app.services.demo.load import load_demo
from lk_app.services.exchange.turn import wait_for_turn
from lk_app.settings import settings
from tests.behind import behind
from tests.servers import ROOT, Portal

CLUSTER = ROOT / "var" / "cluster" / "cluster.env"
"""Where `make run-cluster` writes what its processes are told."""
GO_ON = {Job.__tablename__, LiveChange.__tablename__}
"""Tables of what runs all the time and knows nobody: running processes count on them."""


class Elsewhere(Portal):
    """The portal at --base-url, and the environment it was given; only its address may be known."""

    def __init__(self, address: str, given: dict[str, str]) -> None:
        # Tests empty tables, which the portal's own role may not.
        database_url = given.get("LK_DATABASE_OWNER_URL") or given.get("LK_DATABASE_URL", "")
        super().__init__(database_url, given.get("LK_REDIS_URL", ""))
        self.known_address, self.given = address.rstrip("/"), given
        if store := given.get("LK_SANDBOX_BANK_STORE"):
            self.bank_store = Path(store)
        if folder := given.get("LK_CLUSTER_FOLDER"):
            self.logs = sorted(Path(folder).glob("*.log"))

    @property
    def address(self) -> str:
        return self.known_address

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | self.given


def portal_elsewhere(config: pytest.Config) -> Elsewhere | None:
    """Return the portal that --base-url names, if it does; a cluster started here is known without --env-file."""
    address = config.getoption("base_url")
    if not address:
        return None
    file = config.getoption("env_file", None)
    given = {name: value or "" for name, value in dotenv_values(file or CLUSTER).items()}
    if not file and given.get("LK_PUBLIC_URL") != address.rstrip("/"):
        given = {}
    if given and not (given.get("LK_ENV") == "demo" and given.get("LK_DATABASE_URL", "").startswith("postgresql")):
        raise pytest.UsageError("--env-file is for a demo on PostgreSQL: all in its database is deleted")
    return Elsewhere(address, given)


def take_over(portal: Elsewhere) -> None:
    """Let this process make codes and keys as the portal does, and believe the authority that signed for it.

    SSL_CERT_FILE is what httpx and websockets go by, NODE_EXTRA_CA_CERTS what requests of Playwright's own go by.
    """
    if portal.given:
        os.environ.pop("LK_SECRET_KEY", None)
        os.environ.update(portal.given)
        settings.cache_clear()
    if authority := os.environ.get("SSL_CERT_FILE"):
        os.environ["NODE_EXTRA_CA_CERTS"] = authority


def believed_key(address: str) -> str:
    """Return the digest of the key in the portal's certificate, once the authority was found to have signed it.

    Chromium can't be given an authority; a key it can.
    """
    url = urlsplit(address)
    place = (url.hostname or "", url.port or 443)
    certificate = ssl.get_server_certificate(place, ca_certs=os.environ["SSL_CERT_FILE"])
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return base64.b64encode(digest).decode()


def begin_anew(portal: Elsewhere) -> None:
    """Leave nothing but the demo as it is when it was just loaded, while the portal goes on."""
    behind(portal, empty)
    load_demo(last_closed_month(clock.today()), "tests", clock.now)


def empty(session: Session) -> None:
    """Delete everything in a PostgreSQL database but what a new portal begins with."""
    wait_for_turn(session)
    tables = ", ".join(sorted(set(Table.metadata.tables) - GO_ON))
    # Logs that can only be added to are guarded by triggers.
    session.connection().exec_driver_sql("SET LOCAL session_replication_role = replica")
    session.connection().exec_driver_sql(f"TRUNCATE TABLE {tables} CASCADE")
    session.connection().exec_driver_sql("SET LOCAL session_replication_role = origin")
    first_content.load(session, clock.now())
