"""Settings, read once from LK_* variables and `.env`, and the checks each environment makes of them."""

from enum import StrEnum
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
DEMO_SECRET = "demo-secret-that-production-refuses"  # noqa: S105 - known to everybody on purpose


class Environment(StrEnum):
    DEMO = "demo"
    TEST = "test"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Every setting with its meaning; the variable is the name in capitals after `LK_`."""

    model_config = SettingsConfigDict(env_prefix="LK_", env_file=".env", extra="ignore")

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
    database_pool: int = Field(default=10, ge=2)
    """Database connections, and threads that use them, in one process."""
    redis_url: str = ""
    """Redis for the state of open pages, needed with several processes."""

    secret_key: SecretStr = SecretStr(DEMO_SECRET)
    """Key under which addresses and names are hashed before they are stored to limit rates."""
    time_zone: str = "Asia/Yekaterinburg"
    """The company's time zone; decides what «today» is."""

    session_idle_minutes: int = Field(default=30, ge=1)
    session_hours: int = Field(default=12, ge=1)

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

    def faults(self) -> list[str]:
        """Return what forbids a start in this environment: which setting, and how to set it."""
        if self.env is not Environment.PRODUCTION:
            return [] if self.host in LOOPBACK else [f"LK_HOST={self.host}: outside production listen on 127.0.0.1"]
        found = []
        if self.secret_key.get_secret_value() == DEMO_SECRET or len(self.secret_key.get_secret_value()) < 32:
            found.append("LK_SECRET_KEY: set your own, at least 32 characters, for example `openssl rand -hex 32`")
        if not self.secure_cookies:
            found.append("LK_PUBLIC_URL: set the https:// address that consumers open")
        return found


LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SettingsRefused(SystemExit):
    """The settings forbid a start; the message names each wrong setting and its cure."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("LK does not start:\n" + "\n".join(f"  {fault}" for fault in faults))


@cache
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings()


def checked_settings() -> Settings:
    """Return the settings, or end the process saying which are wrong."""
    faults = settings().faults()
    if faults:
        raise SettingsRefused(faults)
    return settings()
