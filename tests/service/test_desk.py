"""At the desk where the bank is asked there is room for many, and for a few of each."""

import asyncio
import threading

import pytest

from lk_app.services.acquiring import desk
from lk_app.services.acquiring.desk import BankBusy, Places, at_the_desk


def test_one_user_takes_three_places_and_no_more() -> None:
    places = Places()
    for _ in range(3):
        places.take(1)
    with pytest.raises(BankBusy):
        places.take(1)
    places.take(2)

    places.leave(1)
    places.take(1)


def test_all_together_take_forty_places() -> None:
    places = Places()
    for _ in range(39):
        places.take(None)
    places.take(1)
    for another in (None, 2):
        with pytest.raises(BankBusy):
            places.take(another)

    places.leave(None)
    places.take(2)


async def test_who_stops_waiting_keeps_the_place_until_the_bank_has_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "places", Places())
    monkeypatch.setattr(desk, "OF_ONE_USER", 1)
    answered, left = threading.Event(), asyncio.Event()
    waiting = at_the_desk(1, answered.wait, 10)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 0.01)

    with pytest.raises(BankBusy):
        at_the_desk(1, int)
    answered.set()
    waiting.add_done_callback(lambda _: left.set())
    await left.wait()

    assert await at_the_desk(1, int) == 0


async def test_what_fails_is_told_and_frees_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "places", Places())
    monkeypatch.setattr(desk, "OF_ONE_USER", 1)
    for _ in range(2):
        with pytest.raises(ValueError, match="invalid literal"):
            await at_the_desk(1, int, "two")
