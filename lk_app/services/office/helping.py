"""What staff do for a consumer, or to one: end their sessions, take an account from them, let them try again.

The consumer finds each of it in «Настройки», and the audit log has who did it.
"""

from datetime import datetime

from sqlmodel import Session, select

from lk_app.models import AccountLink, Action, SecurityEventKind, User
from lk_app.services import attaching, email, holders, identity, security, verification
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.errors import FieldErrors, NotFound
from lk_app.services.staff import audit
from lk_app.services.staff.duties import CONSUMERS, DETACHING

REASONS = {
    "asked": "Попросил сам пользователь",
    "holder": "Попросил владелец лицевого счёта",
    "moved": "Сменился владелец или жилец",
    "mistake": "Присоединён по ошибке",
    "stranger": "Присоединил посторонний",
}
"""Why an account is taken from a user: none says anything personal, and so it may stand in the audit log."""

NOT_CHOSEN = "Выберите причину"
NOT_ATTACHED = "У этого пользователя такого лицевого счёта уже нет. Закройте окно и обновите страницу."

NO_PHONE = "У лицевого счёта нет телефона, поэтому снимать нечего. Телефон указывают в абонентской службе."


def end_sessions(session: Session, who: StaffCaller, account_number: str, user_id: int, now: datetime) -> int:
    """Sign a user of the account out in every browser; return of how many. Raises NotFound."""
    require_role(who, *CONSUMERS)
    _user_of(session, who, account_number, user_id)
    ended = identity.end_sessions(session, user_id, now)
    if ended:
        kind = SecurityEventKind.SESSION_ENDED
        security.record(session, kind, user_id, now, subject=security.BY_STAFF)
    detail = f"user {user_id}: {ended}"
    audit.record(session, who, Action.SESSIONS_ENDED, now, subject=account_number, detail=detail)
    return ended


def detach(session: Session, who: StaffCaller, account_number: str, user_id: int, reason: str, now: datetime) -> None:
    """Take the account from a user, for one of REASONS by its key; raises NotFound or FieldErrors."""
    require_role(who, *DETACHING)
    if reason not in REASONS:
        raise FieldErrors({"reason": NOT_CHOSEN})
    _user_of(session, who, account_number, user_id)
    attaching.unlink(session, user_id, account_number, now)
    told = f"{security.masked_account(account_number)}, {security.BY_STAFF}"
    security.record(session, SecurityEventKind.DETACHED, user_id, now, subject=told)
    detail = f"user {user_id}: {REASONS[reason]}"
    audit.record(session, who, Action.ACCOUNT_DETACHED, now, subject=account_number, detail=detail)


def unlock(session: Session, who: StaffCaller, account_number: str, user_id: int | None, now: datetime) -> None:
    """Let a user of the account sign in and give codes as if they had mistyped nothing; raises NotFound.

    Without a user it is for whoever registers or recovers by the phone of the contract. How many messages may be sent
    a day stays as it is: they cost money.
    """
    require_role(who, *CONSUMERS)
    phones = {holders.phone_on_record(session, account_number)}
    if user_id is None and phones == {None}:
        raise NotFound(NO_PHONE)
    if user_id is not None:
        user = _user_of(session, who, account_number, user_id)
        identity.forget_refusals(session, user)
        email.forget_tries(session, user_id)
        phones.add(user.phone)
        security.record(session, SecurityEventKind.UNLOCKED, user_id, now, subject=security.BY_STAFF)
    for phone in sorted(filter(None, phones)):
        verification.forget_tries(session, phone)
    detail = f"user {user_id}" if user_id is not None else "phone of the contract"
    audit.record(session, who, Action.CONSUMER_UNLOCKED, now, subject=account_number, detail=detail)


def _user_of(session: Session, who: StaffCaller, account_number: str, user_id: int) -> User:
    """Return a user who has the account, or none at all if no number is given; raises NotFound.

    They are locked until the end of the transaction.
    """
    require_role(who, *CONSUMERS)
    user = session.exec(select(User).where(User.id == user_id).with_for_update(key_share=True)).one_or_none()
    # Asked after the lock was got: a colleague, or the user, may have detached it meanwhile.
    attached = session.exec(select(AccountLink.account_number).where(AccountLink.user_id == user_id)).all()
    if user is None or user.deleted_at or (account_number not in attached if account_number else attached):
        raise NotFound(NOT_ATTACHED)
    return user
