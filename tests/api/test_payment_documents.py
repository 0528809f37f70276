"""Files and confirmations of payments over HTTP: for whoever has the account; whatever else is asked gets a page."""

import csv
from datetime import date, timedelta
from io import BytesIO, StringIO
from urllib.parse import unquote

import httpx
import openpyxl
import pytest
from sqlmodel import select

from lk_app import clock
from lk_app.api import printing
from lk_app.models import Account, Attempt, AttemptState, Document, User
from lk_app.services.callers import Consumer
from lk_app.services.payments import history
from lk_app.services.references import reference_of
from lk_app.services.session import reading, writing
from tests import attempts, factories
from tests.api.conftest import BrowserAt, Watch
from tests.api.test_profile import sign_in
from tests.documents.reading import squeezed, texts

NAME, OTHER_NAME = "Мария Иванова", "Пётр Семёнов"
OWN, OTHERS = "66010000017", "66010000041"
DOCUMENT = {OWN: "p-own", OTHERS: "p-others"}
EARLIER = date(2026, 9, 30)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8"}


@pytest.fixture(autouse=True)
def accounts(portal: str, quick: None) -> None:
    with writing() as session:
        factories.division(session, "vdgo", name="ВДГО", position=2)
        for name, number in ((NAME, OWN), (OTHER_NAME, OTHERS)):
            user, account = factories.user(session, name), factories.account(session, number)
            factories.link(session, user, account, attached_at=clock.now() - timedelta(days=400))
            assert user.id is not None
            attempts.attempt(session, Consumer(user.id, 0), account, {"gas": 184_356, "vdgo": 25_000})
            factories.payment(session, account, 65_273, id=DOCUMENT[number], paid_on=EARLIER)


@pytest.fixture
async def hers(browser_at: BrowserAt) -> httpx.AsyncClient:
    """A browser in which Мария has just signed in."""
    return await sign_in(browser_at(), NAME)


@pytest.fixture
async def his(browser_at: BrowserAt) -> httpx.AsyncClient:
    return await sign_in(browser_at("203.0.113.8"), OTHER_NAME)


def file_of(number: str, kind: str = "csv", query: str = "") -> str:
    return f"/api/payments/{reference_of(number)}/history.{kind}{query}"


def order_of(number: str) -> str:
    with reading() as session:
        return session.exec(select(Attempt.order_number).where(Attempt.account_number == number)).one()


def by_order(number: str, order_number: str = "") -> str:
    return f"/api/payments/{reference_of(number)}/confirmation?order={order_number or order_of(number)}"


def by_document(number: str) -> str:
    return f"/api/payments/{reference_of(number)}/confirmation?document={DOCUMENT[number]}"


def everything(number: str) -> list[str]:
    return [file_of(number, "xlsx"), file_of(number, "csv"), by_order(number), by_document(number)]


def name_of(answer: httpx.Response) -> str:
    return unquote(answer.headers["content-disposition"].partition("filename*=UTF-8''")[2])


def rows(answer: httpx.Response) -> list[list[str]]:
    assert (answer.status_code, answer.headers["content-type"]) == (200, TYPES["csv"])
    return list(csv.reader(StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";"))[1:]


def is_page(answer: httpx.Response, status: int) -> bool:
    return (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")


# What its consumer gets.


async def test_a_workbook_of_every_payment(hers: httpx.AsyncClient):
    answer = await hers.get(file_of(OWN, "xlsx"))

    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    found = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [(row[2], row[3]) for row in found[:3]] == [
        ("Природный газ", 1843.56),
        ("ВДГО", 250),
        ("Природный газ", 652.73),
    ]
    assert found[-1][3] == 2746.29


async def test_a_csv_of_every_payment(hers: httpx.AsyncClient):
    answer = await hers.get(file_of(OWN))

    assert [row[2:7] for row in rows(answer)] == [
        ["Природный газ", "1843,56", "", "картой •• 1111", "в обработке"],
        ["ВДГО", "250,00", "", "картой •• 1111", "в обработке"],
        ["Природный газ", "652,73", "", "в банке", "оплачено"],
    ]


async def test_a_file_goes_on_where_a_page_ends(hers: httpx.AsyncClient):
    with writing() as session:
        account = session.get_one(Account, OWN)
        for _ in range(history.PAGE * 2):
            factories.payment(session, account, 100)

    assert len(rows(await hers.get(file_of(OWN)))) == history.PAGE * 2 + 3


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
async def test_a_file_is_saved_under_the_day_and_not_the_account(hers: httpx.AsyncClient, kind: str):
    answer = await hers.get(file_of(OWN, kind))

    assert answer.headers["content-type"] == TYPES[kind]
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="payments.{kind}"; ')
    assert name_of(answer) == f"История платежей, {clock.today():%Y-%m-%d}.{kind}"


@pytest.mark.parametrize(
    ("query", "sums"),
    [
        ("", ["1843,56", "250,00", "652,73"]),
        ("?from=&to=&division=", ["1843,56", "250,00", "652,73"]),
        ("?from=2026-10-01", ["1843,56", "250,00"]),
        ("?to=2026-10-01", ["652,73"]),
        ("?from=2026-09-30&to=2026-09-30", ["652,73"]),
        ("?from=2026-10-01&to=2026-10-31", []),
        ("?division=vdgo", ["250,00"]),
        ("?from=2026-11-22&to=2026-11-22&division=gas", ["1843,56"]),
    ],
)
async def test_a_file_holds_what_is_asked_for(hers: httpx.AsyncClient, query: str, sums: list[str]):
    assert [row[3] for row in rows(await hers.get(file_of(OWN, query=query)))] == sums


async def test_a_confirmation_of_an_order(hers: httpx.AsyncClient):
    answer = await hers.get(by_order(OWN))

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    words = squeezed(*texts(answer.content))
    assert OWN in words
    assert "2093,56₽" in words
    assert "картой••1111" in words
    assert order_of(OWN) in words
    assert OWN not in name_of(answer)
    assert answer.headers["content-disposition"].startswith("inline;")


async def test_a_confirmation_of_a_document(hers: httpx.AsyncClient):
    answer = await hers.get(by_document(OWN))

    words = squeezed(*texts(answer.content))
    assert "652,73₽" in words
    assert "p-own" in words
    assert name_of(answer) == "Подтверждение платежа 30.09.2026, документ p-own.pdf"


async def test_a_confirmation_is_made_once_until_the_payment_goes_on(hers: httpx.AsyncClient):
    first = await hers.get(by_order(OWN))
    again = await hers.get(by_order(OWN))
    with writing() as session:
        attempt = session.exec(select(Attempt).where(Attempt.account_number == OWN)).one()
        attempts.give_back(session, attempt, {"gas": 10_000})
    later = await hers.get(by_order(OWN))

    assert first.content == again.content
    assert "Возвращено100,00₽" in squeezed(*texts(later.content))
    with reading() as session:
        assert len(session.exec(select(Document)).all()) == 2


# What nobody else gets.


async def test_nobody_else_gets_anything(hers: httpx.AsyncClient, his: httpx.AsyncClient, browser_at: BrowserAt):
    missing = await hers.get(file_of("66010009999"))
    for address in everything(OTHERS):
        assert (await his.get(address)).status_code == 200

        refused = await hers.get(address)

        assert is_page(refused, 404), address
        assert refused.text == missing.text
        assert OTHERS not in refused.text
        stranger = await browser_at("203.0.113.9").get(address)
        assert (stranger.status_code, stranger.content) == (303, b"")


async def test_an_order_or_a_document_of_others_is_not_to_be_had_by_ones_own_account(hers: httpx.AsyncClient):
    account = f"/api/payments/{reference_of(OWN)}/confirmation"
    missing = await hers.get(f"{account}?order=261122-NOSUCHORDR")
    order = order_of(OTHERS)

    for query in (f"order={order}", f"document={DOCUMENT[OTHERS]}", "document=nothing"):
        refused = await hers.get(f"{account}?{query}")
        assert is_page(refused, 404), query
        assert refused.text == missing.text


async def test_everything_is_gone_with_the_account_and_with_the_session(hers: httpx.AsyncClient):
    addresses = everything(OWN)
    await hers.post("/api/profile/detaching", data={"account_number": OWN})
    for address in addresses:
        assert is_page(await hers.get(address), 404), address

    await hers.post("/api/session/end")
    for address in addresses:
        assert (await hers.get(address)).status_code == 303, address


async def test_another_user_of_the_account_does_not_learn_the_card(hers: httpx.AsyncClient, his: httpx.AsyncClient):
    assert (await hers.get(by_order(OWN))).status_code == 200
    with writing() as session:
        user = session.exec(select(User).where(User.name == OTHER_NAME)).one()
        factories.link(session, user, session.get_one(Account, OWN))

    words = squeezed(*texts((await his.get(by_order(OWN))).content))
    assert "Способоплаты" + "Вличномкабинете" in words
    assert "1111" not in words
    assert "1111" not in (await his.get(file_of(OWN))).text


@pytest.mark.parametrize(
    "state", [AttemptState.CREATED, AttemptState.REGISTERED, AttemptState.DECLINED, AttemptState.EXPIRED]
)
async def test_an_attempt_without_money_has_the_page_of_none(hers: httpx.AsyncClient, state: AttemptState):
    with writing() as session:
        user = session.exec(select(User).where(User.name == NAME)).one()
        account = session.get_one(Account, OWN)
        unpaid = attempts.attempt(session, Consumer(user.id or 0, 0), account, {"gas": 1}, state).order_number

    refused = await hers.get(by_order(OWN, unpaid))

    assert is_page(refused, 404)
    assert refused.text == (await hers.get(by_order(OWN, "261122-NOSUCHORDR"))).text


# What is asked wrong, or too often.


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?from=yesterday", 404),
        ("?from=2026-02-30", 404),
        ("?from=20261001", 404),
        ("?to=2026-W01-1", 404),
        ("?to=0000-01-01", 404),
        ("?to=%D9%A2%D9%A0%D9%A2%D9%A6-01-01", 404),
        ("?from=2026-10-01%00", 404),
        ("?division=water", 404),
        ("?division=%00", 404),
        (f"?division={'g' * 21}", 404),
        ("?from=2026-10-02&to=2026-10-01", 422),
    ],
)
async def test_wrong_filters_are_answered_by_a_page(hers: httpx.AsyncClient, kind: str, query: str, status: int):
    assert is_page(await hers.get(file_of(OWN, kind, query)), status)


@pytest.mark.parametrize(
    "query",
    ["", "?order=", "?order=%00", "?document=%00", f"?order={'1' * 41}", "?order=%27"],
)
async def test_wrong_numbers_are_answered_by_a_page(hers: httpx.AsyncClient, query: str):
    assert is_page(await hers.get(f"/api/payments/{reference_of(OWN)}/confirmation{query}"), 404)


async def test_an_order_and_a_document_at_once_are_neither(hers: httpx.AsyncClient):
    assert is_page(await hers.get(f"{by_order(OWN)}&document={DOCUMENT[OWN]}"), 404)


async def test_files_are_limited(hers: httpx.AsyncClient, his: httpx.AsyncClient, watch: Watch):
    for _ in range(printing.PACE.burst):
        assert (await hers.get(file_of(OWN))).status_code == 200

    refused = await hers.get(file_of(OWN, "xlsx"))
    assert is_page(refused, 429)
    assert 0 < int(refused.headers["retry-after"]) <= printing.PACE.interval.total_seconds()
    assert (await his.get(file_of(OTHERS))).status_code == 200

    watch.move(printing.PACE.interval)
    assert (await hers.get(file_of(OWN))).status_code == 200


async def test_only_so_many_files_at_a_time(hers: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(printing, "MOST_OF_ONE", 0)

    for address in everything(OWN):
        busy = await hers.get(address)
        assert is_page(busy, 503), address
        assert busy.headers["retry-after"]


async def test_a_formula_in_a_name_stays_text(hers: httpx.AsyncClient):
    with writing() as session:
        factories.division(session, "evil", name='=HYPERLINK("http://x";"y")', position=3)
        factories.payment(session, session.get_one(Account, OWN), 1, division_code="evil", id="-1")

    (row,) = rows(await hers.get(file_of(OWN, query="?division=evil")))

    assert (row[2], row[7]) == ('\'=HYPERLINK("http://x";"y")', "'-1")
    book = openpyxl.load_workbook(BytesIO((await hers.get(file_of(OWN, "xlsx", "?division=evil"))).content))
    assert book.active["C2"].data_type == "s"
