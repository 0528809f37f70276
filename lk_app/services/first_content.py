"""What a new portal says before staff have edited anything: loaded after the schema is made, and never again."""

from sqlmodel import Session

from lk_app.services.feedback import templates, types


def load(session: Session) -> None:
    """Store whatever kind of content there is nothing of yet."""
    types.load_first(session)
    templates.load_first(session)
