"""Periodic work, claimed by whichever process is first."""

from datetime import datetime

from sqlmodel import Field

from lk_app.models.values import Instant, Table


class Job(Table, table=True):
    """A piece of periodic work and when it is due."""

    __tablename__ = "jobs"

    name: str = Field(primary_key=True, max_length=40)
    next_run_at: datetime = Field(sa_type=Instant)
