"""The pages that show what the sandbox took; in production there are none."""

from collections.abc import AsyncIterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from lk_app import api
from lk_app.models import SandboxLetter, SandboxMessage
from lk_app.services.session import writing
from lk_app.settings import settings
from tests.factories import NOW, store
from tests.texts import plain

MARKUP = "<script>alert(1)</script> & «код»"


@pytest.fixture
async def visitor(portal: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of our routes in front of an application that knows none of them."""
    async with client() as visitor:
        yield visitor


def client() -> httpx.AsyncClient:
    reflex = Starlette(routes=[Route("/login", lambda request: PlainTextResponse("Reflex"))])
    return httpx.AsyncClient(transport=httpx.ASGITransport(api.with_routes(reflex)), base_url="http://localhost:3000")


def taken(text: str, phone: str = "9120000003", after_s: int = 0) -> None:
    with writing() as session:
        store(session, SandboxMessage(phone=phone, text=text, sent_at=NOW + timedelta(seconds=after_s)))


async def test_scripts_get_the_messages_of_a_phone_newest_first(visitor: httpx.AsyncClient) -> None:
    taken("старое")
    taken("чужое", phone="9120000004")
    taken("новое", after_s=61)

    response = await visitor.get("/sandbox/sms.json", params={"phone": "9120000003"})

    assert response.json() == [
        {"phone": "9120000003", "text": "новое", "sent_at": "2026-11-22T07:31:01+00:00"},
        {"phone": "9120000003", "text": "старое", "sent_at": "2026-11-22T07:30:00+00:00"},
    ]


async def test_without_a_phone_the_last_hundred_of_all_phones_come(visitor: httpx.AsyncClient) -> None:
    with writing() as session:
        for number in range(101):
            store(session, SandboxMessage(phone=f"9120000{number:03d}", text=str(number), sent_at=NOW))

    messages = (await visitor.get("/sandbox/sms.json")).json()

    assert [message["text"] for message in messages] == [str(number) for number in range(100, 0, -1)]


async def test_nobody_has_got_anything_yet(visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get("/sandbox/sms.json")).json() == []
    assert "Сообщений пока нет" in (await visitor.get("/sandbox/sms")).text


class Page(HTMLParser):
    """What is in a page: its tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, tag: str, name: str) -> list[str | None]:
        return [attributes.get(name) for found, attributes in self.tags if found == tag]


async def test_people_see_phone_time_and_text_and_nothing_runs(visitor: httpx.AsyncClient) -> None:
    taken(f"Код 493027\n\n{MARKUP}")

    response = await visitor.get("/sandbox/sms")
    page = Page(response.text)

    assert "+7 912 000-00-03" in plain(page.text)
    assert "22 ноября 2026 г., 12:30:00" in plain(page.text)
    assert f"Код 493027\n\n{MARKUP}" in page.text
    assert "script" not in [tag for tag, _ in page.tags]


async def test_the_page_looks_like_the_portal_and_leads_back_to_it(visitor: httpx.AsyncClient) -> None:
    page = Page((await visitor.get("/sandbox/sms")).text)

    assert page.attributes("html", "lang") == ["ru"]
    assert "Отправленные SMS" in page.text
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert {"/tokens.css", "/app.css"} <= set(page.attributes("link", "href"))
    assert "/login" in page.attributes("a", "href")
    assert (await visitor.get("/login")).text == "Reflex"


async def test_the_page_refreshes_itself(visitor: httpx.AsyncClient) -> None:
    assert 2 <= int((await visitor.get("/sandbox/sms")).headers["refresh"]) <= 10


async def test_a_page_may_show_one_phone_only(visitor: httpx.AsyncClient) -> None:
    taken("моё")
    taken("чужое", phone="9120000004")

    text = (await visitor.get("/sandbox/sms", params={"phone": "9120000003"})).text

    assert "моё" in text
    assert "чужое" not in text


RECEIPT = b"%PDF-1.7 \x00\xff"
RECEIPT_NAME = "Квитанция за октябрь 2026 г.pdf"


def taken_letter(text: str, address: str = "maria@example.ru", after_s: int = 0, **values: Any) -> int:
    letter = SandboxLetter(
        address=address, subject="Квитанция", text=text, sent_at=NOW + timedelta(seconds=after_s), **values
    )
    with writing() as session:
        return store(session, letter).id or 0


def taken_receipt(text: str = "с квитанцией") -> str:
    """Let a letter with a receipt be taken; returns the receipt's address."""
    attached = {"attachment": RECEIPT, "attachment_name": RECEIPT_NAME, "attachment_type": "application/pdf"}
    return f"/sandbox/mail/{taken_letter(text, **attached)}/attachment"


async def test_scripts_get_the_letters_to_an_address_newest_first(visitor: httpx.AsyncClient) -> None:
    taken_letter("старое")
    taken_letter("чужое", address="masha@почта.рф")
    url = taken_receipt()

    response = await visitor.get("/sandbox/mail.json", params={"address": "maria@example.ru"})

    plain_letter = {"address": "maria@example.ru", "subject": "Квитанция", "sent_at": "2026-11-22T07:30:00+00:00"}
    receipt = {"name": RECEIPT_NAME, "size": len(RECEIPT), "url": url}
    assert response.json() == [
        plain_letter | {"text": "с квитанцией", "attachments": [receipt]},
        plain_letter | {"text": "старое", "attachments": []},
    ]
    [other] = (await visitor.get("/sandbox/mail.json", params={"address": "masha@почта.рф"})).json()
    assert other["text"] == "чужое"


async def test_what_came_with_a_letter_can_be_downloaded(visitor: httpx.AsyncClient) -> None:
    response = await visitor.get(taken_receipt())

    assert (response.content, response.headers["content-type"]) == (RECEIPT, "application/pdf")
    assert response.headers["content-disposition"] == f"attachment; filename*=utf-8''{quote(RECEIPT_NAME)}"


async def test_what_did_not_come_cannot_be_downloaded(visitor: httpx.AsyncClient) -> None:
    for letter in (taken_letter("без квитанции"), 999, "0'"):
        assert (await visitor.get(f"/sandbox/mail/{letter}/attachment")).status_code == 404


async def test_people_see_letters_with_address_time_and_attachment_and_nothing_runs(visitor: httpx.AsyncClient) -> None:
    url = taken_receipt(f"Код 493027\n\n{MARKUP}")

    page = Page((await visitor.get("/sandbox/mail")).text)

    for words in ("Отправленные письма", "maria@example.ru", "22 ноября 2026 г., 12:30:00", "1 КБ", "Квитанция"):
        assert words in plain(page.text)
    assert f"Код 493027\n\n{MARKUP}" in page.text
    assert "script" not in [tag for tag, _ in page.tags]
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert url in page.attributes("a", "href")


async def test_no_letter_has_come_yet(visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get("/sandbox/mail.json")).json() == []
    response = await visitor.get("/sandbox/mail")
    assert "Писем пока нет" in response.text
    assert 2 <= int(response.headers["refresh"]) <= 10


async def test_in_production_there_is_no_sandbox(portal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken("тайное")
    receipt = taken_receipt("тайное")
    monkeypatch.setenv("LK_ENV", "production")
    settings.cache_clear()

    async with client() as visitor:
        pages = [f"/sandbox/{page}" for page in ("sms", "sms.json", "mail", "mail.json")]
        answers = [await visitor.get(page) for page in [*pages, receipt]]

    assert {answer.status_code for answer in answers} == {404}
    assert "тайное" not in "".join(answer.text for answer in answers)
