"""What the worker throws away every hour: what has expired, and users whose grace is over."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete

from lk_app.models import SandboxLetter, SandboxMessage, StaffSession, UserSession
from lk_app.services import captcha, deletion, email, live, mail, rates, sms, verification
from lk_app.services.documents import store
from lk_app.services.exchange import once, runs
from lk_app.services.feedback import retention as feedback_retention
from lk_app.services.notifications import delivery
from lk_app.services.readings import retention

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
    delivery.forget_old(session, now)
    retention.forget_old(session, now)
    feedback_retention.forget_old(session, now)
    live.forget_old(session, now)
    once.forget_old(session, now)
    runs.forget_old(session, now)
    for sessions in (UserSession, StaffSession):
        session.exec(delete(sessions).where(col(sessions.created_at) < now - SESSIONS_KEPT))
    session.exec(delete(SandboxMessage).where(col(SandboxMessage.sent_at) < now - SANDBOX_KEPT))
    session.exec(delete(SandboxLetter).where(col(SandboxLetter.sent_at) < now - SANDBOX_KEPT))
