"""The forms of «Настройки» about the address for letters: typed, proven by a code, removed."""

from starlette.responses import Response

from lk_app import clock
from lk_app.api import forms
from lk_app.api.forms import Form
from lk_app.api.profile import after_code, read_code
from lk_app.services import email
from lk_app.services.callers import Consumer

CODE_SENT = "Код отправлен на указанный адрес."


@forms.consumer_form
async def start(form: Form, who: Consumer) -> Response:
    """POST /api/profile/email with `email`: step 1."""
    address = email.read(form.fields)
    await forms.require_password(form, who)
    await forms.carry_out(email.start, who, address, clock.now())
    return forms.done(CODE_SENT)


@forms.consumer_form
async def confirm(form: Form, who: Consumer) -> Response:
    """POST /api/profile/email/confirm with `code`: step 2."""
    code = read_code(form.fields)
    progress = await forms.carry_out(email.confirm, who, code, form.place, clock.now())
    return after_code(progress, "Адрес электронной почты сохранён.")


@forms.consumer_form
async def resend(form: Form, who: Consumer) -> Response:
    """POST /api/profile/email/code: send another code."""
    await forms.carry_out(email.resend, who, clock.now())
    return forms.done(CODE_SENT)


@forms.consumer_form
async def give_up(form: Form, who: Consumer) -> Response:
    """POST /api/profile/email/code/cancel: give up the address that waits for its code."""
    await forms.carry_out(email.give_up, who)
    return forms.done("Запрос отменён.")


@forms.consumer_form
async def remove(form: Form, who: Consumer) -> Response:
    """POST /api/profile/email/removal: have no address any more."""
    await forms.require_password(form, who)
    await forms.carry_out(email.remove, who, form.place, clock.now())
    return forms.done("Адрес электронной почты удалён.")
