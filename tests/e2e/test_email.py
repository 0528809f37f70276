"""The address for letters as a consumer gives it, changes it and takes it back."""

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlmodel import Session

from lk_app import clock
from lk_app.services import identity
from tests.codes import another
from tests.e2e.conftest import behind
from tests.e2e.steps import code_mailed_to, press, record_frames
from tests.e2e.test_profile import PHONE_SCREEN, card, dialog, open_at, press_in_dialog, said, tab_to
from tests.factories import PASSWORD_HASH
from tests.servers import Portal

NAME, ACCOUNT = "Почта Для Писем", "66010000177"
ADDRESS, OTHER = "maria.pochtova@example.ru", "masha.pochtova@почта.рф"


@pytest.fixture
def settings_page(page: Page, portal: Portal, unhurried: None) -> Page:
    """«Настройки» of somebody without an address, on a phone."""

    def store(session: Session) -> None:
        user_id = identity.create_user(session, NAME, PASSWORD_HASH, None, clock.now())
        identity.attach(session, user_id, ACCOUNT, clock.now())

    behind(portal, store)
    page.set_viewport_size(PHONE_SCREEN)
    return page


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", name="Электронная почта", exact=True)


def test_an_address_is_given_changed_and_removed(settings_page: Page, portal: Portal) -> None:
    page, frames = settings_page, record_frames(settings_page)
    open_at(page, NAME)
    expect(card(page, "Имя и пароль")).to_contain_text("не указана")

    give_by_keyboard(page)
    expect(card(page, "Имя и пароль")).to_contain_text("m•••a@example.ru")
    expect(card(page, "Безопасность")).to_contain_text("Изменён адрес электронной почты")

    change_after_second_thoughts(page)
    expect(card(page, "Имя и пароль")).to_contain_text("m•••a@почта.рф")

    press(page, "Удалить адрес")
    expect(dialog(page)).to_contain_text("m•••a@почта.рф")
    press_in_dialog(page, "Удалить адрес")
    expect(said(page)).to_have_text("Адрес электронной почты удалён.")
    expect(heading(page)).to_be_focused()
    expect(card(page, "Имя и пароль")).to_contain_text("не указана")

    log = portal.log()
    assert any(NAME in frame for frame in frames), "the test must see what it looks for"
    for secret in ("pochtova", ADDRESS, OTHER):
        assert not any(secret in frame for frame in frames)
        assert secret not in log
        assert secret not in page.url


def give_by_keyboard(page: Page) -> None:
    tab_to(page, page.get_by_role("button", name="Указать адрес"))
    page.keyboard.press("Enter")
    expect(dialog(page).get_by_role("heading", name="Электронная почта")).to_be_focused()
    tab_to(page, dialog(page).get_by_label("Адрес электронной почты"))
    page.keyboard.type("мария@example.ru")
    page.keyboard.press("Enter")
    expect(dialog(page)).to_contain_text("только латинские буквы")
    page.keyboard.press("Control+A")
    page.keyboard.type(ADDRESS)
    page.keyboard.press("Enter")

    code_field = page.get_by_label("Код подтверждения")
    expect(code_field).to_be_focused()
    expect(said(page)).to_have_text("Код отправлен на указанный адрес.")
    code = code_mailed_to(page, ADDRESS)
    page.reload()
    code_field.fill(another(code))
    press(page, "Сохранить адрес")
    expect(page.get_by_text("Код не подходит")).to_be_visible()
    code_field.fill(code)
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text("Адрес электронной почты сохранён.")
    expect(heading(page)).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def change_after_second_thoughts(page: Page) -> None:
    ask_for(page, "mash@example.ru")
    press(page, "Отменить")
    expect(said(page)).to_have_text("Запрос отменён.")
    expect(heading(page)).to_be_focused()
    ask_for(page, OTHER)
    page.get_by_label("Код подтверждения").fill(code_mailed_to(page, OTHER))
    press(page, "Сохранить адрес")
    expect(said(page)).to_have_text("Адрес электронной почты сохранён.")


def ask_for(page: Page, address: str) -> None:
    press(page, "Изменить адрес")
    dialog(page).get_by_label("Адрес электронной почты").fill(address)
    press_in_dialog(page, "Отправить код")
    expect(page.get_by_label("Код подтверждения")).to_be_focused()
