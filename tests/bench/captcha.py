"""What tesseract makes of the captcha's pictures, and what a picture costs against a plain line of text.

Each preparation is what somebody with an image library and an evening would try: take the noise away, make the rest
larger and black. A program's success is the answer it would send, so a picture counts as solved when the number is
right, however it was misread.
"""

import io
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from lk_app.services.captcha import new_question, picture
from tests.bench.report import Measure
from tests.bench.sign_in import timed

PICTURES = 200
ROUNDS = 100
READ = re.compile(r"(\d{1,2})([+-])(\d{1,2})")
MISREAD = str.maketrans({"—": "-", "–": "-", "−": "-", "~": "-", "O": "0", "o": "0", "l": "1", "I": "1", "Z": "2"})


def grey(image: Image.Image, scale: int = 1, median_of: int = 0) -> Image.Image:
    shades = ImageOps.grayscale(image)
    if median_of:
        shades = shades.filter(ImageFilter.MedianFilter(median_of))
    larger = shades.resize((shades.width * scale, shades.height * scale), Image.Resampling.LANCZOS)
    return ImageOps.autocontrast(larger)


def black(image: Image.Image, limit: int = 140) -> Image.Image:
    return image.point(lambda shade: 255 if shade > limit else 0)


def without_thin_lines(image: Image.Image, width: int) -> Image.Image:
    """Take away what is thinner than `width`, and give the rest its thickness back."""
    return image.filter(ImageFilter.MaxFilter(width)).filter(ImageFilter.MinFilter(width))


def without_gaps(image: Image.Image, width: int) -> Image.Image:
    return image.filter(ImageFilter.MinFilter(width)).filter(ImageFilter.MaxFilter(width))


def mended(image: Image.Image) -> Image.Image:
    return without_gaps(grey(image, 2, median_of=3), 5)


PREPARATIONS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "median of 3, black": lambda image: black(grey(image, median_of=3)),
    "median of 5, black": lambda image: black(grey(image, median_of=5)),
    "2x, black": lambda image: black(grey(image, 2)),
    "3x, black": lambda image: black(grey(image, 3)),
    "2x, median of 5, black": lambda image: black(grey(image, 2).filter(ImageFilter.MedianFilter(5)), 150),
    "blurred, dark": lambda image: black(grey(image, 2).filter(ImageFilter.GaussianBlur(3)), 100),
    "gaps closed": lambda image: black(without_gaps(grey(image, median_of=3), 3)),
    "lines under 5 px away": lambda image: black(without_thin_lines(grey(image), 5)),
    "lines under 7 px away": lambda image: black(without_thin_lines(grey(image), 7)),
    "2x, lines under 9 px away": lambda image: black(without_thin_lines(grey(image, 2), 9)),
    "2x, lines under 11 px away": lambda image: black(without_thin_lines(grey(image, 2), 11)),
    "2x, gaps closed, lines under 9 px away": lambda image: black(without_thin_lines(mended(image), 9)),
    "2x, gaps closed, lines under 11 px away": lambda image: black(without_thin_lines(mended(image), 11)),
    "3x, lines under 15 px away": lambda image: black(without_thin_lines(grey(image, 3, median_of=3), 15)),
}


def against_tesseract_and_plain_text() -> Iterator[Measure]:
    yield speed()
    if shutil.which("tesseract") is None:
        print("tesseract is not installed: what it reads of captchas is not measured")
        return
    questions = [new_question() for _ in range(PICTURES)]
    pictures = [drawn(question) for question in questions]
    yield solved("a plain line of text", [plain(question) for question in questions], questions)
    yield solved("a captcha as it is", pictures, questions, 0.01)
    tried = [
        solved(f"best of {len(PREPARATIONS)}: {name}", [prepare(image) for image in pictures], questions, 0.07)
        for name, prepare in PREPARATIONS.items()
    ]
    yield max(tried, key=lambda measure: measure.ratio)


def speed() -> Measure:
    ours, plains = [], []
    for _ in range(ROUNDS):
        question = new_question()
        ours.append(timed(lambda question=question: picture.draw(secrets.token_urlsafe(16), question)))
        plains.append(timed(lambda question=question: png(plain(question))))
    return Measure("drawing a captcha", median(ours), median(plains), "ms", "plain line of text")


def drawn(question: str) -> Image.Image:
    return Image.open(io.BytesIO(picture.draw(secrets.token_urlsafe(16), question))).convert("RGB")


def plain(question: str) -> Image.Image:
    """Return the question as a line of text."""
    image = Image.new("RGB", picture.SIZE, "white")
    ImageDraw.Draw(image).text((20, 18), f"{question}=?", "black", picture.fonts("1")[0])
    return image


def solved(name: str, images: list[Image.Image], questions: list[str], target: float | None = None) -> Measure:
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        answers = [answer(text) for text in threads.map(tesseract, images)]
    right = sum(answer(question) == found for question, found in zip(questions, answers, strict=True))
    return Measure(f"tesseract, {name}", right, len(images), "solved", "pictures", target)


def tesseract(image: Image.Image) -> str:
    """Return what tesseract reads in an image; some make it crash, and then it reads nothing."""
    command = ["tesseract", "-", "-", "--psm", "7", "-c", "tessedit_char_whitelist=0123456789+-=?"]
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
    read = subprocess.run(command, env=environment, input=png(image), check=False, capture_output=True)
    return read.stdout.decode()


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "png")
    return file.getvalue()


def answer(text: str) -> int | None:
    """Return the result of the expression a text has in it."""
    expression = READ.search("".join(text.translate(MISREAD).split()))
    if expression is None:
        return None
    left, sign, right = expression.groups()
    return int(left) + int(right) if sign == "+" else int(left) - int(right)
