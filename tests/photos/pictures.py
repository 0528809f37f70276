"""Pictures as phones, cameras and attackers make them."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pillow_heif
from PIL import ExifTags, Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from lk_app.photos.kinds import Kind

pillow_heif.register_heif_opener()

SECRET = b"IVANOVA-66010000017"
"""What a file knows of its owner, wherever there is room for it."""

RED, GREEN, BLUE, GREY = (200, 30, 30), (30, 160, 30), (30, 30, 200), (128, 128, 128)

UPRIGHT, MIRRORED, HALF_TURN, FLIPPED, TRANSPOSED, LEFT_TURN, TRANSVERSE, RIGHT_TURN = range(1, 9)
"""What a camera notes of how it was held (EXIF)."""


def plain(size: tuple[int, int] = (320, 240), mode: str = "RGB", colour: Any = GREY) -> Image.Image:
    """A picture of one colour."""
    return Image.new(mode, size, colour)


def marked(size: tuple[int, int] = (320, 240)) -> Image.Image:
    """A grey picture with a red corner on the left at the top, and a blue one on the right of it."""
    picture = plain(size)
    picture.paste(RED, (0, 0, size[0] // 4, size[1] // 4))
    picture.paste(BLUE, (size[0] - size[0] // 4, 0, size[0], size[1] // 4))
    return picture


def dial(size: tuple[int, int] = (4032, 3024)) -> Image.Image:
    """A photo of a dial: digits a tenth as high as the picture, on something with the noise of a cellar."""
    grain = Image.effect_noise((size[0] // 8, size[1] // 8), 25)
    picture = grain.resize(size, Image.Resampling.BICUBIC).convert("RGB")
    window = (size[0] // 5, size[1] * 2 // 5, size[0] * 4 // 5, size[1] * 3 // 5)
    draw = ImageDraw.Draw(picture)
    draw.rectangle(window, fill=(25, 25, 25))
    font = ImageFont.load_default(size[1] // 7)
    draw.text((window[0] + size[0] // 30, window[1] + size[1] // 60), "05214,380", fill=(240, 240, 235), font=font)
    return picture


def jpeg(picture: Image.Image | None = None, **values: Any) -> bytes:
    return saved(picture or marked(), Kind.JPEG, **values)


def png(picture: Image.Image | None = None, **values: Any) -> bytes:
    return saved(picture or marked(), Kind.PNG, **values)


def heic(picture: Image.Image | None = None, **values: Any) -> bytes:
    return saved(picture or marked(), Kind.HEIF, **values)


def saved(picture: Image.Image, kind: str, **values: Any) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **values)
    return file.getvalue()


def exif(orientation: int = UPRIGHT) -> Image.Exif:
    """What a phone notes: whose it is, where it was, how it was held."""
    notes = Image.Exif()
    notes[ExifTags.Base.Artist] = SECRET.decode()
    notes[ExifTags.Base.Orientation] = orientation
    notes.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (54.0, 45.0, 12.5), 3: "E", 4: (58.0, 12.0, 7.25)})
    notes.get_ifd(ExifTags.IFD.GPSInfo)[29] = "2026:11:22"
    return notes


def xmp() -> bytes:
    return b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><creator>' + SECRET + b"</creator></x:xmpmeta>"


def with_notes(kind: Kind) -> bytes:
    """A file of a kind with everything a camera and an editor put into it besides the picture."""
    values: dict[str, Any] = {"exif": exif(), "xmp": xmp(), "icc_profile": SECRET * 8}
    if kind is Kind.JPEG:
        return jpeg(comment=SECRET, dpi=(72, 72), progressive=True, **values)
    if kind is Kind.HEIF:
        return heic(thumbnails=[128], **values)
    texts = PngInfo()
    texts.add_text("Comment", SECRET.decode())
    texts.add_itxt("XML:com.adobe.xmp", xmp().decode())
    del values["xmp"]
    return png(pnginfo=texts, **values)


def png_file(width: int, height: int, *, depth: int, colour: int, rows: bytes) -> bytes:
    """A PNG chunk by chunk: for what our library does not write, and for lies about the size."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def png_bomb() -> bytes:
    """A hundred bytes that ask for ten gigabytes."""
    return png_file(60_000, 60_000, depth=8, colour=2, rows=b"")


def deep_png(colour: tuple[int, int, int]) -> bytes:
    """A PNG with 16 bits for each of three colours."""
    row = b"\0" + b"".join(struct.pack(">H", value * 257) for value in colour) * 40
    return png_file(40, 30, depth=16, colour=2, rows=row * 30)


def jpeg_bomb() -> bytes:
    """A JPEG that says it is 60,000 pixels wide and high."""
    file = bytearray(jpeg())
    frame = file.index(b"\xff\xc0")
    file[frame + 5 : frame + 9] = struct.pack(">HH", 60_000, 60_000)
    return bytes(file)


def heic_that_says(file: bytes, width: int, height: int) -> bytes:
    """A HEIC whose container lies about the size of what is in it."""
    lying = bytearray(file)
    place = lying.find(b"ispe")
    while place >= 0:
        lying[place + 8 : place + 16] = struct.pack(">II", width, height)
        place = lying.find(b"ispe", place + 1)
    return bytes(lying)


def markers(file: bytes) -> list[int]:
    """The markers of a JPEG up to its first scan, each segment stepped over by its length; fails for anything else."""
    assert file[:2] == b"\xff\xd8"
    found, place = [], 2
    while not found or found[-1] != 0xDA:
        assert file[place] == 0xFF
        found.append(file[place + 1])
        place += 2 + int.from_bytes(file[place + 2 : place + 4], "big")
    return found
