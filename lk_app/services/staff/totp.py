"""Codes of the second factor (TOTP, RFC 6238): a key for each member, and no code is taken twice."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

import pyotp
from pyotp.exceptions import OTPVerificationError
from sqlmodel import Session, col, select, update

from lk_app.models import Staff
from lk_app.services import secret_key
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
    return secret_key.encrypted(PURPOSE, secret)


def is_readable(kept: str) -> bool:
    """Say whether a key that is kept can still be read: not when LK_SECRET_KEY was changed and nobody kept the old."""
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


@dataclass(frozen=True)
class Kept:
    """How many keys of members stand under which of the portal's own."""

    present: int
    earlier: int
    """Of these LK_SECRET_KEY_FALLBACKS has to name the key."""
    unreadable: int
    """Of members who may sign in, under a key that nobody has named: they need new ones."""


def kept_keys(session: Session) -> Kept:
    """Count the keys of members."""
    members = session.exec(select(Staff).where(Staff.totp_secret != "")).all()
    present = sum(secret_key.is_present(PURPOSE, member.totp_secret) for member in members)
    unreadable = [member for member in members if not is_readable(member.totp_secret)]
    working = sum(member.disabled_at is None for member in unreadable)
    return Kept(present, len(members) - present - len(unreadable), working)


def reencrypt(session: Session) -> int:
    """Write under the present key whatever stands under an earlier one; return how many that were."""
    members = session.exec(select(Staff).where(Staff.totp_secret != "").with_for_update(key_share=True)).all()
    written = 0
    for member in members:
        secret = _decrypted(member.totp_secret)
        if secret and not secret_key.is_present(PURPOSE, member.totp_secret):
            member.totp_secret = encrypted(secret)
            written += 1
    return written


def _decrypted(kept: str) -> str | None:
    return secret_key.decrypted(PURPOSE, kept)


@cache
def _decoy() -> str:
    return encrypted(new_secret())
