"""«Восстановление пароля»: a new name and password for whoever holds the phone of a user."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from lk_app.models import Purpose, SecurityEventKind, User, Verification
from lk_app.services import alerts, codes, email, identity, security, typed, verification
from lk_app.services.codes import Tried
from lk_app.services.errors import FieldErrors, RequestOver
from lk_app.services.identity import NameTaken
from lk_app.services.places import Place
from lk_app.services.verification import Choice, Pending, Progress, Stage


@dataclass(frozen=True)
class NewCredentials:
    """The name and the password asked for."""

    name: str
    password: str


def read_phone(fields: Mapping[str, str]) -> str:
    """Return the phone of step 1; raises FieldErrors."""
    reader = typed.Reader(fields)
    phone = reader.read("phone", typed.phone)
    reader.finish()
    return phone


def read(fields: Mapping[str, str]) -> tuple[str, NewCredentials]:
    """Return the code, the name and the password of step 2; raises FieldErrors."""
    reader = typed.Reader(fields)
    code = reader.read("code", typed.code)
    name = reader.read("name", typed.user_name)
    credentials = NewCredentials(name, reader.read_new_password(name))
    reader.finish()
    return code, credentials


def apply(session: Session, phone: str, place: Place, now: datetime) -> str:
    """Store a request, send the code if a user has this phone, return the cookie's token; raises TooManyAttempts."""
    request, token = verification.anonymous_request(Purpose.RECOVERY, phone, place.address, now)
    verification.start(session, request, now)
    return token


def pending(session: Session, token: str, now: datetime) -> Pending | None:
    """Return what waits in the browser with this token, or None."""
    try:
        request = verification.of_token(session, Purpose.RECOVERY, token, now)
    except RequestOver:
        return None
    # Until the new password is stored the whole form is asked for, even if the code was right already.
    if not request.password_hash:
        return verification.describe(request, Stage.CODE, now)
    users = _users(session, request)
    if request.subject_id is None and len(users) > 1:
        return verification.describe(request, Stage.CHOICE, now, [Choice(user.id or 0, user.name) for user in users])
    return verification.describe(request, Stage.NAME, now)


def resend(session: Session, token: str, now: datetime) -> None:
    """Send another code; raises RequestOver or TooManyAttempts."""
    verification.resend(session, verification.of_token(session, Purpose.RECOVERY, token, now), now)


def prove(session: Session, token: str, code: str, now: datetime) -> Progress:
    """Take the code; raises RequestOver or TooManyAttempts."""
    request = verification.of_token(session, Purpose.RECOVERY, token, now)
    tried = verification.try_code(session, request, code, now)
    return Progress() if tried is Tried.RIGHT else Progress(errors={"code": codes.refusal(tried)})


def complete(session: Session, token: str, name: str, password_hash: str, place: Place, now: datetime) -> Progress:
    """Give the user of a proven phone a new name and password, unless something is still to be asked.

    Raises RequestOver, also when the code has not been given yet.
    """
    request = _proven(session, token, now)
    request.name, request.password_hash = name, password_hash
    return _go_on(session, request, place, now, if_taken=Progress())


def answer(session: Session, token: str, fields: Mapping[str, str], place: Place, now: datetime) -> Progress:
    """Take what was asked after the code: which of several users, or another name.

    Raises RequestOver, or FieldErrors for what is malformed.
    """
    request = _proven(session, token, now)
    users = _users(session, request)
    if request.subject_id is None and len(users) > 1:
        chosen = next((user.id for user in users if str(user.id) == fields.get("user")), None)
        if chosen is None:
            raise FieldErrors({"user": "Выберите учётную запись"})
        request.subject_id = chosen
        return _go_on(session, request, place, now, if_taken=Progress())
    reader = typed.Reader(fields)
    name = reader.read("name", typed.user_name)
    reader.finish()
    request.name = name
    return _go_on(session, request, place, now, if_taken=Progress(errors=NameTaken().errors))


def _go_on(session: Session, request: Verification, place: Place, now: datetime, *, if_taken: Progress) -> Progress:
    users = _users(session, request)
    if request.subject_id is None and len(users) > 1:
        return Progress()
    user = next((user for user in users if request.subject_id in (None, user.id)), None)
    if user is None or user.id is None:
        raise RequestOver
    # Locked and read anew: somebody in an open session could be proving another phone or address at this moment.
    session.refresh(user, with_for_update={"key_share": True})
    if user.phone != request.phone:
        raise RequestOver
    verification.count_name(session, request, now)
    try:
        identity.set_name(session, user, request.name)
    except NameTaken:
        return if_taken
    user.password_hash = request.password_hash
    identity.end_sessions(session, user.id, now)
    email.end_proof(session, user.id)
    security.record(session, SecurityEventKind.RECOVERED, user.id, now, place=place)
    # Whoever recovers proves the phone only: the address may be that of somebody who knew the old password.
    email.take_away(session, user, place, now)
    alerts.tell(session, user.phone, alerts.RECOVERED, now)
    verification.finish(request, now)
    return Progress(done=True)


def _proven(session: Session, token: str, now: datetime) -> Verification:
    request = verification.of_token(session, Purpose.RECOVERY, token, now)
    if request.proven_at is None:
        raise RequestOver
    return request


def _users(session: Session, request: Verification) -> list[User]:
    """Return the users of the request's phone, the first one first."""
    return list(session.exec(select(User).where(User.phone == request.phone).order_by(col(User.id))).all())
