"""What the browser tests of both queues share."""

from playwright.sync_api import Locator, Page


def told(page: Page) -> Locator:
    """What the screen has said aloud."""
    return page.get_by_role("status")


def press_russian(page: Page, letter: str, *, shift: bool = False) -> None:
    """Press a key of the Russian layout, which the driver's own keyboard does not have."""
    browser = page.context.new_cdp_session(page)
    key = {"key": letter, "text": letter, "modifiers": 8 if shift else 0}
    for kind in ("keyDown", "keyUp"):
        browser.send("Input.dispatchKeyEvent", {"type": kind, **key})
    browser.detach()
