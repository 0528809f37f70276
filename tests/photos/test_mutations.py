"""Whatever bytes come, the answer is a photo drawn anew or a clear refusal."""

import asyncio
from collections.abc import Iterator
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lk_app.photos import NotDrawn, Refused, darkroom, draw_anew
from lk_app.photos.kinds import Kind
from tests.apart import end
from tests.photos import pictures

FILES = [
    *(pictures.with_notes(kind) for kind in Kind),
    pictures.saved(pictures.marked((64, 48)), "MPO", save_all=True, append_images=[pictures.plain((64, 48))]),
    pictures.png(pictures.marked((64, 48)).quantize(8), transparency=1),
    pictures.heic(pictures.marked((64, 48)), save_all=True, append_images=[pictures.plain((64, 48))]),
]
ODD_NUMBERS = st.sampled_from([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\xff\xff", b"\0\0\0\x01"])


@pytest.fixture(scope="module", autouse=True)
def process() -> Iterator[None]:
    yield
    end(darkroom.darkroom())
    darkroom.darkroom.cache_clear()


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A file with bytes replaced, numbers made odd, a piece left out or doubled, and perhaps an early end."""
    file = bytearray(draw(st.sampled_from(FILES)))
    # What decides how a file is read stands near its beginning.
    places = st.integers(0, len(file) - 1) | st.integers(0, 200)
    for place in draw(st.lists(places, max_size=4)):
        file[place : place + 1] = draw(st.binary(min_size=1, max_size=1))
    for place in draw(st.lists(places, max_size=2)):
        file[place : place + 4] = draw(ODD_NUMBERS)
    if draw(st.booleans()):
        first, last = sorted((draw(places), draw(places)))
        file[first:last] = file[first:last] * draw(st.sampled_from([0, 2]))
    return bytes(file[: draw(st.integers(0, len(file)))] if draw(st.booleans()) else file)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=50) | mutated())
def test_whatever_comes_is_drawn_anew_or_refused(file: bytes) -> None:
    try:
        anew = asyncio.run(draw_anew(file))
    except NotDrawn:
        raise AssertionError("it took the process down") from None
    except Refused:
        return
    assert {0xE1, 0xE2, 0xED, 0xFE}.isdisjoint(pictures.markers(anew))
    assert pictures.SECRET not in anew
    picture = Image.open(BytesIO(anew))
    picture.load()
    assert (picture.format, max(picture.size) <= 1600) == ("JPEG", True)
