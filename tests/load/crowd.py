"""So many people at once: whoever leaves is followed by somebody else."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field

from lk_app import clock
from lk_app.services.demo.calendar import last_closed_month
from tests.behind import behind
from tests.load.browser import Site
from tests.load.people import Person, sign_in_all
from tests.load.records import Record
from tests.load.targets import Target
from tests.load.visits import Habits, visit
from tests.load.watch import Watch

COME_A_SECOND = 20
"""How many people come while the portal fills, signed in already: as if all of it had been going on for long."""
SETTLES_S = 10
LOOKS_IN_A_RUN = 30
"""How often the programs are looked at while it is measured."""
KILLED_AFTER = (("app1", 0.3), ("worker", 0.6))
"""Which program is killed when, as a part of the time that is measured."""


@dataclass
class Level:
    """What was measured with so many people at the portal at once."""

    sessions: int
    seconds: float
    record: Record
    watch: Watch
    away: dict[str, float] = field(default_factory=dict)
    """How many seconds each program that was killed was away."""


@dataclass
class Crowd:
    """People who come to a portal."""

    target: Target
    people: list[Person]
    habits: Habits = field(default_factory=Habits)
    settles_s: float = SETTLES_S

    def __post_init__(self) -> None:
        self._site = Site.at(self.target.address, self.target.certificate)
        self._waiting = deque(self.people)
        self._last_month = last_closed_month(clock.today())

    async def measure(self, sessions: int, minutes: float, kill: bool) -> Level:
        """Let so many people in, and measure for some minutes once all are there."""
        record, seconds = Record(), minutes * 60
        level = Level(sessions, seconds, record, Watch(self.target.programs, seconds / LOOKS_IN_A_RUN))
        first = [self._waiting.popleft() for _ in range(sessions)]
        tokens = behind(self.target.portal, lambda session: sign_in_all(session, first))
        secure = self.target.address.startswith("https")
        places = []
        for person in first:
            cookie = f"{'__Host-' * secure}lk={tokens[person.name]}"
            places.append(asyncio.create_task(self._keep_taken(record, person, cookie)))
            await asyncio.sleep(1 / COME_A_SECOND)
        await asyncio.sleep(self.settles_s)
        record.is_on = True
        async with level.watch:
            killing = [self._kill(level, name, part * seconds) for name, part in KILLED_AFTER if kill]
            await asyncio.gather(asyncio.sleep(seconds), *killing)
        record.is_on = False
        for place in places:
            place.cancel()
        ended = await asyncio.gather(*places, return_exceptions=True)
        for fault in ended:
            assert isinstance(fault, asyncio.CancelledError), fault
        return level

    async def _keep_taken(self, record: Record, person: Person, cookie: str) -> None:
        while True:
            await visit(self._site, record, person, self._last_month, self.habits, cookie)
            self._waiting.append(person)
            person, cookie = self._waiting.popleft(), ""

    async def _kill(self, level: Level, program: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        started = time.perf_counter()
        await asyncio.to_thread(self.target.kill[program])
        level.away[program] = time.perf_counter() - started
