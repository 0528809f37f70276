"""«Отправить на почту»: a receipt as a letter to the address its user has proven."""

from datetime import datetime, timedelta

from sqlmodel import Session

from lk_app.services import identity, mail, rates
from lk_app.services.callers import Consumer
from lk_app.services.errors import ServiceError
from lk_app.services.mail import Attachment
from lk_app.services.rates import Limit, Window
from lk_app.services.receipts.words import ReceiptPage
from lk_app.settings import settings

PER_DAY = Window(most=20, period=timedelta(days=1))


class NoMailbox(ServiceError):
    """There is no proven address, or no mail server."""

    def __init__(self) -> None:
        super().__init__("Чтобы получать квитанции на почту, укажите её адрес в разделе «Настройки».")


def send_by_mail(session: Session, who: Consumer, page: ReceiptPage, content: bytes, now: datetime) -> str:
    """Put a receipt into the outbox and return the address it goes to; raises NoMailbox or TooManyAttempts."""
    address = identity.user_of(session, who).email
    if address is None or not mail.is_available():
        raise NoMailbox
    rates.take(session, [Limit("receipts by mail", str(who.user_id), PER_DAY)], now)
    subject = f"{settings().company_name}: квитанция {page.head.subtitle}"
    mail.enqueue(session, address, subject, letter_text(page), now, Attachment(page.file_name, content))
    return address


def letter_text(page: ReceiptPage) -> str:
    """Return what the letter says; whose account it is stands only in the attached file."""
    due = f"К оплате {page.to_pay} до {page.due_on}." if page.owed else "Оплата не требуется."
    return (
        f"{page.head.title}, {page.head.subtitle}.\n{due}\n\nКвитанция приложена к письму: файл PDF можно распечатать "
        f"или оплатить по QR-коду.\n\nВы получили это письмо, потому что попросили о нём в личном кабинете "
        f"{page.head.portal}. Отвечать на него не нужно.\n"
    )
