"""Documents that were made for somebody and are kept for a while, so that they are not made again."""

from datetime import datetime

from sqlmodel import Field

from lk_app.models.values import Instant, Table


class Document(Table, table=True):
    """A PDF under the digest of what it says: other data make another document, never a change of this one."""

    __tablename__ = "documents"

    digest: str = Field(primary_key=True, max_length=64)
    """SHA-256, in hex, of everything the document is made from."""
    claimed_at: datetime = Field(sa_type=Instant, index=True)
    """When somebody began to make it; if it never came, another may try after a while."""
    content: bytes | None = None
    """The file; none while it is being made."""
