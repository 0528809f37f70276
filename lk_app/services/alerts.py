"""Messages that tell a person what was done to their access, so that a stranger's doing does not go unnoticed."""

from datetime import datetime, timedelta

from sqlmodel import Session

from lk_app.services import rates, sms
from lk_app.services.errors import TooManyAttempts
from lk_app.services.rates import Limit, Window
from lk_app.settings import settings

LIVES = timedelta(days=1)
PER_PHONE = Window(most=10, period=timedelta(days=1))

ATTACHED = "к лицевому счёту …{end} присоединена учётная запись"
RECOVERED = "имя и пароль вашего личного кабинета изменены"
PASSWORD_CHANGED = "пароль вашего личного кабинета изменён"  # noqa: S105 - a text about passwords
NAME_CHANGED = "имя для входа в личный кабинет изменено"
EMAIL_CHANGED = "адрес электронной почты в вашем личном кабинете изменён"
EMAIL_REMOVED = "адрес электронной почты удалён из вашего личного кабинета"
DELETION_ASKED = "вашу учётную запись в личном кабинете попросили удалить"


def tell(session: Session, phone: str | None, what: str, now: datetime, **details: str) -> None:
    """Tell a phone what happened.

    Nobody is told when no phone is on record, or when so much was told already that it would cost or annoy more than
    it warns: what happened is in the security log all the same.
    """
    if phone is None:
        return
    try:
        rates.take(session, [Limit("alerts", phone, PER_PHONE), Limit("all alerts", "", rates.per_day())], now)
    except TooManyAttempts:
        return
    text = f"{settings().company_name}: {what.format(**details)}. Если это сделали не вы, позвоните нам."
    sms.enqueue(session, phone, text, now, expires_at=now + LIVES)
