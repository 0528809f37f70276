"""Paying over HTTP: the forms that lead to the bank, and what comes from there unasked."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlmodel import col, select, update

from lk_app.models import Attempt, AttemptState, BankMessage, MessageKind, User
from lk_app.services.acquiring import desk
from lk_app.services.acquiring.opening import BankDoesNotAnswer, BankRefuses
from lk_app.services.references import reference_of
from lk_app.services.session import reading, writing
from lk_app.settings import settings
from tests import factories
from tests.api.conftest import BrowserAt, Watch
from tests.api.test_profile import sign_in
from tests.bank.running import CALLBACK_KEY, LOGIN, PASSWORD, RunningBank, pay, running_bank
from tests.payments.world import DECLINED_CARD
from tests.servers import free_port

NAME, OWN, OTHERS = "Мария Иванова", "66010000017", "66010000041"


@pytest.fixture(autouse=True)
def household(portal: str, quick: None) -> None:
    """A user with an account of two divisions, and an account of somebody else."""
    with writing() as session:
        user = factories.user(session, NAME, phone="9120000001")
        factories.link(session, user, factories.account(session, OWN))
        factories.account(session, OTHERS)
        factories.division(session, "gas")
        factories.division(session, "vdgo", name="ВДГО", position=2)


@pytest.fixture
def at_bank(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let settings of the bank be changed for a test."""
    with monkeypatch.context() as patch:
        yield patch
    forget()


def forget() -> None:
    settings.cache_clear()
    desk.bank.cache_clear()


@pytest.fixture
def bank(at_bank: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[RunningBank]:
    """A bank that runs, and that the portal is set to."""
    with running_bank(tmp_path) as there:
        use(at_bank, there.address)
        yield there


def use(patch: pytest.MonkeyPatch, address: str, password: str = PASSWORD) -> None:
    patch.setenv("LK_BANK_URL", f"{address}/payment/rest")
    patch.setenv("LK_BANK_LOGIN", LOGIN)
    patch.setenv("LK_BANK_PASSWORD", password)
    patch.setenv("LK_BANK_CALLBACK_KEY", CALLBACK_KEY)
    forget()


@pytest.fixture
async def hers(browser_at: BrowserAt) -> httpx.AsyncClient:
    """A browser in which Мария has signed in."""
    return await sign_in(browser_at(), NAME)


@dataclass
class Paying:
    """A browser at the forms."""

    browser: httpx.AsyncClient

    async def pay(self, account: str = OWN, **amounts: str) -> httpx.Response:
        fields = {f"amount-{code}": text for code, text in (amounts or {"gas": "1843,56"}).items()}
        return await self.browser.post("/api/payments", data={"account": reference_of(account)} | fields)

    async def page(self, **amounts: str) -> str:
        """Return the bank's page that paying leads to."""
        answer = await self.pay(**amounts)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["next"])


@pytest.fixture
def she(hers: httpx.AsyncClient) -> Paying:
    return Paying(hers)


def stored() -> list[Attempt]:
    with reading() as session:
        return list(session.exec(select(Attempt).order_by(col(Attempt.id))))


def only() -> Attempt:
    [attempt] = stored()
    return attempt


def messages(kind: MessageKind = MessageKind.CALLBACK) -> list[BankMessage]:
    with reading() as session:
        return list(session.exec(select(BankMessage).where(BankMessage.kind == kind)))


# The forms.


async def test_paying_leads_to_the_banks_page(she: Paying, bank: RunningBank) -> None:
    page = await she.page(gas="1 843,56", vdgo="310")

    assert page.startswith(bank.address)
    attempt = only()
    assert (attempt.state, attempt.amount, attempt.account_number) == (AttemptState.REGISTERED, 215_356, OWN)
    assert [order.amount for order in bank.bank.orders()] == [215_356]


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"gas": ""}, {"amount-gas": "Введите сумму"}),
        ({"gas": "0,99"}, {"amount-gas": "Не меньше 1,00\u00a0₽"}),
        ({"gas": "5", "vdgo": "x"}, {"amount-vdgo": "Введите сумму в рублях цифрами, например 1843,56"}),
        ({"gas": "100000,01"}, {"amount-gas": "Не больше 100\u00a0000,00\u00a0₽ за один платёж"}),
    ],
)
async def test_a_wrong_amount_is_told_at_its_field(
    she: Paying, bank: RunningBank, typed: dict[str, str], errors: dict[str, str]
) -> None:
    answer = await she.pay(**typed)

    assert (answer.status_code, answer.json()) == (422, {"errors": errors})
    assert stored() == []


async def test_without_a_place_for_the_receipt_one_is_asked_for_at_its_field(she: Paying, bank: RunningBank) -> None:
    with writing() as session:
        session.execute(update(User).values(phone=None))

    answer = await she.pay()

    assert (answer.status_code, answer.json()) == (422, {"errors": {"email": "Обязательное поле"}})


FORMS = ("/api/payments", "/api/payments/continue", "/api/payments/repeat")


@pytest.mark.parametrize("path", FORMS)
async def test_the_forms_are_for_our_pages_and_for_who_is_signed_in(
    she: Paying, browser_at: BrowserAt, bank: RunningBank, path: str
) -> None:
    fields = {"account": reference_of(OWN), "amount-gas": "100", "order": "261122-ABCDEFGHJK"}

    elsewhere = await she.browser.post(path, data=fields, headers={"Origin": "https://elsewhere.example"})
    nobody = await browser_at().post(path, data=fields)

    assert (elsewhere.status_code, nobody.status_code) == (403, 401)
    assert nobody.json()["sign_in"] is True
    assert stored() == []


@pytest.mark.parametrize("path", FORMS)
async def test_junk_breaks_none_of_the_forms(she: Paying, bank: RunningBank, path: str) -> None:
    for junk in ("", "\0", "'", "9" * 900, "-1", "❤"):
        answer = await she.browser.post(path, data=dict.fromkeys(("account", "order", "email", "amount-gas"), junk))
        assert answer.status_code in (409, 422), (junk, answer.text)
        many = {f"amount-{junk}{number}": junk for number in range(20)}
        answer = await she.browser.post(path, data={"account": reference_of(OWN)} | many)
        assert answer.status_code in (409, 413, 422), (junk, answer.text)


@pytest.mark.parametrize("reference", [reference_of(OTHERS), OWN, "", "x"])
async def test_an_account_of_somebody_else_looks_like_none(she: Paying, bank: RunningBank, reference: str) -> None:
    answer = await she.browser.post("/api/payments", data={"account": reference, "amount-gas": "100"})

    assert answer.status_code == 409
    assert "Ничего не найдено" in answer.json()["message"]
    assert stored() == []


@pytest.mark.parametrize(
    ("password", "refusal"), [("", BankDoesNotAnswer()), ("wrong", BankRefuses())], ids=["down", "refuses us"]
)
async def test_a_bank_that_fails_is_told_with_the_money_safe(
    she: Paying, bank: RunningBank, at_bank: pytest.MonkeyPatch, password: str, refusal: BankDoesNotAnswer
) -> None:
    address = bank.address if password else f"http://127.0.0.1:{free_port()}"
    use(at_bank, address, password or PASSWORD)

    answer = await she.pay()

    assert (answer.status_code, answer.json()) == (409, {"message": refusal.message})
    assert "Деньги не списаны." in refusal.message
    assert only().state is AttemptState.EXPIRED
    assert bank.bank.orders() == []


async def test_a_page_at_a_host_that_was_not_named_is_given_to_nobody(
    she: Paying, at_bank: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running_bank(tmp_path) as there:
        there.bank.public_url = "https://evil.example"
        use(at_bank, there.address)

        answer = await she.pay()

    assert (answer.status_code, answer.json()) == (409, {"message": BankDoesNotAnswer().message})
    assert (only().state, only().form_url) == (AttemptState.EXPIRED, "")
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "online payment is stopped: page at evil.example"
    ]


@pytest.mark.parametrize("path", FORMS)
async def test_where_there_is_no_bank_nothing_is_paid(she: Paying, at_bank: pytest.MonkeyPatch, path: str) -> None:
    for name, value in {"LK_ENV": "production", "LK_BANK_URL": "", "LK_PUBLIC_URL": "http://localhost:3000"}.items():
        at_bank.setenv(name, value)
    forget()

    answer = await she.browser.post(path, data={"account": reference_of(OWN), "amount-gas": "100", "order": "1"})

    assert answer.status_code == 409
    assert "QR-коду" in answer.json()["message"]


async def test_an_open_attempt_is_gone_on_with(she: Paying, bank: RunningBank) -> None:
    page = await she.page()

    answer = await she.browser.post("/api/payments/continue", data={"order": only().order_number})

    assert answer.json() == {"next": page}


async def test_a_declined_one_is_repeated(she: Paying, bank: RunningBank, watch: Watch) -> None:
    pay(await she.page(), DECLINED_CARD)
    number = only().order_number
    ended = await she.browser.post("/api/payments/continue", data={"order": number})

    again = await she.browser.post("/api/payments/repeat", data={"order": number})

    assert ended.json() == {"next": f"/payments/return?order={number}"}
    assert again.json()["next"].startswith(bank.address)
    assert [attempt.state for attempt in stored()] == [AttemptState.DECLINED, AttemptState.REGISTERED]


async def test_another_users_order_looks_like_none(she: Paying, bank: RunningBank, browser_at: BrowserAt) -> None:
    await she.page()
    with writing() as session:
        factories.link(session, factories.user(session, "Пётр Семёнов"), session.get_one(factories.Account, OWN))
    his = await sign_in(browser_at(), "Пётр Семёнов")

    for path in FORMS[1:]:
        answer = await his.post(path, data={"order": only().order_number})
        assert (answer.status_code, "Ничего не найдено" in answer.text) == (409, True)
    assert len(stored()) == 1
