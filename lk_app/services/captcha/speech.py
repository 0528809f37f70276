"""A captcha's question said in Russian, for those who can't see the picture."""

import random
import re
import wave
from functools import cache, lru_cache
from pathlib import Path
from zipfile import ZipFile

from captcha.audio import BEEP, SILENCE, WAVE_SAMPLE_RATE, AudioCaptcha, change_sound, mix_wave

from lk_app.services.captcha.chance import chance_of

WORDS = Path(__file__).with_name("words.zip")
"""31 words said by two voices, made by tools/build_voices.py: a file VOICE/WORD.wav each."""

VOICES = 2
GAP = (WAVE_SAMPLE_RATE // 7, WAVE_SAMPLE_RATE // 3)
SLOWNESS = (1.0, 1.15)
LOUDNESS = (0.85, 1.05)
MURMUR = (0.1, 0.16)
"""How loud the words said backwards in the background are."""
HISS = range(126, 131)

KEPT = 64
"""Recordings kept, two megabytes: browsers ask for one in parts."""


@lru_cache(KEPT)
def say(captcha_id: str, question: str) -> bytes:
    """Return the WAV of a question; takes some 30 ms, so never on the event loop."""
    return bytes(Speech(chance_of("speech", captcha_id)).generate(f"{question}="))


@cache
def recordings() -> dict[str, list[bytearray]]:
    """Return each word as said by each voice."""
    with ZipFile(WORDS) as archive:
        words = [Path(name).stem for name in archive.namelist() if name.startswith("0/")]
        return {word: [_samples(archive, f"{voice}/{word}.wav") for voice in range(VOICES)] for word in words}


def words_of(expression: str) -> list[str]:
    """Return the words people say: 37+8= is 30, 7, +, 8, =."""
    words = []
    for term in re.findall(r"\d+|\D", expression):
        tens, units = divmod(int(term), 10) if term.isdecimal() else (0, 0)
        words += [f"{tens}0", str(units)] if tens > 1 and units else [term]
    return words


class Speech(AudioCaptcha):
    """The library's recording as fast as people speak, all its chance made by one generator.

    The library waits up to three seconds after each word, and its background is nearly as loud as the words.
    """

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance

    def load(self) -> None:
        """Take our words for the library's."""
        self._cache = recordings()

    def create_wave_body(self, chars: str) -> bytearray:
        """Return a beep and then the expression, said by one voice over a murmur."""
        voice = self._chance.randrange(VOICES)
        words = [self._said(self._cache[word][voice], LOUDNESS) for word in words_of(chars)]
        gaps = [self._chance.randint(*GAP) for _ in words]
        body = self._murmur(sum(map(len, words)) + sum(gaps) + GAP[1])
        end = 0
        for gap, word in zip(gaps, words, strict=True):
            start, end = end + gap, end + gap + len(word)
            body[start:end] = mix_wave(word, body[start:end])
        return BEEP + SILENCE + body

    def _murmur(self, length: int) -> bytearray:
        """Return a background of words said backwards."""
        murmur = bytearray(self._chance.choices(HISS, k=length))
        start = 0
        while start < length:
            voice = self._chance.choice(self._cache[self._chance.choice(list(self._cache))])
            word = self._said(voice[::-1], MURMUR)[: length - start]
            murmur[start : start + len(word)] = mix_wave(word, murmur[start : start + len(word)])
            start += len(word) + self._chance.randrange(WAVE_SAMPLE_RATE // 10)
        return murmur

    def _said(self, word: bytearray, loudness: tuple[float, float]) -> bytearray:
        """Return a word a little slower, and louder or softer."""
        slowness = self._chance.uniform(*SLOWNESS)
        slower = bytearray(word[int(at / slowness)] for at in range(int(len(word) * slowness)))
        return change_sound(slower, self._chance.uniform(*loudness))


def _samples(archive: ZipFile, name: str) -> bytearray:
    with archive.open(name) as file, wave.open(file) as recording:
        return bytearray(recording.readframes(-1))
