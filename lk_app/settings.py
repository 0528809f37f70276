"""Settings, read once from LK_* variables and the portal's `.env`, and the checks each environment makes of them."""

import ssl
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from lk_app.addresses import is_address, is_host

ROOT = Path(__file__).resolve().parent.parent
PORT_OF_TLS = 465
DEMO_COMPANY = "Демогаз"
DEMO_SECRET = "demo-secret-that-production-refuses"  # noqa: S105 - known to everybody on purpose


class Environment(StrEnum):
    DEMO = "demo"
    TEST = "test"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """How lines of the log are written."""

    TEXT = "text"
    JSON = "json"
    """One object a line, with the ids of request and session, and with a line for each request."""


class SmtpSecurity(StrEnum):
    """How the way to the mail server is kept secret."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Settings(BaseSettings):
    """Every setting with its meaning; the variable is the name in capitals after `LK_`."""

    model_config = SettingsConfigDict(env_prefix="LK_", env_file=ROOT / ".env", extra="ignore")

    env: Environment = Environment.DEMO
    host: str = "127.0.0.1"
    """Address to listen on; the demo listens on loopback only."""
    port: int = 3000
    backend_port: int = 8000
    """Second port, used in development only."""
    public_url: str = ""
    """Where browsers reach the portal, for example https://lk.example.ru; http://localhost:PORT when empty."""
    trusted_proxy_hops: int = Field(default=0, ge=0)
    """How many proxies in front of the portal are ours: that many entries of X-Forwarded-For are believed."""

    database_url: str = f"sqlite:///{ROOT / 'var' / 'lk.db'}"
    """SQLAlchemy address: sqlite:///… or postgresql+psycopg://…"""
    database_owner_url: str = ""
    """The address of the role that owns the schema in PostgreSQL, for `db upgrade` and `restore` alone; the other then
    reads and writes rows, and no more."""
    database_pool: int = Field(default=10, ge=2)
    """Database connections, and threads that use them, in one process."""
    redis_url: str = ""
    """Redis for the state of open pages, needed with several processes."""

    secret_key: SecretStr = SecretStr(DEMO_SECRET)
    """Key under which addresses and names are hashed before they are stored to limit rates."""
    secret_key_fallbacks: Annotated[list[SecretStr], NoDecode] = []
    """Keys besides, separated by commas, under which what was written is read: earlier ones, or the next."""
    time_zone: str = "Asia/Yekaterinburg"
    """The company's time zone; decides what «today» is."""

    company_name: str = DEMO_COMPANY
    """The company as messages call it."""

    readings_from_day: int = Field(default=15, ge=1, le=28)
    """The first and the last day of a month on which readings count for that month's receipt."""
    readings_to_day: int = Field(default=25, ge=1, le=28)
    readings_ceiling: int = Field(default=200, ge=1)
    """The most gas, in m³ a month, that a consumer may report without confirming it."""
    readings_ceiling_heating: int = Field(default=2_000, ge=1)
    """The same where gas heats the premises."""

    sms_per_day: int = Field(default=5_000, ge=1)
    """How many messages with codes the company pays for in a day."""
    reminders_per_day: int = Field(default=5_000, ge=1)
    """How many messages it pays for in a day besides, to remind people and to tell them what was decided."""
    sms_gateways: Annotated[list[str], NoDecode] = ["sandbox"]
    """Providers in the order they are tried, separated by commas: smsc, smsru, exolve; or the sandbox, which shows
    messages instead of sending them."""
    sms_sender: str = ""
    """The sender's name, or for exolve a number, as the providers registered it."""
    smsc_url: str = "https://smsc.ru/sys"
    smsc_api_key: SecretStr = SecretStr("")
    smsc_login: str = ""
    smsc_password: SecretStr = SecretStr("")
    """With the login, in place of the key."""
    smsru_url: str = "https://sms.ru"
    smsru_api_id: SecretStr = SecretStr("")
    exolve_url: str = "https://api.exolve.ru/messaging/v1"
    exolve_api_key: SecretStr = SecretStr("")

    smtp_host: str = ""
    """The server that takes our letters; without one there are none in production, and the sandbox elsewhere."""
    smtp_port: int = PORT_OF_TLS
    smtp_security: SmtpSecurity = SmtpSecurity.TLS
    """tls from the first byte, usually port 465; starttls, usually 587; or none, in production on loopback only."""
    smtp_login: str = ""
    smtp_password: SecretStr = SecretStr("")
    mail_from: str = ""
    """The address our letters come from."""

    bank_url: str = ""
    """The bank's REST, for example https://securepayments.sberbank.ru/payment/rest; without one consumers can't pay
    online in production, and pay at the sandbox's bank elsewhere."""
    bank_login: str = ""
    bank_password: SecretStr = SecretStr("")
    bank_token: SecretStr = SecretStr("")
    """In place of the login and the password."""
    bank_callback_key: SecretStr = SecretStr("")
    """The key of the callbacks' checksum; without it none is believed, and the poller alone asks the bank."""
    bank_ca: str = ""
    """A file of certificates to trust besides the system's, for example the national root."""
    bank_page_hosts: Annotated[list[str], NoDecode] = ["sberbank.ru", "securecardpayment.ru"]
    """Where the bank's pages for cards are, separated by commas; hosts below these count too. It leads nowhere else."""
    payment_limit: int = Field(default=100_000, ge=1, le=10_000_000)
    """The most that one payment may be, in roubles."""
    fiscal_tax_type: int = 0
    """Codes of the fiscal receipt (54-ФЗ): VAT, unit, way of payment, subject; 0 is «without VAT»."""
    fiscal_measure: str = "шт"
    fiscal_payment_method: int = 4
    fiscal_payment_object: int = 4
    sandbox_bank_store: Path = ROOT / "var" / "bank.db"
    """Where the sandbox's bank keeps its books; outside production only."""

    exchange_upload_mb: int = Field(default=2_000, ge=1)
    """The largest package or registry that is taken at `/api/exchange/v1`, in megabytes."""
    registry_profiles: Path | None = None
    """The folder of the profiles of payment registries; none are taken without one."""

    embedded_worker: bool = True
    """Whether the processes that serve pages do the periodic work too; otherwise run `python -m lk_app worker`."""

    log_format: LogFormat = LogFormat.TEXT
    """For people at a terminal, or for what collects logs."""
    metrics_token: SecretStr = SecretStr("")
    """What Prometheus has to show to be told figures; without one they are told on this machine only."""
    metrics_folder: Path | None = None
    """Where the processes of one machine add up what they count; each counts for itself without it."""

    captcha_answer: str = ""
    """An answer that is right for every captcha as well, so that scripts can register; refused in production."""

    session_idle_minutes: int = Field(default=30, ge=1)
    session_hours: int = Field(default=12, ge=1)
    first_password_days: int = Field(default=3, ge=1)
    """How long a password that an administrator has given signs a member in, until they set one of their own."""

    @field_validator("sms_gateways", "bank_page_hosts", "secret_key_fallbacks", mode="before")
    @classmethod
    def _separated_by_commas(cls, value: object) -> object:
        return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value

    @property
    def schema_url(self) -> str:
        """The database's address for whoever changes the schema."""
        return self.database_owner_url or self.database_url

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def origin(self) -> str:
        """Scheme, host and port browsers use, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://localhost:{self.port}"

    @property
    def origins(self) -> list[str]:
        """Every origin our own pages may have: on loopback people also type the number."""
        return list(dict.fromkeys([self.origin, self.origin.replace("//localhost:", "//127.0.0.1:")]))

    @property
    def secure_cookies(self) -> bool:
        """Whether browsers reach us by HTTPS; only a portal on loopback may say no."""
        return self.origin.startswith("https://")

    @property
    def bank_address(self) -> str:
        """The bank's REST: the one that was set, or outside production our own sandbox; empty when there is none."""
        if self.bank_url or self.env is Environment.PRODUCTION:
            return self.bank_url
        return f"http://127.0.0.1:{self.port}{SANDBOX_BANK}/payment/rest"

    @property
    def has_sandbox_bank(self) -> bool:
        """Whether consumers pay at the sandbox's bank."""
        return self.env is not Environment.PRODUCTION and not self.bank_url

    @property
    def bank_pages(self) -> tuple[str, ...]:
        """Hosts to which consumers may be led to pay: outside production those of the sandbox's bank as well."""
        named = tuple(host.lower() for host in self.bank_page_hosts)
        return (
            named if self.env is Environment.PRODUCTION else (*named, urlsplit(self.origin).hostname or "", *LOOPBACK)
        )

    @property
    def callback_key(self) -> str:
        """The key of the checksum of the bank's callbacks; empty when none can be believed."""
        key = SANDBOX_BANK_KEY if self.has_sandbox_bank else self.bank_callback_key
        return key.get_secret_value()

    def faults(self) -> list[str]:
        """Return what forbids a start in this environment: which setting, and how to set it."""
        if self.env is not Environment.PRODUCTION:
            found = self._common_faults()
            if self.host not in LOOPBACK:
                found.append(f"LK_HOST={self.host}: outside production listen on 127.0.0.1")
            if urlsplit(self.origin).hostname not in LOOPBACK:
                found.append("LK_PUBLIC_URL: outside production leave it unset, because /sandbox/sms shows every code")
            return found
        found = self._common_faults()
        if SANDBOX in self.sms_gateways:
            found.append(f"LK_SMS_GATEWAYS: the sandbox sends nothing; name your provider: {SMS_PROVIDERS}")
        urls = {"smsc": self.smsc_url, "smsru": self.smsru_url, "exolve": self.exolve_url}
        plain = [name for name in self.sms_gateways if not urls.get(name, "https://").startswith("https://")]
        found += [f"LK_{name.upper()}_URL: set an https:// address, because messages hold codes" for name in plain]
        if _is_guessable(self.secret_key):
            found.append("LK_SECRET_KEY: set your own, at least 32 characters, for example `openssl rand -hex 32`")
        if any(_is_guessable(key) for key in self.secret_key_fallbacks):
            found.append("LK_SECRET_KEY_FALLBACKS: name earlier keys of this portal, each of at least 32 characters")
        if not self.secure_cookies:
            found.append("LK_PUBLIC_URL: set the https:// address that consumers open")
        if not self.trusted_proxy_hops:
            found.append("LK_TRUSTED_PROXY_HOPS: set how many proxies stand in front, or all consumers share one limit")
        if not _is_guarded(self.redis_url):
            found.append("LK_REDIS_URL: put a password in it, because whoever can write there runs programs here")
        found += self.build_faults()
        if self.captcha_answer:
            found.append("LK_CAPTCHA_ANSWER: leave it unset, because it opens registration to programs")
        return found

    def build_faults(self) -> list[str]:
        """Return what forbids building the pages: of all settings they hold the company's name."""
        if self.env is Environment.PRODUCTION and self.company_name.strip() in ("", DEMO_COMPANY):
            return ["LK_COMPANY_NAME: set the company's own name, which pages hold and every message begins with"]
        return []

    def _common_faults(self) -> list[str]:
        found = self._sms_faults() + self._mail_faults() + self._bank_faults()
        if self.readings_from_day > self.readings_to_day:
            found.append("LK_READINGS_FROM_DAY: set it no later than LK_READINGS_TO_DAY, within one month")
        if not _is_zone(self.time_zone):
            found.append("LK_TIME_ZONE: nobody knows this zone; set one such as Asia/Yekaterinburg or Europe/Moscow")
        return found

    def _sms_faults(self) -> list[str]:
        smsc = self.smsc_api_key or (self.smsc_login and self.smsc_password)
        needs = [
            ("smsc", smsc, "LK_SMSC_API_KEY: set it, or LK_SMSC_LOGIN and LK_SMSC_PASSWORD; smsc asks for them"),
            ("smsru", self.smsru_api_id, "LK_SMSRU_API_ID: set it; smsru asks for it"),
            ("exolve", self.exolve_api_key, "LK_EXOLVE_API_KEY: set it; exolve asks for it"),
            ("exolve", self.sms_sender, "LK_SMS_SENDER: set the name or number that exolve has registered for you"),
        ]
        known = {SANDBOX, *(name for name, _, _ in needs)}
        unknown = "LK_SMS_GATEWAYS: {} is not known; name one or more, separated by commas: " + SMS_PROVIDERS
        found = [unknown.format(name) for name in self.sms_gateways or ["nothing"] if name not in known]
        return found + [cure for name, given, cure in needs if name in self.sms_gateways and not given]

    def _mail_faults(self) -> list[str]:
        login, password = self.smtp_login, self.smtp_password.get_secret_value()
        if not self.smtp_host:
            of_a_server = {"LK_MAIL_FROM": self.mail_from, "LK_SMTP_LOGIN": login, "LK_SMTP_PASSWORD": password}
            given = " and ".join(name for name, value in of_a_server.items() if value)
            return [f"LK_SMTP_HOST: set the mail server, or leave {given} unset to do without one"] if given else []
        not_tls = self.smtp_security is not SmtpSecurity.TLS
        in_the_open = self.smtp_security is SmtpSecurity.NONE and self.smtp_host not in LOOPBACK
        faults = [
            (not is_host(self.smtp_host), "LK_SMTP_HOST: set the name alone, for example mail.example.ru"),
            (not 0 < self.smtp_port < 65_536, "LK_SMTP_PORT: set the server's port, usually 465 for tls"),
            (
                not_tls and self.smtp_port == PORT_OF_TLS,
                "LK_SMTP_PORT: 465 is for tls; set the one for the security you chose, usually 587 for starttls",
            ),
            (
                not is_address(self.mail_from),
                "LK_MAIL_FROM: set the address letters come from, without a name, for example lk@example.ru",
            ),
            (not self.company_name.isprintable(), "LK_COMPANY_NAME: write it in one line, because letters name it"),
            (login and not password, "LK_SMTP_PASSWORD: set the one that belongs to LK_SMTP_LOGIN"),
            (password and not login, "LK_SMTP_LOGIN: set the one that LK_SMTP_PASSWORD belongs to"),
            (not login.isascii(), "LK_SMTP_LOGIN: it may hold Latin letters, digits and signs only"),
            (not password.isascii(), "LK_SMTP_PASSWORD: choose one of Latin letters, digits and signs only"),
            (
                in_the_open and self.env is Environment.PRODUCTION,
                "LK_SMTP_SECURITY: set tls or starttls, because letters hold codes and documents",
            ),
        ]
        return [cure for wrong, cure in faults if wrong]

    def _bank_faults(self) -> list[str]:
        if not self.bank_url:
            of_a_bank = {
                "LK_BANK_LOGIN": self.bank_login,
                "LK_BANK_PASSWORD": self.bank_password,
                "LK_BANK_TOKEN": self.bank_token,
            }
            given = " and ".join(name for name, value in of_a_bank.items() if value)
            return [f"LK_BANK_URL: set the bank's address, or leave {given} unset to do without one"] if given else []
        address = urlsplit(self.bank_url)
        faults = [
            (
                address.scheme != "https" and address.hostname not in LOOPBACK,
                "LK_BANK_URL: set an https:// address, because the password goes there",
            ),
            (
                self.env is Environment.PRODUCTION and (SANDBOX_BANK in address.path or address.hostname in LOOPBACK),
                "LK_BANK_URL: the sandbox's bank moves no money; set the bank's own address",
            ),
            (
                not (self.bank_token or (self.bank_login and self.bank_password)),
                "LK_BANK_LOGIN: set it and LK_BANK_PASSWORD, or LK_BANK_TOKEN; the bank asks for them",
            ),
            (
                not address.hostname or address.query or address.fragment,
                "LK_BANK_URL: set the address up to and including /rest, without anything after it",
            ),
            (
                self.env is Environment.PRODUCTION and address.hostname in TEST_BANKS,
                "LK_BANK_URL: this is the bank's test host, whose cards cost nothing; set the one for payments",
            ),
            (
                not self.bank_page_hosts or not all(is_host(host) and "." in host for host in self.bank_page_hosts),
                "LK_BANK_PAGE_HOSTS: name the hosts of the bank's pages alone, for example sberbank.ru",
            ),
            (self.bank_ca and not _holds_certificates(self.bank_ca), "LK_BANK_CA: no certificate can be read there"),
        ]
        return [cure for wrong, cure in faults if wrong]


LOOPBACK = ("127.0.0.1", "localhost", "::1")
SANDBOX = "sandbox"
SANDBOX_BANK = "/sandbox/bank"
"""Where the sandbox's bank is mounted; it knows us by what follows, which opens nothing else."""
SANDBOX_BANK_LOGIN = "demogaz-api"
SANDBOX_BANK_PASSWORD = SecretStr("demo-password-of-the-sandbox-bank")
SANDBOX_BANK_KEY = SecretStr("demo-key-of-the-sandbox-bank")
SMS_PROVIDERS = "smsc, smsru, exolve"


TEST_BANKS = ("3dsec.sberbank.ru", "ecomtest.sberbank.ru")


def _is_guessable(key: SecretStr) -> bool:
    return key.get_secret_value() == DEMO_SECRET or len(key.get_secret_value()) < 32


def _is_guarded(redis_url: str) -> bool:
    """Say whether nobody but us can write into Redis: what pages hold comes back from there as objects (pickle)."""
    address = urlsplit(redis_url)
    return not redis_url or bool(address.password) or address.scheme == "unix" or address.hostname in LOOPBACK


def _holds_certificates(path: str) -> bool:
    try:
        ssl.create_default_context().load_verify_locations(path)
    except OSError:
        return False
    return True


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


class SettingsRefused(SystemExit):
    """The settings forbid a start; the message names each wrong setting and its cure."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("LK does not start:\n" + "\n".join(f"  {fault}" for fault in faults))


@cache
def settings() -> Settings:
    """Return the settings of this process, or end it saying which can't be read."""
    try:
        return Settings()
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        raise SettingsRefused([f"LK_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in faults]) from None


def checked_settings(*, building: bool = False) -> Settings:
    """Return the settings, or end the process saying which are wrong: of all, or of those that a build needs."""
    faults = settings().build_faults() if building else settings().faults()
    if faults:
        raise SettingsRefused(faults)
    return settings()
