"""«Регистрация»: from what a stranger types to a user with an account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from lk_app.models import Consent, Purpose, SecurityEventKind, Verification
from lk_app.services import attaching, codes, identity, security, typed, verification
from lk_app.services.codes import Tried
from lk_app.services.consents import CONSENT_VERSION
from lk_app.services.errors import RequestOver
from lk_app.services.identity import NameTaken
from lk_app.services.places import Place
from lk_app.services.verification import Pending, Progress, Stage


@dataclass(frozen=True)
class Application:
    """The fields of step 1, each in order by itself."""

    name: str
    password: str
    phone: str
    account_number: str


def read(fields: Mapping[str, str]) -> Application:
    """Return what was typed in step 1; raises FieldErrors. Looks nothing up, so it can tell nobody anything."""
    reader = typed.Reader(fields)
    name = reader.read("name", typed.user_name)
    application = Application(
        name=name,
        password=reader.read_new_password(name),
        phone=reader.read("phone", typed.phone),
        account_number=reader.read("account_number", typed.account_number),
    )
    reader.read("captcha", typed.given)
    reader.read("consent", typed.ticked)
    reader.finish()
    return application


def apply(
    session: Session, application: Application, password_hash: str, earlier: str, place: Place, now: datetime
) -> str:
    """Store a request, send the code if the phone is the account's, and return the token for the browser's cookie.

    `earlier` is the token the browser has: whoever went back and changed a name or a password keeps their code.
    Raises TooManyAttempts.
    """
    token = earlier
    request = _same_request(session, application, earlier, now)
    if request is None:
        request, token = verification.anonymous_request(Purpose.REGISTRATION, application.phone, place.address, now)
        request.account_number = application.account_number
    request.name, request.password_hash = application.name, password_hash
    request.consent_version, request.address = CONSENT_VERSION, place.address
    if token != earlier:
        verification.start(session, request, now)
    return token


def pending(session: Session, token: str, now: datetime) -> Pending | None:
    """Return what waits for a code in the browser with this token, or None."""
    try:
        request = verification.of_token(session, Purpose.REGISTRATION, token, now)
    except RequestOver:
        return None
    return verification.describe(request, Stage.NAME if request.proven_at else Stage.CODE, now)


def resend(session: Session, token: str, now: datetime) -> None:
    """Send another code; raises RequestOver or TooManyAttempts."""
    verification.resend(session, verification.of_token(session, Purpose.REGISTRATION, token, now), now)


def confirm(session: Session, token: str, fields: Mapping[str, str], place: Place, now: datetime) -> Progress:
    """Take step 2: the code, and after it, if the name proved taken, another name.

    Raises RequestOver, FieldErrors for what is malformed, TooManyAttempts.
    """
    request = verification.of_token(session, Purpose.REGISTRATION, token, now)
    reader = typed.Reader(fields)
    if request.proven_at is None:
        code = reader.read("code", typed.code)
        reader.finish()
        tried = verification.try_code(session, request, code, now)
        if tried is not Tried.RIGHT:
            return Progress(errors={"code": codes.refusal(tried)})
        return _finish(session, request, place, now, if_taken=Progress())
    request.name = reader.read("name", typed.user_name)
    reader.finish()
    return _finish(session, request, place, now, if_taken=Progress(errors=NameTaken().errors))


def _finish(session: Session, request: Verification, place: Place, now: datetime, *, if_taken: Progress) -> Progress:
    verification.count_name(session, request, now)
    try:
        user_id = identity.create_user(session, request.name, request.password_hash, request.phone, now)
    except NameTaken:
        return if_taken
    session.add(
        Consent(user_id=user_id, version=request.consent_version, given_at=request.created_at, address=request.address)
    )
    security.record(session, SecurityEventKind.REGISTERED, user_id, now, place=place)
    assert request.account_number is not None
    attaching.attach(session, user_id, request.account_number, place, now)
    verification.finish(request, now)
    return Progress(done=True)


def _same_request(session: Session, application: Application, token: str, now: datetime) -> Verification | None:
    try:
        request = verification.of_token(session, Purpose.REGISTRATION, token, now)
    except RequestOver:
        return None
    same = (request.phone, request.account_number) == (application.phone, application.account_number)
    usable = now - request.code_sent_at < codes.CODE_LIVES and request.proven_at is None
    return request if same and usable else None
