"""«Показания» as a consumer uses them: looked through, sent, confirmed, taken back; nothing typed is lost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from sqlmodel import Session, col, delete, select

from lk_app import clock
from lk_app.models import Account, Meter, MeterState, Reading, ReadingPhoto, ReadingState
from lk_app.services import identity
from lk_app.services.readings import machine
from tests.e2e.conftest import behind
from tests.e2e.steps import PASSWORD, let_in, sign_in_at, tab_to
from tests.e2e.test_accessibility import LOOKS, WIDTHS, dress, examine
from tests.factories import PASSWORD_HASH
from tests.photos import pictures
from tests.servers import Portal

PHONE = {"width": 390, "height": 844}
ACCOUNT = "66010000017"
NEXT_TO_NOTHING, TOO_MUCH = 40, 1_990
"""What is added to the last value: burned in any month, and less than the ceiling but more than thrice last year's."""


@pytest.fixture(autouse=True)
def nothing_sent(portal: Portal, unhurried: None) -> None:
    """Forget what other tests have sent."""

    def forget(session: Session) -> None:
        session.exec(delete(ReadingPhoto))
        session.exec(delete(Reading).where(col(Reading.sent_at).is_not(None)))

    behind(portal, forget)


@pytest.fixture
def screen(page: Page, base_url: str) -> Page:
    """«Показания» of the demo's consumer."""
    return open_screen(page, base_url)


def open_screen(page: Page, base_url: str) -> Page:
    let_in(page, base_url, "/readings")
    expect(working(page)).to_be_visible()
    return page


def working(page: Page) -> Locator:
    """The card of the meter whose readings are asked for."""
    return page.get_by_role("main").get_by_role("region").filter(has_text="котельная")


def open_readings(page: Page) -> Locator:
    """Open the readings of the meter; return their rows, the head not counted."""
    working(page).get_by_text("Показать показания").click()
    return working(page).get_by_role("table").first.locator("tbody tr")


def open_dialog(page: Page) -> Locator:
    page.get_by_role("main").get_by_role("button", name="Передать показания").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def value(dialog: Locator) -> Locator:
    return dialog.get_by_label("Новое показание")


def last(dialog: Locator) -> int:
    """The last accepted value, in whole m³."""
    return int(re.sub(r"\s|,.*", "", dialog.locator(".previous .num").first.inner_text()))


def send(dialog: Locator) -> None:
    dialog.get_by_role("button", name="Передать показания").click()


def sent(page: Page, more: int = NEXT_TO_NOTHING) -> str:
    """Send a reading; return its value as the page shows it."""
    dialog = open_dialog(page)
    number = last(dialog) + more
    value(dialog).fill(str(number))
    send(dialog)
    expect(said(page)).to_contain_text("Показания переданы.")
    return grouped(number)


def grouped(number: int) -> str:
    return f"{number:,}".replace(",", "\u00a0")


def said(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("status").filter(has_text=re.compile(r"\S"))


def test_a_click_opens_the_readings_of_a_meter(screen: Page) -> None:
    expect(screen).to_have_title(re.compile("^Показания"))
    rows = open_readings(screen)

    expect(rows).to_have_count(12)
    expect(rows.first).to_contain_text(re.compile(r"\d\d\.\d\d\.\d{4}.*\d\sм³.*принято"))
    working(screen).get_by_text("Показать более ранние").click()
    expect(working(screen).get_by_role("table")).to_have_count(2)
    working(screen).get_by_role("heading").click()
    expect(rows.first).to_be_hidden()


def test_the_chart_has_the_numbers_of_its_table(screen: Page) -> None:
    chart = screen.get_by_role("figure", name="Расход газа по месяцам")
    expect(chart).to_contain_text(re.compile(r"За \d+ месяц(ев|а)?: [\d\s]+(,\d+)? м³".replace(" ", r"\s")))
    expect(chart.get_by_role("table")).to_be_hidden()

    chart.get_by_text("Показать таблицей").click()

    table = [cell.split(",")[0] for cell in chart.locator("tbody tr td:nth-child(2)").all_inner_texts()]
    figures = chart.locator(".figures > span").all_inner_texts()
    assert len(table) == len(figures) == 12
    for exact, rounded in zip(table[::-1], figures, strict=True):
        known = re.sub(r"\D", "", exact)
        assert rounded == "—" if not known else abs(int(known) - int(re.sub(r"\D", "", rounded))) <= 1
    assert chart.locator("rect.now").count() == sum(figure != "—" for figure in figures)


def test_the_broken_meter_is_named_with_the_reason_and_not_asked_for(screen: Page) -> None:
    dialog = open_dialog(screen)

    expect(value(dialog)).to_have_count(1)
    expect(dialog.get_by_role("group").filter(has_text="летняя кухня")).to_have_count(0)
    expect(dialog.get_by_role("listitem").filter(has_text="летняя кухня")).to_contain_text("Счётчик неисправен")


def test_consumption_and_cost_are_shown_as_one_types_and_then_what_was_sent_waits(screen: Page) -> None:
    dialog = open_dialog(screen)
    number = last(dialog) + NEXT_TO_NOTHING
    expect(dialog.get_by_text("Итого")).to_be_hidden()

    value(dialog).press_sequentially(str(number))

    expect(dialog.get_by_text("Итого")).to_be_visible()
    expect(dialog).to_contain_text(re.compile(rf"Расход\s{NEXT_TO_NOTHING}(,0+)?\sм³"))
    expect(dialog).to_contain_text(re.compile(r"≈\s\d[\d\s]*,\d\d\s₽"))
    expect(dialog).to_contain_text(re.compile(r"Предварительный расчёт по тарифу \d+,\d+\s₽"))
    expect(dialog.get_by_role("status").last).to_contain_text("расход")
    send(dialog)

    expect(dialog).to_be_hidden()
    expect(said(screen)).to_contain_text("Показания переданы. Обычно их проверяют в течение суток.")
    expect(working(screen)).to_contain_text("в обработке")
    expect(screen.get_by_role("button", name="Передать показания")).to_be_focused()
    row = open_readings(screen).first
    expect(row).to_contain_text(grouped(number))
    expect(row).to_contain_text("Кабинет")
    expect(value(open_dialog(screen))).to_have_value("")
    expect(screen.get_by_role("dialog")).to_contain_text(f"Сегодня уже передано {grouped(number)}")


def test_a_value_that_is_too_low_is_refused_and_stays(screen: Page) -> None:
    dialog = open_dialog(screen)
    low = str(last(dialog) - 1)
    value(dialog).fill(low)
    value(dialog).press("Tab")
    expect(dialog).to_contain_text("Меньше предыдущего показания")

    send(dialog)

    expect(value(dialog)).to_be_focused()
    expect(value(dialog)).to_have_value(low)
    expect(value(dialog)).to_have_attribute("aria-invalid", "true")
    value(dialog).press_sequentially("0")
    expect(dialog.get_by_text("Меньше предыдущего показания")).to_be_hidden()


def test_a_high_consumption_has_to_be_confirmed_for_the_very_value(screen: Page) -> None:
    dialog = open_dialog(screen)
    box = dialog.get_by_role("checkbox", name="Цифры верны")
    expect(box).to_be_hidden()
    high = last(dialog) + TOO_MUCH
    value(dialog).fill(str(high))
    expect(dialog).to_contain_text(re.compile(r"Необычно большой расход. Это в\s[\d,]+\sраза? больше вашего обычного"))
    box.check()
    value(dialog).fill(str(high - 1))
    expect(box).not_to_be_checked()

    send(dialog)

    expect(box).to_be_focused()
    expect(dialog).to_contain_text("Отметьте, если всё верно")
    expect(value(dialog)).to_have_value(str(high - 1))
    box.press("Space")
    send(dialog)
    expect(said(screen)).to_contain_text("Показания переданы.")
    expect(working(screen)).to_contain_text(grouped(high - 1))


def test_a_box_goes_when_there_is_nothing_to_confirm(screen: Page) -> None:
    dialog = open_dialog(screen)
    value(dialog).fill(str(last(dialog) + TOO_MUCH))
    # Faster than the preview: the server asks.
    send(dialog)
    box = dialog.get_by_role("checkbox", name="Цифры верны")
    expect(box).to_be_focused()

    value(dialog).fill(str(last(dialog) + NEXT_TO_NOTHING))

    expect(box).to_be_hidden()
    send(dialog)
    expect(said(screen)).to_contain_text("Показания переданы.")


def test_sent_again_on_the_same_day_it_is_replaced(screen: Page) -> None:
    first = sent(screen)
    second = sent(screen, NEXT_TO_NOTHING + 1)

    rows = open_readings(screen)
    expect(rows.first).to_contain_text(second)
    expect(rows.filter(has_text="в обработке")).to_have_count(1)
    expect(working(screen)).not_to_contain_text(first)


def test_what_waits_can_be_taken_back(screen: Page) -> None:
    number = sent(screen)
    rows = open_readings(screen)
    rows.first.get_by_role("button", name="Отозвать").click()
    dialog = screen.get_by_role("dialog")
    expect(dialog).to_contain_text(number)

    dialog.get_by_role("button", name="Отозвать показание").click()

    expect(said(screen)).to_contain_text("Показание отозвано.")
    expect(rows.filter(has_text="в обработке")).to_have_count(0)
    expect(working(screen).locator("summary").first).to_be_focused()
    expect(rows.first).to_be_visible()


def test_a_photo_is_added_taken_back_and_shown_beside_its_reading(screen: Page) -> None:
    dialog = open_dialog(screen)
    chooser = dialog.locator("[type=file]")
    # The camera alone would be offered, and the photo may have been taken before.
    expect(chooser).not_to_have_attribute("capture", re.compile(".*"))
    chooser.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    expect(dialog.get_by_role("alert").filter(has_text="Этот файл не подходит")).to_be_visible()

    with screen.expect_file_chooser() as choosing:
        dialog.get_by_role("button", name="Добавить фото").click()
    choosing.value.set_files({"name": "dial.jpg", "mimeType": "image/jpeg", "buffer": pictures.jpeg()})
    expect(dialog).to_contain_text("Фото добавлено")
    expect(dialog).not_to_contain_text("Этот файл не подходит")
    remove = dialog.get_by_role("button", name="Убрать фото")
    expect(remove).to_be_focused()
    remove.press("Enter")
    expect(dialog.get_by_role("button", name="Добавить фото")).to_be_focused()

    chooser.set_input_files({"name": "dial.jpg", "mimeType": "image/jpeg", "buffer": pictures.jpeg()})
    expect(dialog).to_contain_text("Фото добавлено")
    value(dialog).fill(str(last(dialog) + NEXT_TO_NOTHING))
    send(dialog)
    expect(said(screen)).to_contain_text("Показания переданы.")

    photo = open_readings(screen).first.get_by_role("link", name="Фото")
    expect(photo).to_have_attribute("target", "_blank")
    answer = screen.request.get(photo.get_attribute("href"))
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    expect(open_dialog(screen)).not_to_contain_text("Фото добавлено")


def test_a_form_waits_for_a_photo_on_its_way(screen: Page) -> None:
    dialog = open_dialog(screen)
    held = []
    screen.route("**/api/readings/photos", lambda route: held.append(route))
    dialog.locator("[type=file]").set_input_files(
        {"name": "dial.jpg", "mimeType": "image/jpeg", "buffer": pictures.jpeg()}
    )
    expect(dialog).to_contain_text("Загружаем фото")
    value(dialog).fill(str(last(dialog) + NEXT_TO_NOTHING))
    send(dialog)
    expect(dialog.locator("form")).to_have_attribute("aria-busy", "true")

    held[0].abort()

    expect(dialog).to_contain_text("Фото не загрузилось. Добавьте его ещё раз или отправьте показания без него.")
    expect(dialog).to_contain_text("Нет связи с порталом, фото не загрузилось")
    send(dialog)
    expect(said(screen)).to_contain_text("Показания переданы.")
    expect(open_readings(screen).first.get_by_role("link", name="Фото")).to_have_count(0)


def test_a_lost_connection_loses_nothing(context: BrowserContext, sign_in_there: Callable[[Page], None]) -> None:
    page = context.new_page()
    sign_in_there(page)
    dialog = open_dialog(page)
    dialog.locator("[type=file]").set_input_files(
        {"name": "dial.jpg", "mimeType": "image/jpeg", "buffer": pictures.jpeg()}
    )
    expect(dialog).to_contain_text("Фото добавлено")
    number = str(last(dialog) + NEXT_TO_NOTHING)

    context.set_offline(True)
    value(dialog).fill(number)
    send(dialog)
    expect(dialog).to_contain_text("Нет связи с порталом. Всё, что вы ввели, осталось на месте.")
    expect(value(dialog)).to_have_value(number)
    expect(dialog).to_contain_text("Фото добавлено")

    context.set_offline(False)
    send(dialog)
    expect(said(page)).to_contain_text("Показания переданы.")
    expect(working(page)).to_contain_text("в обработке")
    expect(open_readings(page).first.get_by_role("link", name="Фото")).to_be_visible()


@pytest.fixture
def sign_in_there(base_url: str) -> Callable[[Page], None]:
    """Open the screen in a page whose console may complain: the browser itself writes of a lost connection."""
    return lambda page: open_screen(page, base_url) and None


def decide(portal: Portal, state: ReadingState, reason: str = "") -> None:
    """Decide about what waits, as staff do."""

    def change(session: Session) -> None:
        waiting = select(Reading).where(Reading.state == ReadingState.PENDING, col(Reading.sent_at).is_not(None))
        row = session.exec(waiting).one()
        assert machine.move(session, row, state, reason=reason, decided_at=clock.now())
        machine.announce(session, row, ACCOUNT, clock.now())

    behind(portal, change)


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        (ReadingState.ACCEPTED, "", "принято"),
        (ReadingState.REFUSED, "Лишняя цифра. Передайте ещё раз.", "отказано: Лишняя цифра. Передайте ещё раз."),
    ],
)
def test_an_open_page_shows_what_was_decided_and_leaves_everything_in_its_place(
    screen: Page, portal: Portal, state: ReadingState, reason: str, words: str
) -> None:
    number = sent(screen)
    rows = open_readings(screen)
    dialog = open_dialog(screen)
    value(dialog).fill("77")

    decide(portal, state, reason)

    expect(said(screen).filter(has_text=words)).to_contain_text(f"показание {number} {words}")
    expect(rows.first).to_contain_text(words.split(":")[0])
    expect(rows.first).to_contain_text(reason)
    expect(dialog).to_be_visible()
    expect(value(dialog)).to_have_value("77")
    expect(value(dialog)).to_be_focused()
    dialog.press("Escape")
    expect(rows.first).to_be_visible()
    expect(rows.first.get_by_role("button", name="Отозвать")).to_have_count(0)


def test_the_whole_way_by_keyboard_on_a_phone(page: Page, base_url: str) -> None:
    page.set_viewport_size(PHONE)
    open_screen(page, base_url)

    tab_to(page, page.get_by_role("button", name="Передать показания"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    tab_to(page, value(dialog))
    page.keyboard.type(str(last(dialog) + TOO_MUCH))
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("checkbox", name="Цифры верны")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("Показания переданы.")
    expect(dialog).to_be_hidden()

    tab_to(page, working(page).locator("summary").first)
    page.keyboard.press("Enter")
    tab_to(page, working(page).get_by_role("button", name="Отозвать"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("dialog").get_by_role("button", name="Отозвать показание"))
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("Показание отозвано.")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_rest_of_the_menu_is_behind_a_tab_of_its_own(page: Page, base_url: str) -> None:
    page.set_viewport_size(PHONE)
    open_screen(page, base_url)
    more = page.get_by_role("button", name="Ещё")
    tab_to(page, more)
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="Разделы")
    tab_to(page, drawer.get_by_role("link", name="Контактная информация"))

    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/contacts/?$"))
    expect(drawer).to_be_hidden()
    expect(page.get_by_role("main")).to_be_focused()
    expect(page.get_by_role("navigation", name="внизу экрана").locator("[aria-current]")).to_have_text(["Ещё"])
    more.click()
    drawer.get_by_role("link", name="Контактная информация").click()
    expect(drawer).to_be_hidden()


def test_without_a_meter_the_page_says_what_is_charged_then(page: Page, portal: Portal) -> None:
    name = "Анна Безсчётчикова"

    def store(session: Session) -> None:
        metered = select(Meter.account_number)
        number = session.exec(select(Account.number).where(col(Account.number).not_in(metered)).limit(1)).one()
        user_id = identity.create_user(session, name, PASSWORD_HASH, None, clock.now())
        identity.attach(session, user_id, number, clock.now())

    behind(portal, store)
    sign_in_at(page, name=name, password=PASSWORD)
    expect(page.get_by_role("banner")).to_contain_text(name)
    page.goto("/readings")

    expect(page.get_by_role("main")).to_contain_text("По этому лицевому счёту нет приборов учёта")
    expect(page.get_by_role("main")).to_contain_text("по нормативу")
    expect(page.get_by_role("button", name="Передать показания")).to_have_count(0)
    examine(page)


def test_without_a_working_meter_nothing_is_asked_for(screen: Page, portal: Portal) -> None:
    def set_state(state: MeterState) -> Callable[[Session], None]:
        def change(session: Session) -> None:
            session.exec(
                select(Meter).where(Meter.account_number == ACCOUNT, Meter.place == "котельная")
            ).one().state = state

        return change

    behind(portal, set_state(MeterState.FAULTY))
    try:
        screen.reload()
        expect(screen.get_by_role("main")).to_contain_text("Передавать показания не нужно")
        expect(working(screen)).to_contain_text("показания не принимаются")
        expect(screen.get_by_role("button", name="Передать показания")).to_have_count(0)
    finally:
        behind(portal, set_state(MeterState.WORKING))


def test_a_new_meter_has_nothing_to_open_and_no_consumption_yet(screen: Page, portal: Portal) -> None:
    new = Meter(
        id="new", account_number=ACCOUNT, serial="11830275", model="ВК-G6", place="баня", digits=5, decimals=0,
        state=MeterState.WORKING, remote=False, installed_on=clock.today(),
    )  # fmt: skip
    behind(portal, lambda session: session.add(new))
    try:
        screen.reload()
        card = screen.get_by_role("main").get_by_role("region").filter(has_text="баня")
        card.get_by_role("heading").click()
        expect(card).to_contain_text("Показаний ещё не было")
        dialog = open_dialog(screen)
        row = dialog.get_by_role("group").filter(has_text="баня")
        row.get_by_label("Новое показание").fill("12")
        expect(row).to_contain_text("Первое показание этого счётчика")
        send(dialog)
        expect(card).to_contain_text("в обработке")
    finally:
        behind(portal, lambda session: session.exec(delete(Reading).where(col(Reading.meter_id) == "new")))
        behind(portal, lambda session: session.exec(delete(Meter).where(col(Meter.id) == "new")))


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing_in_the_dialogs(page: Page, base_url: str, scheme: str, width: int) -> None:
    dress(page, scheme, width)
    open_screen(page, base_url)
    sent(page)
    open_readings(page).first.get_by_role("button", name="Отозвать").click()
    examine(page)
    page.keyboard.press("Escape")

    dialog = open_dialog(page)
    dialog.locator("[type=file]").set_input_files(
        {"name": "dial.jpg", "mimeType": "image/jpeg", "buffer": pictures.jpeg()}
    )
    expect(dialog).to_contain_text("Фото добавлено")
    value(dialog).fill(str(last(dialog) + TOO_MUCH))
    send(dialog)
    expect(dialog.get_by_role("checkbox")).to_be_focused()
    expect(dialog).to_contain_text("больше вашего обычного расхода")
    examine(page)
    page.keyboard.press("Escape")

    if width == min(WIDTHS):
        page.get_by_role("button", name="Ещё").click()
        examine(page)
