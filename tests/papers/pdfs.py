"""PDFs as people and attackers make them, written byte by byte so that each says exactly what it should."""

import zlib
from io import BytesIO

from pypdf import PdfReader, PdfWriter

PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"


def pdf(*more: bytes, catalog: bytes = b"", page: bytes = PAGE, pages: bytes = PAGES) -> bytes:
    """A file of one page; `catalog` goes on in the catalogue, and `more` are objects from number 4 on."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>", pages, page, *more]
    body, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(body)


def stream(content: bytes, entries: bytes = b"/Filter /FlateDecode") -> bytes:
    """An object with something packed in it."""
    return b"<< /Length %d %s >>\nstream\n" % (len(content), entries) + content + b"\nendstream"


def of_pages(many: int) -> bytes:
    writer = PdfWriter()
    for _ in range(many):
        writer.add_blank_page(200, 200)
    return written(writer)


def encrypted() -> bytes:
    """A file that opens without a password, as those of some offices do, and yet nobody sees into."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf())))
    writer.encrypt("", owner_password="secret", algorithm="RC4-128")
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def bomb(unpacked: int) -> bytes:
    """A file of some kilobytes that unpacks to as many bytes."""
    packer = zlib.compressobj(9)
    packed = bytearray()
    zeros = bytes(1024 * 1024)
    for _ in range(unpacked // len(zeros)):
        packed += packer.compress(zeros)
    packed += packer.flush()
    return pdf(stream(bytes(packed)))


def packed_away(hidden: bytes) -> bytes:
    """A file in which an object is within a packed stream of objects that no table names."""
    inner = b"9 0 " + hidden
    return pdf(stream(zlib.compress(inner), b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"))
