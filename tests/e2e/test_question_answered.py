"""A question's whole way, in two browsers: asked with a photo, taken, answered, and read without reloading."""

import json
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session, col, select
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from lk_app.models import Action, Attachment, AuditEvent
from lk_app.services.demo import company
from lk_app.state.office.members import MembersState
from tests.e2e.conftest import StartAlone, behind
from tests.e2e.steps import sign_in_at
from tests.photos import pictures
from tests.servers import Portal

SUBJECT = "Счётчик крутится, когда газ перекрыт"
TEXT = "Посмотрите, пожалуйста, на фото.\nКран закрыт, а цифры меняются."
ANSWER = "Здравствуйте. Мастер придёт завтра с 9 до 12 часов."


@pytest.fixture
def company_at_work(alone: StartAlone) -> Iterator[Portal]:
    """A portal of this test alone: its queue holds what the demo's user has asked, and this question."""
    with alone("company") as portal:
        yield portal


@pytest.fixture
def home(page: Page, company_at_work: Portal) -> Page:
    sign_in_at(page, company_at_work.address)
    page.get_by_role("link", name="Обратная связь").first.click()
    expect(page.get_by_role("heading", name="Обратная связь", level=1)).to_be_visible()
    return page


@pytest.fixture
def desk(browser: Browser, company_at_work: Portal) -> Iterator[Page]:
    """The operator's queue of appeals, in another browser."""
    context = browser.new_context(locale="ru-RU", timezone_id="Asia/Yekaterinburg")
    page = context.new_page()
    page.goto(f"{company_at_work.address}/office/login?next=/office/appeals")
    page.get_by_label("Логин").fill("operator")
    page.get_by_label("Пароль", exact=True).fill(company.STAFF_PASSWORD)
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("heading", name="Обращения", level=1)).to_be_visible()
    yield page
    context.close()


def test_a_question_with_a_photo_is_taken_and_answered_before_the_eyes_of_who_asked(
    home: Page, desk: Page, company_at_work: Portal
) -> None:
    home.get_by_label("Тип обращения").select_option("meter")
    home.get_by_role("button", name="Продолжить").click()
    question = home.get_by_role("dialog", name="Новый вопрос")
    question.get_by_label("Тема").fill(SUBJECT)
    question.get_by_label("Вопрос").fill(TEXT)
    with home.expect_file_chooser() as chooser:
        question.get_by_role("button", name="Приложить файл").click()
    chooser.value.set_files({"name": "счётчик.png", "mimeType": "image/png", "buffer": pictures.png()})
    expect(question.get_by_role("status").filter(has_text="Приложен счётчик.jpg")).to_be_visible()
    question.get_by_role("button", name="Отправить вопрос").click()
    asked = home.get_by_role("region", name="Ваши обращения").get_by_role("listitem").filter(has_text=SUBJECT)
    expect(asked).to_contain_text("новое")
    asked.get_by_role("link", name=SUBJECT).click()
    expect(home.get_by_role("heading", level=1)).to_have_text(SUBJECT)

    # The operator's page has been open all the time: the question comes by itself.
    row = desk.locator("[data-appeal]").filter(has_text=SUBJECT)
    expect(row).to_be_visible()
    row.get_by_role("button", name=re.compile("^Взять")).click()
    expect(home.get_by_role("main")).to_contain_text("в работе")
    row.get_by_role("rowheader").get_by_role("button").click()
    panel = desk.get_by_role("dialog").filter(has_text="Кран закрыт")
    photo = panel.get_by_role("link", name=re.compile("счётчик.jpg"))
    seen = desk.request.get(f"{company_at_work.address}{photo.get_attribute('href')}")
    assert (seen.status, seen.headers["content-type"]) == (200, "image/jpeg")
    desk.get_by_role("textbox", name="Ответ").fill(ANSWER)
    desk.get_by_role("button", name="Ответить", exact=True).click()
    expect(desk.get_by_role("status").filter(has_text="Ответ отправлен.")).to_be_visible()

    expect(home.get_by_role("list", name="Переписка")).to_contain_text(ANSWER)
    expect(home.get_by_role("main")).to_contain_text("отвечено")
    assert {Action.APPEAL_TAKEN, Action.APPEAL_SEEN, Action.ATTACHMENT_SEEN, Action.APPEAL_ANSWERED} <= set(
        behind(company_at_work, actions)
    )
    # Nobody else gets the photo, whatever they know of it.
    [attachment_id] = behind(company_at_work, lambda session: session.exec(select(Attachment.id)).all())
    home.context.clear_cookies()
    assert home.request.get(f"{company_at_work.address}/api/feedback/attachments/{attachment_id}").status == 404


def test_an_event_that_only_an_administrator_may_send_is_refused_and_logged(
    desk: Page, company_at_work: Portal
) -> None:
    cookie = "; ".join(f"{each['name']}={each['value']}" for each in desk.context.cookies())
    address = company_at_work.address
    url = f"{address.replace('http', 'ws', 1)}/_event/?EIO=4&transport=websocket&token=an-operators-script"

    with connect(url, origin=Origin(address), additional_headers={"Cookie": cookie}) as socket:
        receive(socket, "0")
        socket.send("40/_event,")
        receive(socket, "40/_event")
        send(socket, "reflex___state____state.hydrate")
        receive(socket, "42/_event")
        send(socket, f"{MembersState.get_full_name()}.load")
        refused = wait_for_refusal(company_at_work)

    assert refused == ["MembersState.load"]


def send(socket: ClientConnection, event: str) -> None:
    router_data = {"pathname": "/office/members", "asPath": "/office/members", "query": {}}
    content = {"name": event, "payload": {}, "router_data": router_data, "token": "an-operators-script"}
    socket.send(f'42/_event,["event",{json.dumps(content)}]')


def receive(socket: ClientConnection, start: str) -> None:
    while not str(socket.recv(timeout=10)).startswith(start):
        pass


def wait_for_refusal(portal: Portal) -> list[str]:
    for _ in range(100):
        if found := behind(portal, refusals):
            return found
        time.sleep(0.1)
    return []


def refusals(session: Session) -> list[str]:
    return list(session.exec(select(AuditEvent.subject).where(col(AuditEvent.action) == Action.EVENT_REFUSED)))


def actions(session: Session) -> list[Action]:
    return list(session.exec(select(AuditEvent.action)))
