"""What a changed phone of an account means for the users who had proven the old one.

A number that its holder gave up goes to somebody else, who could then recover the user: so it stops being good for
that. It is not replaced by the new one, which may be that of the next owner of the premises.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col

from lk_app.models import Account, AccountLink, SecurityEvent, SecurityEventKind, User
from lk_app.services.exchange import staging
from lk_app.services.exchange.staging import Stage


def forget_changed(connection: sa.Connection, accounts: Stage, now: datetime) -> None:
    """Take from users the phones that are about to leave the last of their accounts; call before the merge."""
    # Otherwise PostgreSQL may read all staged accounts for each phone that has changed.
    staging.index_key(connection, accounts)
    staged = accounts.table
    own = (
        sa.select(sa.literal(1))
        .select_from(sa.join(AccountLink, Account, col(Account.number) == col(AccountLink.account_number)))
        .where(col(AccountLink.user_id) == col(User.id))
        .correlate(User)
    )
    loses = own.join(staged, staged.c.number == col(Account.number)).where(
        col(Account.phone) == col(User.phone), staged.c.phone.is_distinct_from(col(Account.phone))
    )
    next_phone = sa.case((staged.c.number.is_not(None), staged.c.phone), else_=col(Account.phone))
    keeps = own.join(staged, staged.c.number == col(Account.number), isouter=True).where(next_phone == col(User.phone))
    users = connection.scalars(sa.select(col(User.id)).where(loses.exists(), ~keeps.exists())).all()
    if users:
        connection.execute(sa.update(User).where(col(User.id).in_(users)).values(phone=None))
        events = [
            {
                "user_id": user_id,
                "kind": SecurityEventKind.PHONE_CHANGED,
                "at": now,
                "address": "",
                "browser": "",
                "subject": "",
            }
            for user_id in users
        ]
        connection.execute(sa.insert(SecurityEvent), events)
