"""What a new portal says before staff have edited anything: loaded after the schema is made, and never again."""

from datetime import datetime

from sqlmodel import Session

from lk_app.services.feedback import templates, types
from lk_app.services.help import faq, index
from lk_app.services.readings import reasons


def load(session: Session, now: datetime) -> None:
    """Store whatever kind of content there is nothing of yet, and let the search find what this release says."""
    types.load_first(session)
    templates.load_first(session)
    reasons.load_first(session)
    faq.load_first(session, now)
    index.renew(session)
