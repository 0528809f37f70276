"""A captcha's question as a picture that people can read and programs mostly can't."""

import math
import random
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise

from captcha.image import DEFAULT_FONTS, ColorTuple, ImageCaptcha
from PIL.Image import Image, Resampling, Transform, new
from PIL.ImageDraw import Draw
from PIL.ImageFilter import SMOOTH
from PIL.ImageFont import FreeTypeFont, truetype

from lk_app.services.captcha.chance import chance_of

SIZE = WIDTH, HEIGHT = 300, 100
MARGIN = 12
COLOURS = 16
INK, PAPER = (10, 80), (236, 252)
"""Darkest and lightest value of each of a colour's three parts."""

PT_SANS = files("fontpkg_pt_sans") / "files"
BOLD = [str(PT_SANS / f"PT_Sans-Web-{face}.ttf") for face in ("Bold", "BoldItalic")]
FACES = {"1": BOLD[:1], "3": DEFAULT_FONTS, "7": BOLD[:1]}
"""Digits not drawn in every font. Under the line a slanting 1, or one without a foot, is taken for 7, a thin 7 for 2,
and a 3 with a flat top for 5."""
FONT_SIZES = (56, 60, 64)

SIGNS = "+−="
DIGIT_TURN, SIGN_TURN = 15, 6
"""Degrees to either side."""
DIGIT_JUMP, SIGN_JUMP = 6, 2
"""Pixels up or down."""
SHEAR = 0.15
GAP, GAP_AT_SIGN = 1, 9

LINE_WIDTH, LINE_HEIGHT, LINE_LENGTH, LINE_SLOPE = 6, (19, 23), (240, 290), 0.05
"""The line's wave. A thinner line than 6 px is taken away by programs without harm to the digits."""
DOTS = 45
MESH = 10

KEPT = 256
"""Pictures kept, a megabyte: asking for one again and again costs us nothing."""


@lru_cache(KEPT)
def draw(captcha_id: str, question: str) -> bytes:
    """Return the PNG of a question; takes some 10 ms, so never on the event loop."""
    return Picture(chance_of("picture", captcha_id)).generate(f"{question.replace('-', '−')}=?").getvalue()


@cache
def fonts(char: str) -> list[FreeTypeFont]:
    """Return the fonts a character is drawn in."""
    return [truetype(path, size) for path in FACES.get(char, BOLD + DEFAULT_FONTS) for size in FONT_SIZES]


class Picture(ImageCaptcha):
    """The library's picture with its own glyphs, lines and dots, all made by one generator of chance.

    The library crops each glyph to its ink and stretches that to the height of a line: `+`, `−` and `=` become slabs.
    """

    def __init__(self, chance: random.Random) -> None:
        super().__init__(*SIZE)
        self._chance = chance

    def generate_image(
        self, chars: str, bg_color: ColorTuple | None = None, fg_color: ColorTuple | None = None
    ) -> Image:
        """Return the finished picture."""
        paper = bg_color or self._colour(*PAPER)
        ink = fg_color or self._colour(*INK)
        image = self._waved(self.create_captcha_image(chars, ink, paper), paper)
        self._add_dots(image, ink)
        return image.filter(SMOOTH).quantize(COLOURS)

    def create_captcha_image(self, chars: str, color: ColorTuple, background: ColorTuple) -> Image:
        """Return the characters in a row and a line of their colour across them.

        The line turns round above or below the sign, so that it never hides a minus, and crosses the digits slantwise:
        along the top or the foot of a 1, 3 or 7 it would make another digit of it.
        """
        row, sign = self._row(chars)
        image = new("RGB", SIZE, background)
        image.paste(color, (0, 0), row)
        self._add_line(image, color, sign)
        return image

    def _row(self, chars: str) -> tuple[Image, float]:
        """Return the shape of the characters side by side, and where the sign's middle is."""
        shapes = [self._shape(char) for char in chars]
        gaps = [GAP_AT_SIGN if {*pair} & {*SIGNS} else GAP for pair in pairwise(chars)]
        width = sum(shape.width for shape in shapes) + sum(gaps)
        scale = min(1.0, (WIDTH - 2 * MARGIN) / width)
        row = new("L", SIZE)
        left = self._chance.uniform(MARGIN, WIDTH - MARGIN - width * scale)
        middles = []
        for char, shape, gap in zip(chars, shapes, [*gaps, 0], strict=True):
            shape = shape.resize((int(shape.width * scale), int(shape.height * scale)), Resampling.LANCZOS)
            jump = SIGN_JUMP if char in SIGNS else DIGIT_JUMP
            top = (HEIGHT - shape.height) / 2 + self._chance.uniform(-jump, jump)
            row.paste(255, (int(left), int(top)), shape)
            middles.append(left + shape.width / 2)
            left += shape.width + gap * scale
        return row, next(middle for char, middle in zip(chars, middles, strict=True) if char in SIGNS)

    def _shape(self, char: str) -> Image:
        """Return the shape of one character, sheared and turned, as wide as its ink and as high as a line."""
        turn = SIGN_TURN if char in SIGNS else DIGIT_TURN
        shape = self._sheared(outline(char, self._chance.choice(fonts(char))))
        turned = shape.rotate(self._chance.uniform(-turn, turn), Resampling.BICUBIC, expand=True)
        left, _, right, _ = turned.getbbox() or (0, 0, *turned.size)
        return turned.crop((left, 0, right, turned.height))

    def _sheared(self, shape: Image) -> Image:
        slope = self._chance.uniform(-SHEAR, SHEAR)
        room = int(abs(slope) * shape.height / 2) + 2
        wider = new("L", (shape.width + 2 * room, shape.height))
        wider.paste(shape, (room, 0))
        shear = (1, slope, -slope * shape.height / 2, 0, 1, 0)
        return wider.transform(wider.size, Transform.AFFINE, shear, Resampling.BICUBIC)

    def _waved(self, image: Image, paper: ColorTuple) -> Image:
        """Return the image as if its paper lay in waves in both directions."""
        sideways, upwards = self._chance.uniform(2, 3.5), self._chance.uniform(3.5, 6)
        length_down, length_across = HEIGHT / self._chance.uniform(1, 1.6), WIDTH / self._chance.uniform(1.2, 2.4)
        start_down, start_across = self._chance.uniform(0, math.tau), self._chance.uniform(0, math.tau)

        def moved(x: int, y: int) -> tuple[float, float]:
            return (
                x + sideways * math.sin(math.tau * y / length_down + start_down),
                y + upwards * math.sin(math.tau * x / length_across + start_across),
            )

        mesh = [
            (
                (x, y, x + MESH, y + MESH),
                (*moved(x, y), *moved(x, y + MESH), *moved(x + MESH, y + MESH), *moved(x + MESH, y)),
            )
            for x in range(0, WIDTH, MESH)
            for y in range(0, HEIGHT, MESH)
        ]
        return image.transform(SIZE, Transform.MESH, mesh, Resampling.BILINEAR, fillcolor=paper)

    def _add_line(self, image: Image, colour: ColorTuple, sign: float) -> None:
        """Draw a wave from edge to edge that has a turn where the sign is."""
        height = self._chance.choice((-1, 1)) * self._chance.uniform(*LINE_HEIGHT)
        length = self._chance.uniform(*LINE_LENGTH)
        slope = self._chance.uniform(-LINE_SLOPE, LINE_SLOPE)
        points = [
            (x, HEIGHT / 2 + slope * (x - sign) + height * math.cos(math.tau * (x - sign) / length))
            for x in range(-10, WIDTH + 11, 3)
        ]
        Draw(image).line(points, colour, LINE_WIDTH, joint="curve")

    def _add_dots(self, image: Image, ink: ColorTuple) -> None:
        canvas = Draw(image)
        for _ in range(DOTS):
            x, y, size = self._chance.randrange(WIDTH), self._chance.randrange(HEIGHT), self._chance.choice((1, 2))
            canvas.ellipse((x, y, x + size, y + size), ink)

    def _colour(self, darkest: int, lightest: int) -> ColorTuple:
        red, green, blue = (self._chance.randint(darkest, lightest) for _ in range(3))
        return red, green, blue


def outline(char: str, font: FreeTypeFont) -> Image:
    """Return a character as a shape that keeps the height of its line, thin ones a little bolder."""
    left, _, right, _ = font.getbbox(char)
    ascent, descent = font.getmetrics()
    start = min(left, 0)
    shape = new("L", (int(right - start) + 6, ascent + descent + 6))
    thin = char in SIGNS or font.path in DEFAULT_FONTS
    Draw(shape).text((3 - start, 3), char, 255, font, stroke_width=int(thin))
    return shape
