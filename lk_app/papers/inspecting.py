"""Looks through one PDF after another, in a process that does nothing else (`customs`): the files come from anybody.

Viewers differ in what they make of a broken file, and find objects that no table of it names. What acts is therefore
looked for in all bytes of the file, and in all that unpacks from it, and not only where a reader would look.
"""

import re
import resource
import zlib
from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader
from pypdf.generic import StreamObject

from lk_app import apart
from lk_app.papers.refusals import MOST_PAGES, Active, Protected, Refused, TooManyPages, Unreadable

MEMORY = 512 * 1024**2
"""Bytes this process may have; reading a file of the permitted size takes a tenth of it."""
DEADLINE = 10
"""Seconds of the processor after which the process is ended in the middle of a file; most take a tenth of one."""
MOST_UNPACKED = 200 * 1024**2
"""Bytes of all that is packed in a file: fifty scanned pages in colour stay below, since they are JPEG within."""

END = b"%%EOF"
END_OF_ZIP = b"PK\x05\x06"
ZIP_LOOKED_FOR = 66_000
"""Where in a file its end would make it an archive as well."""

ACTS = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|FileAttachment|RichMedia\w*|XFA|GoToR|GoToE|SubmitForm|ImportData|"
    rb"Rendition|Movie|Sound|U3D|PRC)(?![A-Za-z0-9])"
)
"""What every script, every other file within, and every way out of the file has to be called by."""
TWICE_PACKED = re.compile(rb"/FlateDecode\s*/FlateDecode")
"""Nobody needs it but who hides how much will unpack."""
ENCRYPTS = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
"""A letter of a name in digits, by which a word could hide."""
LONGEST_WORD = 64

PACKED = re.compile(rb"(?<!end)stream(?:\r\n|\n|\r)")
PIECE = 16 * 1024
UNPACKED_PIECE = 256 * 1024


def prepare() -> None:
    """Make this a process that looks through files: with little memory, and nothing left on the disk if it crashes."""
    apart.prepare()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def inspect(upload: bytes) -> None:
    """Let a file pass, or raise Refused; takes the process down if it gets stuck."""
    with apart.ended_after(DEADLINE):
        try:
            _look_at_ends(upload)
            _look_for_what_acts([upload])
            _look_for_what_acts(_unpacked(upload))
            _read(upload)
        except Refused:
            raise
        except Exception:
            # The library raises nearly anything over a broken file, and quotes it.
            raise Unreadable from None


def _look_at_ends(upload: bytes) -> None:
    """Refuse what goes on after its end, or is an archive as well: it would be something else to another program."""
    if not upload.rstrip(b"\0\t\n\f\r ").endswith(END) or END_OF_ZIP in upload[-ZIP_LOOKED_FOR:]:
        raise Unreadable


def _look_for_what_acts(pieces: Iterator[bytes] | list[bytes]) -> None:
    before = b""
    for piece in pieces:
        words = ESCAPED.sub(lambda digits: bytes([int(digits[1], 16)]), before + piece)
        if ENCRYPTS.search(words):
            raise Protected
        if TWICE_PACKED.search(words):
            raise Unreadable
        if ACTS.search(words):
            raise Active
        before = piece[-LONGEST_WORD:]


def _unpacked(upload: bytes) -> Iterator[bytes]:
    """Yield piece by piece what unpacks from a file, wherever in it something packed may begin."""
    left = MOST_UNPACKED
    for found in PACKED.finditer(upload):
        for piece in _inflated(upload, found.end()):
            left -= len(piece)
            if left < 0:
                raise Unreadable
            yield piece


def _inflated(upload: bytes, start: int) -> Iterator[bytes]:
    packed = zlib.decompressobj()
    for place in range(start, len(upload), PIECE):
        waiting = upload[place : place + PIECE]
        while waiting:
            try:
                yield packed.decompress(waiting, UNPACKED_PIECE)
            except zlib.error:
                return
            if packed.eof:
                return
            waiting = packed.unconsumed_tail


def _read(upload: bytes) -> None:
    """Open a file as viewers do, and look into objects that are packed in other ways."""
    reader = PdfReader(BytesIO(upload))
    if reader.is_encrypted:
        raise Protected
    if len(reader.pages) > MOST_PAGES:
        raise TooManyPages
    if not reader.pages:
        raise Unreadable
    for number in {packed_in for packed_in, _ in reader.xref_objStm.values()}:
        objects = reader.get_object(number)
        if not isinstance(objects, StreamObject):
            raise Unreadable
        _look_for_what_acts([objects.get_data()])
