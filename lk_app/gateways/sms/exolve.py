"""MTS Exolve, https://docs.exolve.ru/docs/ru/api-reference/sms-api/: JSON in and out, refusals by HTTP status.

Its list of messages (GetList) tells the state as numbers it does not explain, so it is not asked.
"""

import httpx
from pydantic import SecretStr

from lk_app.gateways.sms.http import Answer, NoAnswer, accepted, post, refused, unclear
from lk_app.gateways.sms.interface import Outcome, OutgoingSms

REFUSALS = {400, 401, 402, 403, 404, 422, 429}


class Exolve:
    """Calls Exolve with the key of an application."""

    name = "exolve"

    def __init__(self, client: httpx.Client, url: str, sender: str, api_key: SecretStr) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._sender = sender
        self._api_key = api_key

    def send(self, message: OutgoingSms) -> Outcome:
        content = {"number": self._sender, "destination": message.destination, "text": message.text}
        headers = {"Authorization": f"Bearer {self._api_key.get_secret_value()}"}
        try:
            return _outcome(post(self._client, f"{self._url}/SendSMS", json=content, headers=headers))
        except NoAnswer as nothing:
            return nothing.outcome


def _outcome(answer: Answer) -> Outcome:
    if answer.http_status in REFUSALS and "error" in answer.fields:
        return refused(answer.http_status)
    if answer.http_status == httpx.codes.OK and answer.fields.get("message_id"):
        return accepted(answer.fields["message_id"])
    return unclear("unreadable answer")
