"""Paying online: the forms that lead to the bank, and what the bank sends back unasked."""

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from lk_app import clock, logs
from lk_app.api import forms
from lk_app.api.forms import Form
from lk_app.services import references
from lk_app.services.acquiring import asking, callbacks, desk
from lk_app.services.acquiring.desk import at_the_desk
from lk_app.services.callers import Consumer
from lk_app.services.errors import NotFound, ServiceError
from lk_app.services.payments import paying
from lk_app.services.session import in_session, in_transaction
from lk_app.settings import settings

MAX_CALLBACK_BYTES = 8_192
MAX_CALLBACK_FIELDS = 100


@forms.consumer_form
async def pay(form: Form, who: Consumer) -> Response:
    """POST /api/payments with `account` and `amount-DIVISION`…; leads on to the bank's page."""
    require_bank()
    amounts = paying.read_amounts(form.fields)
    number = await in_session(references.account_of, who, form.fields.get("account", ""))
    email = form.fields.get("email", "")
    return forms.go_on(await at_the_desk(who.user_id, paying.pay, who, number, amounts, email, desk.bank(), clock.now))


@forms.consumer_form
async def resume(form: Form, who: Consumer) -> Response:
    """POST /api/payments/continue with `order`: back to the bank's page of an open attempt."""
    require_bank()
    order = form.fields.get("order", "")
    return forms.go_on(await at_the_desk(who.user_id, paying.resume, who, order, desk.bank(), clock.now))


@forms.consumer_form
async def repeat(form: Form, who: Consumer) -> Response:
    """POST /api/payments/repeat with `order`: pay once more what an attempt did not."""
    require_bank()
    order, email = form.fields.get("order", ""), form.fields.get("email", "")
    return forms.go_on(await at_the_desk(who.user_id, paying.repeat, who, order, email, desk.bank(), clock.now))


async def callback(request: Request) -> Response:
    """GET or POST /api/payments/callback: the bank says that something happened to an order, and we go and ask.

    Answered as soon as it is kept; 200 also when it is about nothing of ours, or the bank would repeat it.
    """
    try:
        fields = await callback_fields(request)
        if fields is None:
            return Response(status_code=413)
        key, now = settings().callback_key, clock.now()
        # Anybody may send one: what is of no use costs no transaction.
        useful = await in_session(callbacks.is_useful, fields, key)
        attempt_id = await in_transaction(callbacks.take, fields, key, now) if useful else None
    except Exception as error:
        logs.failed(error)
        return Response(status_code=500)
    follow_up = BackgroundTask(ask_about, attempt_id) if attempt_id is not None else None
    return PlainTextResponse("OK", background=follow_up)


async def callback_fields(request: Request) -> dict[str, str] | None:
    """Return a callback's fields, from its address or its body; None when there are more than a bank sends."""
    fields = dict(request.query_params)
    if request.method == "POST":
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MAX_CALLBACK_BYTES:
            return None
        sent = await request.form(max_fields=MAX_CALLBACK_FIELDS, max_files=0)
        fields |= {name: value for name, value in sent.items() if isinstance(value, str)}
    return fields if len(fields) <= MAX_CALLBACK_FIELDS else None


async def ask_about(attempt_id: int) -> None:
    """Ask the bank about an attempt; should that fail, the poller does it in a moment."""
    try:
        await at_the_desk(None, asking.ask_now, attempt_id, desk.bank(), clock.now)
    except ServiceError:
        pass
    except Exception as error:
        logs.failed(error)


def require_bank() -> None:
    """Raise NotFound where consumers can't pay online."""
    if not desk.is_available():
        raise NotFound("Оплата картой здесь пока недоступна. Заплатить можно по QR-коду или в абонентской службе.")
