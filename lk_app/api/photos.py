"""Photos of dials: uploaded before the reading they go with is sent, and shown to who uploaded them and to staff."""

import asyncio
import re
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from lk_app import clock, logs
from lk_app import photos as drawn
from lk_app.api import forms
from lk_app.api.requests import from_our_pages
from lk_app.formats import NBSP
from lk_app.photos import MOST_BYTES
from lk_app.services.callers import Consumer
from lk_app.services.errors import NotFound, ServiceError, TooManyAttempts
from lk_app.services.identity import SignedOut
from lk_app.services.readings import photos
from lk_app.services.session import in_reading_thread, in_transaction

METER = "LK-Meter"
"""The header with the meter's id, percent-encoded. No form of another site can send it."""
METER_ID = re.compile(r"[\w.:/-]{1,40}")
"""As billing's package has it (`services/exchange`)."""

MOST_AT_ONCE = 4
"""Uploads one process works on: each may take ten megabytes of memory here."""
UPLOAD_SECONDS = 120
"""How long a file may take to arrive: a phone in the cellar is slow, and others wait for its place."""
SECONDS_TO_RETRY = 5

REFUSALS: dict[type[drawn.Refused], tuple[int, str]] = {
    drawn.WrongType: (415, "Этот файл не подходит: нужно фото в формате JPEG, PNG или HEIC."),
    drawn.TooLarge: (413, f"Файл больше 10{NBSP}МБ. Выберите фото поменьше или сделайте новое."),
    drawn.TooManyPixels: (413, f"В{NBSP}фото больше 50{NBSP}мегапикселей. Сделайте снимок с{NBSP}меньшим разрешением."),
    drawn.Unreadable: (422, "Не получилось прочитать фото: файл повреждён. Сделайте другой снимок."),
    drawn.NotDrawn: (503, "Не получилось обработать фото. Попробуйте ещё раз или сделайте другой снимок."),
}
TOO_SLOW = "Фото загружалось слишком долго. Проверьте связь и попробуйте ещё раз."
OWN_UNDER_WAY = "Предыдущее фото ещё загружается. Подождите немного и попробуйте ещё раз."
OTHERS_UNDER_WAY = "Сейчас загружается много фото. Подождите немного и попробуйте ещё раз."

UNDER_WAY: set[int] = set()
"""Users whose uploads this process is working on."""


async def upload(request: Request) -> Response:
    """POST /api/readings/photos with the file itself for a body and the header LK-Meter: keep a photo of a dial.

    Answers with its id as `photo`, to be sent along with the reading, or with a `message`.
    """
    if not from_our_pages(request):
        return Response(status_code=403)
    try:
        who = await forms.signed_in(request)
        if who is None:
            raise SignedOut
        with under_way(who):
            return JSONResponse({"photo": await kept(request, who)})
    except drawn.Refused as refused:
        return told(refused)
    except ServiceError as refusal:
        return forms.refused(refusal)
    except ClientDisconnect:
        return Response(status_code=400)
    except Exception as error:
        logs.failed(error)
        return JSONResponse({"message": forms.BROKEN}, status_code=500)


async def show(request: Request) -> Response:
    """GET /api/readings/photos/{photo}: a photo of the caller's own."""
    who = await forms.signed_in(request)
    if who is None:
        return not_there()
    return await picture(in_reading_thread(photos.shown_to_consumer, who, request.path_params["photo"]))


async def show_to_staff(request: Request) -> Response:
    """GET /api/office/photos/{photo}: a photo that came with a reading."""
    who = await forms.staff_signed_in(request)
    if who is None:
        return not_there()
    return await picture(in_transaction(photos.shown_to_staff, who, request.path_params["photo"], clock.now()))


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


async def kept(request: Request, who: Consumer) -> str:
    """Return the id of the photo that was uploaded, once it is drawn anew and kept."""
    meter_id = unquote(request.headers.get(METER, ""))
    if not METER_ID.fullmatch(meter_id):
        raise NotFound
    await in_transaction(photos.admit, who, meter_id, clock.now())
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            file = await body_of(request)
    except TimeoutError:
        raise ServiceError(TOO_SLOW) from None
    jpeg = await drawn.draw_anew(file)
    return await forms.carry_out(photos.keep, who, meter_id, jpeg, clock.now())


async def body_of(request: Request) -> bytes:
    """Return what was sent; raises TooLarge as soon as it is known, whatever was said of its length before."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise drawn.TooLarge
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > MOST_BYTES:
            raise drawn.TooLarge
    return bytes(received)


def told(refused: drawn.Refused) -> Response:
    """Say why a file gives no photo, and log it if the fault may be ours."""
    if isinstance(refused, drawn.NotDrawn):
        logs.stopped("a photo", refused)
    status, message = REFUSALS[type(refused)]
    return JSONResponse({"message": message}, status_code=status)


async def picture(content: Awaitable[bytes]) -> Response:
    """Answer with a photo; what does not exist and what is not for the caller look the same."""
    try:
        jpeg = await content
    except ServiceError:
        return not_there()
    except Exception as error:
        logs.failed(error)
        return Response(status_code=500)
    headers = {"Content-Disposition": 'inline; filename="photo.jpg"', "Cross-Origin-Resource-Policy": "same-origin"}
    return Response(jpeg, media_type="image/jpeg", headers=headers)


def not_there() -> Response:
    return Response(status_code=404)
