"""Build lk_app/services/captcha/words.zip: the words of the spoken captcha, said by two voices of espeak-ng 1.51.

    apt-get install espeak-ng && python tools/build_voices.py

Each is a WAV of 8,000 samples a second, unsigned 8-bit, mono, as the captcha library plays them.
"""

import io
import math
import subprocess
import wave
import zipfile
from array import array
from collections.abc import Sequence
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "lk_app" / "services" / "captcha" / "words.zip"
RATE = 8_000
LOUDEST = 115
SILENT = 4
EDGE = RATE // 40
TAPS = 16
QUIET = bytes(200)

VOICES = (("-p", "45", "-s", "140"), ("-p", "60", "-s", "150"))
"""Pitch and words a minute."""

UNITS = [
    "ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять",
    "десять", "одиннадцать", "двенадцать", "тринадцать", "четырнадцать",
    "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать", "девятнадцать",
]  # fmt: skip
TENS = ["двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто"]
WORDS = (
    {str(number): word for number, word in enumerate(UNITS)}
    | {str(10 * tens): word for tens, word in enumerate(TENS, 2)}
    | {"+": "плюс", "-": "минус", "=": "равно"}
)


def said(word: str, voice: tuple[str, ...]) -> bytes:
    """Return a word as the library plays it."""
    command = ["espeak-ng", "-v", "ru", *voice, "--stdout", word]
    recording = subprocess.run(command, check=True, capture_output=True).stdout
    rate = int.from_bytes(recording[24:28], "little")
    # The sizes in the header of a stream are made up: the samples go on to the end.
    data = recording[recording.index(b"data") + 8 :]
    samples = resampled(array("h", QUIET + data[: len(data) // 2 * 2] + QUIET), rate / RATE)
    loudest = max(map(abs, samples))
    return trimmed(bytes(round(128 + LOUDEST * sample / loudest) for sample in samples))


def resampled(samples: Sequence[int], step: float) -> list[float]:
    """Return every `step`-th sample of what is left below half the new rate (a windowed sinc)."""
    reach = TAPS * step
    return [
        sum(samples[at] * kernel((at - centre) / step) for at in range(math.ceil(centre - reach), int(centre + reach)))
        for centre in (reach + step * index for index in range(int((len(samples) - 2 * reach) / step)))
    ]


def kernel(distance: float) -> float:
    window = 0.5 + 0.5 * math.cos(math.pi * distance / TAPS)
    return window * (math.sin(math.pi * distance) / (math.pi * distance) if distance else 1.0)


def trimmed(word: bytes) -> bytes:
    """Return a word without the silence around it, but for an edge of a fortieth of a second."""
    heard = [at for at, sample in enumerate(word) if abs(sample - 128) > SILENT]
    return word[max(0, heard[0] - EDGE) : heard[-1] + EDGE]


def wav(samples: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setparams((1, 1, RATE, 0, "NONE", "not compressed"))
        recording.writeframes(samples)
    return file.getvalue()


if __name__ == "__main__":
    with zipfile.ZipFile(TARGET, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for number, voice in enumerate(VOICES):
            for name, word in WORDS.items():
                # Without a date, so that the same words make the same file.
                archive.writestr(zipfile.ZipInfo(f"{number}/{name}.wav"), wav(said(word, voice)), zipfile.ZIP_DEFLATED)
