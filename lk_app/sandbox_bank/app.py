"""The bank as an application of its own, to be mounted anywhere or run alone."""

from starlette.applications import Starlette

from lk_app.sandbox_bank import overview, payment_page, rest
from lk_app.sandbox_bank.bank import Bank


def create_app(bank: Bank) -> Starlette:
    return Starlette(routes=[*rest.routes(bank), *payment_page.routes(bank), *overview.routes(bank)])
