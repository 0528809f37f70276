"""All that LK_SECRET_KEY is good for: digests under it, and ciphers.

What is new is made with the present key. What was made with an earlier one that LK_SECRET_KEY_FALLBACKS names goes on
being understood, so that the key can be changed while people are at it.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lk_app.settings import settings


def digest(text: str) -> bytes:
    """Return the digest (HMAC-SHA-256) of a text under the present key."""
    return digests(text)[0]


def digests(text: str) -> list[bytes]:
    """Return what the digest of a text may be: under the present key, and then under each earlier one."""
    return [hmac.digest(key, text.encode(), hashlib.sha256) for key in _keys()]


def is_digest(kept: str, text: str) -> bool:
    """Say whether what is kept, in hex, is the digest of a text under any of the keys."""
    return any(hmac.compare_digest(kept, known.hex()) for known in digests(text))


def encrypted(purpose: bytes, text: str) -> str:
    """Return a text that only the present key opens, and only for this purpose."""
    return _ciphers(purpose)[0].encrypt(text.encode()).decode()


def decrypted(purpose: bytes, kept: str) -> str | None:
    """Return a text that was encrypted under any of the keys; nothing if it was under none of them."""
    return _opened(MultiFernet(_ciphers(purpose)), kept)


def is_present(purpose: bytes, kept: str) -> bool:
    """Say whether a text was encrypted under the present key."""
    return _opened(_ciphers(purpose)[0], kept) is not None


def _opened(cipher: Fernet | MultiFernet, kept: str) -> str | None:
    try:
        return cipher.decrypt(kept).decode()
    except InvalidToken:
        return None


def _ciphers(purpose: bytes) -> list[Fernet]:
    return [Fernet(base64.urlsafe_b64encode(_derived(key, purpose))) for key in _keys()]


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)


def _keys() -> list[bytes]:
    keys = [settings().secret_key, *settings().secret_key_fallbacks]
    return [key.get_secret_value().encode() for key in keys]
