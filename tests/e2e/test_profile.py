"""«Настройки» as a consumer uses them; every test has users and accounts of its own."""

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import Session, col, delete, select, update

from lk_app import clock
from lk_app.models import AccountLink, EmailProof, RateWindow, SecurityEventKind, User, UserSession
from lk_app.services import attaching, identity, security
from lk_app.services.callers import Consumer
from lk_app.services.places import Place
from tests.codes import another
from tests.e2e.conftest import behind
from tests.e2e.steps import PASSWORD, account_choice, code_sent_to, press, sign_in_at, tab_to
from tests.e2e.test_accessibility import LOOKS, SCHEMES, WIDTHS, dress, examine
from tests.factories import PASSWORD_HASH
from tests.servers import Portal

PHONE_SCREEN = {"width": 390, "height": 844}
TO_ATTACH, ITS_PHONE = "66010000041", "9120000004"
PLACE = Place("203.0.113.7", "Chrome, Windows")
SIGNED_OUT = re.compile("/login")

MakeUser = Callable[..., str]
OpenAs = Callable[[str], None]


@pytest.fixture
def user(portal: Portal, unhurried: None) -> MakeUser:
    """Makes a user whose password is PASSWORD, with the accounts; returns the name."""

    def make(name: str, *account_numbers: str) -> str:
        def store(session: Session) -> None:
            user_id = identity.create_user(session, name, PASSWORD_HASH, None, clock.now())
            for number in account_numbers:
                identity.attach(session, user_id, number, clock.now())

        behind(portal, store)
        return name

    return make


@pytest.fixture
def open_as(page: Page) -> OpenAs:
    """Opens «Настройки» as a user."""
    return lambda name: open_at(page, name)


@pytest.fixture
def elsewhere(browser: Browser, base_url: str) -> Iterator[Page]:
    """A page on another device."""
    context = browser.new_context(base_url=base_url, locale="ru-RU")
    yield context.new_page()
    context.close()


def open_at(page: Page, name: str) -> None:
    sign_in_at(page, name=name)
    expect(page.get_by_role("heading", name="Взаиморасчёты", level=1)).to_be_visible()
    page.goto("/settings")
    expect(card(page, "Мои данные")).to_be_visible()


def card(page: Page, title: str) -> Locator:
    return page.get_by_role("main").get_by_role("region", name=title, exact=True)


def dialog(page: Page) -> Locator:
    """The one that is open."""
    return page.get_by_role("dialog")


def said(page: Page) -> Locator:
    return page.locator("#profile-said")


def press_in_dialog(page: Page, button: str) -> None:
    dialog(page).get_by_role("button", name=button, exact=True).click()


def make_confirmation_old(portal: Portal, name: str) -> None:
    def move(session: Session) -> None:
        whose = select(User.id).where(User.name == name).scalar_subquery()
        long_ago = clock.now() - timedelta(minutes=11)
        session.exec(update(UserSession).where(col(UserSession.user_id) == whose).values(confirmed_at=long_ago))

    behind(portal, move)


def test_another_account_is_attached_by_keyboard_on_a_phone(page: Page, user: MakeUser, open_as: OpenAs) -> None:
    page.set_viewport_size(PHONE_SCREEN)
    open_as(user("Вторая Дача", "66010000049"))
    tab_to(page, page.get_by_role("button", name="Присоединить другой ЛС"))
    page.keyboard.press("Enter")
    expect(dialog(page).get_by_role("heading", name="Присоединить другой ЛС")).to_be_focused()

    tab_to(page, dialog(page).get_by_label("Мобильный телефон"))
    page.keyboard.type(f"8 {ITS_PHONE}")
    tab_to(page, dialog(page).get_by_label("Номер лицевого счёта"))
    page.keyboard.type(TO_ATTACH)
    tab_to(page, dialog(page).get_by_role("button", name="Отправить запрос на регистрацию"))
    page.keyboard.press("Enter")

    expect(page.get_by_label("Код подтверждения")).to_be_focused()
    expect(said(page)).to_contain_text("Если номер совпадает с указанным в договоре")
    page.keyboard.type(code_sent_to(page, ITS_PHONE))
    page.keyboard.press("Enter")

    expect(said(page)).to_have_text("Лицевой счёт присоединён.")
    expect(said(page)).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Лицевые счета")).to_be_focused()
    expect(account_choice(page).locator("option")).to_have_count(2)
    expect(account_choice(page)).to_contain_text(TO_ATTACH)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_request_survives_a_reload_and_can_be_given_up(page: Page, user: MakeUser, open_as: OpenAs) -> None:
    open_as(user("Чужой Номер", "66010000057"))
    press(page, "Присоединить другой ЛС")
    dialog(page).get_by_label("Мобильный телефон").fill("9129999901")
    dialog(page).get_by_label("Номер лицевого счёта").fill(TO_ATTACH)
    press_in_dialog(page, "Отправить запрос на регистрацию")
    expect(page.get_by_label("Код подтверждения")).to_be_focused()

    page.reload()
    expect(card(page, "Лицевые счета")).to_contain_text("Если номер совпадает с указанным в договоре")
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"0:[0-5]\d"))
    page.get_by_label("Код подтверждения").fill("123456")
    press(page, "Присоединить")
    expect(page.get_by_text("Код не подходит")).to_be_visible()

    press(page, "Отменить")
    expect(said(page)).to_have_text("Запрос отменён.")
    expect(page.get_by_label("Код подтверждения")).to_have_count(0)
    expect(page.get_by_role("button", name="Присоединить другой ЛС")).to_be_visible()


def test_another_code_is_waited_for_anew(page: Page, portal: Portal, user: MakeUser, open_as: OpenAs) -> None:
    page.clock.install()
    open_as(user("Ещё Раз", "66010000161"))
    press(page, "Присоединить другой ЛС")
    dialog(page).get_by_label("Мобильный телефон").fill("9129999903")
    dialog(page).get_by_label("Номер лицевого счёта").fill(TO_ATTACH)
    press_in_dialog(page, "Отправить запрос на регистрацию")
    again = page.get_by_role("button", name="Отправить код ещё раз")
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"1:00|0:5\d"))
    expect(again).to_be_hidden()

    behind(portal, lambda session: session.exec(delete(RateWindow)))
    page.clock.fast_forward(61_000)
    again.click()

    expect(said(page)).to_contain_text("отправлен код")
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"1:00|0:5\d"))
    expect(page.get_by_label("Код подтверждения")).to_be_focused()


def test_wrong_fields_stay_in_the_dialog_with_their_errors(page: Page, user: MakeUser, open_as: OpenAs) -> None:
    open_as(user("Своя Ошибка", "66010000065"))
    press(page, "Присоединить другой ЛС")
    dialog(page).get_by_label("Мобильный телефон").fill("912")
    dialog(page).get_by_label("Номер лицевого счёта").fill("66010000065")
    press_in_dialog(page, "Отправить запрос на регистрацию")
    expect(dialog(page)).to_contain_text("Нужно 10 цифр")

    dialog(page).get_by_label("Мобильный телефон").fill("9120000007")
    press_in_dialog(page, "Отправить запрос на регистрацию")

    expect(dialog(page)).to_contain_text("уже присоединён")
    expect(dialog(page).get_by_label("Мобильный телефон")).to_have_value("9120000007")


def test_a_new_name_stands_in_the_header_and_signs_in(page: Page, user: MakeUser, open_as: OpenAs) -> None:
    open_as(user("Старое Имя", "66010000073"))
    press(page, "Изменить имя")
    dialog(page).get_by_label("Имя пользователя").fill("Новое 1мя")
    press_in_dialog(page, "Изменить имя")
    expect(dialog(page)).to_contain_text("Только русские и латинские буквы")

    dialog(page).get_by_label("Имя пользователя").fill("Новое Имя")
    press_in_dialog(page, "Изменить имя")

    expect(said(page)).to_contain_text("Имя изменено")
    expect(page.get_by_role("banner")).to_contain_text("Новое Имя")
    expect(page.get_by_role("main").get_by_role("button", name="Изменить имя")).to_be_focused()
    press(page, "Выйти")
    sign_in_at(page, name="новое имя")
    expect(page.get_by_role("heading", name="Взаиморасчёты", level=1)).to_be_visible()


def test_a_new_password_signs_out_the_other_device(
    page: Page, user: MakeUser, open_as: OpenAs, elsewhere: Page
) -> None:
    open_as(user("Новый Пароль", "66010000081"))
    open_at(elsewhere, "Новый Пароль")
    press(page, "Изменить пароль")
    fill_new_password(page, current="notmine1", new="gaz2027demo")
    expect(dialog(page)).to_contain_text("Пароль не подходит")

    fill_new_password(page, current=PASSWORD, new="gaz2027demo")

    expect(said(page)).to_contain_text("Пароль изменён")
    expect(page.get_by_label("Текущий пароль")).to_have_value("")
    elsewhere.wait_for_timeout(1_100)
    elsewhere.get_by_role("link", name="Взаиморасчёты").first.click()
    expect(elsewhere).to_have_url(SIGNED_OUT)
    page.reload()
    expect(card(page, "Мои данные")).to_be_visible()


def fill_new_password(page: Page, *, current: str, new: str) -> None:
    dialog(page).get_by_label("Текущий пароль").fill(current)
    dialog(page).get_by_label("Новый пароль").fill(new)
    dialog(page).get_by_label("Подтвердить пароль").fill(new)
    press_in_dialog(page, "Изменить пароль")


def test_a_session_on_another_device_is_ended(page: Page, user: MakeUser, open_as: OpenAs, elsewhere: Page) -> None:
    open_at(elsewhere, user("Два Устройства", "66010000089"))
    open_as("Два Устройства")
    expect(card(page, "Безопасность").get_by_text("этот", exact=True)).to_have_count(1)
    sessions = page.get_by_role("button", name="Завершить сеанс")
    expect(sessions).to_have_count(1)

    sessions.click()

    expect(said(page)).to_have_text("Сеанс завершён.")
    expect(sessions).to_have_count(0)
    expect(page.get_by_role("heading", name="Активные сеансы")).to_be_focused()
    elsewhere.wait_for_timeout(1_100)
    elsewhere.get_by_role("link", name="Взаиморасчёты").first.click()
    expect(elsewhere).to_have_url(SIGNED_OUT)


def test_a_session_is_ended_with_the_password_if_that_was_given_long_ago(
    page: Page, portal: Portal, user: MakeUser, open_as: OpenAs, elsewhere: Page
) -> None:
    open_at(elsewhere, user("Открытый Стол", "66010000089"))
    open_as("Открытый Стол")
    make_confirmation_old(portal, "Открытый Стол")
    password = card(page, "Безопасность").get_by_label("Пароль", exact=True)
    expect(password.first).to_be_hidden()
    sessions = page.get_by_role("button", name="Завершить сеанс")

    sessions.click()
    expect(password.first).to_be_visible()
    password.first.fill(PASSWORD)
    sessions.click()

    expect(said(page)).to_have_text("Сеанс завершён.")
    expect(sessions).to_have_count(0)


def test_whoever_was_signed_out_elsewhere_is_shown_the_way_in(page: Page, user: MakeUser, open_as: OpenAs) -> None:
    open_as(user("Вышел Везде", "66010000161"))
    press(page, "Изменить имя")
    page.request.post("/api/session/end", headers={"Origin": urlsplit(page.url)._replace(path="").geturl()})
    dialog(page).get_by_label("Имя пользователя").fill("Другое Имя")
    press_in_dialog(page, "Изменить имя")

    way_in = dialog(page).get_by_role("link", name="Войти")
    expect(way_in).to_have_attribute("href", re.compile(r"/login\?next=%2Fsettings"))


def test_an_account_is_named_and_detached(page: Page, user: MakeUser, open_as: OpenAs) -> None:
    open_as(user("Две Квартиры", "66010000097", "66010000105"))
    press(page, "Назвать лицевой счёт 66010000105")
    expect(dialog(page)).to_contain_text("66010000105")
    dialog(page).get_by_label("Название").fill("Дача")
    press_in_dialog(page, "Сохранить название")
    expect(account_choice(page)).to_contain_text("66010000105 · Дача")

    press(page, "Переименовать лицевой счёт 66010000105")
    expect(dialog(page).get_by_label("Название")).to_have_value("Дача")
    press_in_dialog(page, "Отмена")
    press(page, "Отсоединить лицевой счёт 66010000105")
    expect(dialog(page)).to_contain_text("66010000105")
    press_in_dialog(page, "Отсоединить")

    expect(said(page)).to_have_text("Лицевой счёт отсоединён.")
    expect(page.get_by_role("heading", name="Лицевые счета")).to_be_focused()
    expect(account_choice(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Отсоединить лицевой счёт 66010000105")).to_have_count(0)


def test_another_user_is_removed_with_a_code_to_the_accounts_phone(page: Page, user: MakeUser, open_as: OpenAs) -> None:
    account, phone = "66010000113", "9120000013"
    user("Бывший Жилец", account)
    open_as(user("Хозяйка Дома", account))
    press(page, f"Отсоединить пользователя Бывший Жилец от счёта {account}")
    expect(dialog(page)).to_contain_text("+7 912 ••• •• 13".replace(" ", "\u00a0"))
    press_in_dialog(page, "Отправить код")
    code_field = page.get_by_label("Код подтверждения")
    expect(code_field).to_be_focused()
    confirm = page.get_by_role("button", name="Отсоединить пользователя", exact=True)

    code = code_sent_to(page, phone)
    code_field.fill(another(code))
    confirm.click()
    expect(page.get_by_text("Код не подходит")).to_be_visible()
    code_field.fill(code)
    confirm.click()

    expect(said(page)).to_contain_text("больше не видит этот лицевой счёт")
    expect(card(page, "Лицевые счета")).not_to_contain_text("Бывший Жилец")
    expect(card(page, "Лицевые счета")).to_contain_text("Никому, кроме вас.")


def test_the_password_is_asked_for_again_after_ten_minutes(
    page: Page, portal: Portal, user: MakeUser, open_as: OpenAs
) -> None:
    name = user("Долго Думал", "66010000121", "66010000129")
    open_as(name)
    make_confirmation_old(portal, name)

    press(page, "Отсоединить лицевой счёт 66010000129")
    password = dialog(page).get_by_label("Пароль", exact=True)
    expect(password).to_be_hidden()
    press_in_dialog(page, "Отсоединить")
    expect(dialog(page)).to_contain_text("Введите пароль")
    expect(password).to_be_focused()
    password.fill("notmine1")
    press_in_dialog(page, "Отсоединить")
    expect(dialog(page)).to_contain_text("Пароль не подходит")
    password.fill(PASSWORD)
    press_in_dialog(page, "Отсоединить")
    expect(said(page)).to_have_text("Лицевой счёт отсоединён.")

    make_confirmation_old(portal, name)
    page.reload()
    press(page, "Изменить имя")
    expect(password).to_be_visible()
    press_in_dialog(page, "Отмена")
    press(page, "Изменить имя")
    expect(password).to_be_visible()


def test_ones_data_is_downloaded_and_the_page_stays_alive(page: Page, user: MakeUser, open_as: OpenAs) -> None:
    open_as(user("Свои Данные", "66010000137"))
    press(page, "Скачать мои данные")
    with page.expect_download() as downloading:
        press_in_dialog(page, "Скачать")

    assert re.fullmatch(r"lk-data-\d{4}-\d\d-\d\d\.zip", downloading.value.suggested_filename)
    with zipfile.ZipFile(downloading.value.path()) as files:
        assert json.loads(files.read("data.json"))["accounts"][0]["number"] == "66010000137"
    expect(said(page)).to_contain_text("скачивается")
    page.get_by_role("link", name="Взаиморасчёты").first.click()
    page.get_by_role("link", name="Настройки").first.click()
    expect(card(page, "Безопасность")).to_contain_text("Скачаны ваши данные")


def test_a_deletion_is_asked_for_and_cancelled(page: Page, user: MakeUser, open_as: OpenAs) -> None:
    open_as(user("Передумал Уходить", "66010000145"))
    press(page, "Удалить учётную запись")
    expect(dialog(page)).to_contain_text("7\u00a0дней")
    press_in_dialog(page, "Удалить учётную запись")

    notice = page.get_by_role("region", name="Удаление учётной записи")
    expect(notice).to_be_focused()
    expect(notice).to_contain_text(re.compile(r"будет удалена \d+\s\S+\s\d{4}\sг\."))
    expect(page.get_by_role("button", name="Удалить учётную запись")).to_have_count(0)

    press(page, "Отменить удаление")
    expect(said(page)).to_have_text("Удаление отменено.")
    expect(notice).to_have_count(0)
    expect(page.get_by_role("main").get_by_role("button", name="Удалить учётную запись")).to_be_visible()


DIALOGS = (
    "Изменить имя",
    "Изменить пароль",
    "Изменить адрес",
    "Удалить адрес",
    "Назвать",
    "Отсоединить лицевой счёт",
    "Отсоединить пользователя",
    "Присоединить другой ЛС",
    "Скачать мои данные",
    "Удалить учётную запись",
)


@pytest.fixture(scope="module")
def busy_user(portal: Portal) -> str:
    """Somebody with all there is to show, and a password given long ago."""
    account = "66010000153"

    def store(session: Session) -> str:
        name = "Всё Сразу"
        for one in (name, "Сосед Сверху"):
            user_id = identity.create_user(session, one, PASSWORD_HASH, None, clock.now())
            identity.attach(session, user_id, account, clock.now())
        session.exec(update(User).where(col(User.name) == name).values(email="maria@example.ru"))
        for _ in range(12):
            security.record(session, SecurityEventKind.SIGN_IN_REFUSED, user_id - 1, clock.now(), place=PLACE)
        return name

    return behind(portal, store)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_every_dialog_can_be_used_by_all(
    page: Page, portal: Portal, busy_user: str, unhurried: None, scheme: str, width: int
) -> None:
    dress(page, scheme, width)
    open_at(page, busy_user)
    make_confirmation_old(portal, busy_user)
    page.reload()
    for label in DIALOGS:
        page.get_by_role("main").get_by_role("button", name=label).first.click()
        expect(dialog(page)).to_be_visible()
        examine(page)
        page.keyboard.press("Escape")
        expect(dialog(page)).to_have_count(0)


def test_the_code_form_can_be_used_by_all(page: Page, portal: Portal, busy_user: str, unhurried: None) -> None:
    def wait(session: Session) -> None:
        user_id = session.exec(select(User.id).where(User.name == busy_user)).one() or 0
        others = select(AccountLink.user_id).where(AccountLink.user_id != user_id)
        other = session.exec(others.where(AccountLink.account_number == "66010000153")).one()
        who = Consumer(user_id, 0)
        attaching.start_attaching(session, who, "9129999902", TO_ATTACH, PLACE, clock.now())
        attaching.start_removal(session, who, "66010000153", other, PLACE, clock.now())
        session.add(EmailProof(user_id=user_id, address="masha@example.ru", code_hash="", code_sent_at=clock.now()))

    behind(portal, wait)
    open_at(page, busy_user)

    for scheme in SCHEMES:
        for width in WIDTHS:
            dress(page, scheme, width)
            examine(page)
