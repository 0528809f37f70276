"""What an operation is: declared once, it checks the request, keeps to its answers, and stands in the document.

An answer that is not declared, or of another model, is a fault of ours and told as one, so that document and routes
can't come to say different things.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import OperationalError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from lk_app import clock, logs
from lk_app.api.exchange import desk
from lk_app.api.exchange.models import Problem
from lk_app.api.exchange.refusals import PROBLEM, Answer, Refused, malformed, refusal
from lk_app.api.requests import client_address
from lk_app.models import KeyScope
from lk_app.services.errors import TooManyAttempts
from lk_app.services.exchange import keys
from lk_app.services.exchange.keys import Program

ROOT = "/api/exchange/v1"
JSON = "application/json"
BEARER = "bearer"
RETRY_S = 30
WITHOUT_A_KEY = "Нужен действующий ключ: Authorization: Bearer lk_… Какие есть: exchange key list."
BUSY = "Портал занят: загружается другое или база данных не отвечает. Повторите позже."
FAILED = "На портале что-то сломалось. Ничего не загружено. Повторите позже."

Parsed = TypeVar("Parsed", bound=BaseModel)


@dataclass(frozen=True)
class Answered:
    """How an answer is declared; `headers` are those it always has, with what they say."""

    about: str
    model: type[BaseModel]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def media_type(self) -> str:
        return PROBLEM if issubclass(self.model, Problem) else JSON


@dataclass(frozen=True)
class Call:
    """A request, and who makes it."""

    request: Request
    program: Program


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True)
class Operation:
    """One thing a program can do."""

    method: str
    path: str
    name: str
    about: str
    handler: Handler
    answers: Mapping[int, Answered]
    scopes: tuple[KeyScope, ...]
    """Any of these is enough."""
    query: type[BaseModel] | None = None
    headers: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    files: tuple[str, ...] = ()
    """Media types of a body that is a file."""
    path_parameters: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def media_types(self) -> tuple[str, ...]:
        return (JSON,) if self.body else self.files

    @property
    def all_answers(self) -> dict[int, Answered]:
        """Every answer there may be: its own, and those any operation may give."""
        more = {400: MALFORMED} if self.query or self.headers or self.body else {}
        return {**self.answers, **more, **COMMON}

    async def endpoint(self, request: Request) -> Response:
        """Answer a request."""
        try:
            return self._response(await self._told(request))
        except Exception as error:
            logs.failed(error)
            return self._response(refusal(500, "portal-failed", FAILED).answer)

    async def _told(self, request: Request) -> Answer:
        try:
            return await self._answer(request)
        except Refused as refused:
            return refused.answer

    async def _answer(self, request: Request) -> Answer:
        try:
            program = await _program_of(request, self.scopes)
            if self.media_types and media_type_of(request) not in self.media_types:
                wanted = ", ".join(self.media_types)
                raise refusal(415, "media-type-unsupported", f"Ожидается Content-Type: {wanted}.")
            return await self.handler(Call(request, program))
        except TooManyAttempts as limit:
            raise refusal(
                429, "too-many-wrong-keys", limit.message, headers={"Retry-After": str(limit.seconds)}
            ) from None
        except OperationalError as error:
            # The database is away, or kept by a load for longer than we wait.
            logs.failed(error)
            raise busy() from None
        except ClientDisconnect:
            raise refusal(400, "request-malformed", "Передача оборвалась.") from None

    def _response(self, answer: Answer) -> Response:
        declared = self.all_answers[answer.status]
        if type(answer.body) is not declared.model or not declared.headers.keys() <= answer.headers.keys():
            raise TypeError(f"{self.name} answers {answer.status} otherwise than it declares")
        content = answer.body.model_dump_json(exclude_none=declared.media_type == PROBLEM)
        headers = {"Cache-Control": "no-store", **answer.headers}
        return Response(content, answer.status, headers, media_type=declared.media_type)


MALFORMED = Answered("The address, a header, or JSON is not what it has to be.", Problem)
RETRY_AFTER = {"Retry-After": "Seconds to wait."}
COMMON = {
    401: Answered("No key, or none that is good.", Problem, {"WWW-Authenticate": "`Bearer`."}),
    403: Answered("The key does not allow this.", Problem),
    429: Answered("Too many wrong keys from this address.", Problem, RETRY_AFTER),
    500: Answered("A fault of the portal.", Problem),
    503: Answered("Something else is being loaded, or the database is away.", Problem, RETRY_AFTER),
}


def query_of(call: Call, model: type[Parsed]) -> Parsed:
    """Return what the address says behind `?`; raises Refused."""
    pairs = call.request.query_params.multi_items()
    if len(dict(pairs)) < len(pairs):
        raise refusal(400, "request-malformed", "Параметр указан дважды.")
    return checked(model, dict(pairs))


def headers_of(call: Call, model: type[Parsed]) -> Parsed:
    """Return the headers that a model knows; raises Refused."""
    names = [field.alias or name for name, field in model.model_fields.items()]
    return checked(model, {name: value for name in names if (value := call.request.headers.get(name)) is not None})


def checked(model: type[Parsed], values: dict[str, str]) -> Parsed:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise malformed(error) from None


def busy() -> Refused:
    return refusal(503, "busy", BUSY, headers={"Retry-After": str(RETRY_S)})


def unauthorized(detail: str = WITHOUT_A_KEY) -> Refused:
    return refusal(401, "key-unknown", detail, headers={"WWW-Authenticate": "Bearer"})


def media_type_of(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _program_of(request: Request, scopes: tuple[KeyScope, ...]) -> Program:
    """Return who shows a key that allows one of the scopes; raises Refused. Cookies are not looked at."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    now, today = clock.now(), clock.today()
    program = None
    if scheme.lower() == BEARER:
        program = await desk.in_session(keys.find, shown.strip(), now)
        if program is None:
            await desk.in_transaction(keys.note_wrong, client_address(request), now)
    if program is None:
        raise unauthorized()
    if program.used_on != today:
        try:
            await desk.in_transaction(keys.note_use, program, today)
        except OperationalError as error:
            # A load keeps the database; it is noted with the next request.
            logs.failed(error)
    if not program.scopes & set(scopes):
        needed = " или ".join(scopes)
        raise refusal(403, "scope-missing", f"Этому ключу такое не разрешено: нужно право {needed}.")
    return program
