"""What the search over help finds."""

from enum import StrEnum

from sqlmodel import Field

from lk_app.models.values import Table, one_of

STEMS = "search_stems"
"""How the tables are called, or begin to be called, that the databases keep by themselves."""


class Source(StrEnum):
    """Where a text stands."""

    FAQ = "faq"
    HELP = "help"


class SearchText(Table, table=True):
    """A text that can be found. The database keeps an index of its stems by triggers, in `search_stems`: an FTS5 table
    on SQLite, a table of `tsvector` on PostgreSQL.
    """

    __tablename__ = "search_texts"

    id: int | None = Field(default=None, primary_key=True)
    source: Source = Field(sa_type=one_of(Source, "source"))
    address: str = Field(max_length=200, unique=True)
    """Where it is read: `/help/payment#refunds`."""
    type_code: str | None = Field(default=None, foreign_key="appeal_types.code", max_length=20, index=True)
    """Of which type of appeals, for an entry of the FAQ."""
    title: str = Field(max_length=200)
    text: str
    """Without markup."""
    title_stems: str
    """Stems of the words of the title, separated by spaces."""
    text_stems: str
