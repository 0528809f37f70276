"""Receipts: as PDF in a tab of its own and by e-mail, and the payment code for the screen."""

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from lk_app import clock, formats, logs
from lk_app.api import forms, printing
from lk_app.api.documents import REQUISITES_BROKEN, for_consumer, read_division, read_month
from lk_app.api.forms import Form
from lk_app.models.values import Month
from lk_app.pdf import pictures
from lk_app.services import receipts, references
from lk_app.services.callers import Consumer
from lk_app.services.errors import ServiceError
from lk_app.services.payment_qr import RequisitesBroken
from lk_app.services.receipts import ReceiptPage
from lk_app.services.session import snapshot

RECEIPT = "documents/receipt.html"


@for_consumer
async def show(request: Request, who: Consumer) -> Response:
    """GET /api/receipts/{account}/{division}?period=YYYYMM: the receipt of a closed period."""
    account, division = request.path_params["account"], read_division(request.path_params["division"])
    month = read_month(request.query_params.get("period", ""))
    return printing.shown(await printing.printed(RECEIPT, read_receipt, who, account, division, month))


@forms.consumer_form
async def mail(form: Form, who: Consumer) -> Response:
    """POST /api/receipts/mail with `account`, `division` and `period`."""
    sent = form.fields
    account, division = sent.get("account", ""), read_division(sent.get("division", ""))
    month = read_month(sent.get("period", ""))
    try:
        receipt = await printing.printed(RECEIPT, read_receipt, who, account, division, month)
    except RequisitesBroken as broken:
        logs.stopped("a receipt", broken)
        raise ServiceError(REQUISITES_BROKEN) from broken
    address = await forms.carry_out(receipts.send_by_mail, who, receipt.page, receipt.content, clock.now())
    return forms.done(f"Квитанция отправлена на {formats.masked_email(address)}.")


@for_consumer
async def payment_code(request: Request, who: Consumer) -> Response:
    """GET /api/receipts/{account}/{division}/payment.png: the QR of what is owed now."""
    account, division = request.path_params["account"], read_division(request.path_params["division"])
    with printing.taken_on(who):
        png = await printing.at_the_desk(draw_payment, who, account, division)
    return Response(png, media_type="image/png")


def read_receipt(session: Session, who: Consumer, reference: str, division: str, month: Month) -> ReceiptPage:
    number = references.account_of(session, who, reference)
    return receipts.receipt_page(receipts.open_receipt(session, who, number, division, month, clock.today()))


def draw_payment(who: Consumer, reference: str, division: str) -> bytes:
    with snapshot() as session:
        number = references.account_of(session, who, reference)
        text = receipts.debt_payment(session, who, number, division, clock.today())
    return pictures.qr_png(text)
