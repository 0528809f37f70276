"""Files that go with messages: uploaded before the message is sent, and shown to who uploaded them and to staff."""

from collections.abc import Awaitable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from lk_app import clock, papers
from lk_app import photos as pictures
from lk_app.api import forms, uploads
from lk_app.formats import NBSP
from lk_app.models import AttachmentKind
from lk_app.services.callers import Consumer
from lk_app.services.feedback import attachments
from lk_app.services.feedback.attachments import MOST_BYTES, File, harmless_name
from lk_app.services.session import in_reading_thread, in_transaction

NAME = "LK-Name"
"""The header with the file's name: only for show."""

MEDIA_TYPES = {AttachmentKind.JPEG: "image/jpeg", AttachmentKind.PDF: "application/pdf"}
SHOWN = {AttachmentKind.JPEG: "inline", AttachmentKind.PDF: "attachment"}
"""A picture was drawn by ourselves; what else a PDF may do, it does not do within a page of ours."""
PLAIN_NAMES = {AttachmentKind.JPEG: "photo.jpg", AttachmentKind.PDF: "document.pdf"}
INERT = "sandbox; default-src 'none'; frame-ancestors 'none'"

UNREADABLE = "Не получилось прочитать файл: он повреждён. Приложите другой."
AGAIN = "Не получилось проверить файл. Попробуйте ещё раз или приложите другой."
REFUSALS: uploads.Refusals = {
    pictures.WrongType: (415, "Этот файл не подходит: нужно фото (JPEG, PNG, HEIC) или документ PDF."),
    pictures.TooLarge: (413, f"Файл больше 5{NBSP}МБ. Выберите файл поменьше."),
    pictures.TooManyPixels: (413, f"В{NBSP}фото больше 50{NBSP}мегапикселей. Приложите фото поменьше."),
    pictures.Unreadable: (422, UNREADABLE),
    pictures.NotDrawn: (503, AGAIN),
    papers.Unreadable: (422, UNREADABLE),
    papers.Protected: (422, "Этот PDF защищён. Сохраните его без пароля и защиты и приложите ещё раз."),
    papers.TooManyPages: (422, f"В{NBSP}этом PDF больше 50{NBSP}страниц. Приложите только нужные."),
    papers.Active: (
        422,
        f"В{NBSP}этом PDF есть не только страницы: скрипты, вложенные файлы или формы. Напечатайте его в{NBSP}новый "
        "PDF («Печать», «Сохранить как PDF») и приложите новый.",
    ),
    papers.NotChecked: (503, AGAIN),
}


@uploads.upload_form(REFUSALS)
async def upload(request: Request, who: Consumer) -> dict[str, str]:
    """POST /api/feedback/attachments with the file itself for a body and its name in the header LK-Name.

    Answers with its id as `file`, to be sent along with a message, and the `name` it is kept under, or a `message`.
    """
    await in_transaction(attachments.admit, who, clock.now())
    kind, content = await looked_through(await uploads.file_of(request, MOST_BYTES))
    file = File(harmless_name(uploads.about(request, NAME), kind), kind, content)
    return {"file": await forms.carry_out(attachments.keep, who, file, clock.now()), "name": file.name}


async def looked_through(upload: bytes) -> tuple[AttachmentKind, bytes]:
    """Return what is kept of a file, and what it is by its content; raises Refused of `photos` or `papers`."""
    if papers.is_pdf(upload):
        await papers.check(upload)
        return AttachmentKind.PDF, upload
    return AttachmentKind.JPEG, await pictures.draw_anew(upload, pictures.PAGE)


async def show(request: Request) -> Response:
    """GET /api/feedback/attachments/{attachment}: a file of the caller's own."""
    who = await forms.signed_in(request)
    if who is None:
        return uploads.not_there()
    shown = in_reading_thread(attachments.shown_to_consumer, who, request.path_params["attachment"])
    return await uploads.shown(answer_with(shown))


async def show_to_staff(request: Request) -> Response:
    """GET /api/office/attachments/{attachment}: a file that was sent with a message."""
    who = await forms.staff_signed_in(request)
    if who is None:
        return uploads.not_there()
    shown = in_transaction(attachments.shown_to_staff, who, request.path_params["attachment"], clock.now())
    return await uploads.shown(answer_with(shown))


async def answer_with(content: Awaitable[File]) -> Response:
    """Answer with a file as what it was found to be, in nobody's power to do anything (RFC 6266 for its name)."""
    file = await content
    named = f"filename=\"{PLAIN_NAMES[file.kind]}\"; filename*=UTF-8''{quote(file.name, safe='')}"
    headers = {
        "Content-Disposition": f"{SHOWN[file.kind]}; {named}",
        "Content-Security-Policy": INERT,
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(file.content, media_type=MEDIA_TYPES[file.kind], headers=headers)
