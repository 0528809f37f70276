"""The forms by which staff give money back and take payments off the list: what they have written must not be lost."""

import asyncio

from starlette.responses import Response

from lk_app import clock
from lk_app.api import forms
from lk_app.api.forms import Form
from lk_app.models import RefundState
from lk_app.services.acquiring import desk
from lk_app.services.acquiring.desk import at_the_desk
from lk_app.services.acquiring.refunds import CannotRefund
from lk_app.services.callers import StaffCaller
from lk_app.services.errors import NotFound
from lk_app.services.payments import settling
from lk_app.services.session import in_transaction
from lk_app.services.staff.duties import PAYMENTS

WAITS_S = 25.0
"""How long a form waits for the bank; what comes later the page shows by itself."""

SETTLED = "Снято с контроля."


@forms.staff_form(*PAYMENTS)
async def refund(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/payments/refund with `order`, `seen`, `what`, `amount`, `reason` and `current_password`."""
    if not desk.is_available():
        raise NotFound("Банк в настройках портала не указан: вернуть деньги отсюда нельзя.")
    wanted = settling.read_refund(form.fields)
    await forms.require_staff_password(form, who)
    work = at_the_desk(("staff", who.staff_id), settling.refund, who, wanted, desk.bank(), clock.now)
    try:
        # Who stops waiting does not end it.
        state = await asyncio.wait_for(asyncio.shield(work), WAITS_S)
    except TimeoutError:
        state = RefundState.ASKED
    if state is RefundState.REFUSED:
        raise CannotRefund(settling.TOLD[state])
    return forms.done(settling.TOLD[state])


@forms.staff_form(*PAYMENTS)
async def settle(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/payments/settlement with `order`, `reason` and `note`."""
    settled = settling.read_settlement(form.fields)
    await in_transaction(settling.settle, who, settled, clock.now())
    return forms.done(SETTLED)
