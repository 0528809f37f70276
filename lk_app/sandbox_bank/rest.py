"""The REST calls: forms in, JSON out, HTTP 200 for refusals too."""

import asyncio
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lk_app.sandbox_bank import answers
from lk_app.sandbox_bank.answers import Answer
from lk_app.sandbox_bank.bank import Bank
from lk_app.sandbox_bank.order import BankOrder
from lk_app.sandbox_bank.refusal import Refusal, access_denied, wrong_amount
from lk_app.sandbox_bank.registration import AMOUNT_DIGITS, read_registration, whole

ANSWERS_AFTER_S = 30
"""How long the bank is silent once it falls silent."""

Asked = Mapping[str, str]


class Rest:
    """Answers the merchant."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank

    async def register(self, request: Request) -> Response:
        return await self._answer("register", request, self._register, answers.refused)

    async def status(self, request: Request) -> Response:
        return await self._answer("status", request, self._status, answers.status_refused)

    async def refund(self, request: Request) -> Response:
        return await self._answer("refund", request, self._refund, answers.refused)

    async def _answer(
        self,
        call: str,
        request: Request,
        work: Callable[[Asked], tuple[Answer, BankOrder]],
        refused: Callable[[Refusal], Answer],
    ) -> Response:
        asked = await fields(request)
        await self._bank.faults.before(call, asked)
        try:
            if not self._bank.merchant.is_called(asked.get("userName", ""), asked.get("password", "")):
                raise access_denied()
            answer, order = work(asked)
        except Refusal as refusal:
            answer = refused(refusal)
        else:
            if call == "status" and order.silent_until and self._bank.clock() < order.silent_until:
                await asyncio.sleep(ANSWERS_AFTER_S)
        return JSONResponse(await self._bank.faults.after(call, asked, answer))

    def _register(self, asked: Asked) -> tuple[Answer, BankOrder]:
        order = self._bank.register(read_registration(asked, self._bank.clock()))
        return answers.registered(order, self._bank.form_url(order)), order

    def _status(self, asked: Asked) -> tuple[Answer, BankOrder]:
        if asked.get("orderId"):
            order = self._bank.order(asked["orderId"])
        elif asked.get("orderNumber"):
            order = self._bank.order_by_number(asked["orderNumber"])
        else:
            raise Refusal(1, "Ожидается [orderId] или [orderNumber]")
        return answers.status(order), order

    def _refund(self, asked: Asked) -> tuple[Answer, BankOrder]:
        if not asked.get("orderId"):
            raise Refusal(5, "[orderId] не задан")
        amount = whole(asked.get("amount", ""), AMOUNT_DIGITS)
        if amount is None:
            raise wrong_amount()
        try:
            order = self._bank.refund(asked["orderId"], amount)
        except Refusal as refusal:
            raise Refusal(6, "Неверный номер заказа") if refusal.code == 6 else refusal from None
        return answers.DONE, order


async def fields(request: Request) -> dict[str, str]:
    """Return the fields of a form; none when the body is something else."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        return {}
    body = (await request.body()).decode(errors="replace")
    return dict(parse_qsl(body, keep_blank_values=True))


def routes(bank: Bank) -> list[Route]:
    # A GET would leave the password in the logs on the way: the bank's pages show POST only.
    rest = Rest(bank)
    return [
        Route("/payment/rest/register.do", rest.register, methods=["POST"]),
        Route("/payment/rest/getOrderStatusExtended.do", rest.status, methods=["POST"]),
        Route("/payment/rest/refund.do", rest.refund, methods=["POST"]),
    ]
