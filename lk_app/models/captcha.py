"""Questions that tell people from programs."""

from datetime import datetime

from sqlmodel import Field

from lk_app.models.values import Instant, Table


class Captcha(Table, table=True):
    """One arithmetic question. The browser knows its id and its picture, never the question as text."""

    __tablename__ = "captchas"

    id: str = Field(primary_key=True, max_length=22)
    question: str = Field(max_length=8)
    """An expression like `37+8`."""
    created_at: datetime = Field(sa_type=Instant, index=True)
    used_at: datetime | None = Field(default=None, sa_type=Instant)
    """When an answer was given, right or wrong."""
