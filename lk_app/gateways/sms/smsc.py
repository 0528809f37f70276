"""SMSC.ru, https://smsc.ru/api/http/: forms in, JSON out (`fmt=3`), HTTP 200 for refusals too."""

import httpx
from pydantic import SecretStr

from lk_app.gateways.sms.http import Answer, NoAnswer, accepted, code_of, money_of, post, refused, unclear
from lk_app.gateways.sms.interface import Fate, Outcome, OutgoingSms, Status
from lk_app.models.values import Kopecks

REFUSALS = {1, 2, 3, 4, 5, 6, 7, 8, 219}
"""Wrong parameters, wrong password, no money, address blocked, wrong date, forbidden text, wrong number, number that
cannot be reached, SIM card changed within a day. Not 9, a request repeated: then it may have the message."""

FATES = {
    -3: Fate.NOT_FOUND,
    -2: Fate.FAILED,
    -1: Fate.UNDERWAY,
    0: Fate.UNDERWAY,
    1: Fate.DELIVERED,
    2: Fate.DELIVERED,
    3: Fate.FAILED,
    4: Fate.DELIVERED,
    20: Fate.FAILED,
    22: Fate.FAILED,
    23: Fate.FAILED,
    24: Fate.FAILED,
    25: Fate.FAILED,
}
"""Not found, stopped, waiting, with the operator, delivered, read, too late, link clicked; from 20 on: impossible,
wrong number, forbidden, no money, unreachable number."""


class Smsc:
    """Calls SMSC.ru with an API key, or with a login and a password when the key is empty."""

    name = "smsc"
    knows_our_reference = True

    def __init__(
        self,
        client: httpx.Client,
        url: str,
        sender: str,
        *,
        api_key: SecretStr,
        login: str,
        password: SecretStr,
    ) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._sender = {"sender": sender} if sender else {}
        self._api_key, self._login, self._password = api_key, login, password

    def send(self, message: OutgoingSms) -> Outcome:
        content = {
            "id": message.reference,
            "phones": message.destination,
            "mes": message.text,
            "charset": "utf-8",
            **self._sender,
        }
        try:
            return _outcome(self._ask("send.php", content))
        except NoAnswer as nothing:
            return nothing.outcome

    def status(self, provider_id: str, phone: str) -> Status:
        try:
            answer = self._ask("status.php", {"id": provider_id, "phone": f"7{phone}"})
        except NoAnswer:
            return Status(Fate.UNKNOWN)
        status = code_of(answer.fields, "status")
        fate = Fate.UNKNOWN if status is None else FATES.get(status, Fate.UNKNOWN)
        return Status(fate, f"{status}/{code_of(answer.fields, 'err')}" if fate is Fate.FAILED else "")

    def balance(self) -> Kopecks | None:
        try:
            return money_of(self._ask("balance.php", {}).fields, "balance")
        except NoAnswer:
            return None

    def _ask(self, script: str, content: dict[str, str]) -> Answer:
        return post(self._client, f"{self._url}/{script}", data=self._credentials() | {"fmt": "3"} | content)

    def _credentials(self) -> dict[str, str]:
        if self._api_key:
            return {"apikey": self._api_key.get_secret_value()}
        return {"login": self._login, "psw": self._password.get_secret_value()}


def _outcome(answer: Answer) -> Outcome:
    code = code_of(answer.fields, "error_code")
    if code is not None and code in REFUSALS:
        return refused(code)
    if "error" in answer.fields:
        return unclear(f"error {code}")
    if answer.fields.get("id") and answer.fields.get("cnt"):
        return accepted(answer.fields["id"])
    return unclear("unreadable answer")
