"""The forms by which administrators create members of the staff and change them; each asks for their own password.

A new password and a key of the second factor are in one answer, and nowhere after that.
"""

from collections.abc import Mapping

import segno
from starlette.responses import Response

from lk_app import clock
from lk_app.api import forms, passwords
from lk_app.api.forms import Form
from lk_app.models import Role
from lk_app.services.callers import StaffCaller
from lk_app.services.errors import FieldErrors
from lk_app.services.session import in_transaction
from lk_app.services.staff import members, totp
from lk_app.services.staff.duties import MEMBERS
from lk_app.services.staff.members import MemberRefused, NewMember

NO_ROLE = "Выберите роль"
PICTURE_SCALE = 5


@forms.staff_form(*MEMBERS)
async def create(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/members with `login`, `name`, `role`, `password` (or none, to have one made)."""
    login, name, role = read_new(form.fields)
    password, password_hash = await new_password(form, who, login)
    new = NewMember(login, name, role, password_hash, totp.new_secret())
    await in_transaction(members.create, who, new, clock.now())
    return forms.hand_over("Сотрудник создан.", login=login, password=password, **shown(new.secret, login))


@forms.staff_form(*MEMBERS)
async def set_role(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/members/role with `login` and `role`."""
    role = read_role(form.fields)
    await forms.require_staff_password(form, who)
    await in_transaction(members.set_role, who, login_of(form), role, clock.now())
    return forms.done("Роль изменена.")


@forms.staff_form(*MEMBERS)
async def set_password(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/members/password with `login` and `password` (or none, to have one made)."""
    login = login_of(form)
    password, password_hash = await new_password(form, who, login)
    await in_transaction(members.set_password, who, login, password_hash, clock.now())
    return forms.hand_over("Пароль изменён, сеансы завершены.", login=login, password=password)


@forms.staff_form(*MEMBERS)
async def set_second_factor(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/members/second-factor with `login`."""
    login, secret = login_of(form), totp.new_secret()
    await forms.require_staff_password(form, who)
    await in_transaction(members.set_second_factor, who, login, secret, clock.now())
    done = "Второй фактор выдан заново, сеансы завершены."
    return forms.hand_over(done, login=login, **shown(secret, login))


@forms.staff_form(*MEMBERS)
async def end_sessions(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/members/sessions/end with `login`."""
    await forms.require_staff_password(form, who)
    await in_transaction(members.end_sessions, who, login_of(form), clock.now())
    return forms.done("Сеансы завершены.")


@forms.staff_form(*MEMBERS)
async def disable(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/members/disabling with `login`."""
    await forms.require_staff_password(form, who)
    await in_transaction(members.disable, who, login_of(form), clock.now())
    return forms.done("Сотрудник отключён, сеансы завершены.")


@forms.staff_form(*MEMBERS)
async def enable(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/members/enabling with `login`."""
    await forms.require_staff_password(form, who)
    await in_transaction(members.enable, who, login_of(form), clock.now())
    return forms.done("Сотрудник снова работает, с прежними паролем и вторым фактором.")


def read_new(fields: Mapping[str, str]) -> tuple[str, str, Role]:
    """Return login, name and role of a new member; raises FieldErrors about all of them together."""
    errors, login, name, role = {}, "", "", Role.OPERATOR
    try:
        login = members.new_login(fields.get("login", ""))
    except MemberRefused as refusal:
        errors["login"] = refusal.message
    try:
        name = members.new_name(fields.get("name", ""))
    except MemberRefused as refusal:
        errors["name"] = refusal.message
    try:
        role = read_role(fields)
    except FieldErrors as refusal:
        errors |= refusal.errors
    if errors:
        raise FieldErrors(errors)
    return login, name, role


def read_role(fields: Mapping[str, str]) -> Role:
    """Return the role that was chosen; raises FieldErrors."""
    if fields.get("role", "") not in list(Role):
        raise FieldErrors({"role": NO_ROLE})
    return Role(fields["role"])


async def new_password(form: Form, who: StaffCaller, login: str) -> tuple[str, str]:
    """Return a password to be shown, which is empty if it was typed, and the hash of whichever it is.

    Checks the administrator's own password before the slow part; raises FieldErrors or TooManyAttempts.
    """
    typed = form.fields.get("password", "")
    if typed:
        refuse_broken(typed, login)
    await forms.require_staff_password(form, who)
    made = "" if typed else members.generated_password()
    return made, await passwords.hashed(typed or made)


def refuse_broken(password: str, login: str) -> None:
    try:
        members.check_new_password(password, login)
    except MemberRefused as refusal:
        raise FieldErrors({"password": refusal.message}) from refusal


def shown(secret: str, login: str) -> dict[str, str]:
    """Return a key as a picture for the app of a phone, and in groups of four for whoever has to type it."""
    picture = segno.make(totp.provisioning_uri(secret, login), micro=False).png_data_uri(scale=PICTURE_SCALE)
    return {"picture": picture, "key": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))}


def login_of(form: Form) -> str:
    return form.fields.get("login", "").replace("\0", "")
