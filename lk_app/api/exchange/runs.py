"""What became of loads and of what was told."""

from typing import Any

from lk_app.api.exchange import desk
from lk_app.api.exchange.models import LARGEST_ID, PageQuery, Run, RunReport, Runs
from lk_app.api.exchange.operation import FAILED, ROOT, Call, query_of
from lk_app.api.exchange.refusals import Answer, content_refused, issues_of, refusal
from lk_app.models import Outcome
from lk_app.services.errors import NotFound
from lk_app.services.exchange import history
from lk_app.services.exchange.history import RunLine

LOOK_AGAIN_S = 5


async def listed(call: Call) -> Answer:
    """GET /runs: newest first."""
    query = query_of(call, PageQuery)
    if query.cursor and not (query.cursor.isdecimal() and int(query.cursor[:20]) <= LARGEST_ID):
        raise unknown_cursor()
    before = int(query.cursor) if query.cursor else None
    found = await desk.in_session(history.runs_before, before, query.limit + 1)
    lines = found[: query.limit]
    following = f"{ROOT}/runs?cursor={lines[-1].id}&limit={query.limit}" if len(found) > len(lines) else None
    return Answer(200, Runs(items=[Run(**values_of(line)) for line in lines], next=following))


async def shown(call: Call) -> Answer:
    """GET /runs/{id}: whatever became of it, 200."""
    run_id = call.request.path_params["id"]
    try:
        if run_id > LARGEST_ID:
            raise NotFound
        found = await desk.in_session(history.report_of, run_id)
    except NotFound:
        raise refusal(404, "run-unknown", "Такого запуска нет: запуски хранятся чуть больше года.") from None
    return Answer(200, report_of(found))


async def ending(run_id: int, *, is_new: bool) -> Answer:
    """Answer who has sent something with what became of it."""
    found = await desk.in_session(history.report_of, run_id)
    outcome, url = found.run.outcome, url_of(run_id)
    if outcome is Outcome.FAILED:
        raise refusal(500, "portal-failed", FAILED, run=url)
    if outcome is Outcome.REFUSED:
        raise content_refused(found.issues, found.run.faults, url)
    if outcome is Outcome.RUNNING:
        return Answer(202, report_of(found), {"Location": url, "Retry-After": str(LOOK_AGAIN_S)})
    return Answer(201 if is_new and outcome is Outcome.DONE else 200, report_of(found), {"Location": url})


def report_of(found: history.RunReport) -> RunReport:
    """Return a run with its faults."""
    return RunReport(**values_of(found.run), issues=issues_of(found.issues))


def values_of(line: RunLine) -> dict[str, Any]:
    """Return a run as `Run` has it."""
    return {
        "id": line.id,
        "url": url_of(line.id),
        "direction": line.direction.value,
        "package": line.package,
        "started_at": line.started_at,
        "started_by": line.started_by,
        "ended_at": line.ended_at,
        "outcome": line.outcome.value,
        "interrupted": line.was_interrupted,
        "rows": line.rows,
        "passed_over": line.passed_over,
        "total": line.faults,
    }


def url_of(run_id: int) -> str:
    return f"{ROOT}/runs/{run_id}"


def unknown_cursor() -> Exception:
    return refusal(400, "request-malformed", "Такого cursor портал не давал.")
