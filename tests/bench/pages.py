"""What a browser downloads for `/login`, and how long a signed-in consumer waits for the balance.

The yardstick is a bare Reflex page: the moment of the first click that takes effect, found by clicking every 8 ms
from the first frame. Both are opened by turns in one browser, in a new order each round.
"""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.bench.portals import cookie_of, running_portal
from tests.bench.report import Measure

WARM_UPS = 3
ROUNDS = 15
KILOBYTE = 1_000
CODE = ("text/javascript", "application/javascript", "text/css")

CLICK = """(() => {
  const clicks = [];
  const timer = setInterval(() => {
    const button = document.getElementById('increment');
    if (!button) return;
    if (button.textContent.trim() === '0') { clicks.push(performance.now()); button.click(); return; }
    clearInterval(timer);
    const effect = performance.now();
    // Only the first clicks are lost, so the count in the end tells which one was the first to be accepted.
    setTimeout(() => {
      window.measured = {accepted: clicks[clicks.length - parseInt(button.textContent)], effect};
    }, 400);
  }, 8);
})()"""

BALANCE = """(() => {
  const shown = () => document.querySelector('main')?.textContent.includes('₽');
  const observer = new MutationObserver(() => {
    if (!shown()) return;
    observer.disconnect();
    // After the frame with the balance has been handed to the screen.
    requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => { window.measured = {shown: performance.now()}; };
      painted.port2.postMessage(0);
    });
  });
  observer.observe(document, {subtree: true, childList: true, characterData: true});
})()"""


def against_a_bare_page(bare: str) -> Iterator[Measure]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with (
        running_portal() as portal,
        sync_playwright() as playwright,
        TemporaryDirectory(prefix="lk-profile-") as folder,
    ):
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        # A profile on disk, as people have: only there Chromium keeps compiled scripts.
        profile = playwright.chromium.launch_persistent_context(folder, executable_path=found, args=arguments)
        ours, theirs = first_load(browser, f"{portal.address}/login"), first_load(browser, bare)
        limit = "≤ 175" if ours <= 175 * KILOBYTE else "over 175"
        yield Measure(
            f"first load of /login, gzipped JS + CSS ({limit})", ours / KILOBYTE, theirs / KILOBYTE, "kB", "bare page"
        )
        name, _, value = cookie_of(portal).partition("=")
        cookie = {"name": name, "value": value, "url": portal.address}

        @contextmanager
        def empty_cache() -> Iterator[BrowserContext]:
            context = browser.new_context()
            context.add_cookies([cookie])
            yield context
            context.close()

        @contextmanager
        def kept_cache() -> Iterator[BrowserContext]:
            yield profile

        profile.add_cookies([cookie])
        yield from times("cold cache", empty_cache, portal.address, bare)
        yield from times("warm cache", kept_cache, portal.address, bare)
        profile.close()
        browser.close()


def times(
    cache: str, context_of: Callable[[], AbstractContextManager[BrowserContext]], address: str, bare: str
) -> Iterator[Measure]:
    visits = {"ours": (address + "/", BALANCE), "bare": (bare + "/", CLICK)}
    results: dict[str, list[dict[str, float]]] = {"ours": [], "bare": []}
    for attempt in range(WARM_UPS + ROUNDS):
        for side in random.sample(sorted(visits), 2):
            with context_of() as context:
                measured = visit(context.new_page(), *visits[side])
            if attempt >= WARM_UPS:
                results[side].append(measured)
    shown = median(result["shown"] for result in results["ours"])
    for moment, words, target in (("accepted", "first click accepted", 1.2), ("effect", "its effect on screen", None)):
        yardstick = median(result[moment] for result in results["bare"])
        yield Measure(f"navigation to the balance, {cache}", shown, yardstick, "ms", f"bare page: {words}", target)


def visit(page: Page, address: str, script: str) -> dict[str, float]:
    page.add_init_script(script)
    page.goto(address, wait_until="commit")
    for _ in range(200):
        page.wait_for_timeout(100)
        measured = page.evaluate("window.measured")
        if measured:
            page.close()
            return dict(measured)
    raise TimeoutError(address)


def first_load(browser: Browser, address: str) -> int:
    """Return the bytes of code as they came over the wire, gzipped."""
    context = browser.new_context(extra_http_headers={"Accept-Encoding": "gzip"})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: dict[str, int] = {}

    def answered(event: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in event["response"]["headers"].items()}
        if event["response"]["mimeType"] in CODE:
            sizes[event["requestId"]] = int(headers["content-length"])

    session.on("Network.responseReceived", answered)
    page.goto(address, wait_until="networkidle")
    page.wait_for_timeout(1_000)
    context.close()
    return sum(sizes.values())
