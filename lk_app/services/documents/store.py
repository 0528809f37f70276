"""The store of documents that were made: each is made once, by one process, however many ask for it at once."""

import hashlib
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select, update

from lk_app.models import Document
from lk_app.services.inserting import insert_into

GIVEN_UP_AFTER = timedelta(minutes=2)
"""Longer than one waits for its turn and is made: whoever claimed it is no more."""


def digest_of(*contents: str) -> str:
    """Return the name of the document that is made from these contents."""
    return hashlib.sha256("\0".join(contents).encode()).hexdigest()


def find(session: Session, digest: str) -> bytes | None:
    """Return the file if it was made already."""
    return session.exec(select(Document.content).where(Document.digest == digest)).first()


def claim(session: Session, digest: str, now: datetime) -> bool:
    """Say whether the caller is the one to make it; to be committed before it begins."""
    new = insert_into(session, Document).values(digest=digest, claimed_at=now).on_conflict_do_nothing()
    if session.execute(new.returning(col(Document.digest))).first():
        return True
    given_up = (
        update(Document)
        .where(
            col(Document.digest) == digest,
            col(Document.content).is_(None),
            col(Document.claimed_at) <= now - GIVEN_UP_AFTER,
        )
        .values(claimed_at=now)
    )
    return session.exec(given_up).rowcount == 1


def keep(session: Session, digest: str, content: bytes) -> None:
    """Keep what was made."""
    session.exec(update(Document).where(col(Document.digest) == digest).values(content=content))


def give_up(session: Session, digest: str, claimed_at: datetime) -> None:
    """Let others try what could not be made, unless somebody has taken it over already."""
    claimed = col(Document.digest) == digest, col(Document.claimed_at) == claimed_at
    session.exec(delete(Document).where(*claimed, col(Document.content).is_(None)))
