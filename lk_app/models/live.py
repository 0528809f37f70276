"""What open pages have to hear of: written by whoever changes something, read by every process that serves pages."""

from datetime import datetime

from sqlmodel import Field

from lk_app.models.values import Instant, Table


class LiveChange(Table, table=True):
    """Something that a page may show has changed; it says where to look, never what."""

    __tablename__ = "live_changes"

    id: int | None = Field(default=None, primary_key=True)
    topic: str = Field(max_length=60)
    """What changed: «readings 66010000017», «reading queue»."""
    at: datetime = Field(sa_type=Instant, index=True)
