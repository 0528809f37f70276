"""The forms by which staff give money back and take payments off the list, against a bank over real HTTP."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from lk_app import clock
from lk_app.api import forms, office_payments
from lk_app.gateways.bank.interface import Bank, BankOrder, Evidence, NoAnswer
from lk_app.models import Action, AuditEvent, Concern, ConcernReason, Refund, RefundState, Role, StaffSession
from lk_app.models.values import Kopecks
from lk_app.sandbox_bank import Faults
from lk_app.services.acquiring import desk
from lk_app.services.acquiring.concerns import raise_concern
from lk_app.services.acquiring.refunds import RefundedMeanwhile, settle_refunds
from lk_app.services.payments import settling
from lk_app.services.session import reading, writing
from tests import factories
from tests.api.conftest import BrowserAt
from tests.bank.running import pay
from tests.payments.world import GOOD_CARD, World, bank_at, world
from tests.texts import plain

REFUND, SETTLEMENT = "/api/office/payments/refund", "/api/office/payments/settlement"
LATE_S, HASTY_S = 0.9, 0.3


@dataclass
class Trouble(Faults):
    """What befalls refunds at the bank."""

    hangs: bool = False
    refuses: bool = False
    heard: int = 0

    async def after(self, call: str, asked: Mapping[str, str], answer: dict[str, Any]) -> dict[str, Any]:
        if call != "refund":
            return answer
        self.heard += 1
        if self.hangs:
            await asyncio.sleep(LATE_S)
        return {"errorCode": "7", "errorMessage": "Недостаточно средств"} if self.refuses else answer


class Cut:
    """A wire that is cut while a refund is on its way: nothing is heard of it, nor of anything after it."""

    def __init__(self, bank: Bank, hasty: Bank) -> None:
        """`hasty` does not wait for the answer to a refund."""
        self.bank = bank
        self.hasty = hasty
        self.is_cut = False

    def status(self, order_number: str, order_id: str | None) -> BankOrder:
        if self.is_cut:
            raise NoAnswer("ReadTimeout")
        return self.bank.status(order_number, order_id)

    def refund(self, order_id: str, amount: Kopecks) -> Evidence:
        self.is_cut = True
        return self.hasty.refund(order_id, amount)


@pytest.fixture
def trouble() -> Trouble:
    return Trouble()


@pytest.fixture
def paid(
    portal: str, quick: None, tmp_path: Path, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """A payment of 1,000 roubles for gas and 500 for the equipment, which the bank has taken."""
    with world(tmp_path, faults=trouble) as made:
        pay(made.pay({"gas": 100_000, "vdgo": 50_000}), GOOD_CARD)
        made.poll_for(minutes=1)
        monkeypatch.setattr(clock, "now", made.now)
        monkeypatch.setattr(desk, "bank", lambda: made.bank)
        yield made


def signed_in(browser_at: BrowserAt, role: Role = Role.SUPERVISOR, login: str = "a.gromov") -> httpx.AsyncClient:
    with writing() as session:
        member = factories.staff(session, login, role)
        factories.staff_caller(session, member=member, token=f"token of {login}", at=clock.now())
    browser = browser_at()
    browser.cookies.set("lk-staff", f"token of {login}")
    return browser


@pytest.fixture
def browser(browser_at: BrowserAt, paid: World) -> httpx.AsyncClient:
    return signed_in(browser_at)


def form(paid: World, **fields: str) -> dict[str, str]:
    """The form as it is sent: a part of what was paid for gas."""
    usual = {"what": "part-gas", "amount": "100,50", "reason": "оплатил дважды", "current_password": factories.PASSWORD}
    return {"order": paid.attempt.order_number, "seen": "0"} | usual | fields


def stored() -> list[Refund]:
    with reading() as session:
        return list(session.exec(select(Refund).order_by(col(Refund.id))))


def kept(action: Action) -> list[tuple[str, str]]:
    with reading() as session:
        rows = session.exec(select(AuditEvent).where(AuditEvent.action == action).order_by(col(AuditEvent.id)))
        return [(row.subject, row.detail) for row in rows]


async def test_a_part_is_given_back_and_kept_with_who_and_why(browser: httpx.AsyncClient, paid: World) -> None:
    response = await browser.post(REFUND, data=form(paid))

    assert (response.status_code, response.json()) == (200, {"done": settling.TOLD[RefundState.DONE]})
    [refund] = stored()
    assert (refund.amount, refund.division_code, refund.state) == (10_050, "gas", RefundState.DONE)
    assert (refund.asked_by, refund.reason) == ("a.gromov", "оплатил дважды")
    assert kept(Action.REFUND_ASKED) == [(paid.attempt.order_number, "10050 kopecks, division gas")]
    assert paid.credited() == paid.taken() == 139_950


async def test_all_that_is_left_is_given_back(browser: httpx.AsyncClient, paid: World) -> None:
    await browser.post(REFUND, data=form(paid))
    response = await browser.post(REFUND, data=form(paid, what="all", amount="", seen=str(stored()[0].id)))

    assert response.status_code == 200
    assert [refund.amount for refund in stored()] == [10_050, 139_950]
    assert paid.credited() == paid.taken() == 0


async def test_a_form_that_is_sent_twice_gives_back_once(
    browser: httpx.AsyncClient, paid: World, trouble: Trouble
) -> None:
    """The answer was lost on its way, and the person pressed again."""
    await browser.post(REFUND, data=form(paid))
    response = await browser.post(REFUND, data=form(paid))

    assert (response.status_code, response.json()) == (409, {"message": RefundedMeanwhile().message})
    assert (len(stored()), trouble.heard) == (1, 1)
    assert paid.taken() == 139_950


async def test_a_double_click_and_a_colleague_at_once_give_back_once(
    browser_at: BrowserAt, browser: httpx.AsyncClient, paid: World, trouble: Trouble
) -> None:
    colleague = signed_in(browser_at, Role.ADMINISTRATOR, "b.second")

    answers = await asyncio.gather(
        *(each.post(REFUND, data=form(paid)) for each in (browser, browser, colleague, colleague))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert (len(stored()), trouble.heard) == (1, 1)
    assert paid.credited() == paid.taken() == 139_950


async def test_a_bank_that_does_not_answer_leaves_it_open_until_the_job_settles_it(
    browser: httpx.AsyncClient, paid: World, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble.hangs = True
    cut = Cut(paid.bank, bank_at(paid.there.address, HASTY_S))
    monkeypatch.setattr(desk, "bank", lambda: cut)
    response = await browser.post(REFUND, data=form(paid))

    assert response.json() == {"done": settling.TOLD[RefundState.ASKED]}
    [refund] = stored()
    assert refund.state is RefundState.ASKED
    again = await browser.post(REFUND, data=form(paid, seen=str(refund.id)))
    assert again.status_code == 409
    assert "ещё не завершён" in again.json()["message"]

    settle_refunds(paid.bank, paid.now)
    assert [refund.state for refund in stored()] == [RefundState.DONE]
    assert (trouble.heard, paid.taken()) == (1, 139_950)


async def test_who_waits_too_long_is_told_that_it_is_not_known(
    browser: httpx.AsyncClient, paid: World, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office_payments, "WAITS_S", 0.01)

    response = await browser.post(REFUND, data=form(paid))

    assert response.json() == {"done": settling.TOLD[RefundState.ASKED]}
    for _ in range(200):
        if [refund.state for refund in stored()] == [RefundState.DONE]:
            break
        await asyncio.sleep(0.02)
    assert [refund.state for refund in stored()] == [RefundState.DONE]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_bank_that_refuses_is_said_to(browser: httpx.AsyncClient, paid: World, trouble: Trouble) -> None:
    trouble.refuses = True
    # What the sandbox has done is taken back by what it says.
    response = await browser.post(REFUND, data=form(paid))

    assert (response.status_code, response.json()) == (409, {"message": settling.TOLD[RefundState.REFUSED]})
    assert [(refund.state, refund.error) for refund in stored()] == [(RefundState.REFUSED, "7")]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"what": ""}, {"what": settling.NOT_CHOSEN}),
        ({"what": "part-"}, {"what": settling.NOT_CHOSEN}),
        ({"amount": ""}, {"amount": settling.AMOUNT_NEEDED}),
        ({"amount": "0"}, {"amount": "Не меньше 0,01 ₽"}),
        ({"amount": "-5"}, {"amount": "Введите сумму в рублях цифрами, например 1843,56"}),
        ({"amount": "1.005"}, {"amount": "Введите сумму в рублях цифрами, например 1843,56"}),
        ({"amount": "1e3"}, {"amount": "Введите сумму в рублях цифрами, например 1843,56"}),
        ({"amount": "1000,01"}, {"amount": "Вернуть можно от 0,01 ₽ до того, что осталось: 1000,00 ₽."}),
        ({"what": "all"}, {"amount": settling.AMOUNT_SPARE}),
        ({"reason": " \r\n"}, {"reason": settling.NOT_WRITTEN}),
        ({"reason": "щ" * 301}, {"reason": settling.TOO_LONG.format(300, 301)}),
        ({"current_password": ""}, {"current_password": forms.PASSWORD_NEEDED}),
        ({"current_password": "wrong one"}, {"current_password": forms.PASSWORD_WRONG}),
    ],
)
async def test_what_is_typed_wrongly_gives_nothing_back(
    browser: httpx.AsyncClient, paid: World, trouble: Trouble, fields: dict[str, str], errors: dict[str, str]
) -> None:
    response = await browser.post(REFUND, data=form(paid, **fields))

    found = {name: plain(text) for name, text in response.json()["errors"].items()}
    assert (response.status_code, found) == (422, errors)
    assert (stored(), trouble.heard, kept(Action.REFUND_ASKED)) == ([], 0, [])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "fields",
    [
        {"order": "junk"},
        {"order": "261122-ZZZZZZZZZZ"},
        {"seen": ""},
        {"seen": "٣"},
        {"seen": "9" * 30},
        {"seen": "7"},
        {"what": "part-water"},
    ],
)
async def test_what_no_page_of_ours_sends_gives_nothing_back(
    browser: httpx.AsyncClient, paid: World, trouble: Trouble, fields: dict[str, str]
) -> None:
    assert (await browser.post(REFUND, data=form(paid, **fields))).status_code == 409
    assert (stored(), trouble.heard) == ([], 0)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_the_password_cannot_be_guessed(browser: httpx.AsyncClient, paid: World) -> None:
    for _ in range(5):
        await browser.post(REFUND, data=form(paid, current_password="wrong one"))
    response = await browser.post(REFUND, data=form(paid))

    assert (response.status_code, stored()) == (429, [])
    assert kept(Action.SIGN_IN_REFUSED) == [("", "password again")] * 5
    paid.now.passes(minutes=2)
    assert (await browser.post(REFUND, data=form(paid))).status_code == 200


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_right_password_takes_nothing(browser: httpx.AsyncClient, paid: World) -> None:
    for _ in range(7):
        response = await browser.post(REFUND, data=form(paid, seen=str(len(stored())), amount="1"))

    assert response.status_code == 200
    assert len(stored()) == 7


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_session_that_ended_while_the_password_was_checked_gives_nothing_back(
    browser: httpx.AsyncClient, paid: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fits_and_ends(*arguments: object) -> bool:
        with writing() as session:
            for opened in session.exec(select(StaffSession)):
                opened.ended_at = clock.now()
                session.add(opened)
        return True

    monkeypatch.setattr("lk_app.api.passwords.fits", fits_and_ends)
    response = await browser.post(REFUND, data=form(paid))

    assert (response.status_code, stored()) == (401, [])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_an_operator_gives_nothing_back_and_settles_nothing(browser_at: BrowserAt, paid: World) -> None:
    browser = signed_in(browser_at, Role.OPERATOR)
    concern = concerned(paid)

    for path, fields in ((REFUND, form(paid)), (SETTLEMENT, settlement(paid))):
        assert (await browser.post(path, data=fields)).status_code == 403

    assert stored() == []
    assert open_concerns() == [concern]
    assert kept(Action.EVENT_REFUSED) == [(REFUND, ""), (SETTLEMENT, "")]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_strangers_and_other_sites_give_nothing_back(
    browser_at: BrowserAt, browser: httpx.AsyncClient, paid: World
) -> None:
    for path, fields in ((REFUND, form(paid)), (SETTLEMENT, settlement(paid))):
        assert (await browser_at().post(path, data=fields)).status_code == 401
        elsewhere = {"Origin": "https://evil.example"}
        assert (await browser.post(path, data=fields, headers=elsewhere)).status_code == 403
    assert stored() == []


def concerned(paid: World) -> ConcernReason:
    """List the payment as one that billing has not posted."""
    with writing() as session:
        raise_concern(session, paid.attempt, ConcernReason.NOT_POSTED, clock.now())
    return ConcernReason.NOT_POSTED


def settlement(paid: World, **fields: str) -> dict[str, str]:
    usual = {"reason": ConcernReason.NOT_POSTED.value, "note": "биллинг учтёт завтра"}
    return {"order": paid.attempt.order_number} | usual | fields


def open_concerns() -> list[ConcernReason]:
    with reading() as session:
        return list(session.exec(select(Concern.reason).where(col(Concern.resolved_at).is_(None))))


async def test_a_concern_is_settled_once_with_who_and_what_was_done(browser: httpx.AsyncClient, paid: World) -> None:
    concerned(paid)

    response = await browser.post(SETTLEMENT, data=settlement(paid))

    assert (response.status_code, response.json()) == (200, {"done": office_payments.SETTLED})
    with reading() as session:
        [concern] = session.exec(select(Concern))
    assert (concern.resolved_by, concern.resolution) == ("a.gromov", "биллинг учтёт завтра")
    assert kept(Action.CONCERN_SETTLED) == [(paid.attempt.order_number, "not posted")]
    assert (await browser.post(SETTLEMENT, data=settlement(paid))).status_code == 409
    assert len(kept(Action.CONCERN_SETTLED)) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"note": " "}, 422),
        ({"note": "щ" * 301}, 422),
        ({"reason": "junk"}, 409),
        ({"reason": "money held"}, 409),
        ({"order": "junk"}, 409),
    ],
)
async def test_without_a_note_or_a_reason_nothing_is_settled(
    browser: httpx.AsyncClient, paid: World, fields: dict[str, str], status: int
) -> None:
    concern = concerned(paid)

    assert (await browser.post(SETTLEMENT, data=settlement(paid, **fields))).status_code == status
    assert open_concerns() == [concern]
