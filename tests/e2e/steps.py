"""What people do on the pages, in words the tests share."""

import re
import time

from playwright.sync_api import Locator, Page, WebSocket, expect

from lk_app.services.demo import company

NAME = "Мария Иванова"
PASSWORD = "gaz2026demo"
CAPTCHA = "42"


def sign_in_at(page: Page, address: str = "", name: str = NAME, password: str = PASSWORD) -> None:
    """Sign in from the sign-in page, at another address than the one under test if need be."""
    page.goto(f"{address}/login")
    page.get_by_label("Имя пользователя").fill(name)
    page.get_by_label("Пароль", exact=True).fill(password)
    page.get_by_role("button", name="Войти").click()


def let_in(page: Page, address: str, path: str = "/", name: str = NAME, password: str = PASSWORD) -> None:
    """Open a screen as a consumer who has signed in, without the form: that has tests of its own."""
    start_session(page, address, "/api/session", {"name": name, "password": password})
    page.goto(f"{address}{path}")


def let_staff_in(page: Page, address: str, path: str, login: str = "operator") -> None:
    """Open a screen of the office as a member who has signed in, without the form: that has tests of its own."""
    start_session(page, address, "/api/office/session", {"login": login, "password": company.STAFF_PASSWORD})
    page.goto(f"{address}{path}")


def start_session(page: Page, address: str, route: str, fields: dict[str, str]) -> None:
    headers = {"Origin": address.rstrip("/"), "Accept": "application/json"}
    answer = page.request.post(f"{address}{route}", form=fields, headers=headers)
    assert answer.ok, answer.text()


def apply_at(
    page: Page, name: str, account_number: str, phone: str, password: str = PASSWORD, *, address: str = ""
) -> None:
    """Fill in step 1 of registration; the button is still to be pressed."""
    page.goto(f"{address}/register")
    page.get_by_label("Имя пользователя").fill(name)
    page.get_by_label("Пароль", exact=True).fill(password)
    page.get_by_label("Подтвердить пароль").fill(password)
    page.get_by_label("Мобильный телефон").fill(phone)
    page.get_by_label("Номер лицевого счёта").fill(account_number)
    expect(picture(page)).to_have_js_property("complete", True)
    page.get_by_label("Ответ на пример").fill(CAPTCHA)
    page.get_by_role("checkbox").check()


def picture(page: Page) -> Locator:
    """The captcha's picture, once it hangs."""
    return page.locator("[data-captcha] img[src]")


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()


def code_sent_to(page: Page, phone: str, *, but: str = "", address: str = "") -> str:
    """Return the code of the newest message to a phone, waiting for one that is not `but`."""
    for _ in range(100):
        messages = page.request.get(f"{address}/sandbox/sms.json?phone={phone}").json()
        found = re.search(r"\d{6}", messages[0]["text"]) if messages else None
        if found and found.group() != but:
            return found.group()
        time.sleep(0.1)
    raise AssertionError(f"no code was sent to {phone}")


def code_mailed_to(page: Page, address: str) -> str:
    """Return the code of the newest letter to an address."""
    for _ in range(100):
        letters = page.request.get("/sandbox/mail.json", params={"address": address}).json()
        if letters:
            return re.search(r"\b\d{6}\b", letters[0]["text"]).group()
        time.sleep(0.1)
    raise AssertionError(f"no code was sent to {address}")


def division(page: Page, name: str) -> Locator:
    """The card of a division."""
    return page.get_by_role("main").get_by_role("region", name=name)


def account_choice(page: Page) -> Locator:
    """The list of accounts in the left column."""
    return page.get_by_role("combobox", name="Лицевой счёт")


def tab_to(page: Page, control: Locator) -> None:
    """Press Tab until a control has the focus."""
    expect(control).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if control.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{control} cannot be reached by Tab")


def record_frames(page: Page) -> list[str]:
    """Return a list into which everything falls that the page's sockets receive from now on."""
    frames: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: frames.append(str(payload)))

    page.on("websocket", listen)
    return frames


def check_nothing_is_left(page: Page, address: str, other: tuple[str, str]) -> None:
    """Sign in, out, and in as another person in the same tab; look in the frames for what was the first one's."""
    frames = record_frames(page)
    sign_in_at(page, address)
    expect(division(page, "Природный газ")).to_contain_text("Задолженность")
    hers = ["66010000017", NAME]
    assert all(any(secret in frame for frame in frames) for secret in hers), "the test must see what it looks for"

    page.get_by_role("button", name="Выйти").click()
    expect(page).to_have_url(re.compile("/login"))
    frames.clear()
    sign_in_at(page, address, *other)
    expect(page.get_by_role("main")).to_contain_text("Природный газ")

    assert frames
    assert [frame for frame in frames for secret in hers if secret in frame] == []


def check_registration_shows_no_secret(page: Page, address: str, account_number: str, phone: str) -> list[str]:
    """Register, sign in and open «Настройки»; look in the frames for what nobody should be shown.

    Returns the secrets, to look for them elsewhere.
    """
    frames, password = record_frames(page), "Wn7kRt4p"
    apply_at(page, "Вера Соколова", account_number, phone, password, address=address)
    press(page, "Отправить запрос на регистрацию")
    expect(page).to_have_url(re.compile("/register/confirm"))
    code = code_sent_to(page, phone, address=address)
    tokens = [cookie["value"] for cookie in page.context.cookies() if "lk" in cookie["name"]]
    page.get_by_label("Код подтверждения").fill(code)
    press(page, "Завершить регистрацию")
    expect(page).to_have_url(re.compile("/login"))
    sign_in_at(page, address, "Вера Соколова", password)
    expect(page.get_by_role("banner")).to_contain_text("Вера Соколова")
    page.goto(f"{address}/settings")
    expect(page.get_by_role("main")).to_contain_text(f"••• •• {phone[-2:]}")

    tokens += [cookie["value"] for cookie in page.context.cookies() if "lk" in cookie["name"]]
    secrets = [code, password, phone, *tokens]
    assert len(tokens) == 2
    assert any("Вера Соколова" in frame for frame in frames), "the test must see what it looks for"
    assert [secret for secret in secrets if any(secret in frame for frame in frames)] == []
    assert not any(secret in page.evaluate("document.cookie") for secret in secrets)
    return secrets
