"""SMS.ru, https://sms.ru/api/: forms in, JSON out (`json=1`), one code for the call and one for each phone."""

import httpx
from pydantic import SecretStr

from lk_app.gateways.sms.http import Answer, NoAnswer, accepted, code_of, money_of, part, post, refused, unclear
from lk_app.gateways.sms.interface import Fate, Outcome, OutgoingSms, Status
from lk_app.models.values import Kopecks

DONE = 100
NO_ROUTE = 150

REPEATED = {231, 232}
"""The same message was sent before: then it may have it."""

FATES = {
    -1: Fate.NOT_FOUND,
    100: Fate.UNDERWAY,
    101: Fate.UNDERWAY,
    102: Fate.UNDERWAY,
    103: Fate.DELIVERED,
    104: Fate.FAILED,
    105: Fate.FAILED,
    106: Fate.FAILED,
    107: Fate.FAILED,
    108: Fate.FAILED,
    110: Fate.DELIVERED,
    NO_ROUTE: Fate.FAILED,
}
"""Not found; queued, going to the operator, with the operator; delivered; too late, deleted by the operator, failed in
the phone, failed for an unknown reason, rejected; read; no route."""


class SmsRu:
    """Calls SMS.ru. It finds messages by its own ids only: one whose answer was lost stays unclear."""

    name = "smsru"
    knows_our_reference = False

    def __init__(self, client: httpx.Client, url: str, sender: str, api_id: SecretStr) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._sender = {"from": sender} if sender else {}
        self._api_id = api_id

    def send(self, message: OutgoingSms) -> Outcome:
        content = {"to": message.destination, "msg": message.text, **self._sender}
        try:
            return _outcome(self._ask("sms/send", content), message.destination)
        except NoAnswer as nothing:
            return nothing.outcome

    def status(self, provider_id: str, phone: str) -> Status:
        try:
            answer = self._ask("sms/status", {"sms_id": provider_id})
        except NoAnswer:
            return Status(Fate.UNKNOWN)
        code = code_of(part(part(answer.fields, "sms"), provider_id), "status_code")
        fate = Fate.UNKNOWN if code is None else FATES.get(code, Fate.UNKNOWN)
        return Status(fate, str(code) if fate is Fate.FAILED else "")

    def balance(self) -> Kopecks | None:
        try:
            answer = self._ask("my/balance", {})
        except NoAnswer:
            return None
        return money_of(answer.fields, "balance") if code_of(answer.fields, "status_code") == DONE else None

    def _ask(self, method: str, content: dict[str, str]) -> Answer:
        credentials = {"api_id": self._api_id.get_secret_value(), "json": "1"}
        return post(self._client, f"{self._url}/{method}", data=credentials | content)


def _outcome(answer: Answer, destination: str) -> Outcome:
    whole = code_of(answer.fields, "status_code")
    if whole != DONE:
        return _not_accepted(whole)
    one = part(part(answer.fields, "sms"), destination)
    code = code_of(one, "status_code")
    if code == DONE and one.get("sms_id"):
        return accepted(one["sms_id"])
    return _not_accepted(code)


def _not_accepted(code: int | None) -> Outcome:
    """Tell its documented refusals, 150 and 2xx to 4xx, from failures of its own, 500, and from riddles."""
    if code is not None and (code == NO_ROUTE or 200 <= code < 500) and code not in REPEATED:
        return refused(code)
    return unclear(f"code {code}")
