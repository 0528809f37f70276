"""LK_SECRET_KEY is changed: what was made under the key before goes on being understood while that is named."""

import ast
import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from pydantic import SecretStr
from sqlmodel import Session, select

from lk_app.models import EmailProof, Letter, Purpose, RateLimit, RateWindow, SmsMessage
from lk_app.services import email, identity, rates, references, secret_key, verification
from lk_app.services.codes import Tried
from lk_app.services.errors import NotFound, TooManyAttempts
from lk_app.services.places import Place
from lk_app.services.rates import Limit, Pace, Window
from lk_app.services.staff import totp
from lk_app.settings import ROOT, settings
from tests import factories
from tests.factories import NOW

OLD, NEW = "the key that was there first", "the key that came after it"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PLACE = Place("203.0.113.7")
PACED = Limit("paced", "somebody", Pace(burst=3, interval=timedelta(minutes=1)))
WINDOWED = Limit("windowed", "somebody", Window(most=3, period=timedelta(hours=1)))
OWNED = Limit("owned", "203.0.113.*", PACED.pace, whose="мария иванова")
limits = pytest.mark.parametrize("limit", [PACED, WINDOWED, OWNED], ids=["pace", "window", "owned"])

Use = Callable[..., None]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Sets the present key and those besides it."""

    def set_keys(present: str, *fallbacks: str) -> None:
        monkeypatch.setattr(settings(), "secret_key", SecretStr(present))
        monkeypatch.setattr(settings(), "secret_key_fallbacks", [SecretStr(key) for key in fallbacks])

    set_keys(OLD)
    return set_keys


def test_a_second_factor_goes_on_and_is_kept_under_the_new_key_from_then_on(session: Session, use: Use) -> None:
    member = factories.staff(session, "o.vetrova", secret=SECRET)
    code = pyotp.TOTP(SECRET).at(NOW)

    use(NEW)
    assert not totp.is_readable(member.totp_secret)
    assert totp.step_of(member.totp_secret, code, NOW) is None

    use(NEW, "another one", OLD)
    assert totp.is_readable(member.totp_secret)
    assert totp.step_of(member.totp_secret, code, NOW)

    later = totp.encrypted(SECRET)
    use(NEW)
    assert totp.step_of(later, code, NOW)


def test_a_code_by_sms_on_its_way_is_right(session: Session, use: Use) -> None:
    factories.account(session, "66010000033", phone="9120000003")
    request, _ = verification.anonymous_request(Purpose.REGISTRATION, "9120000003", PLACE.address, NOW)
    request.account_number = "66010000033"
    verification.start(session, request, NOW)
    session.flush()
    code = session.exec(select(SmsMessage)).one().code or ""

    use(NEW)
    assert verification.try_code(session, request, code, NOW) is Tried.WRONG
    use(NEW, OLD)
    assert verification.try_code(session, request, f"{(int(code) + 1) % 10**6:06d}", NOW) is Tried.WRONG
    assert verification.try_code(session, request, code, NOW) is Tried.RIGHT


def test_a_code_by_letter_on_its_way_is_right(session: Session, use: Use) -> None:
    who = factories.consumer(session, factories.account(session))
    email.start(session, who, "maria@example.ru", NOW)
    session.flush()
    [code] = re.findall(r"\b\d{6}\b", session.exec(select(Letter)).one().text)

    use(NEW)
    assert not email.confirm(session, who, code, PLACE, NOW).done
    use(NEW, OLD)
    assert email.confirm(session, who, code, PLACE, NOW).done
    assert session.exec(select(EmailProof)).all() == []


def test_a_link_that_somebody_kept_leads_to_the_account(session: Session, use: Use) -> None:
    account = factories.account(session)
    who = factories.consumer(session, account)
    kept = references.reference_of(account.number)

    use(NEW, OLD)
    assert references.account_of(session, who, kept) == account.number
    fresh = references.reference_of(account.number)
    assert fresh != kept
    use(NEW)
    assert references.account_of(session, who, fresh) == account.number
    with pytest.raises(NotFound):
        references.account_of(session, who, kept)


@limits
def test_what_was_taken_of_a_limit_stays_taken(session: Session, use: Use, limit: Limit) -> None:
    for _ in range(3):
        rates.take(session, [limit], NOW)
    session.flush()

    use(NEW, OLD)
    with pytest.raises(TooManyAttempts) as refusal:
        rates.take(session, [limit], NOW + timedelta(seconds=10))

    assert refusal.value.seconds == (3590 if limit is WINDOWED else 50)
    assert len(session.exec(select(RateLimit)).all()) + len(session.exec(select(RateWindow)).all()) == 1


@limits
def test_processes_that_are_told_one_by_one_count_together(session: Session, use: Use, limit: Limit) -> None:
    for present, other in ((OLD, NEW), (NEW, OLD), (OLD, NEW)):
        use(present, other)
        rates.take(session, [limit], NOW)
        session.flush()

    use(NEW, OLD)
    with pytest.raises(TooManyAttempts):
        rates.take(session, [limit], NOW)


@limits
def test_rows_under_both_keys_become_one(session: Session, use: Use, limit: Limit) -> None:
    """A process that has not heard of the new key has gone on under the old one."""
    use(NEW, OLD)
    rates.take(session, [limit], NOW)
    use(OLD)
    rates.take(session, [limit], NOW)
    session.flush()

    use(NEW, OLD)
    rates.take(session, [limit], NOW)
    with pytest.raises(TooManyAttempts):
        rates.take(session, [limit], NOW)


@limits
def test_what_is_forgotten_is_forgotten_under_every_key(session: Session, use: Use, limit: Limit) -> None:
    for _ in range(3):
        rates.take(session, [limit], NOW)
    session.flush()

    use(NEW, OLD)
    rates.forget(session, [limit])

    for _ in range(3):
        rates.take(session, [limit], NOW)


def test_what_is_written_anew_needs_no_earlier_key(session: Session, use: Use) -> None:
    first = factories.staff(session, "first", secret=SECRET)
    factories.staff(session, "without")
    use("a key that nobody has kept")
    lost = factories.staff(session, "lost", secret=SECRET)
    gone = factories.staff(session, "gone", secret=SECRET)
    gone.disabled_at = NOW
    use(NEW, OLD)
    fresh = factories.staff(session, "fresh", secret=SECRET)
    as_they_were = lost.totp_secret, fresh.totp_secret
    assert totp.kept_keys(session) == totp.Kept(present=1, earlier=1, unreadable=1)

    assert totp.reencrypt(session) == 1
    session.flush()

    assert totp.kept_keys(session) == totp.Kept(present=2, earlier=0, unreadable=1)
    assert (lost.totp_secret, fresh.totp_secret) == as_they_were
    assert totp.reencrypt(session) == 0
    use(NEW)
    assert totp.step_of(first.totp_secret, pyotp.TOTP(SECRET).at(NOW), NOW)


def test_digests_and_ciphers_of_one_purpose_are_of_no_use_for_another(use: Use) -> None:
    kept = secret_key.encrypted(b"one", "text")

    assert secret_key.decrypted(b"one", kept) == "text"
    assert secret_key.decrypted(b"another", kept) is None
    assert not secret_key.is_digest(secret_key.digest("a").hex(), "b")


def test_a_sign_in_refused_before_counts_after(session: Session, use: Use) -> None:
    for _ in range(5):
        identity.admit(session, "Мария Иванова", PLACE, NOW)

    use(NEW, OLD)
    with pytest.raises(TooManyAttempts):
        identity.admit(session, "Мария Иванова", PLACE, NOW)


def test_the_key_is_used_in_one_place() -> None:
    """Whoever used it elsewhere would forget the earlier ones."""
    named = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "lk_app").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "secret_key" and ast.unparse(node.value) == "settings()"
    ]

    assert named == ["lk_app/services/secret_key.py"]


def test_what_is_encrypted_is_known_to_who_writes_it_anew() -> None:
    encrypting = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "lk_app").rglob("*.py"))
        if "secret_key.encrypted(" in path.read_text("utf-8")
    ]

    assert encrypting == ["lk_app/services/staff/totp.py"]
