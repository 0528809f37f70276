"""What docs/operate.md says of how long things are kept is what the portal does."""

from datetime import timedelta
from itertools import groupby
from pathlib import Path

from lk_app.services import retention
from lk_app.services.retention import KEPT, RULES, Rule

PAGE = Path(__file__).parents[2] / "docs" / "operate.md"

UNITS = (
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
)


def in_words(kept: timedelta) -> str:
    if kept == retention.THREE_YEARS:
        return "3 years"
    size, unit = next(((size, unit) for size, unit in UNITS if kept >= size), UNITS[-1])
    number = kept // size
    return f"{number} {unit}{'' if number == 1 else 's'}" if number else "until then"


def line_of(rule: Rule) -> str:
    decides = f"`{rule.since.expression.table.name}.{rule.since.key}`"
    return f"| `{rule.table.__tablename__}` | {rule.rows} | {in_words(rule.kept)} | {decides} | {rule.why} |"


def lines_of_what_is_kept() -> list[str]:
    by_reason = groupby(KEPT.items(), key=lambda item: item[1])
    return [f"| {', '.join(f'`{table.__tablename__}`' for table, _ in some)} | {why} |" for why, some in by_reason]


def test_the_page_shows_the_rules_and_nothing_else() -> None:
    section = PAGE.read_text().split("\n## Retention\n")[1].split("\n## ")[0]
    shown = [line for line in section.splitlines() if line.startswith("| `")]

    assert shown == [*map(line_of, RULES), *lines_of_what_is_kept()]
