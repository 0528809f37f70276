"""The sandbox bank: a stand-in for Sberbank's acquiring that takes no money and knows nothing of the portal."""

from lk_app.sandbox_bank.app import create_app
from lk_app.sandbox_bank.bank import Bank
from lk_app.sandbox_bank.faults import Faults
from lk_app.sandbox_bank.merchant import Merchant
from lk_app.sandbox_bank.order import BankOrder, State

__all__ = ["Bank", "BankOrder", "Faults", "Merchant", "State", "create_app"]
