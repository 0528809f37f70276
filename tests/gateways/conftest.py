"""Real clients against a provider on loopback."""

from collections.abc import Iterator

import httpx
import pytest

from lk_app.gateways.bank.sberbank import Sberbank
from lk_app.gateways.bank.sberbank import make_client as make_bank_client
from lk_app.gateways.sms.http import make_client
from lk_app.gateways.sms.interface import OutgoingSms
from tests.gateways.bank import sberbank
from tests.providers import Provider, listening

READ_TIMEOUT_S = 1.5
"""Long enough for a busy machine to answer in."""

MESSAGE = OutgoingSms("17", "9120000003", "Демогаз: код 493027 & ещё.\n\n@lk.example.ru #493027")
KEY = "k3y-0f-0ur-acc0unt"
SECRETS = ("9120000003", "493027", "Демогаз", KEY)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with listening() as provider:
        yield provider


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """The product's client, less patient."""
    with make_client(httpx.Timeout(READ_TIMEOUT_S)) as client:
        yield client


@pytest.fixture(scope="session")
def bank_client() -> Iterator[httpx.Client]:
    """The product's client of the bank."""
    with make_bank_client() as client:
        yield client


@pytest.fixture
def bank(provider: Provider, bank_client: httpx.Client) -> Sberbank:
    """A bank that answers as the provider is told to."""
    return sberbank(provider.url, bank_client)
