"""Codes of the second factor (TOTP, RFC 6238): a key for each member, and no code is taken twice."""

import base64
from datetime import datetime
from functools import cache

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyotp.exceptions import OTPVerificationError
from sqlmodel import Session, col, update

from lk_app.models import Staff
from lk_app.services.typed import BETWEEN_DIGITS
from lk_app.settings import settings

WINDOW = 1
"""Steps of 30 seconds by which the clock of a phone may be wrong, either way."""

PURPOSE = b"second factor of staff"


def new_secret() -> str:
    """Return a key nobody can foresee, as apps take it: base32."""
    return pyotp.random_base32()


def encrypted(secret: str) -> str:
    """Return what the database keeps of a key: of no use without LK_SECRET_KEY."""
    return _cipher().encrypt(secret.encode()).decode()


def is_readable(kept: str) -> bool:
    """Say whether a key that is kept can still be read: not after LK_SECRET_KEY was changed."""
    return _decrypted(kept) is not None


def provisioning_uri(secret: str, login: str) -> str:
    """Return the address by which an app learns the key, usually from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=settings().company_name)


def step_of(kept: str, code: str, now: datetime) -> int | None:
    """Return the time step whose code this is by a key that is kept; nothing for a wrong code or an unreadable key.

    It takes as long for a member without a key, or for nobody at all.
    """
    secret = _decrypted(kept or _decoy())
    try:
        step = pyotp.TOTP(secret or new_secret()).verify_and_get_timecode(
            BETWEEN_DIGITS.sub("", code), for_time=now, valid_window=WINDOW
        )
    except OTPVerificationError:
        return None
    return step if kept and secret else None


def take(session: Session, staff_id: int, step: int) -> bool:
    """Use up the code of a step, and of all before it; says whether it was still to be had."""
    taken = session.exec(
        update(Staff).where(col(Staff.id) == staff_id, col(Staff.totp_step) < step).values(totp_step=step)
    )
    return taken.rowcount == 1


def _decrypted(kept: str) -> str | None:
    try:
        return _cipher().decrypt(kept).decode()
    except InvalidToken:
        return None


@cache
def _decoy() -> str:
    return encrypted(new_secret())


def _cipher() -> Fernet:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE)
    key = derivation.derive(settings().secret_key.get_secret_value().encode())
    return Fernet(base64.urlsafe_b64encode(key))
