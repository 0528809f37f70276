"""Scripts that try everything are stopped by the limits; each test says how many messages and tries they got."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import httpx
import pytest
from sqlmodel import col, func, select

from lk_app.models import SmsMessage, SmsState, User
from lk_app.services.session import reading, writing
from lk_app.settings import settings
from tests import factories
from tests.api.conftest import BrowserAt, Watch

PHONE, NUMBER = "9120000003", "66010000033"
AS_SCRIPT = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def victim(portal: str, quick: None) -> None:
    with writing() as session:
        account = factories.account(session, NUMBER, phone=PHONE)
        factories.link(session, factories.user(session, "Анна Сергеева", phone=PHONE), account)


def messages_sent() -> int:
    with reading() as session:
        paid = col(SmsMessage.state) != SmsState.WITHHELD
        return session.exec(select(func.count()).select_from(SmsMessage).where(paid)).one()


async def wrong_codes_taken(visitor: httpx.AsyncClient, codes: Iterator[int]) -> int:
    """Try one code after another until they are refused unread; say how many were compared with the right one."""
    for taken in count(1):
        form = {"name": "Взломщик", "password": "Zq8vLm2x", "confirmation": "Zq8vLm2x", "code": f"{next(codes):06d}"}
        answer = await visitor.post("/api/recovery/confirm", data=form)
        assert "next" not in answer.json(), "a lucky guess: a few in a million runs"
        if "Слишком много неверных" in answer.text:
            return taken
        if "не подходит" not in answer.text:
            return taken - 1
    raise AssertionError


@pytest.mark.parametrize(("every", "messages", "tries"), [(timedelta(minutes=12), 5, 10), (timedelta(hours=4), 5, 25)])
async def test_a_million_codes(
    browser_at: BrowserAt, watch: Watch, every: timedelta, messages: int, tries: int
) -> None:
    """A day long: in haste, or with the patience that gets the most; each new code tried until refused."""
    visitor, codes, compared = browser_at(), iter(range(10**6)), 0
    for _ in range(timedelta(days=1) // every):
        if (await visitor.post("/api/recovery", data={"phone": PHONE})).status_code == 200:
            compared += await wrong_codes_taken(visitor, codes)
        watch.move(every)

    assert (messages_sent(), compared) == (messages, tries)
    with reading() as session:
        assert session.exec(select(User.name)).all() == ["Анна Сергеева"]


async def test_a_million_codes_from_many_browsers_at_once(browser_at: BrowserAt, watch: Watch) -> None:
    """New requests and new addresses do not bring new tries: ten an hour for the phone."""
    codes, compared = count(), 0
    for index in range(5):
        visitor = browser_at(f"10.0.0.{index}")
        await visitor.post("/api/recovery", data={"phone": PHONE})
        for _ in range(5):
            answer = await visitor.post(
                "/api/recovery/confirm",
                data={
                    "name": "Взломщик",
                    "password": "Zq8vLm2x",
                    "confirmation": "Zq8vLm2x",
                    "code": f"{next(codes):06d}",
                },
            )
            compared += answer.status_code == 422
        watch.move(timedelta(minutes=1))

    assert compared == 10


async def test_many_phones_from_one_address(browser_at: BrowserAt, watch: Watch) -> None:
    """An hour long, a phone each second or so, all of them real: twenty messages at once, and one in three minutes."""
    with writing() as session:
        for index in range(400):
            factories.user(session, f"Абонент {'а' * (index % 20)}{chr(1072 + index // 20)}", phone=f"91300{index:05d}")
    visitor = browser_at()
    for index in range(400):
        await visitor.post("/api/recovery", data={"phone": f"91300{index:05d}"})
        watch.move(timedelta(seconds=9))

    assert messages_sent() == 20 + 3600 // 180 - 1


async def test_many_phones_from_many_addresses(
    browser_at: BrowserAt, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day long, every address new: no more than the company pays for in a day."""
    monkeypatch.setenv("LK_SMS_PER_DAY", "40")
    settings.cache_clear()
    with writing() as session:
        for index in range(480):
            factories.user(session, f"Абонент {'а' * (index % 20)}{chr(1072 + index // 20)}", phone=f"91300{index:05d}")
    for index in range(480):
        await browser_at(f"10.0.{index // 250}.{index % 250}").post(
            "/api/recovery", data={"phone": f"91300{index:05d}"}
        )
        watch.move(timedelta(minutes=3))

    assert 30 <= messages_sent() <= 40


async def test_phones_that_nobody_has_cost_nothing(browser_at: BrowserAt) -> None:
    for index in range(300):
        await browser_at(f"10.0.{index // 250}.{index % 250}").post(
            "/api/recovery", data={"phone": f"91400{index:05d}"}
        )

    assert messages_sent() == 0
    # And they leave the ceiling to those who need it.
    await browser_at().post("/api/recovery", data={"phone": PHONE})
    assert messages_sent() == 1


async def sign_ins_checked(browser_at: BrowserAt, watch: Watch, names: list[str]) -> int:
    """Try passwords from one address for ten minutes, one a second; say how many were checked."""
    visitor, checked = browser_at(), 0
    for second in range(600):
        form = {"name": names[second % len(names)], "password": f"guess{second:04d}"}
        answer = await visitor.post("/api/session", data=form, headers=AS_SCRIPT)
        checked += answer.status_code == 401
        watch.move(timedelta(seconds=1))
    return checked


async def test_many_passwords_for_one_name(browser_at: BrowserAt, watch: Watch) -> None:
    assert await sign_ins_checked(browser_at, watch, ["Анна Сергеева"]) == 5 + 600 // 60 - 1


async def test_many_names_from_one_address(browser_at: BrowserAt, watch: Watch) -> None:
    names = [f"Имя {chr(1072 + index % 32)}{chr(1072 + index // 32)}" for index in range(600)]

    assert await sign_ins_checked(browser_at, watch, names) == 20 + 600 // 15 - 1
