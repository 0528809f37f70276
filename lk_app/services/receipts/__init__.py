"""«Квитанция»: a demand for payment for one account, division and closed period."""

from lk_app.services.receipts.availability import is_available, offered_months
from lk_app.services.receipts.content import NotYet, Receipt, open_receipt
from lk_app.services.receipts.mail import send_by_mail
from lk_app.services.receipts.payment import debt_payment
from lk_app.services.receipts.words import ReceiptPage, receipt_page

__all__ = [
    "NotYet",
    "Receipt",
    "ReceiptPage",
    "debt_payment",
    "is_available",
    "offered_months",
    "open_receipt",
    "receipt_page",
    "send_by_mail",
]
