"""Staff edit what the portal says: by keyboard, beside a colleague, and consumers see it at their next load."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import Session, col, select

from lk_app.models import Action, AuditEvent, FaqEntry, Office
from tests.e2e.conftest import StartAlone, behind
from tests.e2e.steps import let_staff_in
from tests.e2e.test_accessibility import LOOKS, dress, examine
from tests.servers import Portal

KINDS = ("faq", "offices", "types", "templates", "reasons", "window")


@pytest.fixture(scope="module")
def desk(alone: StartAlone) -> Iterator[Portal]:
    """A portal of this module alone: other tests must find the texts as they are shipped."""
    with alone("desk") as portal:
        yield portal


@pytest.fixture
def editor(page: Page, desk: Portal) -> Page:
    """The page of an administrator who has just signed in."""
    return at_work(page, desk)


def at_work(page: Page, desk: Portal) -> Page:
    let_staff_in(page, desk.address, "/office", "admin")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def open_at(page: Page, desk: Portal, path: str) -> None:
    page.goto(f"{desk.address}/office/content/{path}")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    expect(page.get_by_role("navigation", name="Разделы").get_by_text("Материалы")).to_have_attribute(
        "aria-current", "page"
    )


def tab_to(page: Page, wanted: Locator, most: int = 60) -> None:
    """Press Tab until something has the focus."""
    for _ in range(most):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


def preview(page: Page) -> Locator:
    return page.get_by_role("region", name="Так увидит потребитель")


def history(page: Page) -> Locator:
    return page.get_by_role("region", name="История изменений")


def test_an_answer_is_edited_looked_at_published_and_taken_back_by_keyboard(editor: Page, desk: Portal) -> None:
    open_at(editor, desk, "faq")
    old = "Как заплатить картой?"
    tab_to(editor, editor.get_by_role("link", name=old), 60)
    editor.keyboard.press("Enter")
    question = editor.get_by_label("Вопрос", exact=True)
    expect(question).to_have_value(old)

    tab_to(editor, question)
    editor.keyboard.press("Control+A")
    editor.keyboard.type("Как платить картой онлайн?")
    editor.keyboard.press("Tab")
    editor.keyboard.press("Control+A")
    editor.keyboard.type("Нажмите **«Оплатить»**:\n\n1. выберите сумму;\n2. введите карту.")
    tab_to(editor, editor.get_by_role("button", name="Предварительный просмотр"))
    editor.keyboard.press("Enter")
    expect(preview(editor).get_by_role("heading", name="Так увидит потребитель")).to_be_focused()
    expect(preview(editor).locator("b")).to_have_text("«Оплатить»")
    expect(preview(editor).get_by_role("listitem")).to_have_count(2)
    expect(editor.get_by_label("Вопрос", exact=True)).to_have_value("Как платить картой онлайн?")
    assert shown_to_everybody(editor, desk, old), "nothing is published yet"

    publish = editor.get_by_role("button", name="Опубликовать")
    publish.focus()
    editor.keyboard.press("Enter")
    expect(editor.get_by_role("status").filter(has_text="Опубликовано")).to_be_visible()
    expect(publish).to_be_focused()
    expect(history(editor).get_by_role("listitem")).to_have_count(2)
    expect(history(editor).get_by_role("listitem").first).to_contain_text("Андрей Громов")
    assert shown_to_everybody(editor, desk, "Как платить картой онлайн?")

    tab_to(editor, history(editor).get_by_role("button", name="Вернуть эту версию"))
    editor.keyboard.press("Enter")
    expect(editor.get_by_label("Вопрос", exact=True)).to_have_value(old)
    expect(editor.get_by_role("status").filter(has_text="Форма заполнена версией")).to_be_visible()
    editor.get_by_role("button", name="Вернуть то, что было в форме").click()
    expect(editor.get_by_label("Вопрос", exact=True)).to_have_value("Как платить картой онлайн?")
    history(editor).get_by_role("button", name="Вернуть эту версию").click()
    expect(editor.get_by_label("Вопрос", exact=True)).to_have_value(old)
    publish.focus()
    editor.keyboard.press("Enter")
    expect(history(editor).get_by_role("listitem")).to_have_count(3)
    assert shown_to_everybody(editor, desk, old)
    said = behind(desk, lambda session: session.exec(audited()).all())
    assert said == ["published", "published"]


def audited() -> object:
    return select(AuditEvent.detail).where(AuditEvent.action == Action.CONTENT_CHANGED).order_by(col(AuditEvent.id))


def shown_to_everybody(page: Page, desk: Portal, question: str) -> bool:
    """Say whether a question stands on the FAQ that a visitor opens."""
    visitor = page.context.browser.new_page()
    visitor.goto(f"{desk.address}/help/faq")
    expect(visitor.locator(".questions summary").first).to_be_visible()
    shown = visitor.locator(".questions summary").filter(has_text=question).count() == 1
    visitor.close()
    return shown


def test_two_who_edit_at_once_lose_nothing(editor: Page, desk: Portal, browser: Browser) -> None:
    colleague = at_work(browser.new_page(), desk)
    address = "reasons?edit=visit"
    for each in (editor, colleague):
        open_at(each, desk, address)
    colleague.get_by_role("textbox", name="Причина").fill("К вам придут. Будьте дома.")
    colleague.get_by_role("button", name="Опубликовать").click()
    expect(colleague.get_by_role("status").filter(has_text="Опубликовано")).to_be_visible()
    colleague.close()
    expect(history(editor), "what a colleague publishes comes by itself").to_contain_text("К вам придут")

    mine = "Придёт мастер. Он проверит счётчик."
    editor.get_by_role("textbox", name="Причина").fill(mine)
    editor.get_by_role("button", name="Опубликовать").click()
    box = editor.get_by_label("Опубликовать мою версию вместо неё")
    expect(box).to_be_focused()
    expect(editor.get_by_text("опубликована другая версия: Андрей Громов").first).to_be_visible()
    expect(editor.get_by_role("textbox", name="Причина")).to_have_value(mine)
    editor.keyboard.press("Space")
    editor.get_by_role("button", name="Опубликовать").click()

    expect(editor.get_by_role("status").filter(has_text="Опубликовано")).to_be_visible()
    expect(history(editor).get_by_role("listitem").first).to_contain_text(mine)
    expect(box).to_be_hidden()


def test_an_office_has_its_hours_by_days(editor: Page, desk: Portal) -> None:
    open_at(editor, desk, "offices?edit=03")
    expect(editor.get_by_label("Понедельник: открывается")).to_have_value("08:00")
    saturday = editor.get_by_role("group", name="Суббота")
    editor.get_by_label("Пятница: закрывается").fill("16")
    editor.get_by_label("Пятница: перерыв начинается").fill("12")
    saturday.get_by_label("выходной").check()
    editor.get_by_role("button", name="Опубликовать").click()
    expect(editor.get_by_text("Укажите и начало, и конец перерыва").first).to_be_visible()
    editor.get_by_label("Пятница: перерыв заканчивается").fill("12:45")
    editor.get_by_role("button", name="Опубликовать").click()
    expect(editor.get_by_role("status").filter(has_text="Опубликовано")).to_be_visible()

    assert behind(desk, lambda session: session.get_one(Office, "03").hours) == (
        "1-4 08:00-17:00; 5 08:00-12:00,12:45-16:00"
    )
    expect(preview(editor)).to_contain_text("перерыв 12:00")
    editor.goto(f"{desk.address}/contacts")
    expect(editor.locator("#office-03")).to_contain_text("выходной")


def test_rows_are_added_moved_and_put_away(editor: Page, desk: Portal) -> None:
    open_at(editor, desk, "faq?add=1")
    editor.get_by_label("Тип обращения").select_option("payment")
    editor.get_by_role("button", name="Опубликовать").click()
    expect(editor.get_by_role("alert").filter(has_text="Проверьте 2")).to_be_visible()
    editor.get_by_label("Вопрос", exact=True).fill("Где взять чек за прошлый год?")
    editor.get_by_label("Ответ").fill("В истории платежей.")
    editor.get_by_role("button", name="Опубликовать").click()
    expect(editor.get_by_role("status").filter(has_text="Добавлено")).to_be_visible()

    up = editor.get_by_role("button", name="Выше: Где взять чек за прошлый год?")
    up.focus()
    editor.keyboard.press("Enter")
    expect(rows_of(editor, "Оплата").nth(-2)).to_contain_text("за прошлый год")
    expect(up).to_be_focused()
    editor.get_by_role("button", name="Убрать: Где взять чек за прошлый год?").click()
    expect(editor.get_by_role("status").filter(has_text="Убрано с портала")).to_be_visible()
    assert not shown_to_everybody(editor, desk, "Где взять чек за прошлый год?")
    position = behind(desk, newest_position)
    assert position == behind(desk, lambda session: last_position(session)) - 1


def rows_of(page: Page, beside: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("cell", name=beside, exact=True))


def newest_position(session: Session) -> int:
    return session.exec(select(FaqEntry.position).order_by(col(FaqEntry.id).desc())).first() or 0


def last_position(session: Session) -> int:
    of_payment = select(FaqEntry.position).where(FaqEntry.type_code == "payment")
    return max(session.exec(of_payment))


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing(editor: Page, desk: Portal, scheme: str, width: int) -> None:
    dress(editor, scheme, width)
    for path in (*KINDS, "faq?edit=1", "offices?edit=01", "offices?add=1", "types?edit=payment", "templates?add=1"):
        open_at(editor, desk, path)
        examine(editor)
    open_at(editor, desk, "reasons?edit=visit")
    editor.get_by_role("textbox", name="Причина").fill(" ")
    editor.get_by_role("button", name="Предварительный просмотр").click()
    expect(preview(editor)).to_contain_text("проверьте поля")
    examine(editor)
