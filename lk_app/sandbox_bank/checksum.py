"""The checksum of callbacks: shows that the bank sent them."""

import hashlib
import hmac
from collections.abc import Mapping

NOT_COVERED = {"checksum", "sign_alias"}


def checksum(fields: Mapping[str, str], key: str) -> str:
    """Return the HMAC-SHA256 over the sorted fields, each as `name;value;`, in capital hex digits."""
    covered = "".join(f"{name};{fields[name]};" for name in sorted(fields) if name not in NOT_COVERED)
    return hmac.new(key.encode(), covered.encode(), hashlib.sha256).hexdigest().upper()
