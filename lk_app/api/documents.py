"""What all documents share: who may have them, and a page that tells a person what went wrong.

Each request is authorised anew, by the session's cookie and by the link between its user and the account.
"""

import re
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from lk_app import logs
from lk_app.api import forms
from lk_app.api.printing import NotMade, Overloaded
from lk_app.models.values import Month, month_of
from lk_app.services.callers import Consumer
from lk_app.services.errors import FieldErrors, NotFound, ServiceError, TooManyAttempts
from lk_app.services.payment_qr import RequisitesBroken
from lk_app.services.receipts import NotYet
from lk_app.settings import settings
from lk_app.templates import template

REQUISITES_BROKEN = (
    "В реквизитах получателя нашлась ошибка, и мы не выдаём квитанцию, по которой деньги могли бы уйти не туда. "
    "Мы уже знаем об этом и исправим. Оплатить можно в абонентской службе."
)
SIGN_IN = "/login?refused=ended"
NO_DOCUMENT = "Вернитесь к взаиморасчётам и откройте документ ещё раз."
WAYS_BACK = (("/", "Вернуться к взаиморасчётам"), ("/contacts", "Контактная информация"))
SECONDS_TO_RETRY = 5
CODE = re.compile(r"[\w.:/-]{1,20}")
"""As billing's package has it (`services/exchange`)."""

Handler = Callable[[Request, Consumer], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def for_consumer(handler: Handler) -> Endpoint:
    """Return the endpoint of a document: only for who is signed in, and with a page for whatever goes wrong."""

    async def endpoint(request: Request) -> Response:
        who = await forms.signed_in(request)
        if who is None:
            return RedirectResponse(SIGN_IN, status_code=303)
        try:
            return await handler(request, who)
        except ServiceError as refusal:
            return told(refusal)
        except RequisitesBroken as broken:
            logs.stopped("a receipt", broken)
            return message("Квитанция пока недоступна", REQUISITES_BROKEN, 503)
        except Exception as error:
            logs.failed(error)
            return told(NotMade())

    return endpoint


def read_division(text: str) -> str:
    """Return the code of a division; raises NotFound for what can be none."""
    if not CODE.fullmatch(text):
        raise NotFound
    return text


def read_month(text: str) -> Month:
    """Return the month a choice stands for, YYYYMM; raises NotFound for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) == 6 and 1 <= int(text[4:]) <= 12 and text[0] != "0"):
        raise NotFound
    return month_of(int(text[:4]), int(text[4:]))


def told(refusal: ServiceError) -> Response:
    """Put an error of the rules into a page."""
    if isinstance(refusal, Overloaded):
        page = message("Подождите немного", refusal.message, 503)
        page.headers["Refresh"] = page.headers["Retry-After"] = str(SECONDS_TO_RETRY)
        return page
    if isinstance(refusal, NotMade):
        return message("Документ не сформирован", refusal.message, 500)
    if isinstance(refusal, TooManyAttempts):
        page = message("Подождите немного", refusal.message, 429)
        page.headers["Retry-After"] = str(refusal.seconds)
        return page
    if isinstance(refusal, FieldErrors):
        wrong = ". ".join(refusal.errors.values())
        return message("Проверьте, что вы выбрали", f"{wrong}. Закройте эту вкладку и выберите ещё раз.", 422)
    if isinstance(refusal, NotYet):
        return message("Квитанции пока нет", refusal.message, 409)
    return message("Документа нет", NO_DOCUMENT if type(refusal) is NotFound else refusal.message, 404)


def message(title: str, text: str, status: int, *, ways: Sequence[tuple[str, str]] = WAYS_BACK) -> Response:
    """Return a page that says one thing and leads back; `ways` are addresses and words."""
    values = {"title": title, "text": text, "company": settings().company_name, "home": ways[0][0], "ways": ways}
    return HTMLResponse(template("message.html").render(values), status_code=status)
