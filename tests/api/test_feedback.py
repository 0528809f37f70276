"""Appeals and their files over HTTP: nothing typed is lost, nothing is kept twice, nothing hostile gets in or out."""

import logging
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import quote, unquote

import httpx
import pytest
from PIL import Image, ImageDraw, ImageFont
from sqlmodel import select
from starlette.applications import Starlette

from lk_app import api, clock
from lk_app.api.headers import with_headers
from lk_app.cookie import staff_cookie_name
from lk_app.models import Action, Appeal, AppealMessage, AppealState, Attachment, AttachmentKind, AuditEvent, Role
from lk_app.papers import customs
from lk_app.photos import darkroom
from lk_app.services.errors import NotFound
from lk_app.services.feedback import attachments
from lk_app.services.feedback.attachments import MOST_BYTES
from lk_app.services.references import reference_of
from lk_app.services.session import reading, writing
from tests import factories
from tests.apart import end
from tests.api.conftest import ORIGIN, BrowserAt
from tests.api.test_profile import sign_in
from tests.papers import fatal, pdfs
from tests.photos import pictures
from tests.texts import plain

NAME, STRANGER, OWN = "Мария Иванова", "Пётр Семёнов", "66010000017"
ASK, REPLY, CLOSE, FILES = "/api/feedback", "/api/feedback/reply", "/api/feedback/closing", "/api/feedback/attachments"
STAFF_TOKEN = "token of the staff"
EVIL = {"Origin": "https://evil.example"}
SECRET = "Сумма-выросла-втрое"


@pytest.fixture(scope="module", autouse=True)
def processes() -> Iterator[None]:
    yield
    for process in (darkroom.darkroom, customs.customs):
        end(process())
        process.cache_clear()


@pytest.fixture(autouse=True)
def people(portal: str, quick: None) -> None:
    with writing() as session:
        factories.appeal_type(session)
        factories.link(session, factories.user(session, NAME), factories.account(session, OWN))
        factories.user(session, STRANGER)
        factories.staff_caller(session, token=STAFF_TOKEN, at=clock.now())


@pytest.fixture
async def hers(browser_at: BrowserAt) -> httpx.AsyncClient:
    """A browser in which Мария has just signed in."""
    return await sign_in(browser_at(), NAME)


@pytest.fixture
async def his(browser_at: BrowserAt) -> httpx.AsyncClient:
    """A browser in which a stranger has signed in."""
    return await sign_in(browser_at(), STRANGER)


@pytest.fixture
def office(browser_at: BrowserAt) -> httpx.AsyncClient:
    """A browser in which an operator is signed in."""
    browser = browser_at()
    browser.cookies.set(staff_cookie_name(), STAFF_TOKEN)
    return browser


def question(**typed: str) -> dict[str, str]:
    return {"type": "charges", "subject": "Квитанция", "text": SECRET, "key": "1", "account": reference_of(OWN)} | typed


async def asked(browser: httpx.AsyncClient, **typed: str) -> str:
    """Ask; return the id of the appeal."""
    answer = await browser.post(ASK, data=question(**typed))
    assert answer.status_code == 200, answer.text
    with reading() as session:
        return session.exec(select(Appeal.id).order_by(Appeal.created_at.desc()).limit(1)).one()


async def upload(browser: httpx.AsyncClient, file: bytes, name: str = "фото.jpg", **headers: str) -> httpx.Response:
    named = {"LK-Name": quote(name, safe="")} | {header.replace("_", "-"): value for header, value in headers.items()}
    return await browser.post(FILES, content=file, headers=named)


async def uploaded(browser: httpx.AsyncClient, file: bytes = b"", name: str = "фото.jpg") -> str:
    answer = await upload(browser, file or pictures.jpeg(), name)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["file"])


def kept() -> list[Attachment]:
    with reading() as session:
        return list(session.exec(select(Attachment).order_by(Attachment.uploaded_at)))


def message(answer: httpx.Response) -> str:
    return plain(str(answer.json()["message"]))


async def test_a_question_sent_twice_is_kept_once_and_says_the_same(hers: httpx.AsyncClient) -> None:
    photo = await uploaded(hers)

    answers = [await hers.post(ASK, data=question(**{"attachment-1": photo})) for _ in range(2)]

    assert [answer.json() for answer in answers] == [{"done": "Вопрос отправлен. Ответ появится на этой странице."}] * 2
    with reading() as session:
        [appeal] = session.exec(select(Appeal)).all()
        [first] = session.exec(select(AppealMessage)).all()
    assert (appeal.account_number, appeal.subject, first.text) == (OWN, "Квитанция", SECRET)
    assert kept()[0].message_id == first.id


async def test_what_is_refused_is_told_by_field_and_keeps_nothing(hers: httpx.AsyncClient) -> None:
    answer = await hers.post(ASK, data=question(subject="", text="я" * 40_000))

    assert answer.status_code == 422
    assert {name: plain(said) for name, said in answer.json()["errors"].items()} == {
        "subject": "Обязательное поле",
        "text": "Не больше 4 000 знаков, а здесь 40 000",
    }
    with reading() as session:
        assert session.exec(select(Appeal)).all() == []


async def test_a_file_that_is_gone_is_named_and_nothing_is_kept(hers: httpx.AsyncClient) -> None:
    answer = await hers.post(ASK, data=question(**{"attachment-2": "A" * 22}))

    assert (answer.status_code, message(answer)) == (409, attachments.GONE)
    with reading() as session:
        assert session.exec(select(Appeal)).all() == []


async def test_who_is_signed_out_is_led_to_sign_in_and_others_sites_send_nothing(
    hers: httpx.AsyncClient, browser_at: BrowserAt
) -> None:
    for address in (ASK, REPLY, CLOSE):
        stranger = await browser_at().post(address, data=question())
        assert (stranger.status_code, stranger.json()["sign_in"]) == (401, True)
        assert (
            await hers.post(address, data=question(), headers={"Origin": "https://evil.example"})
        ).status_code == 403
    assert (await upload(browser_at(), pictures.jpeg())).status_code == 401
    assert (await upload(hers, pictures.jpeg(), Origin="https://evil.example")).status_code == 403
    assert kept() == []


async def test_an_appeal_of_others_looks_like_none(hers: httpx.AsyncClient, his: httpx.AsyncClient) -> None:
    appeal_id = await asked(hers)

    for address in (REPLY, CLOSE):
        answers = [
            await his.post(address, data={"appeal": appeal, "text": "Чужое", "key": "1"})
            for appeal in (appeal_id, "Q261122-0000000000", "", "\0")
        ]
        assert {(answer.status_code, message(answer)) for answer in answers} == {(409, plain(NotFound().message))}


async def test_its_owner_adds_to_an_appeal_and_closes_it(hers: httpx.AsyncClient) -> None:
    appeal_id = await asked(hers)

    added = await hers.post(REPLY, data={"appeal": appeal_id, "text": "Ещё одно", "key": "2"})
    closed = await hers.post(CLOSE, data={"appeal": appeal_id})
    too_late = await hers.post(REPLY, data={"appeal": appeal_id, "text": "И ещё", "key": "3"})

    assert (added.json()["done"], closed.status_code) == ("Сообщение отправлено.", 200)
    assert (too_late.status_code, message(too_late)) == (
        409,
        "Это обращение закрыто. Если вопрос остался, создайте новое.",
    )
    with reading() as session:
        assert session.get_one(Appeal, appeal_id).state is AppealState.CLOSED


async def test_nothing_that_was_written_is_logged(
    hers: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with caplog.at_level(logging.DEBUG):
        appeal_id = await asked(hers)
        await upload(hers, pictures.jpeg()[:-300], f"{SECRET}.jpg")
        await upload(hers, pdfs.pdf(catalog=b"/Title (" + SECRET.encode() + b") /Lang [")[:-40], f"{SECRET}.pdf")
        with monkeypatch.context() as patch:
            patch.setattr(customs, "_inspect", fatal.dying)
            assert (await upload(hers, pdfs.pdf(), f"{SECRET}.pdf")).status_code == 503

    said = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))
    assert "an upload is stopped" in said
    assert not any(secret in said for secret in (SECRET, quote(SECRET), appeal_id, "Квитанция"))


async def test_a_picture_is_drawn_anew_whatever_it_is_called(hers: httpx.AsyncClient) -> None:
    for kind in pictures.Kind:
        answer = await upload(hers, pictures.with_notes(kind), "../снимок.exe.PNG", content_type="text/html")

        assert answer.status_code == 200
        file = kept()[-1]
        assert answer.json() == {"file": file.id, "name": "снимок.exe.jpg"}
        assert (file.kind, file.name, file.size) == (AttachmentKind.JPEG, "снимок.exe.jpg", len(file.content))
        assert pictures.SECRET not in file.content
        assert Image.open(BytesIO(file.content)).format == "JPEG"


async def test_a_page_of_a_phone_stays_as_large_as_it_was_and_readable(hers: httpx.AsyncClient) -> None:
    page = Image.new("RGB", (1179, 4600), "white")
    draw = ImageDraw.Draw(page)
    for row in range(100):
        draw.text((40, 40 + 45 * row), f"Row {row}: 1 234,56", fill="black", font=ImageFont.load_default(28))

    await uploaded(hers, pictures.png(page))

    drawn = Image.open(BytesIO(kept()[0].content)).convert("L")
    assert drawn.size == page.size
    line = drawn.crop((40, 40, 300, 80))
    assert line.getextrema()[0] < 60


async def test_a_large_photo_is_made_smaller(hers: httpx.AsyncClient) -> None:
    await uploaded(hers, pictures.jpeg(pictures.dial((4032, 3024)), quality=60))

    file = kept()[0]
    drawn = Image.open(BytesIO(file.content))
    assert drawn.width * drawn.height <= 6_000_000 < 1.01 * drawn.width * drawn.height
    assert file.size < 1.5 * 1024 * 1024


async def test_a_pdf_is_kept_as_it_came(hers: httpx.AsyncClient) -> None:
    file = pdfs.of_pages(2)

    answer = await upload(hers, file, "Акт.JPG", content_type="image/jpeg")

    assert answer.json()["name"] == "Акт.pdf"
    assert (kept()[0].kind, kept()[0].content) == (AttachmentKind.PDF, file)


HTML, ZIP = b"<html><script>alert(1)</script></html>", b"PK\x03\x04" + b"\0" * 26 + b"PK\x05\x06" + b"\0" * 18
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED = {
    "SVG": (SVG, "картинка.svg", 415, "JPEG, PNG, HEIC"),
    "SVG that is called a photo": (b'<?xml version="1.0"?>' + SVG, "фото.jpg", 415, "JPEG, PNG, HEIC"),
    "HTML that is called a PDF": (HTML, "справка.pdf", 415, "JPEG, PNG, HEIC"),
    "HTML before a picture": (HTML + pictures.jpeg(), "фото.jpg", 415, "JPEG, PNG, HEIC"),
    "HTML before a PDF": (HTML + pdfs.pdf(), "справка.pdf", 415, "JPEG, PNG, HEIC"),
    "a GIF": (b"GIF89a" + b"\0" * 40, "фото.jpg", 415, "JPEG, PNG, HEIC"),
    "a program": (b"MZ" + b"\0" * 400, "фото.jpg", 415, "JPEG, PNG, HEIC"),
    "an archive": (ZIP, "фото.jpg", 415, "JPEG, PNG, HEIC"),
    "nothing": (b"", "фото.jpg", 415, "JPEG, PNG, HEIC"),
    "a PDF that is an archive": (pdfs.pdf() + ZIP, "справка.pdf", 422, "повреждён"),
    "half of a PDF": (pdfs.pdf()[:200], "справка.pdf", 422, "повреждён"),
    "half of a photo": (pictures.jpeg()[:-300], "фото.jpg", 422, "повреждён"),
    "a script in a PDF": (pdfs.pdf(b"<< /S /JavaScript /JS (x) >>"), "справка.pdf", 422, "скрипты, вложенные файлы"),
    "a PDF nobody sees into": (pdfs.encrypted(), "справка.pdf", 422, "без пароля"),
    "51 pages": (pdfs.of_pages(51), "справка.pdf", 422, "больше 50 страниц"),
    "a bomb of a PDF": (pdfs.bomb(256 * 1024 * 1024), "справка.pdf", 422, "повреждён"),
    "a bomb of a picture": (pictures.png_bomb(), "фото.png", 413, "больше 50 мегапикселей"),
    "a byte too much": (pictures.jpeg() + b"\0" * (MOST_BYTES + 1 - len(pictures.jpeg())), "ф.jpg", 413, "5 МБ"),
}


async def test_what_is_refused_is_told_what_to_do_and_not_kept(hers: httpx.AsyncClient) -> None:
    for what, (file, name, status, words) in REFUSED.items():
        answer = await upload(hers, file, name)
        assert answer.status_code == status, what
        assert words in message(answer), what

    assert kept() == []
    await uploaded(hers)


async def test_a_file_of_exactly_the_size_is_taken(hers: httpx.AsyncClient) -> None:
    file = pictures.jpeg()

    await uploaded(hers, file + b"\0" * (MOST_BYTES - len(file)))


async def test_a_picture_that_is_something_else_too_is_nothing_but_a_picture_then(hers: httpx.AsyncClient) -> None:
    for tail in (HTML, ZIP, pdfs.pdf(), SVG):
        await uploaded(hers, pictures.jpeg() + tail)

        assert tail not in kept()[-1].content
        assert kept()[-1].content.endswith(b"\xff\xd9")


async def test_a_file_is_shown_so_that_it_can_do_nothing(hers: httpx.AsyncClient) -> None:
    name = "Смета «5%»; a=b.pdf"
    photo, paper = await uploaded(hers), await uploaded(hers, pdfs.pdf(), name)
    transport = httpx.ASGITransport(with_headers(Starlette(routes=api.routes)))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies=hers.cookies) as browser:
        picture, document = [(await browser.get(f"{FILES}/{file}")).headers for file in (photo, paper)]

    assert (picture["content-type"], document["content-type"]) == ("image/jpeg", "application/pdf")
    assert picture["content-disposition"].startswith('inline; filename="photo.jpg"; ')
    plain_name, _, encoded = document["content-disposition"].partition("; filename*=UTF-8''")
    assert plain_name == 'attachment; filename="document.pdf"'
    assert unquote(encoded) == name
    assert not set(encoded) & set("\"';<> \r\n")
    for headers in (picture, document):
        assert headers.get_list("content-security-policy") == ["sandbox; default-src 'none'; frame-ancestors 'none'"]
        assert headers.get_list("x-content-type-options") == ["nosniff"]
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "private, no-store"


async def test_a_file_of_others_looks_like_none(
    hers: httpx.AsyncClient, his: httpx.AsyncClient, office: httpx.AsyncClient, browser_at: BrowserAt
) -> None:
    alone, sent = await uploaded(hers), await uploaded(hers)
    await asked(hers, **{"attachment-1": sent})
    nobodys = [f"{FILES}/{'A' * 22}", f"{FILES}/junk", f"/api/office/attachments/{'A' * 22}"]
    office_files = [f"/api/office/attachments/{file}" for file in (alone, sent)]

    for browser, addresses in (
        (his, [f"{FILES}/{alone}", f"{FILES}/{sent}", *office_files, *nobodys]),
        (hers, [*office_files, *nobodys]),
        (browser_at(), [f"{FILES}/{sent}", *office_files]),
        (office, [f"{FILES}/{sent}", office_files[0], *nobodys]),
    ):
        for address in addresses:
            answer = await browser.get(address)
            assert (answer.status_code, answer.content) == (404, b""), address
    assert [(await hers.get(f"{FILES}/{file}")).status_code for file in (alone, sent)] == [200, 200]


async def test_each_look_of_staff_is_logged(
    hers: httpx.AsyncClient, office: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = await uploaded(hers, pdfs.pdf(), f"{SECRET}.pdf")
    appeal_id = await asked(hers, **{"attachment-1": sent})

    shown = await office.get(f"/api/office/attachments/{sent}")
    monkeypatch.setattr(attachments, "APPEALS", (Role.SUPERVISOR,))
    refused = await office.get(f"/api/office/attachments/{sent}")

    assert (shown.status_code, shown.content) == (200, pdfs.pdf())
    assert (refused.status_code, refused.content) == (404, b"")
    with reading() as session:
        [seen] = session.exec(select(AuditEvent).where(AuditEvent.action == Action.ATTACHMENT_SEEN)).all()
    assert (seen.subject, seen.detail) == (appeal_id, "")


async def test_after_many_uploads_one_has_to_wait(hers: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "UPLOADS", attachments.Pace(2, attachments.UPLOADS.interval))
    await upload(hers, b"junk")
    await upload(hers, b"junk")

    answer = await upload(hers, pictures.jpeg())

    assert answer.status_code == 429
    assert kept() == []
