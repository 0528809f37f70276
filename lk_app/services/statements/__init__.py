"""«Справка о состоянии расчётов» and «Акт сверки»: how an account stands today, and how it came to that."""

from lk_app.services.statements.balance import BalancePage, balance_page
from lk_app.services.statements.reconciliation import ReconciliationPage, reconciliation_page

__all__ = ["BalancePage", "ReconciliationPage", "balance_page", "reconciliation_page"]
