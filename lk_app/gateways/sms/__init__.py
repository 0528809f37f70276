"""Providers that send messages to phones."""

from collections.abc import Callable

import httpx

from lk_app.gateways.sms.exolve import Exolve
from lk_app.gateways.sms.interface import SmsGateway
from lk_app.gateways.sms.smsc import Smsc
from lk_app.gateways.sms.smsru import SmsRu
from lk_app.settings import Settings


def provider(name: str, settings: Settings, client: httpx.Client) -> SmsGateway:
    """Return the client of a provider by its name in LK_SMS_GATEWAYS."""
    return PROVIDERS[name](settings, client)


def _smsc(settings: Settings, client: httpx.Client) -> SmsGateway:
    return Smsc(
        client,
        settings.smsc_url,
        settings.sms_sender,
        api_key=settings.smsc_api_key,
        login=settings.smsc_login,
        password=settings.smsc_password,
    )


def _smsru(settings: Settings, client: httpx.Client) -> SmsGateway:
    return SmsRu(client, settings.smsru_url, settings.sms_sender, settings.smsru_api_id)


def _exolve(settings: Settings, client: httpx.Client) -> SmsGateway:
    return Exolve(client, settings.exolve_url, settings.sms_sender, settings.exolve_api_key)


PROVIDERS: dict[str, Callable[[Settings, httpx.Client], SmsGateway]] = {
    "smsc": _smsc,
    "smsru": _smsru,
    "exolve": _exolve,
}
