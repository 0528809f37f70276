"""Who asks: every service about somebody's data takes one of these, and scopes its queries by it."""

from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from lk_app.models import AccountLink


@dataclass(frozen=True)
class Consumer:
    """A signed-in user and the session they use; made only by the session check in `services.identity`."""

    user_id: int
    session_id: int


def account_numbers(who: Consumer) -> SelectOfScalar[str]:
    """Return a subquery of the account numbers `who` may see: the one scope of all account data.

    Use it as `where(col(Charge.account_number).in_(account_numbers(who)))`; a test refuses a service that
    selects a table of account data without it.
    """
    return select(AccountLink.account_number).where(col(AccountLink.user_id) == who.user_id)
