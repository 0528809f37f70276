"""What a merchant asks with register.do, checked as the bank documents it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlsplit

from lk_app.sandbox_bank.basket import check_basket
from lk_app.sandbox_bank.order import BankOrder
from lk_app.sandbox_bank.refusal import Refusal, wrong_amount, wrong_parameter

ROUBLES = "643"
NUMBER_LENGTH = 32
DESCRIPTION_LENGTH = 99
NOT_IN_DESCRIPTIONS = "%+\r\n"
URL_LENGTH = 512
AMOUNT_DIGITS = 12
SESSION_S = 1200
TIMEOUT_DIGITS = 9
MOSCOW = timezone(timedelta(hours=3))


@dataclass(frozen=True)
class Registration:
    """An order to be; `expires_at` is empty when the session lasts `session` from now."""

    order_number: str
    amount: int
    description: str
    return_url: str = field(repr=False)
    fail_url: str = field(repr=False)
    params: dict[str, str] = field(repr=False)
    session: timedelta
    expires_at: datetime | None

    def order(self, order_id: str, now: datetime) -> BankOrder:
        return BankOrder(
            order_id=order_id,
            order_number=self.order_number,
            amount=self.amount,
            description=self.description,
            return_url=self.return_url,
            fail_url=self.fail_url,
            params=self.params,
            registered_at=now,
            expires_at=self.expires_at or now + self.session,
        )


def read_registration(asked: Mapping[str, str], now: datetime) -> Registration:
    """Return what is asked; refuses the first field that is wrong."""
    amount = _amount(asked)
    registration = Registration(
        order_number=_order_number(asked),
        amount=amount,
        description=_description(asked),
        return_url=_return_url(asked),
        fail_url=_url(asked, "failUrl") if asked.get("failUrl") else "",
        params=_params(asked),
        session=_session(asked),
        expires_at=_expires_at(asked, now),
    )
    if asked.get("currency", ROUBLES) != ROUBLES:
        raise Refusal(3, "Неизвестная валюта")
    if len(asked.get("language", "ru")) != 2:
        raise Refusal(5, "Неправильный параметр 'Язык'")
    if asked.get("orderBundle"):
        check_basket(asked["orderBundle"], amount)
    return registration


def whole(text: str, digits: int) -> int | None:
    """Return a number written with nothing but at most so many digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def _order_number(asked: Mapping[str, str]) -> str:
    number = asked.get("orderNumber", "")
    if not number:
        raise Refusal(4, "Номер заказа не может быть пуст")
    if len(number) > NUMBER_LENGTH:
        raise Refusal(1, "Неверный номер заказа")
    return number


def _amount(asked: Mapping[str, str]) -> int:
    if not asked.get("amount"):
        raise Refusal(4, "Отсутствует сумма")
    amount = whole(asked["amount"], AMOUNT_DIGITS)
    if not amount:
        raise wrong_amount()
    return amount


def _description(asked: Mapping[str, str]) -> str:
    description = asked.get("description", "")
    if len(description) > DESCRIPTION_LENGTH or any(sign in description for sign in NOT_IN_DESCRIPTIONS):
        raise wrong_parameter("description")
    return description


def _return_url(asked: Mapping[str, str]) -> str:
    if not asked.get("returnUrl"):
        raise Refusal(4, "URL возврата не может быть пуст")
    return _url(asked, "returnUrl")


def _url(asked: Mapping[str, str], name: str) -> str:
    url = asked[name]
    try:
        parts = urlsplit(url)
    except ValueError:
        raise wrong_parameter(name) from None
    # Spaces and the like would get into the header of the redirect.
    readable = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in ("http", "https") or not parts.netloc or not readable or len(url) > URL_LENGTH:
        raise wrong_parameter(name)
    return url


def _params(asked: Mapping[str, str]) -> dict[str, str]:
    if not asked.get("jsonParams"):
        return {}
    try:
        params = json.loads(asked["jsonParams"])
    except ValueError:
        params = None
    if not isinstance(params, dict) or not all(isinstance(value, str) for value in params.values()):
        raise Refusal(5, "jsonParams неверен")
    return params


def _session(asked: Mapping[str, str]) -> timedelta:
    seconds = whole(asked.get("sessionTimeoutSecs") or str(SESSION_S), TIMEOUT_DIGITS)
    if not seconds:
        raise wrong_parameter("sessionTimeoutSecs")
    return timedelta(seconds=seconds)


def _expires_at(asked: Mapping[str, str], now: datetime) -> datetime | None:
    """Return the end that was asked for, which is Moscow time and counts more than a duration."""
    if not asked.get("expirationDate"):
        return None
    try:
        local = datetime.strptime(asked["expirationDate"], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=MOSCOW)
    except ValueError:
        raise wrong_parameter("expirationDate") from None
    if local <= now:
        raise wrong_parameter("expirationDate")
    return local.astimezone(UTC)
