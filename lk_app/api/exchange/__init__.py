"""The exchange with billing by HTTP: every operation, what it takes and what it answers (`docs/exchange.md`)."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lk_app.api.exchange import loading, runs, telling
from lk_app.api.exchange.document import endpoint_of
from lk_app.api.exchange.models import (
    LARGEST_ID,
    Acknowledged,
    ContentRefused,
    Decisions,
    HeardOrders,
    HeardReadings,
    LoadHeaders,
    PageQuery,
    PaidOrders,
    Postings,
    Problem,
    Readings,
    RunReport,
    Runs,
)
from lk_app.api.exchange.operation import ROOT, Answered, Operation
from lk_app.api.exchange.refusals import PROBLEM, refusal
from lk_app.models import KeyScope

Endpoint = Callable[[Request], Awaitable[Response]]

LOCATION = {"Location": "The run."}
LOADED = {
    200: Answered("Loaded before; nothing was changed now.", RunReport, LOCATION),
    201: Answered("Loaded.", RunReport, LOCATION),
    202: Answered(
        "Being loaded: look at the run until its outcome is another than `running`.",
        RunReport,
        {**LOCATION, "Retry-After": "Seconds to wait."},
    ),
    408: Answered("It stopped coming.", Problem),
    409: Answered("Something else was sent under this Idempotency-Key, or it is being loaded.", Problem),
    413: Answered("Too large.", Problem),
    415: Answered("Of another media type.", Problem),
    422: Answered("Nothing is loaded, because of these faults.", ContentRefused),
}
HEARD = {
    200: Answered("Noted.", Acknowledged),
    408: Answered("It stopped coming.", Problem),
    413: Answered("Too large.", Problem),
    415: Answered("Of another media type.", Problem),
    422: Answered("Nothing is noted, because of these faults.", ContentRefused),
}
PROFILE: dict[str, dict[str, Any]] = {
    "profile": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,39}$", "description": "Of LK_REGISTRY_PROFILES."}
}
RUN: dict[str, dict[str, Any]] = {"id": {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}}
IMPORT, EXPORT = (KeyScope.IMPORT,), (KeyScope.EXPORT,)

operations = (
    Operation(
        "POST", "/packages", "loadPackage", "Load a package, a ZIP.", loading.packages, LOADED, IMPORT,
        headers=LoadHeaders, files=loading.ZIPS,
    ),
    Operation(
        "POST", "/registries/{profile}", "loadRegistry", "Load a registry of payments made elsewhere.",
        loading.registries, {**LOADED, 404: Answered("No such profile.", Problem)}, IMPORT,
        headers=LoadHeaders, files=loading.REGISTRIES, path_parameters=PROFILE,
    ),
    Operation(
        "POST", "/decisions", "loadDecisions", "Load decisions on readings.", loading.decisions, LOADED, IMPORT,
        headers=LoadHeaders, body=Decisions,
    ),
    Operation(
        "POST", "/postings", "loadPostings", "Load which payments were made in the portal.", loading.postings, LOADED,
        IMPORT, headers=LoadHeaders, body=Postings,
    ),
    Operation(
        "GET", "/readings", "listReadings", "The readings that billing has not been told of.", telling.readings,
        {200: Answered("A page of them.", Readings)}, EXPORT, query=PageQuery,
    ),
    Operation(
        "POST", "/readings/acknowledgement", "acknowledgeReadings", "Say that billing has readings.",
        telling.acknowledge_readings, HEARD, EXPORT, body=HeardReadings,
    ),
    Operation(
        "GET", "/payments", "listPayments", "The payments that billing has not been told of.", telling.payments,
        {200: Answered("A page of them.", PaidOrders)}, EXPORT, query=PageQuery,
    ),
    Operation(
        "POST", "/payments/acknowledgement", "acknowledgePayments", "Say that billing has payments.",
        telling.acknowledge_payments, HEARD, EXPORT, body=HeardOrders,
    ),
    Operation(
        "GET", "/runs", "listRuns", "What became of loads, newest first.", runs.listed,
        {200: Answered("A page of them.", Runs)}, tuple(KeyScope), query=PageQuery,
    ),
    Operation(
        "GET", "/runs/{id}", "showRun", "What became of one load, with its faults.", runs.shown,
        {200: Answered("The run.", RunReport), 404: Answered("No such run.", Problem)}, tuple(KeyScope),
        path_parameters=RUN,
    ),
)  # fmt: skip

DOCUMENT = f"{ROOT}/openapi.json"
ANY_METHOD = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY")


async def elsewhere(request: Request) -> Response:
    """Whatever else is asked for below the root: there is nothing, or not by this method."""
    allowed = {operation.method for operation in operations if _fits(operation.path, request.url.path)}
    if request.url.path == DOCUMENT:
        allowed.add("GET")
    if allowed:
        problem = refusal(405, "method-not-allowed", "По этому адресу так обратиться нельзя.").problem
    else:
        problem = refusal(404, "not-found", "Такого адреса нет. Что есть: openapi.json.").problem
    headers = {"Cache-Control": "no-store"} | ({"Allow": ", ".join(sorted(allowed))} if allowed else {})
    return Response(problem.model_dump_json(exclude_none=True), problem.status, headers, media_type=PROBLEM)


def _fits(pattern: str, path: str) -> bool:
    wanted, given = (ROOT + pattern).split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        part == there or (part == "{id}" and there.isdecimal()) or part == "{profile}"
        for part, there in zip(wanted, given, strict=True)
    )


endpoints: tuple[tuple[str, Endpoint, tuple[str, ...]], ...] = (
    (DOCUMENT, endpoint_of(operations), ("GET",)),
    *(
        (ROOT + operation.path.replace("{id}", "{id:int}"), operation.endpoint, (operation.method,))
        for operation in operations
    ),
    (ROOT + "/{rest:path}", elsewhere, ANY_METHOD),
)
"""Path, endpoint and methods of each route, in the order in which they are looked at."""
