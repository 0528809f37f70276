"""What the worker throws away every hour: what has expired, and users whose grace is over."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete

from lk_app.models import SandboxLetter, SandboxMessage, UserSession
from lk_app.services import captcha, deletion, email, mail, rates, sms, verification
from lk_app.services.documents import store

SESSIONS_KEPT = timedelta(days=30)
SANDBOX_KEPT = timedelta(days=7)


def clean_up(session: Session, now: datetime) -> None:
    """Delete what nobody can use any more."""
    deletion.delete_due(session, now)
    deletion.forget_consents(session, now)
    verification.forget_old(session, now)
    email.forget_old(session, now)
    captcha.forget_old(session, now)
    while rates.forget_past(session, now):
        pass
    sms.forget_old(session, now)
    store.forget_old(session, now)
    mail.forget_old(session, now)
    session.exec(delete(UserSession).where(col(UserSession.created_at) < now - SESSIONS_KEPT))
    session.exec(delete(SandboxMessage).where(col(SandboxMessage.sent_at) < now - SANDBOX_KEPT))
    session.exec(delete(SandboxLetter).where(col(SandboxLetter.sent_at) < now - SANDBOX_KEPT))
