"""The forms of «Восстановление пароля»."""

from starlette.responses import Response

from lk_app import clock
from lk_app.api import forms, passwords
from lk_app.api.forms import Form
from lk_app.api.verification import after_step_2, token_of, wait_for_code
from lk_app.services import recovery
from lk_app.services.errors import RequestOver
from lk_app.services.session import in_session, in_transaction
from lk_app.services.verification import Progress, Stage

STEP_2 = "/recover/confirm"
ANSWERED_AFTER_S = 0.3
"""Longer than the work of step 1 usually takes, so that its time is the same whatever was found."""


@forms.form
async def check(form: Form) -> Response:
    """POST /api/recovery/check: what is wrong with the one `field` that was just left, if anything."""
    return forms.checked_alone(form, recovery.read_phone if form.fields.get("field") == "phone" else recovery.read)


@forms.form
async def apply(form: Form) -> Response:
    """POST /api/recovery: step 1."""
    phone = recovery.read_phone(form.fields)
    async with forms.answered_after(ANSWERED_AFTER_S):
        token = await in_transaction(recovery.apply, phone, form.place, clock.now())
    return wait_for_code(token, STEP_2)


@forms.form
async def resend(form: Form) -> Response:
    """POST /api/recovery/code: send another code."""
    async with forms.answered_after(ANSWERED_AFTER_S):
        await in_transaction(recovery.resend, token_of(form), clock.now())
    return forms.done("Если с этим номером кто-то зарегистрирован, на него отправлен новый код.")


@forms.form
async def confirm(form: Form) -> Response:
    """POST /api/recovery/confirm: step 2, whichever of its stages the request is at."""
    token, now = token_of(form), clock.now()
    request = await in_session(recovery.pending, token, now)
    if request is None:
        raise RequestOver
    if request.stage is Stage.CODE:
        progress = await take_code(form, token)
    else:
        progress = await in_transaction(recovery.answer, token, form.fields, form.place, now)
    return after_step_2(progress, STEP_2, "/login?done=recovered")


async def take_code(form: Form, token: str) -> Progress:
    """Check the code first, and hash the password only for whoever knows it."""
    code, credentials = recovery.read(form.fields)
    now = clock.now()
    progress = await in_transaction(recovery.prove, token, code, now)
    if progress.errors:
        return progress
    password_hash = await passwords.hashed(credentials.password)
    return await in_transaction(recovery.complete, token, credentials.name, password_hash, form.place, now)
