"""A photo drawn anew shows what the file showed, and holds nothing else of it."""

import resource
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from lk_app.photos import (
    MOST_BYTES,
    NotDrawn,
    TooLarge,
    TooManyPixels,
    Unreadable,
    WrongType,
    darkroom,
    draw_anew,
)
from lk_app.photos.kinds import Kind
from tests.apart import end, process_of
from tests.photos import fatal, pictures
from tests.photos.pictures import BLUE, GREEN, GREY, RED, SECRET

WHITE = (255, 255, 255)
PLAIN_MARKERS = {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
"""The head, tables, a frame that is not progressive, a scan: all that a picture needs."""

HTML, ZIP = b"<html><script>alert(1)</script></html>", b"PK\x03\x04" + b"\0" * 26 + b"PK\x05\x06" + b"\0" * 18


@pytest.fixture(scope="module", autouse=True)
def process() -> Iterator[None]:
    yield
    end(darkroom.darkroom())
    darkroom.darkroom.cache_clear()


async def drawn(file: bytes) -> Image.Image:
    """The picture that is drawn of a file, once it is sure that it is nothing but a picture."""
    anew = await draw_anew(file)
    assert set(pictures.markers(anew)) == PLAIN_MARKERS
    assert anew.endswith(b"\xff\xd9")
    picture = Image.open(BytesIO(anew))
    assert (picture.format, picture.mode) == ("JPEG", "RGB")
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert max(picture.size) <= 1600
    return picture


def looks(picture: Image.Image, x: float, y: float, colour: tuple[int, int, int]) -> bool:
    """Say whether a picture has a colour at a place, given in parts of its width and height."""
    place = int(x * (picture.width - 1)), int(y * (picture.height - 1))
    return all(abs(a - b) <= 12 for a, b in zip(picture.getpixel(place), colour, strict=True))


@pytest.mark.parametrize("kind", Kind)
async def test_nothing_a_camera_noted_is_left(kind: Kind) -> None:
    file = pictures.with_notes(kind)
    assert SECRET in file
    assert Image.open(BytesIO(file)).getexif().get_ifd(0x8825)[2] == (54.0, 45.0, 12.5)

    anew = await draw_anew(file)

    assert SECRET not in anew
    assert not any(word in anew for word in (b"Exif", b"adobe", b"ICC_PROFILE", b"2026:11:22", b"Comment"))
    assert looks(await drawn(file), 0.1, 0.1, RED)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", Kind)
async def test_a_photo_is_turned_as_the_camera_was_held(kind: Kind, orientation: int) -> None:
    turned_by_viewers = {
        pictures.MIRRORED: Image.Transpose.FLIP_LEFT_RIGHT,
        pictures.HALF_TURN: Image.Transpose.ROTATE_180,
        pictures.FLIPPED: Image.Transpose.FLIP_TOP_BOTTOM,
        pictures.TRANSPOSED: Image.Transpose.TRANSPOSE,
        pictures.LEFT_TURN: Image.Transpose.ROTATE_90,
        pictures.TRANSVERSE: Image.Transpose.TRANSVERSE,
        pictures.RIGHT_TURN: Image.Transpose.ROTATE_270,
    }
    lying = pictures.marked()
    if orientation in turned_by_viewers:
        lying = lying.transpose(turned_by_viewers[orientation])

    picture = await drawn(pictures.saved(lying, kind, exif=pictures.exif(orientation).tobytes()))

    assert picture.size == (320, 240)
    assert looks(picture, 0.1, 0.1, RED)
    assert looks(picture, 0.9, 0.1, BLUE)
    assert looks(picture, 0.5, 0.9, GREY)


async def test_what_is_transparent_becomes_white() -> None:
    clear = pictures.plain(mode="RGBA", colour=(*GREEN, 0))
    clear.paste((*GREEN, 255), (0, 0, 160, 240))
    shades = pictures.plain(mode="LA", colour=(0, 0))
    palette = pictures.marked().quantize(8)

    for file in (pictures.png(clear), pictures.heic(clear)):
        picture = await drawn(file)
        assert looks(picture, 0.2, 0.5, GREEN)
        assert looks(picture, 0.8, 0.5, WHITE)
    assert looks(await drawn(pictures.png(shades)), 0.5, 0.5, WHITE)
    picture = await drawn(pictures.png(palette, transparency=palette.getpixel((160, 200))))
    assert looks(picture, 0.1, 0.1, RED)
    assert looks(picture, 0.5, 0.9, WHITE)


@pytest.mark.parametrize(
    ("file", "colour"),
    [
        (pictures.png(pictures.plain(mode="I;16", colour=128 * 257)), GREY),
        (pictures.png(pictures.plain(mode="I;16", colour=128 * 257), transparency=5), GREY),
        (pictures.deep_png(GREEN), GREEN),
        (pictures.png(pictures.plain(mode="1", colour=1)), WHITE),
        (pictures.png(pictures.plain(mode="L", colour=128)), GREY),
        (pictures.png(pictures.plain(colour=RED).quantize(4)), RED),
        (pictures.jpeg(pictures.plain(mode="L", colour=128)), GREY),
        (pictures.jpeg(pictures.plain(colour=RED).convert("CMYK")), RED),
        (pictures.jpeg(pictures.plain(colour=RED).convert("YCbCr")), RED),
        (pictures.heic(pictures.plain(mode="L", colour=128)), GREY),
    ],
    ids=["16 bits", "16 bits with a hole", "48 bits", "bitmap", "shades", "palette",
         "JPEG of shades", "CMYK", "YCbCr", "HEIC of shades"],
)  # fmt: skip
async def test_colours_stay_whatever_they_are_made_of(file: bytes, colour: tuple[int, int, int]) -> None:
    assert looks(await drawn(file), 0.5, 0.5, colour)


async def test_of_several_pictures_the_first_or_the_chosen_one_is_taken() -> None:
    red, green, blue = (pictures.plain(colour=colour) for colour in (RED, GREEN, BLUE))

    chosen = pictures.heic(red, save_all=True, append_images=[green, blue], primary_index=1)
    moving = pictures.png(red, save_all=True, append_images=[green, blue])
    stereo = pictures.saved(red, "MPO", save_all=True, append_images=[green])

    assert looks(await drawn(chosen), 0.5, 0.5, GREEN)
    assert looks(await drawn(moving), 0.5, 0.5, RED)
    assert looks(await drawn(stereo), 0.5, 0.5, RED)


async def test_a_photo_as_phones_take_it_becomes_small_and_stays_legible() -> None:
    photo = pictures.dial()

    anew = await draw_anew(pictures.jpeg(photo, quality=92))

    picture = Image.open(BytesIO(anew))
    assert picture.size == (1600, 1200)
    assert 80_000 < len(anew) <= 250 * 1024
    window = (320, 480, 1280, 720)
    difference = ImageChops.difference(picture.crop(window), photo.resize((1600, 1200)).crop(window))
    assert max(ImageStat.Stat(difference).mean) < 3


@pytest.mark.parametrize(
    ("size", "drawn_size"),
    [((1, 1), (1, 1)), ((1600, 900), (1600, 900)), ((1601, 800), (1600, 800)), ((20_000, 2), (1600, 1))],
)
async def test_only_what_is_too_large_is_made_smaller(size: tuple[int, int], drawn_size: tuple[int, int]) -> None:
    assert (await drawn(pictures.png(pictures.plain(size)))).size == drawn_size


async def test_the_largest_that_is_taken_can_be_drawn() -> None:
    largest = pictures.plain((8160, 6120), "RGBA", (*GREEN, 255))

    assert (await drawn(pictures.png(largest, compress_level=1))).size == (1600, 1200)


@pytest.mark.parametrize("bomb", [
    pictures.png_bomb(),
    pictures.jpeg_bomb(),
    pictures.heic_that_says(pictures.heic(), 60_000, 60_000),
    pictures.png_file(8_000, 6_251, depth=8, colour=0, rows=b""),
], ids=["PNG", "JPEG", "HEIC", "just above"])  # fmt: skip
async def test_what_says_that_it_is_larger_is_never_decoded(bomb: bytes) -> None:
    with pytest.raises(TooManyPixels):
        await draw_anew(bomb)


async def test_a_file_of_ten_megabytes_is_taken_and_not_a_byte_more() -> None:
    file = pictures.jpeg()
    padded = file + b"\0" * (MOST_BYTES - len(file))

    assert looks(await drawn(padded), 0.1, 0.1, RED)
    with pytest.raises(TooLarge):
        await draw_anew(padded + b"\0")


@pytest.mark.parametrize("start", [
    b"", b"\xff\xd8", b'<svg xmlns="http://www.w3.org/2000/svg"/>', b"GIF89", b"%PDF-1.7", b"BM",
    b"\0\0\0\x1cftypavif", b"\0\0\0\x1cftypisom", b"II*\0", b"PK\x03\x04", b"RIFF\0\0\0\0WEBPVP8 ",
    HTML + pictures.jpeg(),
])  # fmt: skip
async def test_nothing_but_the_three_kinds_is_taken(start: bytes) -> None:
    with pytest.raises(WrongType):
        await draw_anew(start + b"\0" * 100)


@pytest.mark.parametrize("end_of", [HTML, ZIP], ids=["HTML", "ZIP"])
@pytest.mark.parametrize("kind", Kind)
async def test_of_a_file_that_is_two_things_the_picture_is_left(kind: Kind, end_of: bytes) -> None:
    both = pictures.saved(pictures.marked(), kind) + end_of

    assert looks(await drawn(both), 0.1, 0.1, RED)
    assert end_of[:20] not in await draw_anew(both)


AVIF = pictures.saved(pictures.marked(), "AVIF")


@pytest.mark.parametrize("broken", [
    pictures.jpeg()[:-400],
    pictures.png()[:-400],
    pictures.heic()[:-100],
    b"\xff\xd8\xff" + b"\0" * 1000,
    b"\x89PNG\r\n\x1a\n" + b"\0" * 1000,
    AVIF[:8] + b"mif1" + AVIF[12:],
    pictures.heic_that_says(pictures.heic(), 4_000, 4_000),
    pictures.heic_that_says(pictures.heic(pictures.marked((3_000, 3_000))), 64, 64),
], ids=["JPEG", "PNG", "HEIC", "no JPEG", "no PNG", "AVIF", "less than it says", "more than it says"])  # fmt: skip
async def test_what_is_broken_is_refused(broken: bytes) -> None:
    with pytest.raises(Unreadable):
        await draw_anew(broken)


async def test_a_killed_process_is_replaced_and_the_photo_drawn() -> None:
    await draw_anew(pictures.jpeg())
    process_of(darkroom.darkroom()).kill()

    assert looks(await drawn(pictures.jpeg()), 0.1, 0.1, RED)


@pytest.mark.parametrize("work", [fatal.dying, fatal.stuck])
async def test_a_photo_that_kills_or_holds_the_process_is_refused(
    work: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(darkroom, "_draw", work)
        with pytest.raises(NotDrawn):
            await draw_anew(pictures.jpeg())

    assert looks(await drawn(pictures.jpeg()), 0.1, 0.1, RED)


async def test_a_photo_that_takes_all_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(darkroom, "_draw", fatal.greedy)
        with pytest.raises(Unreadable):
            await draw_anew(pictures.jpeg())
    process_of(darkroom.darkroom()).kill()


async def test_a_crash_leaves_no_photo_on_the_disk() -> None:
    await draw_anew(pictures.jpeg())

    assert await darkroom.darkroom().run(resource.getrlimit, resource.RLIMIT_CORE) == (0, 0)
