"""The routes that make captchas and show them."""

import io
import threading
import wave

import httpx
import pytest
from PIL import Image
from sqlmodel import select

from lk_app import clock
from lk_app.api import captcha as routes
from lk_app.models import Captcha
from lk_app.services import captcha
from lk_app.services.session import reading, writing
from tests.api.conftest import BrowserAt, Watch

UNKNOWN = "abcdefghijklmnopqrstuv"


async def made(browser: httpx.AsyncClient) -> str:
    response = await browser.post("/api/captcha")
    assert response.status_code == 200
    return str(response.json()["id"])


def question_of(captcha_id: str) -> str:
    with reading() as session:
        return session.exec(select(Captcha.question).where(Captcha.id == captcha_id)).one()


def use(captcha_id: str) -> None:
    with writing() as session:
        captcha.answered(session, captcha_id, "0", clock.now())


async def test_a_captcha_is_seen_and_heard(browser_at: BrowserAt) -> None:
    browser = browser_at()
    captcha_id = await made(browser)

    picture = await browser.get(f"/api/captcha/{captcha_id}.png")
    speech = await browser.get(f"/api/captcha/{captcha_id}.wav")

    assert picture.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).size == (300, 100)
    assert speech.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(speech.content)) as recording:
        assert recording.getnframes() > 16_000
    assert {response.headers["cache-control"] for response in (picture, speech)} == {"no-store"}


async def test_nothing_a_browser_gets_has_the_question_in_it(browser_at: BrowserAt) -> None:
    browser = browser_at()
    for _ in range(5):
        made_now = await browser.post("/api/captcha")
        captcha_id = made_now.json()["id"]
        question = question_of(captcha_id)
        assert made_now.json() == {"id": captcha_id}
        assert question not in captcha_id
        for suffix in ("png", "wav"):
            response = await browser.get(f"/api/captcha/{captcha_id}.{suffix}")
            assert question.encode() not in response.content
            assert question not in str(response.headers)
            told = {"content-type", "content-length", "cache-control", "accept-ranges", "x-request-id"}
            assert set(response.headers) <= told


async def test_the_same_captcha_looks_the_same_and_another_does_not(browser_at: BrowserAt) -> None:
    browser = browser_at()
    first, second = await made(browser), await made(browser)

    pictures = [(await browser.get(f"/api/captcha/{captcha_id}.png")).content for captcha_id in (first, first, second)]

    assert pictures[0] == pictures[1] != pictures[2]


@pytest.mark.parametrize("suffix", ["png", "wav"])
async def test_a_used_an_old_and_an_unknown_one_are_not_there(browser_at: BrowserAt, watch: Watch, suffix: str) -> None:
    browser = browser_at()
    used, old = await made(browser), await made(browser)
    use(used)
    assert (await browser.get(f"/api/captcha/{old}.{suffix}")).status_code == 200
    watch.move(captcha.LIFETIME * 1.001)

    for captcha_id in (used, old, UNKNOWN, "short", "%00", "a" * 5_000):
        response = await browser.get(f"/api/captcha/{captcha_id}.{suffix}")
        assert (response.status_code, response.content) == (404, b"")
        assert response.headers["cache-control"] == "no-store"


async def test_other_sites_cannot_make_captchas(browser_at: BrowserAt) -> None:
    response = await browser_at().post("/api/captcha", headers={"Origin": "https://evil.example"})

    assert response.status_code == 403


async def test_who_asks_too_often_is_told_when_to_come_back(browser_at: BrowserAt, watch: Watch) -> None:
    browser = browser_at()
    for _ in range(captcha.BY_ADDRESS.burst):
        await made(browser)

    refused = await browser.post("/api/captcha")

    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "3"
    assert "Подождите" in refused.json()["message"]
    await made(browser_at("198.51.100.1"))


@pytest.mark.parametrize(("suffix", "renderer"), [("png", "draw"), ("wav", "say")])
async def test_the_event_loop_neither_draws_nor_speaks(
    browser_at: BrowserAt, monkeypatch: pytest.MonkeyPatch, suffix: str, renderer: str
) -> None:
    threads = []

    def render(captcha_id: str, question: str) -> bytes:
        threads.append(threading.current_thread().name)
        return b"rendered"

    monkeypatch.setattr(routes, renderer, render)
    browser = browser_at()

    response = await browser.get(f"/api/captcha/{await made(browser)}.{suffix}")

    assert response.content == b"rendered"
    assert [name.startswith("captcha") for name in threads] == [True]


async def test_browsers_may_fetch_a_sound_in_parts(browser_at: BrowserAt) -> None:
    browser = browser_at()
    address = f"/api/captcha/{await made(browser)}.wav"
    whole = (await browser.get(address)).content

    async def part(asked: str) -> httpx.Response:
        return await browser.get(address, headers={"Range": asked})

    first = await part("bytes=0-1")
    assert (first.status_code, first.content) == (206, whole[:2])
    assert first.headers["content-range"] == f"bytes 0-1/{len(whole)}"
    assert (await part("bytes=2-")).content == whole[2:]
    assert (await part("bytes=100-999999")).content == whole[100:]
    for odd in ("bytes=-5", f"bytes={len(whole)}-", "bytes=5-2,7-9", "lines=1-2", "bytes=" + "9" * 100):
        response = await part(odd)
        assert (response.status_code, response.content) == (200, whole)
