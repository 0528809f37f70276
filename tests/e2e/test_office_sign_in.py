"""Staff at the door of the back office, in a browser."""

import re
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlmodel import Session

from lk_app import clock
from lk_app.models import Role
from lk_app.services.callers import Command
from lk_app.services.identity import hash_password
from lk_app.services.staff import members
from lk_app.services.staff.members import NewMember
from tests.e2e.conftest import behind
from tests.e2e.steps import record_frames
from tests.e2e.test_accessibility import LOOKS, dress, examine
from tests.e2e.test_first_slice import PHONE, press_until_focused
from tests.servers import Portal

OPERATOR, PASSWORD = "operator", "office2026demo"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ENTRANCE = re.compile(r"/office/login(\?|/?$)")
FIRST_SCREEN = re.compile("/office/?$")
QUEUE = re.compile("/office/readings/?$")

pytestmark = pytest.mark.usefixtures("unhurried")


def enter(page: Page, login: str = OPERATOR, password: str = PASSWORD, code: str = "") -> None:
    """Fill in the form that is open, and send it."""
    page.get_by_label("Логин").fill(login)
    page.get_by_label("Пароль", exact=True).fill(password)
    page.get_by_label("Код из приложения").fill(code)
    page.get_by_role("button", name="Войти").click()


def expect_inside(
    page: Page, name: str = "Ольга Ветрова", role: str = "оператор", *, at: re.Pattern[str] = FIRST_SCREEN
) -> None:
    expect(page).to_have_url(at)
    expect(page.get_by_role("banner")).to_contain_text(name)
    expect(page.get_by_role("banner")).to_contain_text(role)


@pytest.mark.parametrize("size", [PHONE, {"width": 1440, "height": 900}], ids=["phone", "desk"])
def test_an_operator_signs_in_and_out_by_keyboard(page: Page, size: dict[str, int]) -> None:
    page.set_viewport_size(size)
    page.goto("/office/login")
    expect(page).to_have_title(re.compile("^Вход для сотрудников"))
    press_until_focused(page, "Логин")
    page.keyboard.type("Operator")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect_inside(page)

    door = page.get_by_role("button", name="Выйти")
    for _ in range(20):
        page.keyboard.press("Tab")
        if door.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")

    expect(page).to_have_url(ENTRANCE)
    page.goto("/office/readings")
    expect(page).to_have_url(ENTRANCE)


def test_a_wrong_password_keeps_the_login_that_was_typed(page: Page) -> None:
    page.goto("/office/login")
    enter(page, password="not this one")

    expect(page.get_by_role("alert")).to_contain_text("Логин, пароль или код не подходят")
    expect(page.get_by_label("Логин")).to_have_value(OPERATOR)
    expect(page.get_by_label("Пароль", exact=True)).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect_inside(page)


def test_empty_fields_are_caught_before_anything_is_sent(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/api/" in request.url else None)
    page.goto("/office/login")

    page.get_by_role("button", name="Войти").click()

    expect(page.get_by_text("Введите логин", exact=True)).to_be_visible()
    assert sent == []


def test_whoever_has_a_second_factor_gives_its_code(page: Page, portal: Portal) -> None:
    def create(session: Session) -> None:
        new = NewMember("n.careful", "Нина Осторожная", Role.SUPERVISOR, hash_password(PASSWORD), SECRET)
        members.create(session, Command("test"), new, clock.now())

    behind(portal, create)
    page.goto("/office/login")
    enter(page, "n.careful")
    expect(page.get_by_role("alert")).to_contain_text("код не подходят")

    page.get_by_label("Код из приложения").fill(pyotp.TOTP(SECRET).now())
    page.keyboard.press("Enter")

    expect_inside(page, "Нина Осторожная", "старший оператор")


@pytest.mark.parametrize("path", ["/office", "/office/readings"])
def test_a_stranger_is_led_to_sign_in_and_then_to_the_office(page: Page, path: str) -> None:
    page.goto(path)
    expect(page).to_have_url(ENTRANCE)

    enter(page)

    expect(page).to_have_url(re.compile(f"{path}/?$"))
    page.goto("/office/login")
    expect(page).to_have_url(FIRST_SCREEN)


def test_consumers_and_staff_share_a_browser_but_not_their_rights(
    page: Page, context: BrowserContext, sign_in: Callable[..., None]
) -> None:
    sign_in()
    expect(page.get_by_role("banner")).to_contain_text("Мария Иванова")
    page.goto("/office/readings")
    expect(page).to_have_url(ENTRANCE)
    enter(page)
    expect_inside(page, at=QUEUE)

    cabinet = context.new_page()
    cabinet.goto("/")
    expect(cabinet.get_by_role("banner")).to_contain_text("Мария Иванова")
    cabinet.get_by_role("button", name="Выйти").click()
    expect(cabinet).to_have_url(re.compile("/login/?$"))
    cabinet.goto("/settings")
    expect(cabinet).to_have_url(re.compile("/login"))

    page.reload()
    expect_inside(page, at=QUEUE)


def test_the_token_of_staff_never_reaches_a_script(page: Page, context: BrowserContext) -> None:
    frames = record_frames(page)
    page.goto("/office/login")
    enter(page)
    expect_inside(page)

    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"].endswith("lk-staff"))
    assert any("Ольга Ветрова" in frame for frame in frames), "the test must see what it looks for"
    assert not any(secret in frame for frame in frames for secret in (token, PASSWORD))
    assert "lk-staff" not in page.evaluate("document.cookie")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_entrance_puts_nothing_in_anybodys_way(page: Page, scheme: str, width: int) -> None:
    dress(page, scheme, width)
    page.goto("/office/login")
    examine(page)

    enter(page, password="not this one")
    expect(page.get_by_role("alert")).to_contain_text("не подходят")
    examine(page)
