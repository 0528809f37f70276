"""«Справка о состоянии расчётов» and «Акт сверки» as PDF."""

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from lk_app import clock
from lk_app.api import printing
from lk_app.api.documents import for_consumer, read_division, read_month
from lk_app.models.values import Month
from lk_app.services import references, statements
from lk_app.services.callers import Consumer
from lk_app.services.statements import BalancePage, ReconciliationPage

BALANCE = "documents/balance.html"
RECONCILIATION = "documents/reconciliation.html"


@for_consumer
async def balance(request: Request, who: Consumer) -> Response:
    """GET /api/statements/{account}/balance: what is owed today, division by division."""
    return printing.shown(await printing.printed(BALANCE, read_balance, who, request.path_params["account"]))


@for_consumer
async def reconciliation(request: Request, who: Consumer) -> Response:
    """GET /api/statements/{account}/reconciliation?division=&first=YYYYMM&last=YYYYMM: charges against payments."""
    asked = request.query_params
    first, last = read_month(asked.get("first", "")), read_month(asked.get("last", ""))
    account, division = request.path_params["account"], read_division(asked.get("division", ""))
    statement = await printing.printed(RECONCILIATION, read_reconciliation, who, account, division, first, last)
    return printing.shown(statement)


def read_balance(session: Session, who: Consumer, reference: str) -> BalancePage:
    number = references.account_of(session, who, reference)
    return statements.balance_page(session, who, number, clock.today())


def read_reconciliation(
    session: Session, who: Consumer, reference: str, division: str, first: Month, last: Month
) -> ReconciliationPage:
    number = references.account_of(session, who, reference)
    return statements.reconciliation_page(session, who, number, division, first, last, clock.today())
