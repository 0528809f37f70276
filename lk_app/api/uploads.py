"""Files that are uploaded each on its own, before a form that only names them is sent.

The file is the body of the request, and what it is about is a header, which no form of another site can send.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from lk_app import logs, papers
from lk_app import photos as drawn
from lk_app.api import forms
from lk_app.api.requests import from_our_pages
from lk_app.services.callers import Consumer
from lk_app.services.errors import ServiceError, TooManyAttempts
from lk_app.services.identity import SignedOut

MOST_AT_ONCE = 4
"""Uploads one process works on: each may take ten megabytes of memory here."""
UPLOAD_SECONDS = 120
"""How long a file may take to arrive: a phone in the cellar is slow, and others wait for its place."""
SECONDS_TO_RETRY = 5

TOO_SLOW = "Файл загружался слишком долго. Проверьте связь и попробуйте ещё раз."
OWN_UNDER_WAY = "Предыдущий файл ещё загружается. Подождите немного и попробуйте ещё раз."
OTHERS_UNDER_WAY = "Сейчас загружается много файлов. Подождите немного и попробуйте ещё раз."

UNDER_WAY: set[int] = set()
"""Users whose uploads this process is working on."""

Refused = drawn.Refused | papers.Refused
Refusals = dict[type[Exception], tuple[int, str]]
"""What is answered to each kind of file that is refused: a status, and what to do."""
Keeper = Callable[[Request, Consumer], Awaitable[dict[str, str]]]


def upload_form(refusals: Refusals) -> Callable[[Keeper], forms.Endpoint]:
    """Return what makes the endpoint of an upload by a consumer of what keeps the file and says what to answer."""

    def endpoint_of(keep: Keeper) -> forms.Endpoint:
        async def endpoint(request: Request) -> Response:
            if not from_our_pages(request):
                return Response(status_code=403)
            try:
                who = await forms.signed_in(request)
                if who is None:
                    raise SignedOut
                with under_way(who):
                    return JSONResponse(await keep(request, who))
            except (drawn.Refused, papers.Refused) as refused:
                return told(refused, refusals)
            except ServiceError as refusal:
                return forms.refused(refusal)
            except ClientDisconnect:
                return Response(status_code=400)
            except Exception as error:
                logs.failed(error)
                return JSONResponse({"message": forms.BROKEN}, status_code=500)

        return endpoint

    return endpoint_of


@contextmanager
def under_way(who: Consumer) -> Iterator[None]:
    """Work on an upload of a user; raises TooManyAttempts while there is another, or too many of others."""
    if who.user_id in UNDER_WAY:
        raise TooManyAttempts(OWN_UNDER_WAY, SECONDS_TO_RETRY)
    if len(UNDER_WAY) >= MOST_AT_ONCE:
        raise TooManyAttempts(OTHERS_UNDER_WAY, SECONDS_TO_RETRY)
    UNDER_WAY.add(who.user_id)
    try:
        yield
    finally:
        UNDER_WAY.remove(who.user_id)


def about(request: Request, header: str) -> str:
    """Return what an upload says of itself in a header, percent-encoded there."""
    return unquote(request.headers.get(header, ""))


async def file_of(request: Request, most_bytes: int) -> bytes:
    """Return the file; raises TooLarge as soon as it is known, or ServiceError when it takes too long to come."""
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            return await body_of(request, most_bytes)
    except TimeoutError:
        raise ServiceError(TOO_SLOW) from None


async def body_of(request: Request, most_bytes: int) -> bytes:
    """Return what was sent; raises TooLarge as soon as it is known, whatever was said of its length before."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most_bytes:
        raise drawn.TooLarge
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > most_bytes:
            raise drawn.TooLarge
    return bytes(received)


def told(refused: Refused, refusals: Refusals) -> Response:
    """Say why a file is refused, and log it if the fault may be ours."""
    if isinstance(refused, drawn.NotDrawn | papers.NotChecked):
        logs.stopped("an upload", refused)
    status, message = refusals[type(refused)]
    return JSONResponse({"message": message}, status_code=status)


async def shown(content: Awaitable[Response]) -> Response:
    """Answer with a file; what does not exist and what is not for the caller look the same."""
    try:
        return await content
    except ServiceError:
        return not_there()
    except Exception as error:
        logs.failed(error)
        return Response(status_code=500)


def not_there() -> Response:
    return Response(status_code=404)
