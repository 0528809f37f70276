"""«Отправить на почту»: a receipt as a letter to the address its user has proven."""

from datetime import datetime, timedelta

from sqlmodel import Session

from lk_app.services import identity, mail, rates
from lk_app.services.accounts import contract_of
from lk_app.services.callers import Consumer
from lk_app.services.errors import ServiceError
from lk_app.services.mail import Attachment
from lk_app.services.rates import Limit, Window
from lk_app.services.receipts.words import ReceiptPage
from lk_app.settings import settings

SUBJECT_LENGTH = 200
PER_DAY = Window(most=20, period=timedelta(days=1))


class NoMailbox(ServiceError):
    """There is no proven address, or no mail server."""

    def __init__(self) -> None:
        super().__init__("Чтобы получать квитанции на почту, укажите её адрес в разделе «Настройки».")


def send_by_mail(session: Session, who: Consumer, page: ReceiptPage, content: bytes, now: datetime) -> str:
    """Put a receipt into the outbox and return the address it goes to.

    Raises NotFound if the account is no longer the caller's, NoMailbox or TooManyAttempts.
    """
    address = identity.user_of(session, who).email
    # Asked again: the account may have been detached while the receipt was being drawn.
    contract_of(session, who, page.head.account)
    if address is None or not mail.is_available():
        raise NoMailbox
    rates.take(session, [Limit("receipts by mail", str(who.user_id), PER_DAY)], now)
    subject = f"{settings().company_name}. {page.head.title}, {page.head.subtitle}"[:SUBJECT_LENGTH]
    mail.enqueue(session, who.user_id, address, subject, letter_text(page), now, Attachment(page.file_name, content))
    return address


def letter_text(page: ReceiptPage) -> str:
    """Return what the letter says; whose account it is stands only in the attached file."""
    how = "Квитанция приложена к письму: файл PDF, в нём QR-код для оплаты." if page.owed else "Квитанция приложена."
    lines = [
        # Its last word is «г.».
        f"{page.head.title}, {page.head.subtitle}",
        page.past or (f"{page.due}: {page.to_pay}." if page.owed else f"{page.advice}."),
        how,
        "Вы получили это письмо, потому что попросили о нём в личном кабинете. Отвечать на него не нужно.",
        page.head.portal,
    ]
    return "\n\n".join(lines) + "\n"
