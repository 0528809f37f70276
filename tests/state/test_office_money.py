"""Payments, runs of the exchange and the summary as their screens hold them, and events that no screen sends."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import reflex as rx
from reflex.istate.data import RouterData
from sqlmodel import Session, select

from lk_app import clock
from lk_app.models import (
    Account,
    Action,
    Attempt,
    AuditEvent,
    ConcernReason,
    Direction,
    ExchangeRun,
    Outcome,
    Refund,
    RefundState,
    Role,
    Staff,
    User,
)
from lk_app.models.values import Kopecks
from lk_app.services import live as topics
from lk_app.services.acquiring import desk
from lk_app.services.acquiring.concerns import raise_concern
from lk_app.services.callers import Consumer, StaffCaller
from lk_app.services.exchange import runs
from lk_app.services.exchange.issues import Issue
from lk_app.services.exchange.runs import INTERRUPTED, Ending
from lk_app.services.paging import PAGE
from lk_app.services.session import reading, writing
from lk_app.services.staff import passwords
from lk_app.state import live
from lk_app.state.access import IdentityState, roles_of
from lk_app.state.office import summary as summary_state
from lk_app.state.office.exchange import RunsState, RunState
from lk_app.state.office.payment_words import NOTHING_LOOKED_AT
from lk_app.state.office.payments import ANSWERED, NO_SUCH_PAYMENT, SILENT, PaymentLookState, PaymentQueueState
from lk_app.state.office.summary import SummaryState
from tests import attempts, factories
from tests.bank.running import pay
from tests.factories import NOW
from tests.payments.world import GOOD_CARD, World, bank_at, world
from tests.state.test_access import event_of, guard, member_of_staff
from tests.texts import plain
from tests.waiting import waiting

NUMBER = "66010000017"
HOUR = timedelta(hours=1)


@pytest.fixture
def database() -> str:
    """What screens hold does not depend on it."""
    return "sqlite"


@pytest.fixture
def who(portal: str, monkeypatch: pytest.MonkeyPatch) -> StaffCaller:
    """A supervisor, on the day of the factories."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(summary_state, "_kept", None)
    with writing() as session:
        return factories.staff_caller(session, Role.SUPERVISOR)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The topics that screens watch."""
    seen: list[str] = []
    monkeypatch.setattr(live, "watch", lambda state, topic, handler: seen.append(topic))
    return seen


async def tab_of(who: StaffCaller, kind: Any, **query: str) -> Any:
    tab = rx.State(_reflex_internal_init=True)
    (await tab.get_state(IdentityState))._staff = who
    state = await tab.get_state(kind)
    path = f"/office/somewhere?{urlencode(query)}"
    state._get_root_state().router = RouterData.from_router_data(
        {"headers": {"origin": "http://localhost:3000"}, "pathname": path, "asPath": path, "token": "t"}
    )
    await kind.load.fn(state)
    return state


def consumer_of(session: Session) -> tuple[Consumer, Account]:
    account = session.get(Account, NUMBER)
    known = session.exec(select(User.id)).first()
    if account and known:
        return Consumer(known, 0), account
    account = factories.account(session, NUMBER)
    return factories.consumer(session, account), account


def concerned(reason: ConcernReason = ConcernReason.NOT_POSTED, detail: str = "", **values: Any) -> str:
    """Store a payment that needs a person; return its number."""
    with writing() as session:
        consumer, account = consumer_of(session)
        attempt = attempts.attempt(session, consumer, account, {"gas": 184_356}, **values)
        raise_concern(session, attempt, reason, NOW - HOUR, detail)
        return attempt.order_number


async def test_payments_that_need_a_person(who: StaffCaller, watched: list[str]) -> None:
    number = concerned()

    state = await tab_of(who, PaymentQueueState)

    [row] = state.rows
    assert (row.order, row.address) == (number, f"/office/payments/order?order={number}")
    assert (plain(row.at), plain(row.amount)) == ("22.11.2026 11:30", "1 843,56 ₽")
    assert (row.reason, row.tone) == ("Биллинг не учёл оплату", "ok")
    assert plain(state.head) == "Требуют внимания 1. Дольше всех ждёт 1 ч 0 мин."
    assert plain(state.span) == "Показаны 1 из 1"
    assert watched == [topics.PAYMENTS]


async def test_a_search_says_what_it_found_and_is_left_again(who: StaffCaller, watched: list[str]) -> None:
    number = concerned()
    with writing() as session:
        consumer, account = consumer_of(session)
        other = attempts.attempt(session, consumer, account, {"gas": 100}, at=NOW - timedelta(days=5)).order_number
    state = await tab_of(who, PaymentQueueState)

    await PaymentQueueState.search.fn(state, {"search": NUMBER})
    assert [(row.order, row.reason) for row in state.rows] == [(number, "требует внимания"), (other, "")]
    assert state.told == "Найдено: 2"
    await PaymentQueueState.search.fn(state, {"search": ""})
    assert [row.order for row in state.rows] == [number]


@pytest.mark.parametrize("junk", [None, 7, [], {}, {"search": 7}, {"search": "x" * 101}, {"search": "a\0b"}])
async def test_a_search_that_no_form_sends_changes_nothing(who: StaffCaller, watched: list[str], junk: Any) -> None:
    number = concerned()
    state = await tab_of(who, PaymentQueueState)

    await PaymentQueueState.search.fn(state, junk)

    assert (state.searched, [row.order for row in state.rows]) == ("", [number])


async def test_pages_are_turned_and_shown_again(who: StaffCaller, watched: list[str]) -> None:
    numbers = [concerned() for _ in range(PAGE + 2)]
    state = await tab_of(who, PaymentQueueState)

    for junk in ("", "sideways", None, 7):
        await PaymentQueueState.turn.fn(state, junk)
    assert [row.order for row in state.rows] == numbers[:PAGE]
    await PaymentQueueState.turn.fn(state, "later")
    assert [row.order for row in state.rows] == numbers[PAGE:]
    await PaymentQueueState.refresh.fn(state)
    assert [row.order for row in state.rows] == numbers[PAGE:]
    await PaymentQueueState.turn.fn(state, "earlier")
    assert [row.order for row in state.rows] == numbers[:PAGE]


async def test_all_about_a_payment(who: StaffCaller, watched: list[str]) -> None:
    number = concerned(ConcernReason.POSTED_DIFFERENTLY, "gas: paid 184356, posted 1 kopecks")
    with writing() as session:
        attempt = session.exec(select(Attempt)).one()
        session.add(
            Refund(
                attempt_id=attempt.id or 0,
                amount=Kopecks(5_000),
                refunded_before=Kopecks(0),
                state=RefundState.ASKED,
                asked_at=NOW,
                asked_by="a.gromov",
                reason="оплатил дважды",
            )
        )

    look = (await tab_of(who, PaymentLookState, order=number)).look

    [concern] = look.concerns
    assert plain(concern.detail) == "Природный газ: оплачено 1 843,56 ₽, учтено 0,01 ₽."
    assert concern.advice == "Исправьте разнесение в биллинге."
    facts = {term: plain(text) for term, text in look.facts}
    assert (facts["Лицевой счёт"], facts["Абонент"], facts["Оплачен"]) == (
        NUMBER,
        "Иванова М. П.",
        "22.11.2026 12:30:00",
    )
    [refund] = look.refunds
    assert (plain(refund.amount), refund.of, refund.by) == ("50,00 ₽", "весь остаток", "a.gromov")
    assert "станет известно в течение 10 минут" in refund.state
    assert "ещё не завершён" in look.obstacle
    assert look.last_refund == refund.key
    assert watched == [topics.PAYMENTS]
    with reading() as session:
        seen = session.exec(select(AuditEvent.subject).where(AuditEvent.action == Action.PAYMENT_SEEN)).all()
    assert seen == [number]


@pytest.mark.parametrize("order", ["", "junk", "261122-ZZZZZZZZZZ", "' OR 1=1"])
async def test_a_payment_there_is_not(who: StaffCaller, watched: list[str], order: str) -> None:
    state = await tab_of(who, PaymentLookState, order=order)

    assert (state.look, state.loaded) == (NOTHING_LOOKED_AT, False)
    assert state.failure in (NO_SUCH_PAYMENT, "Заказа с таким номером нет.")
    await PaymentLookState.ask_bank.fn(state)
    await PaymentLookState.refresh.fn(state)
    assert state.told == ""


@pytest.fixture
def paid(portal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A payment that the bank has taken and the portal has not heard of."""
    with world(tmp_path) as made:
        pay(made.pay(), GOOD_CARD)
        monkeypatch.setattr(clock, "now", made.now)
        monkeypatch.setattr(desk, "bank", lambda: made.bank)
        yield made


async def test_the_bank_is_asked_and_what_it_says_is_shown(paid: World, watched: list[str]) -> None:
    paid.now.passes(seconds=10)
    with writing() as session:
        who = factories.staff_caller(session, Role.SUPERVISOR)
    number = paid.attempt.order_number
    state = await tab_of(who, PaymentLookState, order=number)
    assert "ждёт оплаты" in state.look.about

    await PaymentLookState.ask_bank.fn(state)

    assert state.told == ANSWERED
    assert "биллингу ещё не передан" in state.look.about
    with reading() as session:
        asked = session.exec(select(AuditEvent.subject).where(AuditEvent.action == Action.BANK_ASKED)).all()
    assert asked == [number]


async def test_a_silent_bank_is_said_to_be(paid: World, watched: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with writing() as session:
        who = factories.staff_caller(session, Role.SUPERVISOR)
    state = await tab_of(who, PaymentLookState, order=paid.attempt.order_number)
    monkeypatch.setattr(desk, "bank", lambda: bank_at("http://127.0.0.1:9", 0.2))
    paid.now.passes(seconds=10)

    await PaymentLookState.ask_bank.fn(state)

    assert state.told == SILENT


def run(outcome: Outcome = Outcome.DONE, **ending: Any) -> int:
    with writing() as session:
        stored = factories.store(
            session,
            ExchangeRun(
                direction=Direction.IN,
                package="billing-1",
                started_at=NOW - timedelta(seconds=125),
                started_by="billing",
                outcome=Outcome.RUNNING,
            ),
        )
        if outcome is not Outcome.RUNNING:
            runs.finish(session, stored.id or 0, Ending(outcome, **ending), NOW)
        return stored.id or 0


async def test_runs_in_words(who: StaffCaller, watched: list[str]) -> None:
    run(rows={"accounts.csv": 1_200, "meters.csv": 34})
    run(Outcome.FAILED, error=INTERRUPTED)
    run(Outcome.REFUSED, faults=2_315)
    run(Outcome.RUNNING)

    state = await tab_of(who, RunsState)

    assert [(row.outcome, row.tone) for row in state.rows] == [
        ("идёт", ""),
        ("отклонён", "danger"),
        ("прерван", "danger"),
        ("выполнен", "ok"),
    ]
    assert [plain(row.took) for row in state.rows] == ["—", "2 мин 05 с", "—", "2 мин 05 с"]
    assert (plain(state.rows[1].faults), plain(state.rows[3].rows)) == ("2 315", "1 234")
    assert watched == [topics.EXCHANGE]
    await RunsState.filter_by.fn(state, "refused")
    assert [row.outcome for row in state.rows] == ["отклонён"]
    for junk in ("junk", None, 7, []):
        await RunsState.filter_by.fn(state, junk)
    assert (state.outcome, len(state.rows)) == ("refused", 1)
    await RunsState.filter_by.fn(state, "")
    assert len(state.rows) == 4


async def test_a_run_is_seen_to_end(who: StaffCaller, watched: list[str]) -> None:
    run_id = run(Outcome.RUNNING)
    state = await tab_of(who, RunState, run=str(run_id))
    assert (state.run.outcome, "обновится сама" in state.run.about) == ("идёт", True)

    issue = Issue("accounts.csv", 1_003, "number", "ожидается 11 цифр")
    with writing() as session:
        runs.finish(session, run_id, Ending(Outcome.REFUSED, faults=2_000, issues=(issue,)), NOW)
    await RunState.refresh.fn(state)

    [row] = state.run.issues
    assert (row.file, plain(row.line), row.column, row.reason) == (
        "accounts.csv",
        "1 003",
        "number",
        "Ожидается 11 цифр",
    )
    assert plain(state.run.shown) == "Всего ошибок 2 000, показаны первые 1."


@pytest.mark.parametrize("number", ["", "junk", "0", "-1", "9" * 30, "٣"])
async def test_a_run_there_is_not(who: StaffCaller, watched: list[str], number: str) -> None:
    state = await tab_of(who, RunState, run=number)

    assert state.run.id == ""
    assert state.failure.startswith("Такого запуска нет")


async def test_the_summary(who: StaffCaller) -> None:
    concerned()
    with writing() as session:
        waiting(session, sent_at=NOW - 2 * HOUR)
        waiting(session, sent_at=NOW - timedelta(days=1))

    state = await tab_of(who, SummaryState)

    assert [(tile.address, plain(tile.figure), plain(tile.about)) for tile in state.tiles] == [
        ("/office/readings", "2", "Дольше всех 1 день"),
        ("/office/appeals", "0", "Сейчас ничего нет"),
        ("/office/payments", "1", "Дольше всех 1 ч 0 мин"),
        ("/office/exchange", "не было", "Пакеты ещё не загружали"),
    ]
    figures = {term: plain(figure) for term, figure in state.figures}
    assert (figures["Передано показаний"], figures["Оплачено картой"]) == ("1", "1 843,56 ₽")
    readings, payments, appeals = state.charts
    assert plain(readings.summary) == "За 30 дней 2 показания, больше всего 22.11.2026: 1"
    assert plain(payments.rows[0][1]) == "1 843,56"
    assert (len(readings.rows), len(readings.ticks), len(readings.bars)) == (30, 30, 2)
    assert [level.words for level in readings.levels] == ["0", "1"]
    assert (plain(appeals.summary), appeals.levels, appeals.rows) == ("За 30 дней обращений не было", [], [])


async def test_the_summary_asks_for_another_password_until_it_is_ones_own(who: StaffCaller) -> None:
    assert (await tab_of(who, SummaryState)).first_password == ""
    with writing() as session:
        session.get_one(Staff, who.staff_id).password_given_at = NOW

    state = await tab_of(who, SummaryState)
    assert plain(state.first_password).endswith("Смените его на свой до 25.11.2026 12:30.")

    with writing() as session:
        passwords.change(session, who, "a hash", NOW)
    await SummaryState.refresh.fn(state)
    assert state.first_password == ""


async def test_charts_of_nothing_draw_nothing(who: StaffCaller) -> None:
    charts = (await tab_of(who, SummaryState)).charts

    assert [plain(chart.summary) for chart in charts] == [
        "За 30 дней показаний не передавали",
        "За 30 дней картой не платили",
        "За 30 дней обращений не было",
    ]
    assert not any(chart.bars or chart.levels or chart.ticks or chart.rows for chart in charts)


async def test_the_days_before_today_are_asked_for_once_in_some_minutes(
    who: StaffCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    real = summary_state.summary.by_day
    monkeypatch.setattr(summary_state.summary, "by_day", lambda *given: asked.append(given) or real(*given))
    state = await tab_of(who, SummaryState)
    await SummaryState.refresh.fn(state)
    assert len(asked) == 1

    monkeypatch.setattr(summary_state, "KEPT_S", -1.0)
    monkeypatch.setattr(summary_state, "_kept", None)
    await SummaryState.refresh.fn(state)
    await SummaryState.refresh.fn(state)
    assert len(asked) == 3
    assert plain(state.told).startswith("Данные на 12:30")


@pytest.mark.parametrize("kind", [PaymentQueueState, PaymentLookState, RunsState, RunState])
def test_no_handler_of_money_or_exchange_serves_operators(kind: Any) -> None:
    handlers = [name for name in kind.event_handlers if name != "setvar"]

    assert handlers
    for name in handlers:
        assert roles_of(f"{kind.get_full_name()}.{name}") == {Role.SUPERVISOR, Role.ADMINISTRATOR}, name


@pytest.mark.parametrize(
    ("kind", "name"),
    [(PaymentQueueState, "search"), (PaymentLookState, "ask_bank"), (RunsState, "load"), (RunState, "refresh")],
)
async def test_an_operators_raw_event_is_refused_and_kept(portal: str, kind: Any, name: str) -> None:
    token = member_of_staff(Role.OPERATOR)
    tab = rx.State(_reflex_internal_init=True)

    update = await guard(tab, event_of(name, kind), staff_token=token, path="/office")

    assert update is not None
    assert update.events == []
    with reading() as session:
        [event] = session.exec(select(AuditEvent))
    assert (event.action, event.subject) == (Action.EVENT_REFUSED, f"{kind.__name__}.{name}")


@pytest.mark.parametrize("name", ["load", "refresh"])
def test_the_summary_is_for_everybody(name: str) -> None:
    assert roles_of(f"{SummaryState.get_full_name()}.{name}") == set(Role)
