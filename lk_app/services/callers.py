"""Who asks: every service about somebody's data takes one of these, and scopes its queries by it."""

from dataclasses import dataclass

from sqlalchemy import Integer, String, bindparam
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from lk_app.models import Account, AccountLink, Appeal, Role
from lk_app.services.errors import NotAllowed


@dataclass(frozen=True)
class Consumer:
    """A signed-in user and the session they use; made only by the session check in `services.identity`."""

    user_id: int
    session_id: int

    @property
    def in_log(self) -> str:
        """What the log calls the session."""
        return f"consumer {self.session_id}"


@dataclass(frozen=True)
class StaffCaller:
    """Somebody of the staff who is signed in; made only by the session check in `services.staff.sessions`."""

    staff_id: int
    session_id: int
    role: Role

    @property
    def in_log(self) -> str:
        """What the log calls the session."""
        return f"staff {self.session_id}"


@dataclass(frozen=True)
class Command:
    """A command of the system, by the user of the system who ran it: whoever may run commands may do everything."""

    user: str


@dataclass(frozen=True)
class Onlooker:
    """Somebody of the staff who looks at what the consumers of one account see; made only by `onlooker`.

    Services that read an account take one in a consumer's place. What is one consumer's own is not theirs.
    """

    account_number: str
    user_id: int = 0
    """Nobody's."""


Author = StaffCaller | Command
Reader = Consumer | Onlooker


def onlooker(who: StaffCaller, account_number: str, *roles: Role) -> Onlooker:
    """Let staff with one of these roles look at an account as its consumers do; raises NotAllowed."""
    require_role(who, *roles)
    return Onlooker(account_number)


def require_role(who: StaffCaller, *roles: Role) -> None:
    """Let a service go on only for these roles; raises NotAllowed. Staff see every account, so it stands where
    `account_numbers` stands for consumers, and the same test asks for one or the other.
    """
    if who.role not in roles:
        raise NotAllowed


# Parameters in place of numbers, which the types don't know of: whoever runs the statement binds the real caller's.
CALLER = Consumer(bindparam("user_id", type_=Integer()), bindparam("session_id", type_=Integer()))  # type: ignore[arg-type]
"""Stands for the caller in a statement that is built once and run for everybody."""
LOOKING = Onlooker(bindparam("account_number", type_=String()), bindparam("user_id", type_=Integer()))  # type: ignore[arg-type]
"""The same for staff who look at an account."""


def account_numbers(who: Reader) -> SelectOfScalar[str]:
    """Return a subquery of the account numbers `who` may see: the one scope of all account data.

    Use it as `where(col(Charge.account_number).in_(account_numbers(who)))`; a test refuses a service that
    selects a table of account data without it.
    """
    if isinstance(who, Onlooker):
        return select(Account.number).where(col(Account.number) == who.account_number)
    return select(AccountLink.account_number).where(col(AccountLink.user_id) == who.user_id)


def appeals_of(who: Consumer) -> SelectOfScalar[str]:
    """Return a subquery of the ids of the appeals `who` made: the one scope of what is written in them. They belong to
    the user who asked, not to the account they are about, which others may have too.
    """
    return select(Appeal.id).where(Appeal.user_id == who.user_id)
