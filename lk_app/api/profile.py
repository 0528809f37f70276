"""The forms of «Настройки», and the download of one's own data. Dangerous ones ask for the password again."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lk_app import clock
from lk_app.api import forms, passwords
from lk_app.api.forms import Form
from lk_app.api.requests import place_of
from lk_app.models import Purpose
from lk_app.services import attaching, deletion, identity, personal_data, profile, security, typed
from lk_app.services.callers import Consumer
from lk_app.services.errors import NotFound
from lk_app.services.session import in_reading_thread, in_session, in_transaction
from lk_app.services.verification import Progress

CODE_ASKED = "Если номер совпадает с указанным в договоре, на него отправлен код."
DATA = "/api/profile/data"
MOST_DIGITS = 9


@forms.consumer_form
async def rename(form: Form, who: Consumer) -> Response:
    """POST /api/profile/name with `name`."""
    name = read_name(form.fields)
    await forms.require_password(form, who)
    await in_transaction(profile.admit_change, who, clock.now())
    await forms.carry_out(profile.rename, who, name, form.place, clock.now())
    return forms.done("Имя изменено. Теперь входите с новым именем.")


@forms.consumer_form
async def change_password(form: Form, who: Consumer) -> Response:
    """POST /api/profile/password with `current_password`, `password` and `confirmation`."""
    reader = typed.Reader(form.fields)
    reader.read("current_password", typed.given)
    password = reader.read_new_password(await in_session(profile.name_of, who))
    reader.finish()
    await in_transaction(profile.admit_change, who, clock.now())
    await forms.check_password(form, who)
    password_hash = await passwords.hashed(password)
    await forms.carry_out(profile.change_password, who, password_hash, form.place, clock.now())
    return forms.done("Пароль изменён. На других устройствах нужно войти заново.")


@forms.consumer_form
async def name_account(form: Form, who: Consumer) -> Response:
    """POST /api/profile/account with `account_number` and `title`."""
    number, title = form.fields.get("account_number", ""), form.fields.get("title", "")
    await forms.carry_out(attaching.name_account, who, number, title)
    return forms.done("Название сохранено.")


@forms.consumer_form
async def start_attaching(form: Form, who: Consumer) -> Response:
    """POST /api/profile/attaching with `phone` and `account_number`: step 1."""
    phone, number = attaching.read(form.fields)
    await forms.require_password(form, who)
    await forms.carry_out(attaching.start_attaching, who, phone, number, form.place, clock.now())
    return forms.done(CODE_ASKED)


@forms.consumer_form
async def confirm_attaching(form: Form, who: Consumer) -> Response:
    """POST /api/profile/attaching/confirm with `code`: step 2."""
    code = read_code(form.fields)
    progress = await forms.carry_out(attaching.confirm_attaching, who, code, form.place, clock.now())
    return after_code(progress, "Лицевой счёт присоединён.")


@forms.consumer_form
async def detach(form: Form, who: Consumer) -> Response:
    """POST /api/profile/detaching with `account_number`."""
    await forms.require_password(form, who)
    await forms.carry_out(attaching.detach, who, form.fields.get("account_number", ""), form.place, clock.now())
    return forms.done("Лицевой счёт отсоединён.")


@forms.consumer_form
async def start_removal(form: Form, who: Consumer) -> Response:
    """POST /api/profile/removal with `account_number` and `user`: step 1."""
    await forms.require_password(form, who)
    number, subject = form.fields.get("account_number", ""), whole_number(form.fields.get("user", ""))
    await forms.carry_out(attaching.start_removal, who, number, subject, form.place, clock.now())
    return forms.done("Код отправлен на телефон, указанный в договоре.")


@forms.consumer_form
async def confirm_removal(form: Form, who: Consumer) -> Response:
    """POST /api/profile/removal/confirm with `code`: step 2."""
    code = read_code(form.fields)
    progress = await forms.carry_out(attaching.confirm_removal, who, code, form.place, clock.now())
    return after_code(progress, "Пользователь больше не видит этот лицевой счёт.")


@forms.consumer_form
async def resend(form: Form, who: Consumer) -> Response:
    """POST /api/profile/code with `purpose`: send another code."""
    await forms.carry_out(attaching.resend, who, read_purpose(form.fields), clock.now())
    return forms.done(CODE_ASKED)


@forms.consumer_form
async def give_up(form: Form, who: Consumer) -> Response:
    """POST /api/profile/code/cancel with `purpose`: give up what waits for a code."""
    await forms.carry_out(attaching.give_up, who, read_purpose(form.fields), clock.now())
    return forms.done("Запрос отменён.")


@forms.consumer_form
async def end_session(form: Form, who: Consumer) -> Response:
    """POST /api/profile/session/end with `session`."""
    session_id = whole_number(form.fields.get("session", ""))
    await forms.require_password(form, who)
    await forms.carry_out(profile.end_session, who, session_id, form.place, clock.now())
    return forms.done("Сеанс завершён.")


@forms.consumer_form
async def end_other_sessions(form: Form, who: Consumer) -> Response:
    """POST /api/profile/sessions/end: end every session but this one."""
    await forms.require_password(form, who)
    await forms.carry_out(profile.end_other_sessions, who, form.place, clock.now())
    return forms.done("Остальные сеансы завершены.")


@forms.consumer_form
async def ask_deletion(form: Form, who: Consumer) -> Response:
    """POST /api/profile/deletion: delete the user after the days of grace."""
    await forms.require_password(form, who)
    await in_transaction(profile.admit_change, who, clock.now())
    await forms.carry_out(deletion.ask, who, form.place, clock.now())
    return forms.done("Запрос на удаление принят. Передумать можно в течение 7 дней.")


@forms.consumer_form
async def cancel_deletion(form: Form, who: Consumer) -> Response:
    """POST /api/profile/deletion/cancel: keep the user."""
    await forms.carry_out(deletion.cancel, who, form.place, clock.now())
    return forms.done("Удаление отменено.")


@forms.consumer_form
async def ask_data(form: Form, who: Consumer) -> Response:
    """POST /api/profile/data: let the browser fetch one's own data."""
    await forms.require_password(form, who)
    return forms.download(DATA, "Архив с вашими данными скачивается.")


async def data(request: Request) -> Response:
    """GET /api/profile/data: a ZIP with everything about the caller, soon after they gave their password."""
    who, now = await forms.signed_in(request), clock.now()
    if who is None or not await in_session(identity.is_confirmed, who, now):
        return RedirectResponse("/settings", status_code=303)
    archive = await in_reading_thread(personal_data.archive, who, now)
    await in_transaction(security.note_download, who, await place_of(request), now)
    name = f"lk-data-{clock.today():%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(archive, media_type="application/zip", headers=headers)


def after_code(progress: Progress, message: str) -> Response:
    return forms.refused_fields(progress.errors) if progress.errors else forms.done(message)


def read_name(fields: Mapping[str, str]) -> str:
    reader = typed.Reader(fields)
    name = reader.read("name", typed.user_name)
    reader.finish()
    return name


def read_code(fields: Mapping[str, str]) -> str:
    reader = typed.Reader(fields)
    code = reader.read("code", typed.code)
    reader.finish()
    return code


def read_purpose(fields: Mapping[str, str]) -> Purpose:
    for purpose in (Purpose.ATTACHING, Purpose.REMOVAL):
        if fields.get("purpose") == purpose:
            return purpose
    raise NotFound


def whole_number(text: str) -> int:
    """Return the id a button stands for; raises NotFound for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise NotFound
    return int(text)
