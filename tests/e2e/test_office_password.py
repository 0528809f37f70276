"""A member of the staff sets a password of their own."""

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session

from lk_app import clock
from lk_app.models import Role
from lk_app.services.callers import Command
from lk_app.services.identity import hash_password
from lk_app.services.staff import members
from lk_app.services.staff.members import NewMember
from tests.e2e.conftest import behind
from tests.e2e.test_accessibility import LOOKS, dress, examine
from tests.e2e.test_consumers import open_office
from tests.e2e.test_office_sign_in import PASSWORD, enter, expect_inside
from tests.servers import Portal

NEW = "трава у дома 42"

pytestmark = pytest.mark.usefixtures("unhurried")


def test_the_new_password_signs_in(page: Page, portal: Portal) -> None:
    def create(session: Session) -> None:
        new = NewMember("n.own", "Нина Новая", Role.OPERATOR, hash_password(PASSWORD))
        members.create(session, Command("test"), new, clock.now())

    behind(portal, create)
    open_office(page, "/office", "n.own")
    advice = page.get_by_text("Ваш пароль знает администратор")
    expect(advice).to_be_visible()
    change(page, PASSWORD, NEW)
    expect(page.locator("#own-password-said")).to_have_text("Пароль изменён. На других устройствах нужно войти заново.")
    expect(advice).to_have_count(0)

    page.get_by_role("button", name="Выйти").click()
    enter(page, "n.own", NEW)
    expect_inside(page, "Нина Новая")


def change(page: Page, current: str, new: str) -> None:
    page.get_by_role("button", name="Сменить пароль").click()
    dialog = page.get_by_role("dialog", name="Сменить пароль")
    dialog.get_by_label("Текущий пароль").fill(current)
    dialog.get_by_label("Новый пароль").fill(new)
    dialog.get_by_label("Подтвердить пароль").fill(new)
    dialog.get_by_role("button", name="Сменить пароль").click()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_nothing_is_in_anybodys_way(page: Page, scheme: str, width: int) -> None:
    dress(page, scheme, width)
    open_office(page, "/office", "operator")
    page.get_by_role("button", name="Сменить пароль").click()
    expect(page.get_by_role("dialog", name="Сменить пароль")).to_be_visible()
    examine(page)
