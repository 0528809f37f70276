"""The forms by which staff answer appeals: what they have written must not be lost."""

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from lk_app import clock
from lk_app.api import forms
from lk_app.api.forms import Form, Size
from lk_app.services.callers import StaffCaller
from lk_app.services.feedback import answering, replies
from lk_app.services.feedback.answering import Stale
from lk_app.services.session import in_transaction
from lk_app.services.staff.duties import APPEALS

WRITTEN = Size(bytes=128 * 1024, fields=8)
"""Room for a text that is too long, which has to be told how much."""

ANSWERED = "Ответ отправлен."
ANSWERED_AND_CLOSED = "Ответ отправлен, обращение закрыто."
NOTED = "Заметка добавлена."
HANDED_OVER = "Обращение передано."
CLOSED = "Обращение закрыто."


@forms.staff_form(*APPEALS, most=WRITTEN)
async def answer(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/appeals/answer with `appeal`, `seen`, `key`, `text` and, to close it, `closes`."""
    sent = replies.read_answer(form.fields)
    words = ANSWERED_AND_CLOSED if sent.closes else ANSWERED
    given = {"seen": sent.seen, "closes": sent.closes}
    return await _done(words, answering.answer, who, sent.appeal_id, sent.written, clock.now(), **given)


@forms.staff_form(*APPEALS, most=WRITTEN)
async def note(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/appeals/note with `appeal`, `key` and `text`."""
    sent = replies.read_note(form.fields)
    return await _done(NOTED, answering.note, who, sent.appeal_id, sent.written, clock.now())


@forms.staff_form(*APPEALS, most=WRITTEN)
async def hand_over(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/appeals/handover with `appeal`, `type`, `key` and, for a note, `text`."""
    sent = replies.read_hand_over(form.fields)
    act = answering.hand_over
    return await _done(HANDED_OVER, act, who, sent.appeal_id, sent.type_code, sent.written, clock.now())


@forms.staff_form(*APPEALS)
async def close(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/appeals/closing with `appeal` and `seen`."""
    sent = replies.read_closing(form.fields)
    return await _done(CLOSED, answering.close, who, sent.appeal_id, clock.now(), seen=sent.seen)


async def _done(words: str, act: Callable[..., None], who: StaffCaller, *arguments: Any, **others: Any) -> Response:
    """Do it and say so; what rests on a conversation that went on makes the page show it (`stale`)."""
    try:
        await in_transaction(act, who, *arguments, **others)
    except Stale as stale:
        return JSONResponse({"message": stale.message, "stale": True}, status_code=409)
    return forms.done(words)
