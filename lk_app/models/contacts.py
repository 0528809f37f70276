"""Offices: where a consumer can come or call."""

from sqlalchemy import false
from sqlmodel import JSON, Column, Field

from lk_app.models.values import Table


class Office(Table, table=True):
    """A service point, as billing sends it in `offices.csv` until staff edit it here."""

    __tablename__ = "offices"

    code: str = Field(primary_key=True, max_length=20)
    name: str = Field(max_length=200)
    address: str = Field(max_length=300)
    phones: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    hours: str = Field(max_length=200)
    """Opening hours by ISO weekday, for example `1-4 08:00-12:00,13:00-17:00; 5 08:00-16:00`."""
    directions: str = Field(default="", max_length=1000)
    published: bool = True
    edited: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether staff have edited it: from then on billing no longer changes it."""
