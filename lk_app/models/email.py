"""Proofs by letter that an address is in a user's hands."""

from datetime import datetime

from sqlmodel import Field

from lk_app.models.values import Instant, Table


class EmailProof(Table, table=True):
    """An address that waits for the code sent to it; one a user, gone when it has been given or is given up."""

    __tablename__ = "email_proofs"

    user_id: int = Field(foreign_key="users.id", primary_key=True, sa_column_kwargs={"autoincrement": False})
    address: str = Field(max_length=254)
    code_hash: str = Field(max_length=64)
    """Keyed digest of the code, in hex."""
    code_sent_at: datetime = Field(sa_type=Instant)
    wrong_tries: int = 0
    """Wrong codes tried on the present code."""
    letter_id: int | None = Field(default=None, foreign_key="letters.id", ondelete="SET NULL", index=True)
    """The letter with the present code."""
