"""What reaches a browser: read from the WebSocket frames themselves."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocket, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

FIRST = "66010000017"


def record_frames(page: Page) -> list[str]:
    frames: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: frames.append(str(payload)))

    page.on("websocket", listen)
    return frames


def address_of(page: Page) -> str:
    return page.get_by_role("complementary").locator("address").inner_text()


def test_the_next_person_in_a_tab_gets_nothing_of_the_first(
    page: Page, context: BrowserContext, sign_in: Callable[..., None], other_user: tuple[str, str]
) -> None:
    frames = record_frames(page)
    sign_in()
    expect(page.get_by_role("main")).to_contain_text("Задолженность")
    hers = [FIRST, "Мария Иванова"]
    assert all(any(secret in frame for frame in frames) for secret in hers), "the test must see what it looks for"

    page.get_by_role("button", name="Выйти").click()
    expect(page).to_have_url(re.compile("/login"))
    frames.clear()
    sign_in(*other_user)
    expect(page.get_by_role("main")).to_contain_text("Природный газ")

    assert frames
    assert [frame for frame in frames for secret in hers if secret in frame] == []


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
