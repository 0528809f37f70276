"""Whom the portal depends on: SMS providers, the mail server, the bank, and the proxy in front of it."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from lk_app import formats
from lk_app.gateways.sms.interface import SmsGateway, TellsBalance
from lk_app.models.values import Kopecks
from lk_app.services.doctor.findings import Finding, Health
from lk_app.settings import SANDBOX, settings

SMS, BANK, OWN_ADDRESS, MAIL = "SMS", "банк", "адрес портала", "почта"

ABOUT_BANK = "Узнайте у банка о новом сертификате; каким верить кроме системных, говорит LK_BANK_CA."

PATIENCE_S = 5.0
LITTLE_MONEY = Kopecks(1_000_00)
EXPIRES_SOON = timedelta(days=21)


def sms(gateway: SmsGateway) -> Finding:
    """Ask a provider how much money is left; nothing is sent."""
    what = f"{SMS}, {gateway.name}"
    if gateway.name == SANDBOX:
        return Finding(what, Health.ABSENT, "сообщения не отправляются, их показывает /sandbox/sms")
    if not isinstance(gateway, TellsBalance):
        return Finding(what, Health.ABSENT, "этот провайдер о балансе не сообщает: смотрите в его кабинете")
    balance = gateway.balance()
    if balance is None:
        return Finding(what, Health.ILL, "не отвечает или не узнаёт портал", f"Проверьте ключ и адрес {gateway.name}.")
    if balance < LITTLE_MONEY:
        return Finding(what, Health.AT_RISK, f"на счёте {formats.money(balance)}", "Пополните счёт: без SMS не войти.")
    return Finding(what, Health.WELL, f"на счёте {formats.money(balance)}")


def bank(now: datetime) -> Finding:
    """Look at the certificate of the bank."""
    if not settings().bank_url:
        words = "платежи в песочнице" if settings().has_sandbox_bank else "не настроен: онлайн-оплаты нет"
        return Finding(BANK, Health.ABSENT, words)
    trusted = ssl.create_default_context()
    if settings().bank_ca:
        trusted.load_verify_locations(settings().bank_ca)
    return certificate(
        BANK, settings().bank_url, trusted, now, "Спросите банк о новом сертификате; LK_BANK_CA — чьим верить."
    )


def own_address(now: datetime) -> Finding:
    """Look at the certificate consumers are shown."""
    if not settings().secure_cookies:
        return Finding(OWN_ADDRESS, Health.ABSENT, "без HTTPS, только на этой машине")
    trusted = ssl.create_default_context()
    return certificate(OWN_ADDRESS, settings().origin, trusted, now, "Обновите сертификат в прокси перед порталом.")


def mail() -> Finding:
    """See whether the mail server lets anybody connect."""
    if not settings().smtp_host:
        return Finding(MAIL, Health.ABSENT, "не настроена: писем нет")
    try:
        socket.create_connection((settings().smtp_host, settings().smtp_port), PATIENCE_S).close()
    except OSError:
        return Finding(MAIL, Health.ILL, "сервер не отвечает", "Проверьте LK_SMTP_HOST, LK_SMTP_PORT и сетевой экран.")
    return Finding(MAIL, Health.WELL, "сервер отвечает")


def certificate(what: str, url: str, trusted: ssl.SSLContext, now: datetime, advice: str) -> Finding:
    """See until when the certificate at an address is good, and whether anybody should believe it."""
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or 443
    try:
        with (
            socket.create_connection((host, port), PATIENCE_S) as plain,
            trusted.wrap_socket(plain, server_hostname=host) as secret,
        ):
            expires = _expiry(secret.getpeercert() or {})
    except ssl.SSLCertVerificationError:
        return Finding(what, Health.ILL, f"сертификату {host} нельзя верить: просрочен или чужой", advice)
    except (OSError, KeyError, ValueError):
        return Finding(what, Health.ILL, f"{host} не отвечает", "Проверьте адрес, сеть и сетевой экран.")
    words = f"отвечает, сертификат до {formats.short_date(expires.date())}"
    if expires - now < EXPIRES_SOON:
        return Finding(what, Health.AT_RISK, words, advice)
    return Finding(what, Health.WELL, words)


def _expiry(peer: object) -> datetime:
    assert isinstance(peer, dict)
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(peer["notAfter"])), UTC)
