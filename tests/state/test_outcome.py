"""The page to which the bank sends people back: what came of an attempt, in words."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from reflex.istate.data import RouterData

from lk_app import clock
from lk_app.models import AttemptState
from lk_app.models.values import Kopecks
from lk_app.services.acquiring import desk
from lk_app.services.callers import Consumer
from lk_app.services.payments.history import PaymentState
from lk_app.services.payments.outcome import Outcome
from lk_app.services.session import writing
from lk_app.settings import settings
from lk_app.state.outcome import NOT_YET, SILENT, UNKNOWN, ReturnState, Verdict, verdict_of
from tests import factories
from tests.bank.running import LOGIN, PASSWORD, RunningBank, pay, running_bank
from tests.factories import NOW
from tests.payments.world import GOOD_CARD
from tests.servers import free_port
from tests.state.test_accounts import state_for
from tests.state.test_payments import OWN, made, who
from tests.texts import plain

__all__ = ["who"]


@pytest.fixture
def bank(who: Consumer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningBank]:
    """The bank that the portal asks."""
    with running_bank(tmp_path, clock=lambda: NOW) as there, monkeypatch.context() as patch:
        patch.setenv("LK_BANK_LOGIN", LOGIN)
        patch.setenv("LK_BANK_PASSWORD", PASSWORD)
        use(patch, there.address)
        yield there
    forget()


def use(patch: pytest.MonkeyPatch, address: str) -> None:
    patch.setenv("LK_BANK_URL", f"{address}/payment/rest")
    forget()


def forget() -> None:
    settings.cache_clear()
    desk.bank.cache_clear()


async def came_back(who: Consumer, query: str) -> Any:
    state = await state_for(ReturnState, who)
    path = f"/payments/return?{query}"
    state._get_root_state().router = RouterData.from_router_data(
        {"headers": {"origin": "http://localhost:3000"}, "pathname": path, "asPath": path, "token": "t"}
    )
    await ReturnState.load.fn(state)
    return state


async def test_coming_back_makes_the_portal_ask_the_bank_itself(
    who: Consumer, bank: RunningBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, form_url = bank.register("261122-ABCDEFGHJK", 150_000).values()
    made(who, AttemptState.REGISTERED, order_number="261122-ABCDEFGHJK", bank_order_id=order_id, form_url=form_url)
    waiting = await came_back(who, "order=261122-ABCDEFGHJK")
    assert (waiting.verdict.title, waiting.verdict.awaited, waiting.verdict.can_continue) == (NOT_YET[0], True, True)

    pay(form_url, GOOD_CARD)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=3))
    await ReturnState.refresh.fn(waiting)

    verdict = waiting.verdict
    assert (verdict.kind, verdict.title, plain(verdict.amount)) == ("ok", "Оплата прошла", "1 500,00 ₽")
    assert ("Карта", "•• 1111") in [(name, plain(value)) for name, value in verdict.facts]
    assert verdict.confirmation


async def test_while_the_bank_is_silent_nobody_is_led_to_pay_again(
    who: Consumer, bank: RunningBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = made(who, AttemptState.REGISTERED, order_number="261122-ABCDEFGHJK")
    with monkeypatch.context() as patch:
        use(patch, f"http://127.0.0.1:{free_port()}")
        state = await came_back(who, f"order={number}&orderId=whatever")

    verdict = state.verdict
    assert (verdict.kind, verdict.title, verdict.order, state.failure) == ("wait", SILENT[0], number, "")
    assert (verdict.awaited, verdict.can_continue, verdict.can_repeat) == (True, False, False)


async def test_at_a_crowded_desk_what_is_known_is_said(
    who: Consumer, bank: RunningBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = made(who, AttemptState.REGISTERED, order_number="261122-ABCDEFGHJK")
    monkeypatch.setattr(desk, "WAITING_AT_MOST", 0)

    assert (await came_back(who, f"order={number}")).verdict.title == SILENT[0]


@pytest.mark.parametrize("order", ["", "261122-ABCDEFGHJK", "261122-abcdefghjk", "'", "%00", "1" * 5_000, "a&order=b"])
async def test_an_order_that_is_not_the_callers_is_unknown(who: Consumer, bank: RunningBank, order: str) -> None:
    with writing() as session:
        stranger = factories.consumer(session, factories.account(session))
    made(stranger, AttemptState.PAID, order_number="261122-ABCDEFGHJK")

    state = await came_back(who, f"order={order}")

    assert (state.verdict, state.failure) == (UNKNOWN, "")


def outcome(state: PaymentState, **values: Any) -> Outcome:
    given: dict[str, Any] = {
        "order_number": "261122-ABCDEFGHJK", "account_number": OWN, "amount": Kopecks(150_000),
        "parts": (("Природный газ", Kopecks(100_000)), ("ВДГО", Kopecks(50_000))), "at": NOW, "card": "",
        "refunded": Kopecks(0), "is_awaited": False, "is_bank_silent": False, "may_change": False,
        "can_continue": False,
    } | values  # fmt: skip
    return Outcome(state=state, **given)


WAITS, SILENTLY = {"is_awaited": True}, {"is_awaited": True, "is_bank_silent": True}


@pytest.mark.parametrize(
    ("state", "values", "kind", "title", "can_repeat", "has_confirmation"),
    [
        (PaymentState.UNFINISHED, WAITS, "wait", "Платёж ещё не завершён", False, False),
        (PaymentState.UNFINISHED, SILENTLY, "wait", "Ждём ответа банка", False, False),
        (PaymentState.UNFINISHED, {}, "", "Платёж не завершён", True, False),
        (PaymentState.DECLINED, {}, "danger", "Банк отклонил платёж", True, False),
        (PaymentState.PROCESSING, {}, "ok", "Оплата прошла", False, True),
        (PaymentState.POSTED, {}, "ok", "Оплачено", False, True),
        (PaymentState.REFUNDED, {}, "ok", "Деньги возвращены", False, True),
    ],
)
def test_a_verdict_says_what_came_of_it_and_what_to_do(
    state: PaymentState, values: dict[str, Any], kind: str, title: str, can_repeat: bool, has_confirmation: bool
) -> None:
    verdict = verdict_of(outcome(state, **values))

    assert (verdict.kind, verdict.title, verdict.can_repeat) == (kind, title, can_repeat)
    assert bool(verdict.confirmation) is has_confirmation
    assert OWN not in verdict.confirmation
    assert ("Деньги не списаны" in plain(verdict.text)) is (state is PaymentState.DECLINED), "else nobody knows"


@pytest.mark.parametrize("may_change", [True, False])
def test_a_page_looks_again_as_long_as_something_may_change(may_change: bool) -> None:
    assert verdict_of(outcome(PaymentState.UNFINISHED, may_change=may_change)).awaited is may_change


def test_a_verdict_names_the_parts_the_time_and_the_card() -> None:
    def facts(verdict: Verdict) -> list[tuple[str, str]]:
        return [(name, plain(value)) for name, value in verdict.facts]

    assert facts(verdict_of(outcome(PaymentState.PROCESSING, card="1111", refunded=Kopecks(100)))) == [
        ("Лицевой счёт", OWN),
        ("Природный газ", "1 000,00 ₽"),
        ("ВДГО", "500,00 ₽"),
        ("Время", "22 ноября 2026 г., 12:30"),
        ("Карта", "•• 1111"),
        ("Возвращено", "1,00 ₽"),
        ("Номер заказа", "261122-ABCDEFGHJK"),
    ]
    alone = outcome(PaymentState.DECLINED, parts=(("Природный газ", Kopecks(150_000)),))
    assert facts(verdict_of(alone))[1] == ("Раздел", "Природный газ")
