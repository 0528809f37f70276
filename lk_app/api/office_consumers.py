"""The forms by which staff help a consumer: end their sessions, take an account from them, let them try again."""

from starlette.responses import Response

from lk_app import clock
from lk_app.api import forms
from lk_app.api.forms import Form
from lk_app.api.profile import whole_number
from lk_app.services.callers import StaffCaller
from lk_app.services.office import helping
from lk_app.services.session import in_transaction
from lk_app.services.staff.duties import CONSUMERS, DETACHING

SIGNED_OUT = "Сеансы завершены: потребителю нужно войти заново."
NO_SESSIONS = "Открытых сеансов не было."
DETACHED = "Лицевой счёт отсоединён."
UNLOCKED = "Ограничение снято: потребитель может пробовать снова."


@forms.staff_form(*CONSUMERS)
async def end_sessions(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/consumers/sessions/end with `account` and `user`."""
    user_id = whole_number(form.fields.get("user", ""))
    ended = await in_transaction(helping.end_sessions, who, account_of(form), user_id, clock.now())
    return forms.done(SIGNED_OUT if ended else NO_SESSIONS)


@forms.staff_form(*DETACHING)
async def detach(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/consumers/detaching with `account`, `user` and `reason`."""
    user_id, reason = whole_number(form.fields.get("user", "")), form.fields.get("reason", "")
    await in_transaction(helping.detach, who, account_of(form), user_id, reason, clock.now())
    return forms.done(DETACHED)


@forms.staff_form(*CONSUMERS)
async def unlock(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/consumers/unlocking with `account` and `user`; without one it is for the contract's phone."""
    user = form.fields.get("user", "")
    await in_transaction(helping.unlock, who, account_of(form), whole_number(user) if user else None, clock.now())
    return forms.done(UNLOCKED)


def account_of(form: Form) -> str:
    return form.fields.get("account", "").replace("\0", "")
