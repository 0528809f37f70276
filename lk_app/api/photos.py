"""Photos of dials: uploaded before the reading they go with is sent, and shown to who uploaded them and to staff."""

import re
from collections.abc import Awaitable

from starlette.requests import Request
from starlette.responses import Response

from lk_app import clock
from lk_app import photos as drawn
from lk_app.api import forms, uploads
from lk_app.formats import NBSP
from lk_app.photos import MOST_BYTES
from lk_app.services.callers import Consumer
from lk_app.services.errors import NotFound
from lk_app.services.readings import photos
from lk_app.services.session import in_reading_thread, in_transaction

METER = "LK-Meter"
"""The header with the meter's id."""
METER_ID = re.compile(r"[\w.:/-]{1,40}")
"""As billing's package has it (`services/exchange`)."""

REFUSALS: uploads.Refusals = {
    drawn.WrongType: (415, "Этот файл не подходит: нужно фото в формате JPEG, PNG или HEIC."),
    drawn.TooLarge: (413, f"Файл больше 10{NBSP}МБ. Выберите фото поменьше или сделайте новое."),
    drawn.TooManyPixels: (413, f"В{NBSP}фото больше 50{NBSP}мегапикселей. Сделайте снимок с{NBSP}меньшим разрешением."),
    drawn.Unreadable: (422, "Не получилось прочитать фото: файл повреждён. Сделайте другой снимок."),
    drawn.NotDrawn: (503, "Не получилось обработать фото. Попробуйте ещё раз или сделайте другой снимок."),
}


@uploads.upload_form(REFUSALS)
async def upload(request: Request, who: Consumer) -> dict[str, str]:
    """POST /api/readings/photos with the file itself for a body and the header LK-Meter: keep a photo of a dial.

    Answers with its id as `file`, to be sent along with the reading, or with a `message`.
    """
    meter_id = uploads.about(request, METER)
    if not METER_ID.fullmatch(meter_id):
        raise NotFound
    await in_transaction(photos.admit, who, meter_id, clock.now())
    jpeg = await drawn.draw_anew(await uploads.file_of(request, MOST_BYTES))
    return {"file": await forms.carry_out(photos.keep, who, meter_id, jpeg, clock.now())}


async def show(request: Request) -> Response:
    """GET /api/readings/photos/{photo}: a photo of the caller's own."""
    who = await forms.signed_in(request)
    if who is None:
        return uploads.not_there()
    return await uploads.shown(picture(in_reading_thread(photos.shown_to_consumer, who, request.path_params["photo"])))


async def show_to_staff(request: Request) -> Response:
    """GET /api/office/photos/{photo}: a photo that came with a reading."""
    who = await forms.staff_signed_in(request)
    if who is None:
        return uploads.not_there()
    shown = in_transaction(photos.shown_to_staff, who, request.path_params["photo"], clock.now())
    return await uploads.shown(picture(shown))


async def picture(content: Awaitable[bytes]) -> Response:
    headers = {"Content-Disposition": 'inline; filename="photo.jpg"', "Cross-Origin-Resource-Policy": "same-origin"}
    return Response(await content, media_type="image/jpeg", headers=headers)
