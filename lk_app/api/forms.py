"""Forms that carry passwords, codes and what opens access: posted by forms.js, answered in JSON, never in events.

Answers: `next` (go there), `done` (say it and stay), `download`, `handed` (show it once), `errors` (by field),
`message`, and with it `sign_in` when that is the way out, `stale` when the page has to show something first.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Concatenate, ParamSpec, TypeVar

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lk_app import clock, logs
from lk_app.api import passwords
from lk_app.api.requests import from_our_pages, place_of
from lk_app.cookie import session_token, staff_token
from lk_app.models import Action, Role
from lk_app.services import identity
from lk_app.services.callers import Consumer, StaffCaller
from lk_app.services.errors import FieldErrors, NotAllowed, ServiceError, TooManyAttempts
from lk_app.services.identity import SignedOut
from lk_app.services.lifetimes import LivingVisit
from lk_app.services.places import Place
from lk_app.services.session import in_session, in_transaction
from lk_app.services.staff import audit, sessions
from lk_app.services.staff import passwords as staff_passwords
from lk_app.state import visits

URL_ENCODED = "application/x-www-form-urlencoded"

BROKEN = "Портал сейчас не отвечает. Попробуйте ещё раз через несколько минут."
PASSWORD_NEEDED = "Введите пароль: для этого действия он нужен ещё раз"  # noqa: S105 - a text about passwords
PASSWORD_WRONG = "Пароль не подходит. Проверьте язык клавиатуры и Caps Lock"  # noqa: S105 - a text about passwords


@dataclass(frozen=True)
class Size:
    """The most that a form may bring."""

    bytes: int = 4_096
    fields: int = 32


USUAL = Size()


@dataclass(frozen=True)
class Form:
    """What was posted, by whom as far as the network tells."""

    request: Request
    fields: dict[str, str]
    place: Place


P = ParamSpec("P")
R = TypeVar("R")
Who = TypeVar("Who", Consumer, StaffCaller)
Handler = Callable[[Form], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def form(handler: Handler, most: Size = USUAL) -> Endpoint:
    """Return the endpoint of a form: refuses other sites and oversized bodies, and puts errors into answers."""

    async def endpoint(request: Request) -> Response:
        if not from_our_pages(request):
            return Response(status_code=403)
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > most.bytes:
            return Response(status_code=413)
        # The other way to send a form lets the sender choose a charset.
        if request.headers.get("content-type", URL_ENCODED).partition(";")[0] != URL_ENCODED:
            return Response(status_code=415)
        sent = await request.form(max_fields=most.fields)
        fields = {name: value for name, value in sent.items() if isinstance(value, str)}
        try:
            return await handler(Form(request, fields, await place_of(request)))
        except ServiceError as refusal:
            return refused(refusal)
        except Exception as error:
            logs.failed(error)
            return JSONResponse({"message": BROKEN}, status_code=500)

    return endpoint


def consumer_form(handler: Callable[[Form, Consumer], Awaitable[Response]], most: Size = USUAL) -> Endpoint:
    """Return the endpoint of a form that only a signed-in consumer may send."""

    async def for_consumer(sent: Form) -> Response:
        who = await signed_in(sent.request)
        if who is None:
            raise SignedOut
        return await handler(sent, who)

    return form(for_consumer, most)


def staff_form(
    *roles: Role, most: Size = USUAL
) -> Callable[[Callable[[Form, StaffCaller], Awaitable[Response]]], Endpoint]:
    """Return what makes the endpoint of a form that only signed-in staff with one of these roles may send."""

    def endpoint_of(handler: Callable[[Form, StaffCaller], Awaitable[Response]]) -> Endpoint:
        async def for_staff(sent: Form) -> Response:
            return await handler(sent, await require_staff(sent, *roles))

        return form(for_staff, most)

    return endpoint_of


async def require_staff(sent: Form, *roles: Role) -> StaffCaller:
    """Return the member who sent a form; raises SignedOut, or NotAllowed for another role, which is kept."""
    who = await staff_signed_in(sent.request)
    if who is None:
        raise SignedOut
    if who.role not in roles:
        await in_transaction(audit.record, who, Action.EVENT_REFUSED, clock.now(), subject=sent.request.url.path)
        raise NotAllowed
    return who


async def signed_in(request: Request) -> Consumer | None:
    """Return who sent the request, asked of the database."""
    token = session_token(request.headers.get("cookie", ""))
    visit = await in_session(identity.resume, token, clock.now()) if token else None
    if visit is None:
        # What it is told leads to the sign-in page, which must not find it signed in still.
        visits.consumers.forget(token)
    return noted(visit.consumer) if visit else None


async def staff_signed_in(request: Request) -> StaffCaller | None:
    """Return who of the staff sent the request, asked of the database."""
    token = staff_token(request.headers.get("cookie", ""))
    visit = await in_session(sessions.resume, token, clock.now()) if token else None
    if visit is None:
        visits.staff.forget(token)
    return noted(visit.caller) if visit else None


def noted(who: Who) -> Who:
    """Return who sent the request, once the log knows whose session it is."""
    logs.in_session(who.in_log)
    return who


async def require_password(sent: Form, who: Consumer) -> None:
    """Let a dangerous action pass only if the password was given lately or stands in the form.

    Raises FieldErrors or TooManyAttempts.
    """
    if not await in_session(identity.is_confirmed, who, clock.now()):
        await check_password(sent, who)


async def check_password(sent: Form, who: Consumer) -> None:
    """Check the caller's present password in the form; raises FieldErrors or TooManyAttempts."""
    password, now = sent.fields.get("current_password", ""), clock.now()
    if not password:
        raise FieldErrors({"current_password": PASSWORD_NEEDED})
    candidate = await in_transaction(identity.admit_again, who, now)
    if not await passwords.fits(password, candidate):
        await in_transaction(identity.note_refusal, who.user_id, sent.place, now)
        raise FieldErrors({"current_password": PASSWORD_WRONG})
    await in_transaction(identity.confirm, who, now)


async def require_staff_password(sent: Form, who: StaffCaller) -> None:
    """Let an action pass only if the caller's password stands in the form; raises FieldErrors or TooManyAttempts."""
    password = sent.fields.get("current_password", "")
    if not password:
        raise FieldErrors({"current_password": PASSWORD_NEEDED})
    candidate = await in_transaction(staff_passwords.admit, who, clock.now())
    if not await passwords.fits(password, candidate):
        await in_transaction(staff_passwords.note_refusal, who, clock.now())
        raise FieldErrors({"current_password": PASSWORD_WRONG})
    await in_transaction(staff_passwords.confirm, who, candidate, clock.now())


async def carry_out(
    service: Callable[Concatenate[Session, Consumer, P], R], who: Consumer, *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run a service for the caller, in one transaction with the check that they are still signed in.

    Raises SignedOut. Between the request's arrival and this there may have been a password to hash, and a recovery.
    """

    def for_who_is_signed_in(session: Session) -> R:
        identity.user_of(session, who)
        return service(session, who, *args, **kwargs)

    return await in_transaction(for_who_is_signed_in)


def checked_alone(sent: Form, read: Callable[[Mapping[str, str]], object]) -> Response:
    """Answer what a form's rules say of the one `field` that was just left."""
    field = sent.fields.get("field", "")
    try:
        read(sent.fields)
    except FieldErrors as wrong:
        return JSONResponse({"errors": {name: text for name, text in wrong.errors.items() if name == field}})
    return JSONResponse({"errors": {}})


def unused_in(sent: Form) -> timedelta | None:
    """Return how long ago somebody used the page, as it says itself; None if it does not."""
    seconds = sent.fields.get("unused", "")
    return timedelta(seconds=int(seconds)) if re.fullmatch("[0-9]{1,6}", seconds) else None


def left(visit: LivingVisit | None) -> Response:
    """Tell a page how many seconds it may still show what it shows, and whether that is the `last` it can get."""
    if visit is None:
        return JSONResponse({"left": 0, "last": True})
    return JSONResponse({"left": visit.seconds_left(clock.now()), "last": visit.lifetime.is_last()})


def go_on(address: str) -> Response:
    """Lead the browser on."""
    return JSONResponse({"next": address})


def done(message: str) -> Response:
    """Say that it is done, and stay."""
    return JSONResponse({"done": message})


def download(address: str, message: str) -> Response:
    """Let the browser download what is at `address`, and say so."""
    return JSONResponse({"download": address, "done": message})


def hand_over(message: str, **handed: str) -> Response:
    """Say that it is done, and show once what nobody will show again: a password, a key and its picture."""
    return JSONResponse({"done": message, "handed": handed})


def refused_fields(errors: dict[str, str]) -> Response:
    """Say which fields are wrong."""
    return JSONResponse({"errors": errors}, status_code=422)


def refused(refusal: ServiceError) -> Response:
    """Put an error of the rules into an answer."""
    if isinstance(refusal, FieldErrors):
        return refused_fields(refusal.errors)
    if isinstance(refusal, SignedOut):
        return JSONResponse({"message": refusal.message, "sign_in": True}, status_code=401)
    if isinstance(refusal, NotAllowed):
        return JSONResponse({"message": refusal.message}, status_code=403)
    if isinstance(refusal, TooManyAttempts):
        headers = {"Retry-After": str(refusal.seconds)}
        return JSONResponse({"message": refusal.message}, status_code=429, headers=headers)
    return JSONResponse({"message": refusal.message}, status_code=409)


@asynccontextmanager
async def answered_after(seconds: float) -> AsyncIterator[None]:
    """Take at least this long, whatever comes of it: the time then tells nothing about what was found."""
    ends_at = time.monotonic() + seconds
    try:
        yield
    finally:
        await asyncio.sleep(max(0.0, ends_at - time.monotonic()))
