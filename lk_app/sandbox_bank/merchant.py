"""The one merchant whose payments the bank takes."""

import hmac
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Merchant:
    """Who may call, and where the bank calls back; an empty `callback_url` means nowhere."""

    login: str
    password: str = field(repr=False)
    callback_url: str
    callback_key: str = field(repr=False)

    def is_called(self, login: str, password: str) -> bool:
        """Tell whether these are its credentials, in a time that says nothing of how near they are."""
        right_login = hmac.compare_digest(self.login.encode(), login.encode())
        right_password = hmac.compare_digest(self.password.encode(), password.encode())
        return right_login and right_password
