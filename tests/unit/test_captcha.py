"""How a captcha looks and sounds."""

import io
import random
import secrets
import wave
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PIL import Image

from lk_app.services.captcha import new_question
from lk_app.services.captcha.chance import chance_of
from lk_app.services.captcha.picture import draw
from lk_app.services.captcha.speech import recordings, say, words_of
from lk_app.settings import settings

ID, ANOTHER_ID = "abcdefghijklmnopqrstuv", "vutsrqponmlkjihgfedcba"
QUESTION = "37+8"


def anew(render: Any, captcha_id: str, question: str) -> bytes:
    """Return a captcha as if it were asked for the first time."""
    return render.__wrapped__(captcha_id, question)


@pytest.mark.parametrize("render", [draw, say])
def test_a_captcha_is_the_same_whenever_it_is_asked_for(render: Any) -> None:
    assert anew(render, ID, QUESTION) == anew(render, ID, QUESTION)
    assert anew(render, ID, QUESTION) != anew(render, ANOTHER_ID, QUESTION)


@pytest.mark.parametrize("render", [draw, say])
def test_captchas_made_at_once_do_not_disturb_each_other(render: Any) -> None:
    ids = [secrets.token_urlsafe(16) for _ in range(8)]
    alone = [anew(render, captcha_id, QUESTION) for captcha_id in ids]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda captcha_id: anew(render, captcha_id, QUESTION), ids)) == alone


@pytest.mark.parametrize("render", [draw, say])
def test_chance_is_nobody_elses(render: Any) -> None:
    before = random.getstate()
    anew(render, ID, QUESTION)

    assert random.getstate() == before


def test_without_the_key_nobody_can_repeat_a_captcha(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = chance_of("picture", ID).random()
    assert ours != chance_of("speech", ID).random()

    monkeypatch.setenv("LK_SECRET_KEY", "another key")
    settings.cache_clear()
    theirs = chance_of("picture", ID).random()
    settings.cache_clear()
    assert ours != theirs


def test_a_picture_is_small_and_says_nothing_beside_what_it_shows() -> None:
    for _ in range(20):
        question = new_question()
        content = draw(secrets.token_urlsafe(16), question)
        image = Image.open(io.BytesIO(content))
        image.load()

        assert image.format == "PNG"
        assert image.size == (300, 100)
        assert len(image.getcolors() or []) in range(3, 17)
        assert len(content) <= 6_000
        assert image.info == {}
        assert chunks(content) == ["IHDR", "PLTE", "IDAT", "IEND"]
        assert question.encode() not in content


def chunks(png: bytes) -> list[str]:
    """Return the names of a PNG's parts, in order."""
    names, at = [], 8
    while at < len(png):
        names.append(png[at + 4 : at + 8].decode())
        at += 12 + int.from_bytes(png[at : at + 4], "big")
    return names


def test_every_sign_and_digit_can_be_drawn() -> None:
    for question in ("12+3", "45-6", "78+9", "90-4"):
        shown = Image.open(io.BytesIO(draw(ID, question))).convert("L")
        darkest, lightest = shown.getextrema()
        assert lightest - darkest > 120


def test_speech_is_short_small_and_not_overdriven() -> None:
    for _ in range(10):
        content = say(secrets.token_urlsafe(16), new_question())
        samples = samples_of(content)

        assert 2 <= len(samples) / 8_000 <= 8
        assert len(content) <= 60_000
        assert 0 < min(samples) < max(samples) < 255


def samples_of(content: bytes) -> bytes:
    """Return the samples of a WAV, which must be 8,000 a second, unsigned 8-bit, mono."""
    with wave.open(io.BytesIO(content)) as recording:
        assert (recording.getframerate(), recording.getsampwidth(), recording.getnchannels()) == (8_000, 1, 1)
        return recording.readframes(-1)


def test_other_words_sound_different() -> None:
    assert len({say(ID, question) for question in ("37+8", "37-8", "37+9", "38+8", "47+8")}) == 5
    words = recordings()
    assert len(words) == 31
    assert len({bytes(voice) for voices in words.values() for voice in voices}) == 62


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("37+8=", ["30", "7", "+", "8", "="]),
        ("20-9=", ["20", "-", "9", "="]),
        ("19+2=", ["19", "+", "2", "="]),
        ("10+3=", ["10", "+", "3", "="]),
    ],
)
def test_numbers_are_said_as_people_say_them(expression: str, words: list[str]) -> None:
    assert words_of(expression) == words


def test_every_question_can_be_said() -> None:
    numbers = {*map(str, range(2, 100))}

    assert {word for number in numbers for word in words_of(number)} | {"+", "-", "="} <= recordings().keys()
