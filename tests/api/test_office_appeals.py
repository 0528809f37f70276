"""The forms by which staff answer appeals, leave notes, hand over and close."""

import secrets
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import Session, col, func, select

from lk_app import clock
from lk_app.models import Action, Appeal, AppealMessage, AppealState, AuditEvent, Role, Service
from lk_app.services.feedback import answering, machine, replies
from lk_app.services.feedback.replies import LENGTH
from lk_app.services.session import reading, writing
from tests import factories
from tests.api.conftest import BrowserAt
from tests.texts import plain

ANSWER = "/api/office/appeals/answer"
NOTE = "/api/office/appeals/note"
HAND_OVER = "/api/office/appeals/handover"
CLOSING = "/api/office/appeals/closing"
TOKEN = "an operator's token"


def signed_in(browser_at: BrowserAt, role: Role = Role.OPERATOR) -> httpx.AsyncClient:
    with writing() as session:
        factories.staff_caller(session, role, token=TOKEN, at=clock.now())
    client = browser_at()
    client.cookies.set("lk-staff", TOKEN)
    return client


@pytest.fixture
def browser(browser_at: BrowserAt) -> httpx.AsyncClient:
    """The browser of an operator who is signed in."""
    return signed_in(browser_at)


@pytest.fixture
def form(portal: str) -> dict[str, str]:
    """The fields of a form that was opened on an appeal."""
    with writing() as session:
        factories.appeal_type(session, "meter", service=Service.TECHNICAL, name="Счётчик", position=2)
        appeal = factories.appeal(session, factories.consumer(session))
        return {"appeal": appeal.id, "seen": str(last_message(session)), "key": secrets.token_urlsafe(18)}


def last_message(session: Session) -> int:
    return session.exec(select(func.max(AppealMessage.id))).one() or 0


def appeal() -> Appeal:
    with reading() as session:
        return session.exec(select(Appeal)).one()


def texts() -> list[tuple[str, bool]]:
    with reading() as session:
        messages = session.exec(select(AppealMessage).order_by(col(AppealMessage.id)))
        return [(message.text, message.internal) for message in messages]


ASKED = ("Почему так много?", False)


async def test_an_answer(browser: httpx.AsyncClient, form: dict[str, str]) -> None:
    response = await browser.post(ANSWER, data=form | {"text": "  Проверим\r\nи напишем.\0 "})

    assert (response.status_code, response.json()) == (200, {"done": "Ответ отправлен."})
    assert texts() == [ASKED, ("Проверим\nи напишем.", False)]
    assert appeal().state is AppealState.ANSWERED


async def test_an_answer_that_closes(browser: httpx.AsyncClient, form: dict[str, str]) -> None:
    response = await browser.post(ANSWER, data=form | {"text": "Готово.", "closes": "yes"})

    assert response.json() == {"done": "Ответ отправлен, обращение закрыто."}
    assert appeal().state is AppealState.CLOSED


async def test_an_answer_sent_twice_is_one(browser: httpx.AsyncClient, form: dict[str, str]) -> None:
    for _ in range(2):
        response = await browser.post(ANSWER, data=form | {"text": "Готово."})
        assert response.json() == {"done": "Ответ отправлен."}

    assert texts() == [ASKED, ("Готово.", False)]


async def test_what_is_new_is_shown_first(browser: httpx.AsyncClient, form: dict[str, str]) -> None:
    with writing() as session:
        factories.appeal_message(session, session.get_one(Appeal, form["appeal"]))

    response = await browser.post(ANSWER, data=form | {"text": "Готово."})

    assert (response.status_code, response.json()["stale"]) == (409, True)
    assert plain(response.json()["message"]) == plain(answering.SOMETHING_NEW)
    assert len(texts()) == 2

    with reading() as session:
        newer = form | {"seen": str(last_message(session))}
    assert (await browser.post(ANSWER, data=newer | {"text": "Готово."})).status_code == 200


async def test_the_longest_text_gets_through_and_a_longer_one_is_told(
    browser: httpx.AsyncClient, form: dict[str, str]
) -> None:
    response = await browser.post(ANSWER, data=form | {"text": "щ" * (LENGTH + 1_000)})
    assert (response.status_code, plain(response.json()["errors"]["text"])) == (
        422,
        "Не больше 4 000 знаков, сейчас 5000",
    )

    assert (await browser.post(ANSWER, data=form | {"text": "😀" * LENGTH})).status_code == 200
    assert texts()[1:] == [("😀" * LENGTH, False)]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("route", "fields", "errors"),
    [
        (ANSWER, {}, {"text": replies.NO_ANSWER}),
        (ANSWER, {"text": " \r\n "}, {"text": replies.NO_ANSWER}),
        (NOTE, {"text": " "}, {"text": replies.NO_NOTE}),
        (HAND_OVER, {"text": "Заметка"}, {"type": replies.NO_TYPE}),
        (HAND_OVER, {"type": "no such"}, {"type": answering.NO_SUCH_TYPE}),
    ],
)
async def test_what_is_missing_is_said_under_its_field(
    browser: httpx.AsyncClient, form: dict[str, str], route: str, fields: dict[str, str], errors: dict[str, str]
) -> None:
    response = await browser.post(route, data=form | fields)

    assert (response.status_code, response.json()) == (422, {"errors": errors})
    assert (texts(), appeal().type_code) == ([ASKED], "charges")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "broken",
    [
        {"appeal": ""}, {"appeal": "junk"}, {"appeal": "Q261122-0000000001;"}, {"seen": ""}, {"seen": "-1"},
        {"seen": "٢"}, {"seen": "9" * 30}, {"key": ""}, {"key": "short"}, {"key": "x" * 41}, {"key": "ключ" * 6},
    ],
    ids=str,
)  # fmt: skip
async def test_a_form_that_no_page_of_ours_sends(
    browser: httpx.AsyncClient, form: dict[str, str], broken: dict[str, str]
) -> None:
    response = await browser.post(ANSWER, data=form | {"text": "Готово."} | broken)

    assert (response.status_code, response.json()) == (409, {"message": replies.WRONG_FORM})
    assert texts() == [ASKED]


async def test_an_appeal_there_is_not(browser: httpx.AsyncClient, form: dict[str, str]) -> None:
    response = await browser.post(ANSWER, data=form | {"text": "Готово.", "appeal": "Q261122-NOBODYSXXX"})

    assert response.status_code == 409
    assert response.json()["message"].startswith("Ничего не найдено.")


async def test_a_closed_appeal_is_not_answered(browser: httpx.AsyncClient, form: dict[str, str]) -> None:
    assert (await browser.post(CLOSING, data=form)).json() == {"done": "Обращение закрыто."}

    response = await browser.post(ANSWER, data=form | {"text": "Готово."})

    assert (response.status_code, response.json()) == (409, {"message": machine.IS_CLOSED})


async def test_what_has_something_new_is_not_closed(browser: httpx.AsyncClient, form: dict[str, str]) -> None:
    response = await browser.post(CLOSING, data=form | {"seen": str(int(form["seen"]) - 1)})

    assert (response.status_code, response.json()["stale"]) == (409, True)
    assert appeal().state is AppealState.NEW


async def test_a_note(browser: httpx.AsyncClient, form: dict[str, str]) -> None:
    for _ in range(2):
        response = await browser.post(NOTE, data=form | {"text": "Перезвонить"})
        assert response.json() == {"done": "Заметка добавлена."}

    assert texts() == [ASKED, ("Перезвонить", True)]
    assert appeal().state is AppealState.NEW


async def test_a_note_and_an_answer_of_one_look_are_two(browser: httpx.AsyncClient, form: dict[str, str]) -> None:
    await browser.post(NOTE, data=form | {"text": "Одно"})
    with reading() as session:
        newer = form | {"seen": str(last_message(session))}

    assert (await browser.post(ANSWER, data=newer | {"text": "Другое"})).status_code == 200
    assert texts() == [ASKED, ("Одно", True), ("Другое", False)]


@pytest.mark.parametrize("text", ["", "Это к вам"])
async def test_an_appeal_is_handed_over(browser: httpx.AsyncClient, form: dict[str, str], text: str) -> None:
    response = await browser.post(HAND_OVER, data=form | {"type": "meter", "text": text})

    assert response.json() == {"done": "Обращение передано."}
    assert appeal().type_code == "meter"
    assert texts() == [ASKED, (text, True)] if text else [ASKED]


ROUTES = (ANSWER, NOTE, HAND_OVER, CLOSING)


def complete(form: dict[str, str]) -> dict[str, str]:
    return form | {"text": "Готово.", "type": "meter"}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("route", ROUTES)
async def test_who_is_not_signed_in_does_nothing(browser_at: BrowserAt, form: dict[str, str], route: str) -> None:
    with writing() as session:
        factories.consumer(session, factories.account(session), token="a consumer's token")
    visitor = browser_at()
    visitor.cookies.set("lk", "a consumer's token")
    visitor.cookies.set("lk-staff", "a consumer's token")

    response = await visitor.post(route, data=complete(form))

    assert (response.status_code, response.json()["sign_in"]) == (401, True)
    assert (texts(), appeal().state, appeal().type_code) == ([ASKED], AppealState.NEW, "charges")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("route", ROUTES)
async def test_an_ended_session_does_nothing(browser_at: BrowserAt, form: dict[str, str], route: str) -> None:
    with writing() as session:
        factories.staff_caller(session, token=TOKEN, at=clock.now() - timedelta(hours=13))
    browser = browser_at()
    browser.cookies.set("lk-staff", TOKEN)

    assert (await browser.post(route, data=complete(form))).status_code == 401
    assert (texts(), appeal().state) == ([ASKED], AppealState.NEW)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("route", ROUTES)
async def test_other_sites_do_nothing(browser: httpx.AsyncClient, form: dict[str, str], route: str) -> None:
    browser.headers["Origin"] = "https://evil.example"

    assert (await browser.post(route, data=complete(form))).status_code == 403
    assert (texts(), appeal().state) == ([ASKED], AppealState.NEW)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", list(Role))
async def test_all_roles_answer(browser_at: BrowserAt, form: dict[str, str], role: Role) -> None:
    browser = signed_in(browser_at, role)

    assert (await browser.post(ANSWER, data=form | {"text": "Готово."})).status_code == 200


async def test_no_text_is_logged(
    browser: httpx.AsyncClient, form: dict[str, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*arguments: Any, **others: Any) -> None:
        raise RuntimeError("Тайна")

    await browser.post(NOTE, data=form | {"text": "Тайна"})
    monkeypatch.setattr(answering, "answer", broken)
    response = await browser.post(ANSWER, data=form | {"text": "Тайна"})

    assert response.status_code == 500
    assert "Тайна" not in caplog.text + response.text
    with reading() as session:
        [event] = session.exec(select(AuditEvent).where(AuditEvent.action == Action.APPEAL_NOTED))
    assert (event.subject, event.detail) == (form["appeal"], "")


def test_keys_of_forms_fit() -> None:
    assert replies.KEY.fullmatch(replies.new_key())
    assert len(f"{replies.new_key()}-note") <= 40
