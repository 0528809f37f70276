"""Whose accounts are whose: attaching by a code, detaching, and removing other users from one's own account."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, delete, update

from lk_app.models import AccountLink, Purpose, SecurityEventKind, User, UserSession, Verification
from lk_app.services import alerts, codes, holders, identity, security, typed, verification
from lk_app.services.callers import Consumer, account_numbers
from lk_app.services.codes import Tried
from lk_app.services.errors import FieldErrors, NotFound, RequestOver
from lk_app.services.places import Place
from lk_app.services.verification import Pending, Progress, Stage

TITLE_LENGTH = 45


def attach(session: Session, user_id: int, number: str, place: Place, now: datetime) -> None:
    """Let a user see and act for an account, and tell its phone. The caller has proven that they may."""
    identity.attach(session, user_id, number, now)
    subject = security.masked_account(number)
    security.record(session, SecurityEventKind.ATTACHED, user_id, now, place=place, subject=subject)
    alerts.tell(session, holders.phone_on_record(session, number), alerts.ATTACHED, now, end=number[-4:])


def read(fields: Mapping[str, str]) -> tuple[str, str]:
    """Return the phone and the account number of «Присоединить другой ЛС»; raises FieldErrors."""
    reader = typed.Reader(fields)
    phone = reader.read("phone", typed.phone)
    number = reader.read("account_number", typed.account_number)
    reader.finish()
    return phone, number


def start_attaching(session: Session, who: Consumer, phone: str, number: str, place: Place, now: datetime) -> None:
    """Send a code if the phone is the account's.

    Raises TooManyAttempts, or FieldErrors if the caller has the account already.
    """
    if _is_own(session, who, number):
        raise FieldErrors({"account_number": "Этот лицевой счёт уже присоединён к вашей учётной записи"})
    request = _request(Purpose.ATTACHING, who, phone, number, place, now)
    verification.start(session, request, now)


def confirm_attaching(session: Session, who: Consumer, code: str, place: Place, now: datetime) -> Progress:
    """Attach the account if the code is right; raises RequestOver or TooManyAttempts."""
    request, progress = _try(session, Purpose.ATTACHING, who, code, now)
    if progress.done and request.account_number and not _is_own(session, who, request.account_number):
        attach(session, who.user_id, request.account_number, place, now)
        _take_for_recovery(session, who, request.phone, place, now)
    return progress


def detach(session: Session, who: Consumer, number: str, place: Place, now: datetime) -> None:
    """Give up an account of one's own; raises NotFound."""
    unlink(session, who.user_id, _own(session, who, number), now)
    subject = security.masked_account(number)
    security.record(session, SecurityEventKind.DETACHED, who.user_id, now, place=place, subject=subject)


def name_account(session: Session, who: Consumer, number: str, title: str) -> None:
    """Call an account of one's own something («Дача»), or nothing; raises NotFound or FieldErrors."""
    title = " ".join(title.split())
    if len(title) > TITLE_LENGTH or not title.isprintable():
        raise FieldErrors({"title": f"Не больше {TITLE_LENGTH} знаков"})
    link = session.get(AccountLink, (who.user_id, _own(session, who, number)))
    assert link is not None
    link.title = title


def start_removal(session: Session, who: Consumer, number: str, subject_id: int, place: Place, now: datetime) -> None:
    """Send the account's phone a code by which the caller may remove another user from it.

    Raises NotFound when the account is not the caller's, has no phone, or the other user does not have it.
    """
    number = _own(session, who, number)
    phone = holders.phone_on_record(session, number)
    if phone is None or subject_id == who.user_id or session.get(AccountLink, (subject_id, number)) is None:
        raise NotFound
    request = _request(Purpose.REMOVAL, who, phone, number, place, now)
    request.subject_id = subject_id
    verification.start(session, request, now)


def confirm_removal(session: Session, who: Consumer, code: str, place: Place, now: datetime) -> Progress:
    """Remove the other user if the code is right; raises RequestOver, TooManyAttempts or NotFound."""
    request, progress = _try(session, Purpose.REMOVAL, who, code, now)
    if not progress.done:
        return progress
    number, subject_id = request.account_number, request.subject_id
    assert number is not None
    assert subject_id is not None
    unlink(session, subject_id, _own(session, who, number), now)
    subject = security.masked_account(number)
    security.record(session, SecurityEventKind.REMOVED, who.user_id, now, place=place, subject=subject)
    security.record(session, SecurityEventKind.DETACHED, subject_id, now, subject=subject)
    return progress


def pending(session: Session, purpose: Purpose, who: Consumer, now: datetime) -> Pending | None:
    """Return the caller's request that waits for a code, or None."""
    try:
        request = verification.of_asker(session, purpose, who, now)
    except RequestOver:
        return None
    return verification.describe(request, Stage.CODE, now)


def resend(session: Session, who: Consumer, purpose: Purpose, now: datetime) -> None:
    """Send another code; raises RequestOver or TooManyAttempts."""
    verification.resend(session, verification.of_asker(session, purpose, who, now), now)


def give_up(session: Session, who: Consumer, purpose: Purpose, now: datetime) -> None:
    """End the caller's request that waits for a code, if there is one."""
    verification.end_earlier(session, purpose, who.user_id, now)


def _request(purpose: Purpose, who: Consumer, phone: str, number: str, place: Place, now: datetime) -> Verification:
    return Verification(
        purpose=purpose, asker_id=who.user_id, phone=phone, account_number=number, address=place.address,
        created_at=now, code_hash="", code_sent_at=now,
    )  # fmt: skip


def _try(session: Session, purpose: Purpose, who: Consumer, code: str, now: datetime) -> tuple[Verification, Progress]:
    request = verification.of_asker(session, purpose, who, now)
    tried = verification.try_code(session, request, code, now)
    if tried is not Tried.RIGHT:
        return request, Progress(errors={"code": codes.refusal(tried)})
    verification.finish(request, now)
    return request, Progress(done=True)


def _is_own(session: Session, who: Consumer, number: str) -> bool:
    return number in session.exec(account_numbers(who)).all()


def _own(session: Session, who: Consumer, number: str) -> str:
    if not _is_own(session, who, number):
        raise NotFound
    return number


def _take_for_recovery(session: Session, who: Consumer, phone: str, place: Place, now: datetime) -> None:
    """Let whoever has no phone to recover their user by use the one they have just proven."""
    user = identity.user_of(session, who)
    if user.phone is None:
        user.phone = phone
        security.record(session, SecurityEventKind.PHONE_CHANGED, who.user_id, now, place=place)


def unlink(session: Session, user_id: int, number: str, now: datetime) -> None:
    """Take an account from a user, and what they had by it: the choice in their sessions, the phone for recovery."""
    session.exec(
        delete(AccountLink).where(col(AccountLink.user_id) == user_id, col(AccountLink.account_number) == number)
    )
    session.exec(
        update(UserSession)
        .where(col(UserSession.user_id) == user_id, col(UserSession.account_number) == number)
        .values(account_number=None)
    )
    user = session.get_one(User, user_id)
    # The phone of an account that is no longer theirs may be another person's: it must not open what they still have.
    if user.phone is None or user.phone != holders.phone_on_record(session, number):
        return
    if not holders.is_phone_of_user(session, user_id, user.phone):
        user.phone = None
        security.record(session, SecurityEventKind.PHONE_CHANGED, user_id, now)
