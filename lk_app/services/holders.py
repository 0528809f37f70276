"""The phone that the contract of any account names. Asked before anybody has proven anything, so it tells no caller."""

from sqlmodel import Session, col, select

from lk_app.models import Account, AccountLink


def phone_on_record(session: Session, number: str) -> str | None:
    """Return the phone of an account, ten digits; None when it has none or does not exist."""
    return session.exec(select(Account.phone).where(Account.number == number)).one_or_none()


def is_on_record(session: Session, number: str | None, phone: str) -> bool:
    """Say whether this is the phone of this account, at the same cost for every answer."""
    return (
        session.exec(select(Account.number).where(Account.number == number, Account.phone == phone)).first() is not None
    )


def is_phone_of_user(session: Session, user_id: int, phone: str) -> bool:
    """Say whether an account that is attached to this user has this phone."""
    attached = select(AccountLink.account_number).where(AccountLink.user_id == user_id)
    with_phone = select(Account.number).where(col(Account.number).in_(attached), Account.phone == phone)
    return session.exec(with_phone).first() is not None
