"""What the programs of a portal take while it is under load."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from tests.load.targets import Processes

MEGABYTE = 1_048_576


@dataclass
class Sample:
    """What each program held at a moment."""

    at: float
    """Seconds, of a clock that only goes on."""
    megabytes: dict[str, float]


@dataclass
class Watch:
    """Looks at the programs every so often while it is entered; `cores` are those each used in that time."""

    programs: Callable[[], dict[str, Processes]]
    every_s: float
    samples: list[Sample] = field(default_factory=list)
    seconds: float = 0
    _used: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)
    """By program and process: what it had used when it was seen first, and last. Processes end and are started anew."""

    async def __aenter__(self) -> "Watch":
        self._started = time.perf_counter()
        self._watching = asyncio.create_task(self._go_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watching.cancel()
        await asyncio.to_thread(self._look)
        self.seconds = time.perf_counter() - self._started

    async def _go_on(self) -> None:
        while True:
            await asyncio.to_thread(self._look)
            await asyncio.sleep(self.every_s)

    def _look(self) -> None:
        found = self.programs() | {"load": [psutil.Process()]}
        held = {name: sum(map(proportional_set_size, processes)) for name, processes in found.items()}
        self.samples.append(Sample(time.perf_counter() - self._started, held))
        for name, processes in found.items():
            for process in processes:
                try:
                    times = process.cpu_times()
                except psutil.Error:
                    continue
                used = times.user + times.system
                first, _ = self._used.get((name, process.pid), (used if len(self.samples) == 1 else 0, 0))
                self._used[name, process.pid] = first, used

    @property
    def cores(self) -> dict[str, float]:
        """Return how many cores each program kept busy on average, and the load itself."""
        cores: dict[str, float] = {}
        for (name, _), (first, last) in self._used.items():
            cores[name] = cores.get(name, 0) + (last - first) / self.seconds
        return cores


def proportional_set_size(process: psutil.Process) -> float:
    """Return the memory of a process in MB; what several share counts for each in part."""
    try:
        return float(process.memory_full_info().pss) / MEGABYTE
    except psutil.Error:
        return 0
