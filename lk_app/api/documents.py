"""What all documents share: who may have them, and a page that tells a person what went wrong.

Each request is authorised anew, by the session's cookie and by the link between its user and the account.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from lk_app import logs
from lk_app.api import forms
from lk_app.api.printing import Overloaded
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
NOT_MADE = "Не получилось сформировать документ. Попробуйте ещё раз через несколько минут."
SECONDS_TO_RETRY = 5

Handler = Callable[[Request, Consumer], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def for_consumer(handler: Handler) -> Endpoint:
    """Return the endpoint of a document: only for who is signed in, and with a page for whatever goes wrong."""

    async def endpoint(request: Request) -> Response:
        who = await forms.signed_in(request)
        if who is None:
            return RedirectResponse("/login", status_code=303)
        try:
            return await handler(request, who)
        except ServiceError as refusal:
            return told(refusal)
        except RequisitesBroken as broken:
            logs.stopped("a receipt", broken)
            return message("Квитанция пока недоступна", REQUISITES_BROKEN, 503)
        except Exception as error:
            logs.failed(error)
            return message("Документ не сформирован", NOT_MADE, 500)

    return endpoint


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
    if isinstance(refusal, TooManyAttempts):
        page = message("Подождите немного", refusal.message, 429)
        page.headers["Retry-After"] = str(refusal.seconds)
        return page
    if isinstance(refusal, FieldErrors):
        return message("Проверьте, что вы выбрали", " ".join(refusal.errors.values()), 422)
    if isinstance(refusal, NotYet):
        return message("Квитанции пока нет", refusal.message, 409)
    return message("Документа нет", refusal.message, 404)


def message(title: str, text: str, status: int) -> Response:
    """Return a page that says one thing and leads back."""
    values = {"title": title, "text": text, "company": settings().company_name, "home": "/"}
    return HTMLResponse(template("message.html").render(values), status_code=status)
