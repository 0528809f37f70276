"""Opening «Взаиморасчёты» as an event against a bare counter event of Reflex, and with many accounts against few."""

import asyncio
from collections.abc import Iterator
from statistics import median

from lk_app.state.settlements import SettlementsState
from tests.bench.bare import INCREMENT
from tests.bench.portals import cookie_of, running_portal
from tests.bench.report import Measure
from tests.bench.sockets import Pace, Tab, pace

OPEN_SETTLEMENTS = f"{SettlementsState.get_full_name()}.load"
CLIENTS = (1, 20, 200)
ROUNDS = 5
SECONDS = 2.0


def against_a_bare_event(bare: str) -> Iterator[Measure]:
    with running_portal() as portal:
        cookie = cookie_of(portal)
        for clients in CLIENTS:
            ours, bares = asyncio.run(
                in_turns((portal.address, OPEN_SETTLEMENTS, cookie), (bare, INCREMENT, ""), clients)
            )
            yield Measure(
                f"opening «Взаиморасчёты», {clients} clients, ms an event",
                median(1000 / round.per_second for round in ours),
                median(1000 / round.per_second for round in bares),
                "ms", "bare counter event", 3.0 if clients == 20 else None,
            )  # fmt: skip
            yield Measure(
                f"opening «Взаиморасчёты», {clients} clients, p99",
                median(round.p99 for round in ours), median(round.p99 for round in bares), "ms", "bare counter event",
            )  # fmt: skip


def with_many_accounts() -> Iterator[Measure]:
    with running_portal(1_000) as small, running_portal(100_000) as large:
        many, few = asyncio.run(
            in_turns(
                (large.address, OPEN_SETTLEMENTS, cookie_of(large)),
                (small.address, OPEN_SETTLEMENTS, cookie_of(small)),
                clients=20,
            )
        )
        yield Measure(
            "opening «Взаиморасчёты», 100,000 accounts, 20 clients",
            median(1000 / round.per_second for round in many),
            median(1000 / round.per_second for round in few),
            "ms", "1,000 accounts", 1.3,
        )  # fmt: skip


Target = tuple[str, str, str]
"""Address, event and Cookie header."""


async def in_turns(one: Target, other: Target, clients: int) -> tuple[list[Pace], list[Pace]]:
    """Measure both by turns, so that what else the machine does meets both."""
    tabs = [[await Tab.open(address, cookie=cookie) for _ in range(clients)] for address, _, cookie in (one, other)]
    paces: tuple[list[Pace], list[Pace]] = ([], [])
    for _ in range(ROUNDS):
        for side, (_, event, _) in enumerate((one, other)):
            paces[side].append(await pace(tabs[side], event, SECONDS))
    for tab in tabs[0] + tabs[1]:
        await tab.close()
    return paces
