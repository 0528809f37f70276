"""What people waited for and how long, and what went wrong."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles


class Failed(Exception):
    """What a person asked for did not come; says in a few words what came instead, and nothing of theirs."""


@dataclass
class Record:
    """What happened while `is_on`; what had begun before it was is left out."""

    is_on: bool = False
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Milliseconds by what people did."""
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often by what people did and what came of it."""
    lost_connections: int = 0

    @contextmanager
    def measured(self, action: str) -> Iterator[None]:
        """Note how long this takes, or how it fails. The failure goes on to whoever did it."""
        counts, started = self.is_on, time.perf_counter()
        try:
            yield
        except Failed as failure:
            if counts:
                self.errors[action, str(failure)] += 1
            raise
        if counts:
            self.times[action].append(1000 * (time.perf_counter() - started))

    @property
    def all_times(self) -> list[float]:
        return [each for times in self.times.values() for each in times]


def percentiles(times: list[float]) -> tuple[float, float, float]:
    """Return p50, p95 and p99 of some times."""
    if len(times) < 2:
        return (times * 3)[0], (times * 3)[0], (times * 3)[0]
    cuts = quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]
