"""An operator works through the queue of readings, by keyboard, beside a colleague, on a phone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import Session, col, select, update

from lk_app import clock
from lk_app.models import Action, AuditEvent, Meter, Reading, ReadingState
from lk_app.services.readings.reasons import FIRST_REASONS
from tests import factories
from tests.e2e.conftest import StartAlone, behind
from tests.e2e.queues import press_russian, told
from tests.e2e.steps import let_staff_in
from tests.e2e.test_accessibility import LOOKS, dress, examine
from tests.servers import Portal
from tests.waiting import add_photo, meter_read, waiting

JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc0000b08000100010101110"
    "0ffc40014000100000000000000000000000000000009ffc40014100100000000000000000000000000000000ffda0008010100003f0054df"
    "ffd9"
)
LENGTH = 12


@pytest.fixture(scope="module")
def desk(alone: StartAlone) -> Iterator[Portal]:
    """A portal of this module alone: other tests must not find their readings decided about."""
    with alone("desk") as portal:
        yield portal


@pytest.fixture
def queue(desk: Portal) -> list[str]:
    """Ids of the readings that wait, oldest first: the third is unusual and has a photo."""
    return behind(desk, fill)


def fill(session: Session) -> list[str]:
    session.exec(
        update(Reading)
        .where(col(Reading.state) == ReadingState.PENDING, col(Reading.sent_at).is_not(None))
        .values(state=ReadingState.WITHDRAWN)
    )
    now, sent = clock.now(), []
    for number in range(LENGTH):
        account = factories.account(session, last_name=f"Житель{chr(1072 + number)}")
        unusual = {"flags": "high", "consumption": 414_000, "usual": 90_000} if number == 2 else {}
        sent.append(
            waiting(
                session,
                meter_read(session, account),
                5_628_000 if unusual else 5_258_000,
                taken_on=now.date(),
                sent_at=now.replace(microsecond=number),
                **unusual,
            )
        )
    add_photo(session, sent[2], JPEG)
    return [one.id for one in sent]


@pytest.fixture
def operator(page: Page, desk: Portal, queue: list[str]) -> Page:
    """The page of an operator who has just signed in."""
    return at_work(page, desk)


def at_work(page: Page, desk: Portal, login: str = "operator") -> Page:
    let_staff_in(page, desk.address, "/office/readings", login)
    expect(rows(page)).to_have_count(LENGTH)
    return page


def rows(page: Page) -> Locator:
    return page.locator("[data-reading]")


def row(page: Page, reading_id: str) -> Locator:
    return page.locator(f"[data-reading='{reading_id}']")


def states(desk: Portal, queue: list[str]) -> list[str]:
    """The first letters of what became of each: p, a, r."""

    def read(session: Session) -> list[str]:
        found = dict(session.exec(select(Reading.id, Reading.state).where(col(Reading.id).in_(queue))).all())
        return [found[reading_id][0] for reading_id in queue]

    return behind(desk, read)


def test_a_morning_by_keyboard_alone(operator: Page, desk: Portal, queue: list[str]) -> None:
    press = operator.keyboard.press
    press("ArrowDown")
    expect(row(operator, queue[0])).to_be_focused()

    press_russian(operator, "п")
    expect(told(operator).filter(has_text="Принято: Жительа М. П., 5 258 м³.")).to_be_visible()
    expect(row(operator, queue[0])).to_have_count(0)
    expect(row(operator, queue[1])).to_be_focused()

    press("a")
    press("Enter")
    look = operator.get_by_role("dialog", name="Жительв М. П.")
    expect(look).to_contain_text("в 4,6 раза выше обычного")
    expect(look.get_by_role("img")).to_be_visible()
    expect(row(operator, queue[2])).to_be_focused()

    press_russian(operator, "о")
    refusal = operator.get_by_role("dialog", name="Отказать")
    expect(refusal.get_by_role("radio").first).to_be_focused()
    expect(refusal).to_contain_text("Жительв М. П., 5 628 м³")
    press("Space")
    press("ArrowDown")
    press("ArrowDown")
    press("Enter")
    expect(told(operator).filter(has_text="Отказано: 1.")).to_be_visible()
    expect(row(operator, queue[3])).to_be_focused()
    expect(operator.get_by_role("dialog", name="Жительг М. П.")).to_be_visible()
    press("Escape")
    expect(operator.get_by_role("dialog")).to_have_count(0)
    expect(row(operator, queue[3])).to_be_focused()

    press("Space")
    press("j")
    press("j")
    press(" ")
    expect(operator.get_by_text("Отмечено: 2")).to_be_visible()
    press("k")
    press_russian(operator, "П", shift=True)
    expect(told(operator).filter(has_text="Принято: 2.")).to_be_visible()
    expect(row(operator, queue[4])).to_be_focused()
    press("Space")
    press("ArrowDown")
    press("Space")
    press("Shift+R")
    expect(operator.get_by_role("dialog", name="Отказать")).to_contain_text("Отмечено: 2")
    press("Escape")
    expect(row(operator, queue[6])).to_be_focused()
    assert "".join(states(desk, queue)) == "aarapa" + "p" * 6


def test_keys_that_are_held_down_decide_once(operator: Page, desk: Portal, queue: list[str]) -> None:
    operator.keyboard.press("ArrowDown")
    for _ in range(5):
        operator.keyboard.down("a")
    operator.keyboard.up("a")
    expect(rows(operator)).to_have_count(LENGTH - 1)
    operator.wait_for_timeout(300)

    assert states(desk, queue) == ["a"] + ["p"] * (LENGTH - 1)


def test_keys_do_nothing_in_a_field(operator: Page, desk: Portal, queue: list[str]) -> None:
    operator.keyboard.press("ArrowDown")
    search = operator.get_by_role("searchbox")
    search.click()
    operator.keyboard.type("а п о r j ?")

    expect(search).to_have_value("а п о r j ?")
    expect(operator.get_by_role("dialog")).to_have_count(0)
    assert set(states(desk, queue)) == {"p"}


def test_a_reason_in_ones_own_words_is_not_lost(operator: Page, desk: Portal, queue: list[str]) -> None:
    row(operator, queue[0]).get_by_role("button", name="Отказать").click()
    refusal = operator.get_by_role("dialog", name="Отказать")
    refuse = refusal.get_by_role("button", name="Отказать")

    refuse.click()
    expect(refusal.get_by_text("Выберите причину")).to_be_visible()
    refusal.get_by_label("Другая причина").check()
    refuse.click()
    expect(refusal.get_by_text("Напишите причину")).to_be_visible()
    words = refusal.get_by_label("Своя причина")
    expect(words).to_be_focused()
    words.fill("Счётчик на поверке до декабря")
    operator.route("**/refusal", lambda route: route.abort())
    refuse.click()
    expect(refusal.get_by_role("alert").filter(has_text="Нет связи")).to_be_visible()
    expect(words).to_have_value("Счётчик на поверке до декабря")

    operator.unroute("**/refusal")
    refuse.click()
    expect(told(operator).filter(has_text="Отказано: 1.")).to_be_visible()
    expect(rows(operator)).to_have_count(LENGTH - 1)
    assert behind(desk, lambda session: session.get_one(Reading, queue[0]).reason) == "Счётчик на поверке до декабря"


def test_all_that_is_fine_in_one_go(operator: Page, desk: Portal, queue: list[str]) -> None:
    operator.get_by_role("button", name="Принять все в норме: 11").click()

    expect(told(operator).filter(has_text="Принято: 11.")).to_be_visible()
    expect(rows(operator)).to_have_count(1)
    expect(operator.get_by_role("button", name="Принять все в норме: 0")).to_have_attribute("aria-disabled", "true")
    assert states(desk, queue)[2] == "p"

    row(operator, queue[2]).get_by_role("button", name="Принять").click()
    expect(operator.get_by_role("heading", name="Все показания проверены")).to_be_visible()
    expect(operator.get_by_text("Никто не ждёт")).to_be_visible()


def test_marked_by_mouse(operator: Page, desk: Portal, queue: list[str]) -> None:
    boxes = operator.get_by_role("checkbox")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(operator.get_by_text("Отмечено: 4")).to_be_visible()
    boxes.nth(2).click()
    expect(boxes.first).to_have_js_property("indeterminate", True)

    operator.get_by_role("button", name="Отказать отмеченным").click()
    refusal = operator.get_by_role("dialog", name="Отказать")
    expect(refusal).to_contain_text("Отмечено: 3")
    refusal.get_by_text("Похоже на опечатку").click()
    refusal.get_by_role("button", name="Отказать").click()
    expect(told(operator).filter(has_text="Отказано: 3.")).to_be_visible()
    expect(operator.get_by_role("group", name="Отмеченные показания")).to_be_hidden()

    boxes.first.click()
    operator.get_by_role("button", name="Принять отмеченные").click()
    expect(told(operator).filter(has_text="Принято: 9.")).to_be_visible()
    assert states(desk, queue) == ["r", "a", "r", "r"] + ["a"] * (LENGTH - 4)


def test_what_a_colleague_decides_goes_and_nothing_else_changes(
    operator: Page, desk: Portal, queue: list[str], browser: Browser
) -> None:
    colleague = at_work(browser.new_page(locale="ru-RU"), desk, "admin")
    operator.get_by_role("checkbox").nth(5).click()
    row(operator, queue[6]).get_by_role("button", name="Отказать").click()
    operator.get_by_label("Другая причина").check()
    operator.get_by_label("Своя причина").fill("Не дописано")

    colleague.keyboard.press("ArrowDown")
    press_russian(colleague, "п")
    expect(row(colleague, queue[0])).to_have_count(0)

    expect(row(operator, queue[0])).to_have_count(0)
    expect(operator.get_by_label("Своя причина")).to_be_focused()
    expect(operator.get_by_label("Своя причина")).to_have_value("Не дописано")
    operator.keyboard.press("Escape")
    expect(row(operator, queue[4]).get_by_role("checkbox")).to_be_checked()
    expect(operator.get_by_text("Отмечено: 1")).to_be_visible()

    row(operator, queue[2]).get_by_role("button", name="Подробнее").click()
    look = operator.get_by_role("dialog", name="Жительв М. П.")
    expect(look).to_be_visible()
    row(colleague, queue[2]).get_by_role("button", name="Принять").click()
    expect(look).to_contain_text("Уже не ждёт проверки: принято")
    expect(look.get_by_role("button", name="Принять")).to_have_count(0)
    expect(row(operator, queue[3])).to_be_focused()
    operator.wait_for_timeout(500)
    expect(look).to_be_visible()

    row(operator, queue[5]).focus()
    row(colleague, queue[5]).get_by_role("button", name="Принять").click()
    expect(row(operator, queue[6])).to_be_focused()
    colleague.close()


PRESS_AS_IT_GOES = """(id) => new MutationObserver((changes, observer) => {
    if (document.querySelector(`[data-reading="${id}"]`)) return;
    observer.disconnect();
    const key = new KeyboardEvent("keydown", { key: "a", bubbles: true });
    setTimeout(() => document.activeElement.dispatchEvent(key), 100);
}).observe(document.body, { childList: true, subtree: true })"""


def test_a_key_meant_for_a_row_that_a_colleague_took_decides_nothing(
    operator: Page, desk: Portal, queue: list[str], browser: Browser
) -> None:
    colleague = at_work(browser.new_page(locale="ru-RU"), desk, "admin")
    operator.keyboard.press("ArrowDown")
    operator.evaluate(PRESS_AS_IT_GOES, queue[0])

    row(colleague, queue[0]).get_by_role("button", name="Принять").click()
    expect(row(operator, queue[0])).to_have_count(0)
    expect(row(operator, queue[1])).to_be_focused()
    operator.wait_for_timeout(700)

    assert states(desk, queue)[:2] == ["a", "p"]
    operator.keyboard.press("a")
    expect(row(operator, queue[1])).to_have_count(0)
    colleague.close()


def test_a_search_and_a_filter(operator: Page, queue: list[str]) -> None:
    operator.get_by_role("searchbox").fill("жительг")
    operator.keyboard.press("Enter")
    expect(rows(operator)).to_have_count(1)
    expect(row(operator, queue[3])).to_be_visible()
    expect(operator).to_have_url(re.compile("/office/readings/?$"))

    operator.get_by_role("button", name="Сбросить поиск").click()
    expect(rows(operator)).to_have_count(LENGTH)
    expect(operator.get_by_role("searchbox")).to_have_value("")

    operator.get_by_role("button", name="Требуют внимания 1").click()
    expect(rows(operator)).to_have_count(1)
    expect(operator.get_by_role("button", name="Требуют внимания 1")).to_have_attribute("aria-pressed", "true")


def test_the_panel_follows_the_keyboard_and_each_look_is_kept(operator: Page, desk: Portal, queue: list[str]) -> None:
    operator.keyboard.press("ArrowDown")
    operator.keyboard.press("Enter")
    expect(operator.get_by_role("dialog", name="Жительа М. П.")).to_be_visible()
    operator.keyboard.press("j")
    expect(operator.get_by_role("dialog", name="Жительб М. П.")).to_be_visible()
    operator.keyboard.press("Enter")
    expect(operator.get_by_role("heading", name="Жительб М. П.")).to_be_focused()
    operator.get_by_role("dialog").get_by_role("button", name="Принять").click()
    expect(row(operator, queue[2])).to_be_focused()
    expect(operator.get_by_role("dialog", name="Жительв М. П.")).to_be_visible()
    operator.get_by_role("dialog").get_by_role("button", name="Закрыть").click()
    expect(row(operator, queue[2])).to_be_focused()

    def seen(session: Session) -> list[str]:
        looks = select(AuditEvent.subject).where(AuditEvent.action == Action.READING_SEEN)
        return list(session.exec(looks.where(col(AuditEvent.subject).in_(queue)).order_by(col(AuditEvent.id))))

    assert behind(desk, seen) == [queue[0], queue[1], queue[2]]


def test_the_list_of_keys(operator: Page, queue: list[str]) -> None:
    operator.keyboard.press("ArrowDown")
    operator.keyboard.press("?")
    expect(operator.get_by_role("dialog", name="Клавиши")).to_be_visible()

    operator.keyboard.press("Escape")
    expect(row(operator, queue[0])).to_be_focused()


def test_the_keys_work_however_one_came_and_go_on_where_they_were(
    operator: Page, desk: Portal, queue: list[str]
) -> None:
    sections = operator.get_by_role("navigation", name="Разделы рабочего места")
    operator.goto(f"{desk.address}/office")
    sections.get_by_role("link", name="Показания").click()
    expect(operator.locator("[data-reading][tabindex='0']")).to_have_count(1)
    operator.keyboard.press("ArrowDown")
    operator.keyboard.press("ArrowDown")
    expect(row(operator, queue[1])).to_be_focused()

    operator.evaluate("document.querySelectorAll('[data-reading]').forEach((row) => (row.dataset.old = ''))")
    operator.get_by_role("link", name="Рабочее место оператора").click()
    sections.get_by_role("link", name="Показания").click()
    expect(operator.locator("[data-reading][tabindex='0']:not([data-old])")).to_have_count(1)
    expect(operator.locator("#main")).to_be_focused()
    operator.keyboard.press("ArrowDown")
    expect(row(operator, queue[1])).to_be_focused()


def test_on_a_phone_rows_fold_and_are_decided_by_thumb(operator: Page, desk: Portal, queue: list[str]) -> None:
    operator.set_viewport_size({"width": 390, "height": 844})
    row(operator, queue[0]).get_by_role("button", name="Принять").click()
    expect(rows(operator)).to_have_count(LENGTH - 1)

    row(operator, queue[1]).get_by_role("button", name="Подробнее").click()
    look = operator.get_by_role("dialog", name="Жительб М. П.")
    expect(look.get_by_role("heading")).to_be_focused()
    look.get_by_role("button", name="Отказать").click()
    refusal = operator.get_by_role("dialog", name="Отказать")
    refusal.get_by_text("Показание нужно проверить").click()
    refusal.get_by_role("button", name="Отказать").click()
    expect(rows(operator)).to_have_count(LENGTH - 2)
    expect(operator.get_by_role("dialog")).to_have_count(0)
    assert states(desk, queue)[:3] == ["a", "r", "p"]
    assert behind(desk, lambda session: session.get_one(Reading, queue[1]).reason) == FIRST_REASONS["visit"]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing(operator: Page, desk: Portal, queue: list[str], scheme: str, width: int) -> None:
    def go_below(session: Session) -> None:
        meter = session.get_one(Meter, session.get_one(Reading, queue[1]).meter_id)
        factories.reading(session, meter, 6_000_000, clock.today())

    behind(desk, go_below)
    operator.reload()
    expect(rows(operator)).to_have_count(LENGTH)
    dress(operator, scheme, width)
    examine(operator)

    operator.get_by_role("checkbox").nth(1).click()
    row(operator, queue[2]).get_by_role("button", name="Подробнее").click()
    expect(operator.get_by_role("dialog")).to_contain_text("История счётчика")
    examine(operator)
    operator.keyboard.press("Escape")
    row(operator, queue[1]).get_by_role("button", name="Отказать:").click()
    operator.get_by_label("Другая причина").check()
    examine(operator)


def test_the_script_of_the_office_is_not_loaded_elsewhere(page: Page, desk: Portal) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(Path(request.url).name.partition("?")[0]))
    page.goto(f"{desk.address}/login")
    expect(page.get_by_role("button", name="Войти")).to_be_visible()

    assert "lk.js" in loaded
    assert "office.js" not in loaded
