"""What the portal knows of having been restored from a copy of itself."""

from datetime import datetime

from sqlmodel import Field

from lk_app.models.values import Instant, Table


class Restoration(Table, table=True):
    """A time the portal went back to a copy: what was made here in between is lost, and others go on naming it."""

    __tablename__ = "restorations"

    id: int | None = Field(default=None, primary_key=True)
    copied_at: datetime = Field(sa_type=Instant)
    """Everything older is in the copy."""
    restored_at: datetime = Field(sa_type=Instant)
