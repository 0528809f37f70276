"""Messages that tell a person what was done to their access, so that a stranger's doing does not go unnoticed."""

from datetime import datetime, timedelta

from sqlmodel import Session

from lk_app.services import sms
from lk_app.settings import settings

LIVES = timedelta(days=1)

ATTACHED = "к лицевому счёту …{end} присоединена учётная запись"
RECOVERED = "имя и пароль вашего личного кабинета изменены"
PASSWORD_CHANGED = "пароль вашего личного кабинета изменён"  # noqa: S105 - a text about passwords
NAME_CHANGED = "имя для входа в личный кабинет изменено"
DELETION_ASKED = "вашу учётную запись в личном кабинете попросили удалить"


def tell(session: Session, phone: str | None, what: str, now: datetime, **details: str) -> None:
    """Tell a phone what happened; nobody is told when no phone is on record."""
    if phone is None:
        return
    text = f"{settings().company_name}: {what.format(**details)}. Если это сделали не вы, позвоните нам."
    sms.enqueue(session, phone, text, now, expires_at=now + LIVES)
