"""The forms of «Регистрация», whose answers tell a stranger nothing."""

from starlette.responses import Response

from lk_app import clock
from lk_app.api import forms, passwords
from lk_app.api.forms import Form
from lk_app.api.verification import after_step_2, token_of, wait_for_code
from lk_app.services import captcha, registration
from lk_app.services.errors import FieldErrors
from lk_app.services.session import in_transaction

STEP_2 = "/register/confirm"
ANSWERED_AFTER_S = 0.6
"""Longer than the work of step 1 usually takes, so that its time is the same whatever was found."""


@forms.form
async def check(form: Form) -> Response:
    """POST /api/registration/check: what is wrong with the one `field` that was just left, if anything."""
    return forms.checked_alone(form, registration.read)


@forms.form
async def apply(form: Form) -> Response:
    """POST /api/registration: step 1."""
    application = registration.read(form.fields)
    async with forms.answered_after(ANSWERED_AFTER_S):
        now = clock.now()
        answer = form.fields.get("captcha_id", ""), form.fields.get("captcha", "")
        if not await in_transaction(captcha.answered, *answer, now):
            raise FieldErrors({"captcha": "Ответ не подходит. Решите новый пример"})
        password_hash = await passwords.hashed(application.password)
        token = await in_transaction(registration.apply, application, password_hash, token_of(form), form.place, now)
    return wait_for_code(token, STEP_2)


@forms.form
async def resend(form: Form) -> Response:
    """POST /api/registration/code: send another code."""
    async with forms.answered_after(ANSWERED_AFTER_S):
        await in_transaction(registration.resend, token_of(form), clock.now())
    return forms.done("Если номер совпадает с указанным в договоре, на него отправлен новый код.")


@forms.form
async def confirm(form: Form) -> Response:
    """POST /api/registration/confirm: step 2."""
    token, now = token_of(form), clock.now()
    progress = await in_transaction(registration.confirm, token, form.fields, form.place, now)
    return after_step_2(progress, STEP_2, "/login?done=registered")
