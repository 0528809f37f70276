"""Appeals of consumers: the forms that ask, add and close."""

from functools import partial

from starlette.responses import Response

from lk_app import clock
from lk_app.api import forms
from lk_app.api.forms import Form, Size
from lk_app.services.callers import Consumer
from lk_app.services.feedback import words, writing

AT_LENGTH = Size(bytes=262_144)
"""Room for ten times as much text as is taken: whoever wrote that is told so, and loses nothing."""

long_form = partial(forms.consumer_form, most=AT_LENGTH)


@long_form
async def ask(form: Form, who: Consumer) -> Response:
    """POST /api/feedback with the fields of `services.feedback.writing.ask`."""
    await forms.carry_out(writing.ask, who, form.fields, clock.now())
    return forms.done(words.SENT)


@long_form
async def reply(form: Form, who: Consumer) -> Response:
    """POST /api/feedback/reply with the fields of `services.feedback.writing.reply`."""
    await forms.carry_out(writing.reply, who, form.fields, clock.now())
    return forms.done(words.REPLIED)


@forms.consumer_form
async def close(form: Form, who: Consumer) -> Response:
    """POST /api/feedback/closing with `appeal`: the question is settled."""
    await forms.carry_out(writing.close, who, form.fields.get("appeal", ""), clock.now())
    return forms.done(words.CLOSED)
