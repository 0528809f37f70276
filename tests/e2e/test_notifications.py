"""«Уведомления» in «Настройки»: chosen by keyboard, kept, and explained where something is missing."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlmodel import Session, select

from lk_app import clock
from lk_app.models import NotificationChoice, User
from lk_app.services import identity
from tests.e2e.conftest import behind
from tests.e2e.steps import press
from tests.e2e.test_accessibility import LOOKS, dress, examine
from tests.e2e.test_profile import PHONE_SCREEN, card, open_at, tab_to
from tests.factories import PASSWORD_HASH
from tests.servers import Portal

PHONE, ADDRESS = "9129999911", "vera.vestova@example.ru"

MakeUser = Callable[..., str]


@pytest.fixture
def user(portal: Portal, unhurried: None) -> MakeUser:
    """Makes a user with an account, reachable or not; returns the name."""

    def make(name: str, *, phone: str | None = PHONE, email: str | None = ADDRESS, **chosen: str) -> str:
        def store(session: Session) -> None:
            user_id = identity.create_user(session, name, PASSWORD_HASH, phone, clock.now())
            session.get_one(User, user_id).email = email
            identity.attach(session, user_id, "66010000185", clock.now())
            for topic, way in chosen.items():
                session.add(NotificationChoice(user_id=user_id, topic=topic, way=way))

        behind(portal, store)
        return name

    return make


def chosen(portal: Portal, name: str) -> dict[str, str]:
    def read(session: Session) -> dict[str, str]:
        rows = session.exec(select(NotificationChoice).join(User).where(User.name == name))
        return {row.topic.value: row.way.value for row in rows}

    return behind(portal, read)


def notifications(page: Page) -> Locator:
    return card(page, "Уведомления")


def choice(page: Page, topic: str, way: str) -> Locator:
    return notifications(page).get_by_role("radiogroup", name=topic).get_by_role("radio", name=way)


def test_choices_are_made_by_keyboard_on_a_phone_and_kept(page: Page, portal: Portal, user: MakeUser) -> None:
    page.set_viewport_size(PHONE_SCREEN)
    name = user("Вера Вестова")
    open_at(page, name)
    expect(notifications(page)).to_contain_text("+7 912 ••• •• 11")
    expect(notifications(page)).to_contain_text("v•••a@example.ru")
    tab_to(page, choice(page, "Решение о показании", "Не присылать"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(choice(page, "Приём показаний", "Не присылать")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(notifications(page).get_by_role("status")).to_have_text("Уведомления сохранены.")
    assert chosen(portal, name) == {"decisions": "sms", "window": "email"}
    page.reload()
    expect(choice(page, "Решение о показании", "SMS")).to_be_checked()
    expect(choice(page, "Приём показаний", "Письмо")).to_be_checked()
    expect(choice(page, "Поверка счётчика", "Не присылать")).to_be_checked()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    choice(page, "Решение о показании", "Не присылать").check()
    press(page, "Сохранить уведомления")
    expect(notifications(page).get_by_role("status")).to_have_text("Уведомления сохранены.")
    assert chosen(portal, name) == {"window": "email"}


def test_what_is_not_possible_is_explained_with_the_way_to_it(page: Page, user: MakeUser) -> None:
    open_at(page, user("Без Связи", phone=None, email=None))
    for way in ("SMS", "Письмо"):
        expect(choice(page, "Приём показаний", way)).to_be_disabled()
    expect(choice(page, "Приём показаний", "SMS")).to_have_accessible_description(re.compile("^Чтобы получать SMS"))

    notifications(page).get_by_role("link", name="«Электронная почта»").click()
    expect(page.get_by_role("heading", name="Электронная почта", exact=True)).to_be_focused()
    notifications(page).get_by_role("link", name="лицевой счёт").click()
    expect(page.get_by_role("heading", name="Лицевые счета")).to_be_focused()


def test_a_suspended_choice_is_said_and_survives_a_change_of_others(page: Page, portal: Portal, user: MakeUser) -> None:
    name = user("Потерян Телефон", phone=None, window="sms")
    open_at(page, name)
    group = notifications(page).get_by_role("radiogroup", name="Приём показаний")
    expect(group).to_contain_text("Сейчас не присылаем")
    expect(choice(page, "Приём показаний", "SMS")).to_be_checked()

    choice(page, "Поверка счётчика", "Письмо").check()
    press(page, "Сохранить уведомления")
    expect(notifications(page).get_by_role("status")).to_have_text("Уведомления сохранены.")
    assert chosen(portal, name) == {"window": "sms", "verification": "email"}

    choice(page, "Приём показаний", "Не присылать").check()
    press(page, "Сохранить уведомления")
    expect(group).not_to_contain_text("Сейчас не присылаем")
    assert chosen(portal, name) == {"verification": "email"}


def test_what_became_impossible_meanwhile_is_refused_beside_its_topic(
    page: Page, portal: Portal, user: MakeUser
) -> None:
    name = user("Адрес Удалён")
    open_at(page, name)

    def remove(session: Session) -> None:
        session.exec(select(User).where(User.name == name)).one().email = None

    behind(portal, remove)
    choice(page, "Решение о показании", "SMS").check()
    choice(page, "Приём показаний", "Письмо").check()
    press(page, "Сохранить уведомления")

    group = notifications(page).get_by_role("radiogroup", name="Приём показаний")
    expect(group).to_contain_text("сначала укажите адрес электронной почты")
    expect(choice(page, "Приём показаний", "Не присылать")).to_be_focused()
    expect(choice(page, "Решение о показании", "SMS")).to_be_checked()
    assert chosen(portal, name) == {}


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing(page: Page, user: MakeUser, scheme: str, width: int) -> None:
    dress(page, scheme, width)
    words = {"light": "Светлый", "dark": "Тёмный", 390: "Телефон", 1440: "Стол"}
    open_at(page, user(f"{words[scheme]} {words[width]}", phone=None, window="sms"))
    expect(notifications(page)).to_contain_text("Сейчас не присылаем")

    examine(page)
