"""The bank that takes cards."""

from lk_app.gateways.bank.basket import FiscalRules
from lk_app.gateways.bank.interface import Bank
from lk_app.gateways.bank.sberbank import Credentials, Sberbank, make_client
from lk_app.settings import SANDBOX_BANK_LOGIN, SANDBOX_BANK_PASSWORD, Settings


def bank_of(settings: Settings) -> Bank:
    """Return the client of the bank that the settings name."""
    rules = FiscalRules(
        settings.fiscal_tax_type,
        settings.fiscal_measure,
        settings.fiscal_payment_method,
        settings.fiscal_payment_object,
    )
    client = make_client(settings.bank_ca)
    return Sberbank(settings.bank_address, credentials_of(settings), rules, client, settings.bank_pages)


def credentials_of(settings: Settings) -> Credentials:
    """Return how we name ourselves to the bank, or to the sandbox's."""
    if settings.has_sandbox_bank:
        return Credentials(SANDBOX_BANK_LOGIN, SANDBOX_BANK_PASSWORD, token=settings.bank_token)
    return Credentials(settings.bank_login, settings.bank_password, settings.bank_token)
