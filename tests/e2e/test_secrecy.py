"""What reaches a browser: read from the WebSocket frames themselves."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.e2e.steps import check_nothing_is_left, check_registration_shows_no_secret, record_frames
from tests.servers import Portal


def test_the_next_person_in_a_tab_gets_nothing_of_the_first(
    page: Page, base_url: str, other_user: tuple[str, str]
) -> None:
    check_nothing_is_left(page, base_url, other_user)


def test_nobody_is_shown_a_code_a_password_a_token_or_a_whole_phone(
    page: Page, portal: Portal, unhurried: None
) -> None:
    secrets = check_registration_shows_no_secret(page, portal.address, "66010000169", "9120000020")

    log = portal.log()
    assert "LK: http" in log
    assert [secret for secret in [*secrets, "66010000169", "Соколова"] if secret in log] == []


def test_whoever_signs_out_in_one_tab_is_out_in_all(
    page: Page, context: BrowserContext, sign_in: Callable[..., None]
) -> None:
    sign_in()
    expect(page.get_by_role("main")).to_contain_text("Задолженность")
    other = context.new_page()
    other.goto("/")
    expect(other.get_by_role("main")).to_contain_text("Задолженность")

    page.get_by_role("button", name="Выйти").click()

    expect(other).to_have_url(re.compile("/login"))
    expect(other.locator("body")).not_to_contain_text("Задолженность")


def test_other_sites_cannot_open_the_socket(base_url: str) -> None:
    address = f"{base_url.replace('http', 'ws', 1)}/_event/?EIO=4&transport=websocket&token=probe"

    with connect(address, origin=Origin(base_url)) as socket:
        assert str(socket.recv()).startswith("0{")
    with pytest.raises(InvalidStatus):
        connect(address, origin=Origin("https://evil.example"))


def test_the_session_token_never_reaches_a_script(
    page: Page, context: BrowserContext, sign_in: Callable[..., None]
) -> None:
    frames = record_frames(page)
    sign_in()
    expect(page.get_by_role("main")).to_contain_text("Задолженность")

    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"].endswith("lk"))
    assert "lk=" not in page.evaluate("document.cookie")
    assert not any(token in frame for frame in frames)
