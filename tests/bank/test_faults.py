"""Tests may make the bank misbehave."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from lk_app.sandbox_bank import Bank, Faults, Merchant, create_app
from tests.bank.running import CALLBACK_KEY, LOGIN, PASSWORD, RunningBank, browser, pay, running_bank
from tests.bank.server import serving
from tests.servers import free_port


class Lost(Faults):
    """The answer to a registration is lost after the order is in the books."""

    async def after(self, call: str, asked: Mapping[str, str], answer: dict[str, Any]) -> dict[str, Any]:
        if call == "register":
            await asyncio.sleep(30)
        return answer | {"amount": 1} if call == "status" else answer


def test_an_answer_may_be_lost_or_changed(tmp_path: Path) -> None:
    with running_bank(tmp_path, faults=Lost()) as bank:
        with pytest.raises(httpx.ReadTimeout):
            bank.call("register.do", {"orderNumber": "1", "amount": 5, "returnUrl": "http://127.0.0.1/"}, timeout=0.2)

        assert bank.call("getOrderStatusExtended.do", {"orderNumber": "1"})["amount"] == 1
        assert bank.bank.orders()[0].amount == 5


class Broken(Faults):
    """Nothing works."""

    async def before(self, call: str, asked: Mapping[str, str]) -> None:
        raise RuntimeError(call)


def test_a_call_may_fail_before_anything_is_done(tmp_path: Path) -> None:
    with running_bank(tmp_path, faults=Broken()) as bank, browser() as client:
        answer = client.post(f"{bank.address}/payment/rest/register.do", data={"orderNumber": "1"})

        assert answer.status_code == 500
        assert bank.bank.orders() == []


def test_nothing_is_opened_before_the_first_call(tmp_path: Path) -> None:
    with running_bank(tmp_path) as bank:
        assert list(tmp_path.iterdir()) == []
        bank.register()
        assert (tmp_path / "bank" / "bank.db").exists()


def test_it_may_be_mounted_anywhere(tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/sandbox/bank"
    bank = Bank(tmp_path / "bank.db", Merchant(LOGIN, PASSWORD, "", CALLBACK_KEY), f"{address}/")
    with serving(Starlette(routes=[Mount("/sandbox/bank", create_app(bank))]), port):
        running = RunningBank(address, bank)
        order_id, form_url = running.register().values()
        assert form_url == f"{address}/payment/merchants/lk/payment_ru.html?mdOrder={order_id}"
        assert pay(form_url, "5555 5555 5555 5599", password="123456").status_code == 303
        assert running.status(order_id)["orderStatus"] == 2
        with browser() as client:
            assert client.get(f"{address}/").status_code == 200
            assert client.get(f"{address}/orders.json").json()[0]["state"] == 2
