"""The history of payments as XLSX and CSV, and «Подтверждение платежа» as PDF."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from urllib.parse import quote

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from lk_app import clock
from lk_app.api import printing
from lk_app.api.documents import for_consumer, read_division
from lk_app.models import Division
from lk_app.services import rates, references
from lk_app.services.callers import Consumer
from lk_app.services.errors import FieldErrors, NotFound
from lk_app.services.payments import confirmation as confirming
from lk_app.services.payments import files, history
from lk_app.services.payments.confirmation import ConfirmationPage
from lk_app.services.payments.history import Filter, PaymentLine
from lk_app.services.rates import Limit
from lk_app.services.session import snapshot, writing

CONFIRMATION = "documents/payment.html"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
NUMBER = re.compile(r"[\w.:/-]{1,40}")
"""Of an order of ours, or of a document as billing's package has it."""

Writer = Callable[[Sequence[PaymentLine], str, datetime], bytes]


@for_consumer
async def history_xlsx(request: Request, who: Consumer) -> Response:
    """GET /api/payments/{account}/history.xlsx?from=YYYY-MM-DD&to=YYYY-MM-DD&division=gas, all of them optional."""
    return await history_file(request, who, files.as_xlsx, "xlsx", XLSX)


@for_consumer
async def history_csv(request: Request, who: Consumer) -> Response:
    """GET /api/payments/{account}/history.csv with the same."""
    return await history_file(request, who, lambda lines, number, now: files.as_csv(lines), "csv", CSV)


@for_consumer
async def confirmation(request: Request, who: Consumer) -> Response:
    """GET /api/payments/{account}/confirmation?order= or ?document=: what was paid online, or posted by billing."""
    asked, account = request.query_params, request.path_params["account"]
    order, document = read_number(asked.get("order", "")), read_number(asked.get("document", ""))
    if bool(order) == bool(document):
        raise NotFound
    return printing.shown(await printing.printed(CONFIRMATION, read_confirmation, who, account, order, document))


async def history_file(request: Request, who: Consumer, write: Writer, kind: str, media_type: str) -> Response:
    """Return every payment that the address asks for, as a file to save."""
    wanted = read_filter(request)
    now = clock.now()
    with printing.taken_on(who):
        content = await printing.at_the_desk(made, who, request.path_params["account"], wanted, write, now)
    name = f"{files.TITLE}, {clock.today()}.{kind}"
    headers = {"Content-Disposition": f"attachment; filename=\"payments.{kind}\"; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=media_type, headers=headers)


def made(who: Consumer, reference: str, wanted: Filter, write: Writer, now: datetime) -> bytes:
    """Return the file of an account's payments; raises NotFound or TooManyAttempts."""
    with writing() as session:
        rates.take(session, [Limit("payment files", str(who.user_id), printing.PACE)], now)
    with snapshot() as session:
        number = references.account_of(session, who, reference)
        if wanted.division_code and session.get(Division, wanted.division_code) is None:
            raise NotFound
        lines = history.whole_history(session, who, number, wanted, now)
    return write(lines, number, now)


def read_confirmation(
    session: Session, who: Consumer, reference: str, order_number: str, payment_id: str
) -> ConfirmationPage:
    number = references.account_of(session, who, reference)
    if order_number:
        return confirming.of_order(session, who, number, order_number)
    return confirming.of_document(session, who, number, payment_id)


def read_filter(request: Request) -> Filter:
    """Return which payments an address asks for; raises NotFound, or FieldErrors about the days."""
    asked = request.query_params
    first, last, division = read_day(asked.get("from", "")), read_day(asked.get("to", "")), asked.get("division", "")
    if first and last and first > last:
        raise FieldErrors({"to": "Последний день раньше первого"})
    return Filter(first, last, read_division(division) if division else "")


def read_day(text: str) -> date | None:
    """Return a day, YYYY-MM-DD, or nothing for nothing; raises NotFound for what is no day."""
    if not text:
        return None
    if not DAY.fullmatch(text):
        raise NotFound
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound from None


def read_number(text: str) -> str:
    """Return the number of an order or a document, if there is one; raises NotFound for what can be none."""
    if text and not NUMBER.fullmatch(text):
        raise NotFound
    return text
