"""The forms by which staff edit content."""

import asyncio

import httpx
import pytest
from sqlmodel import select

from lk_app import clock
from lk_app.api.content import PUBLISHED
from lk_app.models import Action, AuditEvent, FaqEntry, Role
from lk_app.services.content import faq, history
from lk_app.services.session import reading, writing
from tests import factories
from tests.api.conftest import BrowserAt

TOKEN = "a supervisor's token"
FORM = {"type_code": "charges", "question": "Когда придёт квитанция?", "answer": "До 5-го числа."}


@pytest.fixture
def browser(browser_at: BrowserAt) -> httpx.AsyncClient:
    """The browser of a supervisor who is signed in; there is one type of appeals."""
    return signed_in(browser_at, Role.SUPERVISOR)


def signed_in(browser_at: BrowserAt, role: Role) -> httpx.AsyncClient:
    with writing() as session:
        factories.appeal_type(session)
        factories.staff_caller(session, role, token=TOKEN, at=clock.now())
    client = browser_at()
    client.cookies.set("lk-staff", TOKEN)
    return client


async def publish(browser: httpx.AsyncClient, kind: str = "faq", **fields: str) -> httpx.Response:
    return await browser.post(f"/api/office/content/{kind}", data=FORM | fields)


def entries() -> list[FaqEntry]:
    with reading() as session:
        return list(session.exec(select(FaqEntry)))


def audited(action: Action) -> list[tuple[str, str]]:
    with reading() as session:
        rows = session.exec(select(AuditEvent).where(AuditEvent.action == action))
        return [(row.subject, row.detail) for row in rows]


async def test_something_new_leads_to_the_list_and_an_edit_stays(browser: httpx.AsyncClient) -> None:
    added = await publish(browser)
    [entry] = entries()
    assert added.json() == {"next": f"/office/content/faq?added={entry.id}"}

    with reading() as session:
        revision = str(history.latest(session, faq.KIND.content, str(entry.id)))
    edited = await publish(browser, key=str(entry.id), revision=revision, question="Когда?")

    assert edited.json() == {"done": PUBLISHED}
    assert [each.question for each in entries()] == ["Когда?"]
    assert audited(Action.CONTENT_CHANGED) == [(f"faq {entry.id}", "created"), (f"faq {entry.id}", "published")]


async def test_whose_answer_was_lost_sends_again_and_adds_nothing(browser: httpx.AsyncClient) -> None:
    first, again = await asyncio.gather(*(publish(browser, sent="a" * 32) for _ in range(2)))

    assert first.json() == again.json()
    assert len(entries()) == 1


async def test_the_longest_answer_gets_through(browser: httpx.AsyncClient) -> None:
    response = await publish(browser, answer="щ" * faq.ANSWER_LENGTH, question="щ" * faq.QUESTION_LENGTH)

    assert response.status_code == 200
    assert len(entries()[0].answer) == faq.ANSWER_LENGTH


async def test_what_is_wrong_is_said_under_its_field(browser: httpx.AsyncClient) -> None:
    response = await publish(browser, question="", type_code="nothing")

    assert (response.status_code, set(response.json()["errors"])) == (422, {"question", "type_code"})
    assert entries() == []


async def test_operators_publish_nothing_and_leave_a_trace(browser_at: BrowserAt) -> None:
    response = await publish(signed_in(browser_at, Role.OPERATOR))

    assert response.status_code == 403
    assert entries() == []
    assert audited(Action.EVENT_REFUSED) == [("/api/office/content/faq", "")]


async def test_nobody_else_publishes_anything(browser: httpx.AsyncClient) -> None:
    assert (await publish(browser, "passwords")).status_code == 409
    browser.headers["Origin"] = "https://evil.example"
    assert (await publish(browser)).status_code == 403
    browser.headers["Origin"] = "http://localhost:3000"
    browser.cookies.clear()
    assert (await publish(browser)).status_code == 401
    assert entries() == []


@pytest.mark.parametrize("kind", ["faq", "offices", "types", "templates", "reasons", "window"])
async def test_junk_breaks_nothing(browser: httpx.AsyncClient, kind: str) -> None:
    fields = ("key", "revision", "hours_by", "day1_from", "phones", "type_code", "service", "code", "first_day")

    for key in ("", "\0"):
        response = await browser.post(f"/api/office/content/{kind}", data=dict.fromkeys(fields, "\0") | {"key": key})
        assert response.status_code in (409, 422)
