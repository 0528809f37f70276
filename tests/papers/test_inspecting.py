"""A PDF is let in only if it is nothing but pages to look at, whatever its names and its parts say."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator

import pytest

from lk_app.papers import Active, NotChecked, Protected, Refused, TooManyPages, Unreadable, check, customs, is_pdf
from tests.apart import end
from tests.papers import fatal, pdfs
from tests.papers.pdfs import packed_away, pdf, stream

SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"


@pytest.fixture(scope="module", autouse=True)
def process() -> Iterator[None]:
    yield
    end(customs.customs())
    customs.customs.cache_clear()


PLAIN = {
    "one page": pdf(),
    "fifty pages": pdfs.of_pages(50),
    "a page with packed content": pdf(stream(zlib.compress(b"BT /F1 12 Tf (text) Tj ET"))),
    "spaces after the end": pdf() + b"\r\n \n",
    "opened at a page": pdf(catalog=b"/OpenAction [3 0 R /Fit]"),
    "a link to a site": pdf(b"<< /Type /Annot /Subtype /Link /A << /S /URI /URI (https://example.ru) >> >>"),
    "a plain form": pdf(catalog=b"/AcroForm << /Fields [] >>"),
    "a change appended by an editor": pdf() + pdf()[9:],
}


@pytest.mark.parametrize("file", PLAIN.values(), ids=PLAIN)
async def test_pages_to_look_at_are_let_in(file: bytes) -> None:
    assert is_pdf(file)
    await check(file)


ACTIVE = {
    "a script at its opening": pdf(catalog=b"/OpenAction " + SCRIPT),
    "a script of its own": pdf(catalog=b"/Names << /JavaScript << /Names [(a) " + SCRIPT + b"] >> >>"),
    "a script on a page": pdf(page=pdfs.PAGE[:-2] + b"/AA << /O " + SCRIPT + b" >> >>"),
    "a script whose name is spelled in digits": pdf(catalog=b"/OpenAction << /S /Java#53cr#69pt /JS (x) >>"),
    "a script in an object that nothing refers to": pdf(SCRIPT),
    "a script in packed objects that no table names": packed_away(SCRIPT),
    "a script beside another name in the same place": pdf(b"<< /S /URI /S /JavaScript /JS (x) >>"),
    "a script behind a string that looks like a stream": pdf(b"(stream\n)", SCRIPT),
    "a program to start": pdf(catalog=b"/OpenAction << /S /Launch /F (cmd.exe) >>"),
    "a file within": pdf(catalog=b"/Names << /EmbeddedFiles << /Names [] >> >>"),
    "a file on a page": pdf(b"<< /Type /Annot /Subtype /FileAttachment >>"),
    "a film": pdf(b"<< /Type /Annot /Subtype /RichMedia >>"),
    "a form that is a program": pdf(catalog=b"/AcroForm << /XFA [] >>"),
    "another file to go to": pdf(b"<< /S /GoToR /F (\\\\\\\\host\\\\share) >>"),
    "a form that sends": pdf(b"<< /S /SubmitForm /F (https://evil.example) >>"),
    "a form that fetches": pdf(b"<< /S /ImportData /F (x.fdf) >>"),
}


@pytest.mark.parametrize("file", ACTIVE.values(), ids=ACTIVE)
async def test_what_acts_is_refused(file: bytes) -> None:
    with pytest.raises(Active):
        await check(file)


def with_archive() -> bytes:
    """A PDF that is a ZIP as well, whose comment ends like a PDF."""
    file = io.BytesIO(pdf())
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("x.exe", b"MZ")
        archive.comment = b"\n%%EOF"
    return file.getvalue()


UNREADABLE = {
    "a page of HTML called so": b"%PDF-1.7\n<html><script>alert(1)</script></html>",
    "HTML with an end": b"%PDF-1.7\n<html><script>alert(1)</script></html>\n%%EOF",
    "half of a file": pdf()[:200],
    "something after its end": pdf() + b"<script>alert(1)</script>",
    "an archive after its end": pdf() + b"PK\x03\x04" + b"\0" * 26 + b"PK\x05\x06" + b"\0" * 18,
    "an archive that ends like a PDF": with_archive(),
    "no pages": pdf(pages=b"<< /Type /Pages /Kids [] /Count 0 >>"),
    "pages within themselves": pdf(pages=b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
    "twice packed": pdf(stream(zlib.compress(zlib.compress(b"x")), b"/Filter [/FlateDecode /FlateDecode]")),
    "a bomb": pdfs.bomb(300 * 1024 * 1024),
    "deep nesting": pdf(b"[" * 200_000 + b"]" * 200_000, catalog=b"/Lang 4 0 R", page=b"4 0 R"),
}


@pytest.mark.parametrize("file", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_is_no_pdf_or_more_than_one_is_refused(file: bytes) -> None:
    with pytest.raises(Unreadable):
        await check(file)


async def test_what_is_protected_is_refused_even_if_it_opens() -> None:
    with pytest.raises(Protected):
        await check(pdfs.encrypted())


async def test_more_pages_than_fifty_are_refused() -> None:
    with pytest.raises(TooManyPages):
        await check(pdfs.of_pages(51))


async def test_pages_that_multiply_are_refused() -> None:
    # Each of thirty levels holds the next one twice: a thousand million pages in two kilobytes.
    levels = [b"<< /Type /Pages /Count 2 /Kids [%d 0 R %d 0 R] >>" % (n, n) for n in range(5, 35)]
    file = pdf(*levels, pdfs.PAGE, pages=b"<< /Type /Pages /Count 2 /Kids [4 0 R 4 0 R] >>")

    with pytest.raises(Refused):
        await check(file)


@pytest.mark.parametrize("work", [fatal.dying, fatal.stuck])
async def test_a_file_that_kills_the_process_is_refused_and_the_next_is_looked_at(
    work: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(customs, "_inspect", work)
        with pytest.raises(NotChecked):
            await check(pdf())

    end(customs.customs())
    customs.customs.cache_clear()
    await check(pdf())


def test_only_what_begins_so_is_taken_for_a_pdf() -> None:
    assert not any(map(is_pdf, (b"", b"\n" + pdf(), b"<html>" + pdf(), b"GIF89a" + pdf(), b"%!PS")))
