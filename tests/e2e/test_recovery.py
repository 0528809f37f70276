"""«Восстановление пароля», as a consumer does it."""

import re

import pytest
from playwright.sync_api import Page, expect

from lk_app import clock
from lk_app.services import identity
from tests.e2e.conftest import behind, forget_rates, let_minutes_pass
from tests.e2e.steps import NAME, PASSWORD, code_sent_to, press, sign_in_at
from tests.e2e.test_accessibility import examine
from tests.servers import Portal

pytestmark = pytest.mark.usefixtures("unhurried")

STEP_2 = re.compile("/recover/confirm/?$")
NEW_PASSWORD = "Vq7xplm2"


def make_user(portal: Portal, name: str, phone: str) -> None:
    password_hash = identity.hash_password(PASSWORD)
    behind(portal, lambda session: identity.create_user(session, name, password_hash, phone, clock.now()))


def ask_for_code(page: Page, phone: str) -> None:
    page.goto("/login")
    page.get_by_role("link", name="Восстановить пароль").click()
    page.get_by_label("Мобильный телефон").fill(phone)
    press(page, "Получить код")
    expect(page).to_have_url(STEP_2)


def give_code(page: Page, code: str, name: str) -> None:
    page.get_by_label("Код подтверждения").fill(code)
    page.get_by_label("Новое имя пользователя").fill(name)
    page.get_by_label("Новый пароль").fill(NEW_PASSWORD)
    page.get_by_label("Подтвердить пароль").fill(NEW_PASSWORD)
    press(page, "Сохранить")


def check_signed_in(page: Page, name: str) -> None:
    expect(page).to_have_url(re.compile("/login"))
    expect(page.get_by_role("status").filter(has_text="Имя и пароль изменены")).to_be_visible()
    sign_in_at(page, name=name, password=NEW_PASSWORD)
    expect(page.get_by_role("banner")).to_contain_text(name)


def test_a_consumer_gets_a_new_name_and_password(page: Page, portal: Portal) -> None:
    make_user(portal, "Раиса Старая", "9125550001")
    ask_for_code(page, "8 912 555-00-01")
    expect(page.get_by_role("main")).to_contain_text("+7 912 ••• •• 01")

    give_code(page, code_sent_to(page, "9125550001"), "Раиса Новая")

    check_signed_in(page, "Раиса Новая")


def test_the_old_name_may_stay(page: Page, portal: Portal) -> None:
    make_user(portal, "Семён Прежний", "9125550002")
    ask_for_code(page, "9125550002")

    give_code(page, code_sent_to(page, "9125550002"), "Семён Прежний")

    check_signed_in(page, "Семён Прежний")


def test_a_phone_of_nobody_looks_the_same(page: Page) -> None:
    ask_for_code(page, "9125550999")

    expect(page.get_by_role("main")).to_contain_text("Если с этим номером кто-то зарегистрирован")
    give_code(page, "123456", "Никто Никакой")
    expect(page.get_by_text("Код не подходит. Проверьте цифры")).to_be_visible()
    expect(page.get_by_label("Новый пароль")).to_have_value(NEW_PASSWORD)


def test_the_error_about_a_code_stays_when_the_form_was_sent_by_enter(page: Page) -> None:
    ask_for_code(page, "9125550998")
    page.get_by_label("Код подтверждения").fill("123456")
    page.get_by_label("Новое имя пользователя").fill("Никто Никакой")
    page.get_by_label("Новый пароль").fill(NEW_PASSWORD)
    page.get_by_label("Подтвердить пароль").press_sequentially(NEW_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Код не подходит. Проверьте цифры")).to_be_visible()

    page.wait_for_timeout(1_000)
    page.get_by_label("Код подтверждения").focus()
    page.keyboard.press("Tab")
    page.wait_for_timeout(1_000)

    expect(page.get_by_text("Код не подходит. Проверьте цифры")).to_be_visible()


def test_another_code_leaves_what_was_typed(page: Page, portal: Portal) -> None:
    make_user(portal, "Олег Ждущий", "9125550008")
    ask_for_code(page, "9125550008")
    first = code_sent_to(page, "9125550008")
    behind(portal, lambda session: let_minutes_pass(session, "9125550008", 2))
    behind(portal, forget_rates)
    page.reload()
    page.get_by_label("Новое имя пользователя").fill("Олег Дождавшийся")
    page.get_by_label("Новый пароль").fill(NEW_PASSWORD)
    page.get_by_label("Подтвердить пароль").fill(NEW_PASSWORD)

    press(page, "Отправить код ещё раз")

    expect(page.get_by_role("status").filter(has_text="отправлен новый код")).to_be_visible()
    expect(page.get_by_label("Код подтверждения")).to_be_focused()
    page.keyboard.type(code_sent_to(page, "9125550008", but=first))
    press(page, "Сохранить")
    check_signed_in(page, "Олег Дождавшийся")


def test_a_phone_of_several_users_leads_to_a_choice(page: Page, portal: Portal) -> None:
    make_user(portal, "Тамара Первая", "9125550003")
    make_user(portal, "Тамара Вторая", "9125550003")
    ask_for_code(page, "9125550003")
    give_code(page, code_sent_to(page, "9125550003"), "Тамара Третья")

    expect(page.get_by_role("main")).to_contain_text("На этот телефон зарегистрировано несколько учётных записей")
    press(page, "Сохранить")
    expect(page.get_by_text("Выберите одно из списка")).to_be_visible()
    examine(page)
    page.get_by_label("Тамара Вторая").check()
    press(page, "Сохранить")

    check_signed_in(page, "Тамара Третья")


def test_a_taken_name_is_told_after_the_code_only(page: Page, portal: Portal) -> None:
    make_user(portal, "Ульяна Своя", "9125550004")
    ask_for_code(page, "9125550004")
    give_code(page, code_sent_to(page, "9125550004"), NAME)

    expect(page.get_by_role("main")).to_contain_text(f"Имя «{NAME}» уже занято")
    page.get_by_label("Новое имя пользователя").fill("Ульяна Иная")
    press(page, "Сохранить")

    check_signed_in(page, "Ульяна Иная")


def test_step_2_without_a_request_leads_to_step_1(page: Page) -> None:
    page.goto("/recover/confirm")

    page.get_by_role("link", name="Начать восстановление").click()
    expect(page.get_by_role("button", name="Получить код")).to_be_visible()


def test_a_wrong_phone_is_told_under_its_field(page: Page) -> None:
    page.goto("/recover")
    page.get_by_label("Мобильный телефон").fill("12345")
    press(page, "Получить код")

    phone = page.get_by_label("Мобильный телефон")
    expect(phone).to_be_focused()
    expect(phone).to_have_value("12345")
    expect(phone).to_have_attribute("aria-invalid", "true")
