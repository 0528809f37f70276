"""What was measured, as tables for docs/scaling.md."""

from collections.abc import Iterable, Iterator, Sequence

from tests.load.checks import Kept
from tests.load.crowd import Level
from tests.load.records import percentiles
from tests.load.watch import Sample

SAMPLES_SHOWN = 7


def of_level(portal: str, level: Level, kept: Kept) -> str:
    """Return what a level came to."""
    title = f"\n## {portal}, {level.sessions:,} sessions, {level.seconds / 60:g} minutes"
    return "\n".join([title, *lines_of(level, kept)])


def lines_of(level: Level, kept: Kept) -> Iterator[str]:
    record = level.record
    failures, done = sum(record.errors.values()), len(record.all_times)
    yield f"\n{done / level.seconds:.1f} answers a second, {failures} failed of {done + failures}."
    rows = [("all of it", record.all_times), *sorted(record.times.items())]
    yield from table(
        ("what people did", "times", "p50, ms", "p95, ms", "p99, ms"),
        ((name, str(len(times)), *(f"{each:,.0f}" for each in percentiles(times))) for name, times in rows if times),
    )
    if failures:
        yield from table(
            ("what failed", "how", "times"),
            ((what, how, str(many)) for (what, how), many in record.errors.most_common()),
        )
    yield from table(
        ("program", "cores", *(f"MB at {sample.at / 60:.1f} min" for sample in shown(level.watch.samples))),
        (
            (name, f"{used:.2f}", *(f"{sample.megabytes.get(name, 0):,.0f}" for sample in shown(level.watch.samples)))
            for name, used in sorted(level.watch.cores.items())
        ),
    )
    yield from table(
        ("answered with «done»", "times", "lost"),
        (
            ("readings", str(kept.readings), str(kept.lost_readings)),
            ("payments", str(kept.payments), str(kept.lost_payments)),
        ),
    )
    yield f"\nConnections lost: {record.lost_connections}."
    for name, seconds in level.away.items():
        yield f"{name} was killed, and was back after {seconds:.1f} s."


def shown(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Return a few of the samples, evenly spread, with the first and the last."""
    last, gaps = len(samples) - 1, min(len(samples), SAMPLES_SHOWN) - 1
    return [samples[last * number // gaps] for number in range(gaps + 1)]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield ""
    for row in (head, ["---", *("---:" for _ in head[1:])], *rows):
        yield f"| {' | '.join(row)} |"
