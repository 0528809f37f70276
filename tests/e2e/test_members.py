"""An administrator creates a member, who signs in with what was shown once; the audit log shows who did it."""

import base64
import io
import re
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.steps import record_frames
from tests.e2e.test_accessibility import LOOKS, dress, examine
from tests.e2e.test_consumers import open_office
from tests.e2e.test_office_sign_in import PASSWORD, enter
from tests.servers import Portal

pytestmark = pytest.mark.usefixtures("unhurried")


def create(page: Page, login: str) -> None:
    """Fill in the dialog and send it."""
    page.get_by_role("button", name="Создать сотрудника").click()
    dialog = page.get_by_role("dialog", name="Создать сотрудника")
    dialog.get_by_label("Логин").fill(login)
    dialog.get_by_label("Имя и фамилия").fill("Нина Новая")
    dialog.get_by_label("старший оператор").check()
    dialog.get_by_label("Ваш пароль").fill(PASSWORD)
    page.keyboard.press("Enter")


def key_in(picture: str) -> str:
    """Read the key from a picture as a phone does."""
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(base64.b64decode(picture.partition(",")[2]))))
    return parse_qs(urlsplit(code.text).query)["secret"][0]


def test_a_new_member_signs_in_with_what_was_shown_once(page: Page, browser: Browser, portal: Portal) -> None:
    frames = record_frames(page)
    open_office(page, "/office/members")
    create(page, "n.new")

    shown = page.get_by_role("dialog", name="Передайте сотруднику")
    expect(shown).to_contain_text("Больше это показано не будет")
    password = shown.locator("[data-handed=password]").inner_text()
    key = key_in(shown.get_by_role("img", name="QR-код").get_attribute("src") or "")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Создать сотрудника")).to_be_focused()
    expect(page.get_by_role("table")).to_contain_text("n.new")
    # The focus is back before the browser tells that the dialog was closed.
    expect(page.locator("[data-handed=password]")).to_have_text("")
    expect(page.get_by_role("row").filter(has_text="n.new")).to_contain_text("первый пароль до")
    assert password not in page.content()
    assert not any(secret in frame for frame in frames for secret in (password, key))

    newcomer = browser.new_context(base_url=portal.address, locale="ru-RU").new_page()
    newcomer.goto("/office/login")
    enter(newcomer, "n.new", password, pyotp.TOTP(key).now())
    expect(newcomer.get_by_role("banner")).to_contain_text("старший оператор")
    expect(newcomer.get_by_role("link", name="Сотрудники")).to_have_count(0)

    page.goto("/office/audit")
    expect(page.get_by_role("table")).to_be_visible()
    page.get_by_label("О чём").fill("n.new")
    page.keyboard.press("Enter")
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("Сотрудник создан")
    expect(rows.nth(1)).to_contain_text("роль: старший оператор")


def test_a_wrong_password_keeps_what_was_typed(page: Page) -> None:
    open_office(page, "/office/members")
    page.get_by_role("button", name="Отключить: Ольга Ветрова").click()
    dialog = page.get_by_role("dialog", name="Отключить сотрудника")
    dialog.get_by_label("Ваш пароль").fill("not mine")
    page.keyboard.press("Enter")

    expect(dialog.get_by_text("Пароль не подходит")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Отключить: Андрей Громов"))).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_nothing_is_in_anybodys_way(page: Page, scheme: str, width: int) -> None:
    dress(page, scheme, width)
    open_office(page, "/office/members")
    expect(page.get_by_role("table")).to_be_visible()
    examine(page)
    create(page, f"n.{scheme}{width}")
    expect(page.get_by_role("dialog", name="Передайте сотруднику")).to_be_visible()
    examine(page)
