"""The checksum by which a callback proves that it comes from the bank (`HMAC-SHA256`, upper-case hex)."""

import hashlib
import hmac
from collections.abc import Mapping

NOT_SIGNED = {"checksum", "sign_alias"}


def checksum(key: str, fields: Mapping[str, str]) -> str:
    """Return the checksum of a callback's fields."""
    signed = "".join(f"{name};{fields[name]};" for name in sorted(fields.keys() - NOT_SIGNED))
    return hmac.digest(key.encode(), signed.encode(), hashlib.sha256).hex().upper()


def is_genuine(key: str, fields: Mapping[str, str]) -> bool:
    """Say whether a callback bears the right checksum; without a key none does."""
    given = fields.get("checksum", "").upper()
    return bool(key) and hmac.compare_digest(checksum(key, fields).encode(), given.encode(errors="replace"))
