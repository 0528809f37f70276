"""Signing in against one bare bcrypt check."""

import time
from collections.abc import Callable, Iterator
from statistics import median

import bcrypt
import httpx

from lk_app.services import identity
from tests.bench.portals import NAME, PASSWORD, running_portal
from tests.bench.report import Measure

ROUNDS = 15


def against_a_bare_check() -> Iterator[Measure]:
    password = PASSWORD.encode()
    stored = bcrypt.hashpw(password, bcrypt.gensalt(identity.BCRYPT_ROUNDS))
    with running_portal() as portal, httpx.Client(base_url=portal.address) as client:

        def sign_in(name: str) -> int:
            form = {"name": name, "password": PASSWORD}
            return client.post("/api/session", data=form, headers={"Origin": portal.address}).status_code

        assert sign_in(NAME) == 303
        known, unknown, bare = [], [], []
        for attempt in range(ROUNDS):
            known.append(timed(lambda: sign_in(NAME)))
            unknown.append(timed(lambda attempt=attempt: sign_in(f"никто {'а' * attempt}")))
            bare.append(timed(lambda: bcrypt.checkpw(password, stored)))
    yield Measure("signing in", median(known), median(bare), "ms", "bare bcrypt check", 1.3)
    yield Measure("refusing an unknown name", median(unknown), median(known), "ms", "signing in")


def timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - start)
