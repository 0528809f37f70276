"""The whole examination, in the order in which one would look."""

import asyncio
from collections.abc import Iterator

from lk_app.clock import Clock
from lk_app.services import sms_sender
from lk_app.services.doctor import machine, others, stores
from lk_app.services.doctor.findings import Finding, Health
from lk_app.services.readiness import Part, readiness
from lk_app.settings import settings

SETTINGS = "настройки"


def examine(now: Clock) -> Iterator[Finding]:
    """Look at one thing after another; what hangs is given up after some seconds."""
    faults = settings().faults()
    yield from (Finding(SETTINGS, Health.ILL, "портал с ними не запустится", fault) for fault in faults)
    if not faults:
        yield Finding(SETTINGS, Health.WELL, f"LK_ENV={settings().env}")
    parts = asyncio.run(readiness())
    yield stores.database(parts["database"])
    yield stores.redis(parts.get("redis"))
    yield stores.ways()
    if parts["database"] is Part.OK:
        yield stores.clock(now())
        yield stores.worker(now())
        yield stores.secret_key()
        yield from stores.rights()
    if not faults:
        yield from (others.sms(gateway) for gateway in sms_sender.gateways())
        yield others.mail()
        yield others.bank(now())
        yield others.own_address(now())
    yield machine.disk()
    yield machine.pages()
