"""The runs of the exchange in words."""

from dataclasses import dataclass, field
from datetime import timedelta

from lk_app import formats
from lk_app.formats import NBSP, NO_FIGURE
from lk_app.models import Direction, Outcome
from lk_app.services.exchange.history import RunLine, RunReport
from lk_app.services.exchange.issues import Issue
from lk_app.state.office.payment_words import moment

DIRECTIONS = {Direction.IN: "из биллинга", Direction.OUT: "в биллинг"}
OUTCOMES = {
    Outcome.RUNNING: "идёт",
    Outcome.DONE: "выполнен",
    Outcome.UNCHANGED: "без изменений",
    Outcome.REFUSED: "отклонён",
    Outcome.FAILED: "сбой",
}
INTERRUPTED = "прерван"
TONES = {Outcome.DONE: "ok", Outcome.REFUSED: "danger", Outcome.FAILED: "danger"}
CHOICES = [
    (Outcome.RUNNING.value, "Идут сейчас"),
    (Outcome.DONE.value, "Выполненные"),
    (Outcome.UNCHANGED.value, "Без изменений"),
    (Outcome.REFUSED.value, "Отклонённые"),
    (Outcome.FAILED.value, "Сбои и прерванные"),
]
"""Outcomes to filter by."""

UNCHANGED = {
    Direction.IN: "Такой пакет уже был загружен: ничего не изменилось.",
    Direction.OUT: "Передавать было нечего: пакет не записан.",
}
REFUSED = {
    Direction.IN: "Из пакета ничего не загружено. Исправьте его и загрузите снова.",
    Direction.OUT: "Пакет не записан, всё будет передано со следующим.",
}
CUT_OFF = "Процесс остановили на полпути. Ничего не загружено и не передано: запустите обмен ещё раз."
FAILED = "Портал или его машина не справились ({}). Ничего не загружено и не передано: подробности в журнале портала."
PASSED_OVER = (
    "Загружено всё, кроме пропущенных строк: {}. Они о платежах и показаниях, которые сделаны на портале "
    "после копии, из которой он восстановлен: портал их больше не знает."
)
GOING_ON = "Обмен идёт. Когда он закончится, страница обновится сама."


@dataclass(frozen=True)
class RunRow:
    """A run as its row shows it."""

    id: str
    address: str
    """Where its faults are."""
    started: str
    direction: str
    package: str
    took: str
    by: str
    outcome: str
    tone: str
    rows: str
    faults: str


@dataclass(frozen=True)
class IssueRow:
    """A fault of a package."""

    key: str
    file: str
    line: str
    column: str
    reason: str


@dataclass(frozen=True)
class Run:
    """A run with its faults; empty when none is looked at."""

    id: str = ""
    title: str = ""
    about: str = ""
    tone: str = ""
    outcome: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    issues: list[IssueRow] = field(default_factory=list)
    shown: str = ""
    """How many of the faults are shown."""


NOTHING_LOOKED_AT = Run()


def row_of(run: RunLine) -> RunRow:
    """Put a run into words."""
    total = sum(run.rows.values())
    return RunRow(
        id=str(run.id),
        address=f"/office/exchange/run?run={run.id}",
        started=moment(run.started_at),
        direction=DIRECTIONS[run.direction],
        package=run.package or NO_FIGURE,
        took=took(run),
        by=run.started_by,
        outcome=outcome_words(run),
        tone=TONES.get(run.outcome, ""),
        rows=formats.decimal(total, 0, 0) if total else NO_FIGURE,
        faults=formats.decimal(run.faults, 0, 0) if run.faults else NO_FIGURE,
    )


def run_of(report: RunReport) -> Run:
    """Put a run with its faults into words."""
    run = report.run
    package = f"Пакет {run.package}" if run.package else "Пакет без имени"
    return Run(
        id=str(run.id),
        title=package,
        about=about(run),
        tone=TONES.get(run.outcome, ""),
        outcome=outcome_words(run),
        facts=[
            ("Направление", DIRECTIONS[run.direction]),
            ("Начат", moment(run.started_at)),
            ("Длился", took(run)),
            ("Кто запустил", run.started_by),
        ],
        files=[(name, formats.decimal(rows, 0, 0)) for name, rows in run.rows.items()],
        issues=[_issue(number, issue) for number, issue in enumerate(report.issues)],
        shown=shown_words(run.faults, len(report.issues)),
    )


def outcome_words(run: RunLine) -> str:
    """Return what became of a run."""
    return INTERRUPTED if run.was_interrupted else OUTCOMES[run.outcome]


def about(run: RunLine) -> str:
    """Return what the outcome of a run means, and what to do."""
    if run.was_interrupted:
        return CUT_OFF
    return {
        Outcome.RUNNING: GOING_ON,
        Outcome.DONE: PASSED_OVER.format(formats.decimal(run.passed_over, 0, 0)) if run.passed_over else "",
        Outcome.UNCHANGED: UNCHANGED[run.direction],
        Outcome.REFUSED: REFUSED[run.direction],
        Outcome.FAILED: FAILED.format(run.error),
    }[run.outcome]


def took(run: RunLine) -> str:
    """Return how long a run took: «12 с», «4 мин 05 с»."""
    if run.ended_at is None:
        return NO_FIGURE
    seconds = max(0, int((run.ended_at - run.started_at) / timedelta(seconds=1)))
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    if hours:
        return f"{hours}{NBSP}ч{NBSP}{minutes:02}{NBSP}мин"
    if minutes:
        return f"{minutes}{NBSP}мин{NBSP}{seconds:02}{NBSP}с"
    return f"{seconds}{NBSP}с" if seconds else "меньше секунды"


def shown_words(faults: int, shown: int) -> str:
    """Return how many faults are shown: «Всего ошибок 2 315, показаны первые 1 000»."""
    if not faults:
        return ""
    total = f"Всего ошибок{NBSP}{formats.decimal(faults, 0, 0)}"
    return f"{total}, показаны первые{NBSP}{formats.decimal(shown, 0, 0)}." if shown < faults else f"{total}."


def _issue(number: int, issue: Issue) -> IssueRow:
    return IssueRow(
        key=str(number),
        file=issue.file or NO_FIGURE,
        line=formats.decimal(issue.line, 0, 0) if issue.line else NO_FIGURE,
        column=issue.column or NO_FIGURE,
        reason=formats.capital(issue.reason),
    )
