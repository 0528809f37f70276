"""Readings: the form that sends them, what it means as it is typed, and the one that takes a reading back."""

import re
from functools import partial

from starlette.responses import JSONResponse, Response

from lk_app import clock
from lk_app.api import forms
from lk_app.api.forms import Form, Size
from lk_app.services import references
from lk_app.services.callers import Consumer
from lk_app.services.errors import NotFound
from lk_app.services.readings import previewed, sending, words
from lk_app.services.readings.window import window_of
from lk_app.services.session import in_session

SEVERAL_METERS = Size(bytes=32_768, fields=128)
"""Room for the four fields of thirty meters, their ids in any letters."""

READING_ID = re.compile(r"[\w.:/-]{1,40}")

form_of_meters = partial(forms.consumer_form, most=SEVERAL_METERS)


@form_of_meters
async def send(form: Form, who: Consumer) -> Response:
    """POST /api/readings with `account` and the fields of `services.readings.sending`: all of them or none."""
    now = clock.now()
    account_number = await in_session(references.account_of, who, form.fields.get("account", ""))
    await forms.carry_out(sending.send, who, account_number, form.fields, now)
    today = sending.today_of(now)
    window = await in_session(window_of, today)
    return forms.done(f"{words.SENT} {words.outside(window, today)}".rstrip())


@form_of_meters
async def preview(form: Form, who: Consumer) -> Response:
    """POST /api/readings/preview with the same: what stands in its `places`, and the `errors` of what was typed."""
    account_number = await in_session(references.account_of, who, form.fields.get("account", ""))
    found = await in_session(sending.preview, who, account_number, form.fields, clock.now())
    return JSONResponse({"places": previewed.places_of(found), "errors": previewed.errors_of(found)})


@forms.consumer_form
async def withdraw(form: Form, who: Consumer) -> Response:
    """POST /api/readings/withdrawal with `reading`: take back one that nobody has decided about."""
    reading_id = form.fields.get("reading", "")
    if not READING_ID.fullmatch(reading_id):
        raise NotFound
    await forms.carry_out(sending.withdraw, who, reading_id, clock.now())
    return forms.done(words.WITHDRAWN)
