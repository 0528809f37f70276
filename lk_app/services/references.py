"""Names for accounts in addresses: an account number is a person's data, and addresses end up in logs."""

import base64
import hmac

from sqlmodel import Session

from lk_app.services import secret_key
from lk_app.services.callers import Consumer, account_numbers
from lk_app.services.errors import NotFound

REFERENCE_BYTES = 12


def reference_of(account_number: str) -> str:
    """Return the name of an account in addresses: always the same, and of no use to whoever lacks our key."""
    return _references(account_number)[0]


def account_of(session: Session, who: Consumer, reference: str) -> str:
    """Return the number of the caller's account with this name; raises NotFound for anything else."""
    for number in session.exec(account_numbers(who)):
        # Links that people kept were made with the key of their time.
        for known in _references(number):
            if hmac.compare_digest(known.encode(), reference.encode(errors="replace")):
                return number
    raise NotFound


def _references(account_number: str) -> list[str]:
    digests = secret_key.digests(f"account {account_number}")
    return [base64.urlsafe_b64encode(digest[:REFERENCE_BYTES]).decode() for digest in digests]
