"""Staff work through the queue of appeals: by keyboard, beside a colleague, while a consumer writes, on a phone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import Session, col, delete, select

from lk_app import clock
from lk_app.models import Action, Appeal, AppealMessage, AppealState, Attachment, AuditEvent, Service, User
from lk_app.services.callers import Consumer
from lk_app.services.feedback import machine
from lk_app.services.numbers import new_number
from tests import factories
from tests.e2e.conftest import StartAlone, behind
from tests.e2e.queues import press_russian, told
from tests.e2e.steps import let_staff_in
from tests.e2e.test_accessibility import LOOKS, dress, examine
from tests.servers import Portal

LENGTH = 4
QUESTION = "Почему в октябре так много?\nРаньше было меньше."


@pytest.fixture(scope="module")
def desk(alone: StartAlone) -> Iterator[Portal]:
    """A portal of this module alone: other tests must not find their appeals answered."""
    with alone("desk") as portal:
        yield portal


@pytest.fixture
def queue(desk: Portal) -> list[str]:
    """Ids of the appeals that wait, oldest first; the third is for the technical service."""
    return behind(desk, fill)


def fill(session: Session) -> list[str]:
    for table in (Attachment, AppealMessage, Appeal):
        session.exec(delete(table))
    user_id = session.exec(select(User.id)).one()
    now, asked = clock.now(), []
    for number in range(LENGTH):
        account = factories.account(session, last_name=f"Житель{chr(1072 + number)}")
        at = now - timedelta(minutes=LENGTH - number)
        appeal = factories.appeal(
            session,
            Consumer(user_id or 0, 0),
            id=f"Q{new_number(now)}",
            account_number=account.number,
            subject=f"Вопрос {number + 1}",
            text=QUESTION,
            type_code="meter" if number == 2 else "charges",
            at=at,
            waiting_since=at,
        )
        asked.append(appeal.id)
    return asked


@pytest.fixture
def operator(page: Page, desk: Portal, queue: list[str]) -> Page:
    """The page of an operator who has just signed in."""
    return at_work(page, desk)


def at_work(page: Page, desk: Portal, login: str = "operator") -> Page:
    let_staff_in(page, desk.address, "/office/appeals", login)
    expect(rows(page)).to_have_count(LENGTH)
    return page


def rows(page: Page) -> Locator:
    return page.locator("[data-appeal]")


def row(page: Page, appeal_id: str) -> Locator:
    return page.locator(f"[data-appeal='{appeal_id}']")


def panel(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog", name=name)


def answer_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Ответ")


def stored(desk: Portal, appeal_id: str) -> tuple[AppealState, list[str]]:
    """What became of an appeal, and what was written in it after the question."""

    def read(session: Session) -> tuple[AppealState, list[str]]:
        messages = select(AppealMessage.text).where(AppealMessage.appeal_id == appeal_id)
        texts = session.exec(messages.order_by(col(AppealMessage.id))).all()
        return session.get_one(Appeal, appeal_id).state, list(texts[1:])

    return behind(desk, read)


def consumer_writes(desk: Portal, appeal_id: str, text: str) -> None:
    def write(session: Session) -> None:
        appeal = machine.locked(session, appeal_id)
        factories.appeal_message(session, appeal, text=text, at=clock.now(), key=new_number(clock.now()))
        machine.wait(session, appeal, clock.now())

    behind(desk, write)


def test_a_morning_by_keyboard_alone(operator: Page, desk: Portal, queue: list[str]) -> None:
    press = operator.keyboard.press
    press("ArrowDown")
    expect(row(operator, queue[0])).to_be_focused()
    press_russian(operator, "в")
    expect(row(operator, queue[0])).to_contain_text("в работе")
    expect(told(operator).filter(has_text="Вы взяли обращение")).to_be_visible()
    expect(row(operator, queue[0])).to_be_focused()

    press_russian(operator, "о")
    expect(panel(operator, "Жительа М. П.")).to_contain_text("Раньше было меньше.")
    expect(answer_field(operator)).to_be_focused()
    operator.keyboard.type("Мария Петровна, ")
    press("Shift+Tab")
    press("Shift+Tab")
    expect(operator.get_by_role("combobox", name="Шаблон ответа")).to_be_focused()
    press("ArrowDown")
    press("Tab")
    press("Enter")
    expect(answer_field(operator)).to_be_focused()
    operator.keyboard.type(" Подождите.")
    press("Control+Enter")

    expect(told(operator).filter(has_text="Ответ отправлен.")).to_be_visible()
    expect(row(operator, queue[0])).to_have_count(0)
    expect(row(operator, queue[1])).to_be_focused()
    state, [answer] = stored(desk, queue[0])
    assert state is AppealState.ANSWERED
    assert answer.startswith("Мария Петровна,")
    assert "Здравствуйте.\n\nСумма в квитанции" in answer
    assert answer.endswith(" Подождите.")

    press("j")
    press_russian(operator, "з")
    closing = operator.get_by_role("dialog", name="Закрыть обращение")
    expect(closing).to_contain_text("Жительв М. П., Вопрос 3")
    expect(closing.get_by_role("button", name="Закрыть обращение")).to_be_focused()
    press("Enter")
    expect(told(operator).filter(has_text="Обращение закрыто.")).to_be_visible()
    expect(row(operator, queue[3])).to_be_focused()
    assert stored(desk, queue[2]) == (AppealState.CLOSED, [])

    press("Enter")
    expect(panel(operator, "Жительг М. П.")).to_be_visible()
    press("Escape")
    expect(operator.get_by_role("dialog")).to_have_count(0)
    expect(row(operator, queue[3])).to_be_focused()
    press("?")
    expect(operator.get_by_role("dialog", name="Клавиши")).to_be_visible()


def test_what_is_being_written_stays_with_its_appeal(operator: Page, desk: Portal, queue: list[str]) -> None:
    operator.keyboard.press("ArrowDown")
    operator.keyboard.press("r")
    answer_field(operator).fill("Первый ответ")
    operator.keyboard.press("Escape")
    expect(row(operator, queue[0])).to_be_focused()
    expect(panel(operator, "Жительа М. П.")).to_be_visible()

    operator.keyboard.press("j")
    expect(panel(operator, "Жительб М. П.")).to_be_visible()
    expect(answer_field(operator)).to_have_value("")
    operator.keyboard.press("r")
    expect(answer_field(operator)).to_be_focused()
    operator.keyboard.type("а п о r j ?")
    operator.keyboard.press("Escape")
    operator.keyboard.press("Escape")
    expect(operator.get_by_role("dialog")).to_have_count(0)

    operator.keyboard.press("k")
    operator.keyboard.press("Enter")
    expect(answer_field(operator)).to_have_value("Первый ответ")
    answer_field(operator).press("End")
    operator.get_by_role("combobox", name="Шаблон ответа").select_option("Сделаем перерасчёт")
    operator.get_by_role("button", name="Вставить").click()
    operator.get_by_role("button", name="Ответить и закрыть").click()
    expect(told(operator).filter(has_text="обращение закрыто")).to_be_visible()
    state, [answer] = stored(desk, queue[0])
    assert (state, answer.startswith("Первый ответ\n\nЗдравствуйте.")) == (AppealState.CLOSED, True)

    row(operator, queue[1]).get_by_role("button", name="Открыть").click()
    expect(answer_field(operator)).to_have_value("а п о r j ?")


def test_nothing_typed_is_lost_when_it_can_not_be_sent(operator: Page, desk: Portal, queue: list[str]) -> None:
    row(operator, queue[0]).get_by_role("button", name="Открыть").click()
    look = panel(operator, "Жительа М. П.")
    send = look.get_by_role("button", name="Ответить", exact=True)
    send.click()
    expect(look.get_by_text("Напишите ответ")).to_be_visible()

    answer_field(operator).fill("Ответ по делу")
    operator.route("**/answer", lambda route: route.abort())
    send.click()
    expect(look.get_by_role("alert").filter(has_text="Нет связи")).to_be_visible()
    operator.unroute("**/answer")

    consumer_writes(desk, queue[0], "И ещё одно")
    expect(look.get_by_role("listitem").filter(has_text="И ещё одно")).to_contain_text("новое")
    send.click()
    expect(look.get_by_role("alert").filter(has_text="появилось новое")).to_be_visible()
    expect(answer_field(operator)).to_have_value("Ответ по делу")
    expect(look.get_by_text("новое", exact=True)).to_have_count(1)
    assert stored(desk, queue[0])[1] == ["И ещё одно"]

    send.click()
    expect(told(operator).filter(has_text="Ответ отправлен.")).to_be_visible()
    assert stored(desk, queue[0]) == (AppealState.ANSWERED, ["И ещё одно", "Ответ по делу"])


def test_two_see_each_others_taking(operator: Page, desk: Portal, queue: list[str], browser: Browser) -> None:
    colleague = at_work(browser.new_page(locale="ru-RU"), desk, "admin")
    row(operator, queue[0]).get_by_role("button", name="Открыть").click()
    answer_field(operator).fill("Не дописано")

    row(colleague, queue[0]).get_by_role("button", name="Взять").click()
    expect(row(operator, queue[0])).to_contain_text("Андрей Громов")
    look = panel(operator, "Жительа М. П.")
    expect(look).to_contain_text("В работе у коллеги: Андрей Громов")
    expect(answer_field(operator)).to_have_value("Не дописано")
    expect(answer_field(operator)).to_be_focused()
    colleague.get_by_role("button", name="Мои 1").click()
    expect(rows(colleague)).to_have_count(1)

    look.get_by_role("button", name="Вернуть в очередь").click()
    expect(row(operator, queue[0])).to_contain_text("новое")
    expect(rows(colleague)).to_have_count(0)

    look.get_by_role("button", name="Заметка").click()
    note = operator.get_by_role("dialog", name="Заметка для коллег")
    note.get_by_label("Заметка", exact=True).fill("Ждём бухгалтерию")
    note.get_by_role("button", name="Добавить заметку").click()
    expect(look.get_by_role("listitem").filter(has_text="Ждём бухгалтерию")).to_contain_text("заметка для коллег")
    expect(answer_field(operator)).to_have_value("Не дописано")

    look.get_by_role("button", name="Передать в техническую службу").click()
    over = operator.get_by_role("dialog", name="Передать обращение")
    over.get_by_role("button", name="Передать").click()
    expect(over.get_by_text("Выберите, о чём обращение")).to_be_visible()
    over.get_by_label("О чём обращение").select_option("Газовое оборудование и его обслуживание")
    over.get_by_role("button", name="Передать").click()
    expect(told(operator).filter(has_text="Обращение передано.")).to_be_visible()
    expect(row(operator, queue[0])).to_contain_text("Газовое оборудование")

    def service(session: Session) -> Service:
        code = session.get_one(Appeal, queue[0]).type_code
        return session.get_one(factories.AppealType, code).service

    assert behind(desk, service) is Service.TECHNICAL
    colleague.close()


def test_filters_and_a_search(operator: Page, queue: list[str]) -> None:
    operator.get_by_label("Служба").select_option("Техническая служба")
    expect(rows(operator)).to_have_count(1)
    operator.get_by_label("Служба").select_option("Обе службы")
    operator.get_by_label("Тип обращения").select_option("Начисления и квитанции")
    expect(rows(operator)).to_have_count(LENGTH - 1)
    operator.get_by_label("Тип обращения").select_option("Все типы")
    expect(rows(operator)).to_have_count(LENGTH)

    operator.get_by_role("searchbox").fill("жительг")
    operator.keyboard.press("Enter")
    expect(rows(operator)).to_have_count(1)
    expect(row(operator, queue[3])).to_be_visible()
    expect(operator.get_by_role("button", name="Все", exact=True)).to_have_attribute("aria-pressed", "true")
    assert "житель" not in operator.url.lower()
    operator.get_by_role("button", name="Сбросить поиск").click()
    expect(rows(operator)).to_have_count(LENGTH)


def test_each_look_is_kept_once(operator: Page, desk: Portal, queue: list[str]) -> None:
    row(operator, queue[0]).get_by_role("button", name="Открыть").click()
    expect(panel(operator, "Жительа М. П.")).to_be_visible()
    consumer_writes(desk, queue[1], "Ау")
    expect(row(operator, queue[1])).to_be_visible()
    operator.wait_for_timeout(2500)

    def seen(session: Session) -> list[str]:
        looks = select(AuditEvent.subject).where(AuditEvent.action == Action.APPEAL_SEEN)
        return list(session.exec(looks.where(col(AuditEvent.subject).in_(queue))))

    assert behind(desk, seen) == [queue[0]]


def test_on_a_phone_an_appeal_is_answered_by_thumb(operator: Page, desk: Portal, queue: list[str]) -> None:
    operator.set_viewport_size({"width": 390, "height": 844})
    row(operator, queue[0]).get_by_role("button", name="Открыть").click()
    look = panel(operator, "Жительа М. П.")
    expect(look.get_by_role("heading", name="Жительа М. П.")).to_be_focused()
    look.get_by_role("button", name="Взять").click()
    expect(look).to_contain_text("в работе")
    answer_field(operator).fill("Ответ с телефона")
    look.get_by_role("button", name="Ответить", exact=True).click()
    expect(rows(operator)).to_have_count(LENGTH - 1)
    expect(operator.get_by_role("dialog")).to_have_count(0)
    assert stored(desk, queue[0]) == (AppealState.ANSWERED, ["Ответ с телефона"])


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing(operator: Page, desk: Portal, queue: list[str], scheme: str, width: int) -> None:
    def converse(session: Session) -> None:
        member = session.exec(select(factories.Staff.id).where(factories.Staff.login == "admin")).one()
        appeal = session.get_one(Appeal, queue[1])
        for internal in (True, False):
            factories.appeal_message(
                session, appeal, staff_id=member, internal=internal, key=f"{internal} {new_number(clock.now())}"
            )
        machine.take(session, appeal, member or 0, clock.now())

    behind(desk, converse)
    dress(operator, scheme, width)
    operator.get_by_role("button", name="Все", exact=True).click()
    examine(operator)

    row(operator, queue[1]).get_by_role("button", name="Открыть").click()
    look = panel(operator, "Жительб М. П.")
    expect(look).to_contain_text("В работе у коллеги")
    examine(operator)
    look.get_by_role("button", name="Передать в техническую службу").click()
    examine(operator)
