"""Receipts over HTTP: for whoever has the account, made once, and told by a page when there is none."""

import asyncio
import io
import logging
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import unquote

import httpx
import pytest
import zxingcpp
from PIL import Image
from sqlmodel import Session, col, select, update

from lk_app import api, clock, pdf
from lk_app.api import printing
from lk_app.models import Charge, Division, Document, Letter, Payment, User
from lk_app.models.values import Month, next_month
from lk_app.pdf import DrawingFailed
from lk_app.pdf.press import press
from lk_app.services.documents import store
from lk_app.services.receipts import content
from lk_app.services.references import reference_of
from lk_app.services.session import reading, writing
from tests import factories
from tests.apart import process_of
from tests.api.conftest import BrowserAt, Watch
from tests.api.test_profile import AS_SCRIPT, sign_in
from tests.documents import reading as documents

NAME, OTHER_NAME = "Мария Иванова", "Пётр Семёнов"
OWN, OTHERS = "66010000017", "66010000041"
LONG_AGO = timedelta(days=400)


@pytest.fixture(autouse=True)
def accounts(portal: str, quick: None, month: Month) -> None:
    with writing() as session:
        attached_at = clock.now() - LONG_AGO
        for name, number in ((NAME, OWN), (OTHER_NAME, OTHERS)):
            user, account = factories.user(session, name), factories.account(session, number)
            factories.link(session, user, account, attached_at=attached_at)
            factories.charge(session, account, month, closing=146908, volume=160_000, tariff=879_681)


@pytest.fixture
async def hers(browser_at: BrowserAt) -> httpx.AsyncClient:
    """A browser in which Мария has just signed in."""
    return await sign_in(browser_at(), NAME)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is really drawn, one entry a document."""
    templates: list[str] = []
    really = pdf.print_document

    async def noted(template: str, values: dict[str, object]) -> bytes:
        templates.append(template)
        return await really(template, values)

    monkeypatch.setattr(pdf, "print_document", noted)
    return templates


def address(month: Month, number: str = OWN, division: str = "gas") -> str:
    return f"/api/receipts/{reference_of(number)}/{division}?period={month}"


def change(what: Callable[[Session], object]) -> None:
    with writing() as session:
        what(session)


async def test_a_receipt_is_a_pdf_to_be_shown_and_saved_under_a_russian_name(hers: httpx.AsyncClient, month: Month):
    answer = await hers.get(address(month))

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    shown, plain, russian = answer.headers["content-disposition"].split("; ")
    assert (shown, plain) == ("inline", 'filename="document.pdf"')
    name = unquote(russian.removeprefix("filename*=UTF-8''"))
    assert re.fullmatch(rf"Квитанция {OWN} Природный газ [а-я]+ {month // 100}\.pdf", name)


async def test_an_address_has_no_account_number_in_it(month: Month):
    assert not any(part in address(month) for part in (OWN, OWN[4:], OWN[:6]))


async def test_another_consumers_receipt_is_not_there(hers: httpx.AsyncClient, browser_at: BrowserAt, month: Month):
    refused = await hers.get(address(month, OTHERS))
    nobody_has_it = await hers.get(address(month, "66010009999"))

    assert (refused.status_code, nobody_has_it.status_code) == (404, 404)
    assert refused.text == nobody_has_it.text
    assert OTHERS not in refused.text
    his = await sign_in(browser_at(), OTHER_NAME)
    assert (await his.get(address(month, OTHERS))).status_code == 200


async def test_a_receipt_that_was_made_is_refused_to_others_all_the_same(
    hers: httpx.AsyncClient, browser_at: BrowserAt, month: Month
):
    his = await sign_in(browser_at(), OTHER_NAME)
    assert (await his.get(address(month, OTHERS))).status_code == 200

    assert (await hers.get(address(month, OTHERS))).status_code == 404


@pytest.mark.parametrize("what", ["/payment.png", "?period=202601"])
async def test_nobody_gets_anything_without_signing_in(browser_at: BrowserAt, what: str):
    answer = await browser_at().get(f"/api/receipts/{reference_of(OWN)}/gas{what}")

    assert (answer.status_code, answer.headers["location"]) == (303, "/login?refused=ended")


async def test_nothing_is_given_after_signing_out(hers: httpx.AsyncClient, month: Month):
    assert (await hers.get(address(month))).status_code == 200
    await hers.post("/api/session/end")

    assert (await hers.get(address(month))).status_code == 303


async def test_a_detached_account_has_no_receipts(hers: httpx.AsyncClient, month: Month):
    assert (await hers.get(address(month))).status_code == 200
    await hers.post("/api/profile/detaching", data={"account_number": OWN})

    assert (await hers.get(address(month))).status_code == 404


@pytest.mark.parametrize(
    "period", ["", "2026", "202613", "202600", "000012", "20261", "2026100", "٢٠٢٦١٠", "-20261", "2026-10", "'; --"]
)
async def test_what_is_no_month_is_not_there(hers: httpx.AsyncClient, period: str):
    answer = await hers.get(f"/api/receipts/{reference_of(OWN)}/gas", params={"period": period})

    assert answer.status_code == 404
    assert "Документа нет" in answer.text


@pytest.mark.parametrize("division", ["water", "%00", "gas%00", "%F0%9F%98%80", "x" * 300])
async def test_an_unknown_division_is_not_there(hers: httpx.AsyncClient, month: Month, division: str):
    assert (await hers.get(address(month, division=division))).status_code == 404
    assert (await hers.get(f"/api/receipts/{reference_of(OWN)}/water/payment.png")).status_code == 404


async def test_on_the_day_an_account_is_attached_its_receipts_are_promised_for_tomorrow(
    hers: httpx.AsyncClient, month: Month
):
    change(lambda session: session.exec(update(factories.AccountLink).values(attached_at=clock.now())))

    answer = await hers.get(address(month))

    assert answer.status_code == 409
    assert "завтра" in answer.text


async def test_broken_requisites_are_told_to_staff_by_name_and_to_the_consumer_politely(
    hers: httpx.AsyncClient, month: Month, caplog: pytest.LogCaptureFixture, drawn: list[str]
):
    too_long = "Общество с ограниченной ответственностью " * 4
    change(lambda session: session.exec(update(Division).values(payee_name=too_long[:160], bank_name="Б" * 45)))

    with caplog.at_level(logging.ERROR):
        answers = [
            await hers.get(address(month)),
            await hers.get(f"/api/receipts/{reference_of(OWN)}/gas/payment.png"),
            await hers.post(
                "/api/receipts/mail", data={"account": reference_of(OWN), "division": "gas", "period": str(month)}
            ),
        ]

    assert [answer.status_code for answer in answers] == [503, 503, 409]
    assert all("В реквизитах получателя нашлась ошибка" in answer.text for answer in answers)
    assert drawn == []
    lines = [record.getMessage() for record in caplog.records if record.name == "lk_app"]
    assert len(lines) == 3
    assert all("division gas" in line and "300 are allowed" in line for line in lines)
    assert not any(OWN in line or "Иванова" in line for line in lines)


async def test_the_second_time_the_same_file_comes_from_the_store(
    hers: httpx.AsyncClient, month: Month, drawn: list[str]
):
    first, second = await hers.get(address(month)), await hers.get(address(month))

    assert first.content == second.content
    assert drawn == ["documents/receipt.html"]


async def test_a_changed_charge_makes_a_new_receipt(hers: httpx.AsyncClient, month: Month, drawn: list[str]):
    first = await hers.get(address(month))
    change(lambda session: session.exec(update(Charge).values(accrued=200_000, closing=200_000)))
    second = await hers.get(address(month))

    assert first.content != second.content
    assert len(drawn) == 2


async def test_the_same_receipt_is_not_made_anew_the_next_day(
    hers: httpx.AsyncClient, month: Month, drawn: list[str], watch: Watch
):
    await hers.get(address(month))
    watch.move(timedelta(days=1))
    await sign_in(hers)
    await hers.get(address(month))

    assert len(drawn) == 1


async def test_of_many_who_ask_at_once_one_makes_it(hers: httpx.AsyncClient, month: Month, drawn: list[str]):
    answers = await asyncio.gather(*(hers.get(address(month)) for _ in range(printing.MOST_OF_ONE)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert drawn == ["documents/receipt.html"]


async def test_what_another_process_is_making_is_waited_for(hers: httpx.AsyncClient, month: Month, drawn: list[str]):
    await hers.get(address(month))
    change(lambda session: session.exec(update(Document).values(content=None, claimed_at=clock.now())))

    waiting = asyncio.create_task(hers.get(address(month)))
    await asyncio.sleep(3 * printing.LOOKED_EVERY)
    assert not waiting.done()
    change(lambda session: session.exec(update(Document).values(content=b"%PDF-made elsewhere")))

    assert (await waiting).content == b"%PDF-made elsewhere"
    assert len(drawn) == 1


async def test_what_a_process_that_died_was_making_is_taken_over(
    hers: httpx.AsyncClient, month: Month, drawn: list[str]
):
    await hers.get(address(month))
    long_ago = clock.now() - store.GIVEN_UP_AFTER
    change(lambda session: session.exec(update(Document).values(content=None, claimed_at=long_ago)))

    assert (await hers.get(address(month))).status_code == 200
    assert len(drawn) == 2


async def test_what_could_not_be_drawn_is_told_and_can_be_tried_again(
    hers: httpx.AsyncClient, month: Month, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    async def fails(template: str, values: object) -> bytes:
        raise DrawingFailed(f"{template}: 0 errors, 1 warnings")

    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(pdf, "print_document", fails)
        answer = await hers.get(address(month))

    assert answer.status_code == 500
    assert "Не получилось сформировать документ" in answer.text
    told = [record.getMessage() for record in caplog.records]
    assert told == ["a document is stopped: documents/receipt.html: 0 errors, 1 warnings"]
    assert (await hers.get(address(month))).status_code == 200


async def test_a_receipt_survives_the_death_of_the_process_that_draws(hers: httpx.AsyncClient, month: Month):
    await hers.get(address(month))
    change(lambda session: session.exec(update(Charge).values(accrued=300_000, closing=300_000)))
    process_of(press()).kill()

    assert (await hers.get(address(month))).status_code == 200


async def test_new_documents_are_made_at_a_pace_and_old_ones_always_given(
    hers: httpx.AsyncClient, month: Month, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(printing, "PACE", printing.Pace(burst=1, interval=timedelta(seconds=40)))
    assert (await hers.get(address(month))).status_code == 200
    change(lambda session: session.exec(update(Charge).values(accrued=300_000, closing=300_000)))

    refused = await hers.get(address(month))

    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) <= 40
    change(lambda session: session.exec(update(Charge).values(accrued=146_908, closing=146_908)))
    assert (await hers.get(address(month))).status_code == 200


async def test_of_one_user_only_a_few_requests_are_taken_on_at_once(
    hers: httpx.AsyncClient, browser_at: BrowserAt, month: Month
):
    his = await sign_in(browser_at(), OTHER_NAME)
    asked = [hers.get(address(month)) for _ in range(3 * printing.MOST_OF_ONE)]
    codes = [hers.get(f"/api/receipts/{reference_of(OWN)}/gas/payment.png") for _ in range(3)]

    *hers_answers, his_answer = await asyncio.gather(*asked, *codes, his.get(address(month, OTHERS)))

    given = [answer for answer in hers_answers if answer.status_code == 200]
    refused = [answer for answer in hers_answers if answer.status_code == 503]
    assert (len(given), len(refused)) == (printing.MOST_OF_ONE, len(hers_answers) - printing.MOST_OF_ONE)
    assert his_answer.status_code == 200
    assert refused[0].headers["refresh"] == "5"
    assert "через несколько секунд" in refused[0].text
    assert printing.TAKEN_ON == {}
    assert (await hers.get(address(month))).status_code == 200


async def test_a_process_takes_on_only_so_many_requests(
    hers: httpx.AsyncClient, month: Month, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(printing, "TAKEN_ON", Counter({-1: printing.MOST_AT_ONCE}))

    assert (await hers.get(address(month))).status_code == 503


async def test_a_load_of_billing_in_the_middle_leaves_the_sum_whole(
    hers: httpx.AsyncClient, month: Month, monkeypatch: pytest.MonkeyPatch
):
    """A payment posted later moves into the month while the receipt is read: the sum is as before or as after."""
    with writing() as session:
        later = factories.payment(session, session.get_one(factories.Account, OWN), 146_908, next_month(month)).id
    really, loaded = content.charges_of_period, []

    def load_meanwhile(*args: object) -> object:
        charges = really(*args)
        if not loaded:
            loaded.append(True)
            with ThreadPoolExecutor(1) as billing:
                billing.submit(move_payment).result()
        return charges

    def move_payment() -> None:
        with writing() as session:
            session.exec(update(Payment).where(Payment.id == later).values(month=month))
            session.exec(update(Charge).where(Charge.account_number == OWN).values(paid=146_908, closing=0))

    monkeypatch.setattr(content, "charges_of_period", load_meanwhile)

    texts = [reading_text((await hers.get(address(month))).content) for _ in range(2)]

    assert loaded
    assert all("Коплате0,00₽" in text for text in texts)


def reading_text(pdf: bytes) -> str:
    return documents.squeezed(*documents.texts(pdf))


async def test_the_payment_code_on_the_screen_asks_for_what_is_owed_now(hers: httpx.AsyncClient, month: Month):
    with writing() as session:
        account = session.get_one(factories.Account, OWN)
        factories.payment(session, account, 46_908, next_month(month))

    answer = await hers.get(f"/api/receipts/{reference_of(OWN)}/gas/payment.png")

    assert answer.headers["content-type"] == "image/png"
    assert "|Sum=100000|" in read_code(answer.content)
    assert f"|PersAcc={OWN}|" in read_code(answer.content)


async def test_the_payment_code_of_who_owes_nothing_has_no_sum(hers: httpx.AsyncClient):
    change(lambda session: session.exec(update(Charge).values(accrued=-100, closing=-100)))

    answer = await hers.get(f"/api/receipts/{reference_of(OWN)}/gas/payment.png")

    assert "Sum=" not in read_code(answer.content)


def read_code(png: bytes) -> str:
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
    return code.bytes.decode()


async def mail(visitor: httpx.AsyncClient, month: Month, number: str = OWN) -> httpx.Response:
    sent = {"account": reference_of(number), "division": "gas", "period": str(month)}
    return await visitor.post("/api/receipts/mail", data=sent, headers=AS_SCRIPT)


def letters() -> list[Letter]:
    with reading() as session:
        return list(session.exec(select(Letter).order_by(col(Letter.id))))


async def test_a_receipt_goes_to_the_address_its_user_has_proven(hers: httpx.AsyncClient, month: Month):
    change(lambda session: session.exec(update(User).where(User.name == NAME).values(email="maria@example.ru")))

    answer = await mail(hers, month)

    assert answer.json() == {"done": "Квитанция отправлена на m•••a@example.ru."}
    (letter,) = letters()
    assert letter.address == "maria@example.ru"
    assert letter.attachment == (await hers.get(address(month))).content
    assert letter.attachment_name.startswith(f"Квитанция {OWN} Природный газ")
    assert "1\xa0469,08\xa0₽" in letter.text
    assert not any(part in letter.subject + letter.text for part in (OWN, "Иванова", "Садовая"))


async def test_without_a_proven_address_nothing_is_sent(hers: httpx.AsyncClient, month: Month):
    answer = await mail(hers, month)

    assert answer.status_code == 409
    assert "Настройки" in answer.json()["message"]
    assert letters() == []


async def test_nobody_sends_anybody_elses_receipt(hers: httpx.AsyncClient, browser_at: BrowserAt, month: Month):
    change(lambda session: session.exec(update(User).values(email="maria@example.ru")))

    assert (await mail(hers, month, OTHERS)).status_code == 409
    assert (await mail(browser_at(), month)).status_code == 401
    foreign = await hers.post("/api/receipts/mail", data={}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert letters() == []


async def test_letters_are_limited(hers: httpx.AsyncClient, month: Month):
    change(lambda session: session.exec(update(User).values(email="maria@example.ru")))

    answers = [(await mail(hers, month)).status_code for _ in range(21)]

    assert answers == [200] * 20 + [429]
    assert len(letters()) == 20


async def test_neither_address_nor_log_tells_whose_receipt_it_was(
    hers: httpx.AsyncClient, month: Month, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG):
        await hers.get(address(month))
        await hers.get(address(month, OTHERS))

    said = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert not any(part in said for part in (OWN, OTHERS, "Иванова", "Садовая"))


def test_every_document_can_only_be_got() -> None:
    routes = [route for route in api.routes if route.path.startswith(("/api/receipts/{", "/api/statements"))]

    assert routes
    assert all(route.methods == {"GET", "HEAD"} for route in routes)
