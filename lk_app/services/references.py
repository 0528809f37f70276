"""Names for accounts in addresses: an account number is a person's data, and addresses end up in logs."""

import base64
import hashlib
import hmac

from sqlmodel import Session

from lk_app.services.callers import Consumer, account_numbers
from lk_app.services.errors import NotFound
from lk_app.settings import settings

REFERENCE_BYTES = 12


def reference_of(account_number: str) -> str:
    """Return the name of an account in addresses: always the same, and of no use to whoever lacks our key."""
    key = settings().secret_key.get_secret_value().encode()
    digest = hmac.digest(key, f"account {account_number}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:REFERENCE_BYTES]).decode()


def account_of(session: Session, who: Consumer, reference: str) -> str:
    """Return the number of the caller's account with this name; raises NotFound for anything else."""
    for number in session.exec(account_numbers(who)):
        if hmac.compare_digest(reference_of(number).encode(), reference.encode(errors="replace")):
            return number
    raise NotFound
