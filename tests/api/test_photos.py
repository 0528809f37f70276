"""Photos of dials over HTTP: drawn anew as they come, and shown to their owner and to staff only."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from io import BytesIO
from urllib.parse import quote

import httpx
import pytest
from PIL import Image
from sqlmodel import select, update
from starlette.applications import Starlette

from lk_app import api, clock
from lk_app import photos as drawn
from lk_app.api import forms, uploads
from lk_app.api.headers import with_headers
from lk_app.cookie import staff_cookie_name
from lk_app.models import Action, AuditEvent, Meter, ReadingPhoto, Role, UserSession
from lk_app.photos import MOST_BYTES, darkroom
from lk_app.services.errors import NotFound
from lk_app.services.rates import Pace
from lk_app.services.readings import photos
from lk_app.services.session import reading, writing
from tests import factories
from tests.apart import end, process_of
from tests.api.conftest import ORIGIN, BrowserAt
from tests.api.test_profile import sign_in
from tests.photos import fatal, pictures

NAME, SPOUSE, STRANGER = "Мария Иванова", "Иван Иванов", "Пётр Семёнов"
OTHERS = ("Анна Первая", "Анна Вторая", "Анна Третья")
METER, OTHER_METER, FOREIGN_METER = "ПУ-17/1", "ПУ-17/2", "ПУ-41/1"
UPLOAD = "/api/readings/photos"
STAFF_TOKEN = "token of the staff"


@pytest.fixture(scope="module", autouse=True)
def process() -> Iterator[None]:
    yield
    end(darkroom.darkroom())
    darkroom.darkroom.cache_clear()


@pytest.fixture(autouse=True)
def accounts(portal: str, quick: None) -> None:
    with writing() as session:
        account, foreign = (factories.account(session, number) for number in ("66010000017", "66010000041"))
        for name in (NAME, SPOUSE, *OTHERS):
            factories.link(session, factories.user(session, name), account)
        factories.link(session, factories.user(session, STRANGER), foreign)
        for meter_id in (METER, OTHER_METER):
            factories.meter(session, account, id=meter_id)
        factories.meter(session, foreign, id=FOREIGN_METER)
        factories.staff_caller(session, token=STAFF_TOKEN, at=clock.now())


@pytest.fixture
async def hers(browser_at: BrowserAt) -> httpx.AsyncClient:
    """A browser in which Мария has just signed in."""
    return await sign_in(browser_at(), NAME)


@pytest.fixture
def office(browser_at: BrowserAt) -> httpx.AsyncClient:
    """A browser in which an operator is signed in."""
    browser = browser_at()
    browser.cookies.set(staff_cookie_name(), STAFF_TOKEN)
    return browser


async def upload(
    browser: httpx.AsyncClient, file: bytes | AsyncIterator[bytes], meter_id: str = METER, **headers: str
) -> httpx.Response:
    named = {"LK-Meter": quote(meter_id, safe="")} | {name.replace("_", "-"): value for name, value in headers.items()}
    return await browser.post(UPLOAD, content=file, headers=named)


async def uploaded(browser: httpx.AsyncClient) -> str:
    answer = await upload(browser, pictures.with_notes(pictures.Kind.JPEG))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["file"])


def attach(photo_id: str) -> str:
    """Let a photo go with a new reading; return the reading's id."""
    with writing() as session:
        meter = session.get_one(Meter, METER)
        row = factories.reading(session, meter, 5_214_000)
        session.exec(update(ReadingPhoto).where(ReadingPhoto.id == photo_id).values(reading_id=row.id))
        return str(row.id)


def kept() -> list[ReadingPhoto]:
    """The photos there are, in the order they came."""
    with reading() as session:
        return list(session.exec(select(ReadingPhoto).order_by(ReadingPhoto.uploaded_at)).all())


def message(answer: httpx.Response) -> str:
    return str(answer.json()["message"]).replace("\u00a0", " ")


async def test_an_uploaded_photo_is_kept_and_shown_without_what_the_camera_noted(hers: httpx.AsyncClient) -> None:
    for kind in pictures.Kind:
        answer = await upload(hers, pictures.with_notes(kind))

        assert answer.status_code == 200
        photo = kept()[-1]
        assert answer.json() == {"file": photo.id}
        assert (photo.meter_id, photo.reading_id) == (METER, None)
        shown = await hers.get(f"{UPLOAD}/{photo.id}")
        assert (shown.status_code, shown.content) == (200, photo.content)
        assert Image.open(BytesIO(shown.content)).size == (320, 240)
        assert pictures.SECRET not in shown.content
        assert 0xE1 not in pictures.markers(shown.content)


async def test_a_photo_is_shown_as_nothing_but_a_picture_and_stays_nowhere(hers: httpx.AsyncClient) -> None:
    photo_id = await uploaded(hers)
    transport = httpx.ASGITransport(with_headers(Starlette(routes=api.routes)))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies=hers.cookies) as browser:
        headers = (await browser.get(f"{UPLOAD}/{photo_id}")).headers

    assert headers["content-type"] == "image/jpeg"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"] == 'inline; filename="photo.jpg"'
    assert headers["cache-control"] == "private, no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["content-security-policy"].startswith("default-src 'none'; ")


async def test_only_who_is_signed_in_on_our_pages_uploads(hers: httpx.AsyncClient, browser_at: BrowserAt) -> None:
    stranger = await upload(browser_at(), pictures.jpeg())
    assert stranger.status_code == 401
    assert stranger.json()["sign_in"] is True
    for origin in ("https://evil.example", "null", ""):
        assert (await upload(hers, pictures.jpeg(), Origin=origin)).status_code == 403
    assert kept() == []


async def test_a_meter_of_others_looks_like_none(hers: httpx.AsyncClient) -> None:
    for meter_id in (FOREIGN_METER, "ПУ-99", "", "\0", "'", "м" * 41, "a\nb"):
        answer = await upload(hers, pictures.jpeg(), meter_id)
        assert (answer.status_code, message(answer)) == (409, NotFound().message), meter_id
    assert kept() == []


async def test_a_request_without_a_meter_is_refused(hers: httpx.AsyncClient) -> None:
    assert (await hers.post(UPLOAD, content=pictures.jpeg())).status_code == 409


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


REFUSED = {
    "an SVG": (SVG, 415, "JPEG, PNG или HEIC"),
    "a page before a picture": (b"<html>" + pictures.jpeg(), 415, "JPEG, PNG или HEIC"),
    "nothing": (b"", 415, "JPEG, PNG или HEIC"),
    "a bomb": (pictures.png_bomb(), 413, "больше 50 мегапикселей"),
    "half a photo": (pictures.jpeg()[:-300], 422, "файл повреждён"),
    "too much": (pictures.jpeg() + b"\0" * MOST_BYTES, 413, "больше 10 МБ"),
}


async def test_what_is_refused_is_told_what_to_do(hers: httpx.AsyncClient) -> None:
    named = {"content_type": "image/jpeg", "content_disposition": 'attachment; filename="dial.jpg"'}

    for what, (file, status, words) in REFUSED.items():
        answer = await upload(hers, file, **named)
        assert answer.status_code == status, what
        assert words in message(answer), what

    assert kept() == []
    await uploaded(hers)


async def test_neither_a_type_nor_a_name_that_is_sent_along_counts(hers: httpx.AsyncClient) -> None:
    name = "attachment; filename=\"../../../etc/cron.d/x.svg\"; filename*=UTF-8''..%2F..%2Fx.html"

    answer = await upload(hers, pictures.png(), content_type="text/html", content_disposition=name)

    shown = await hers.get(f"{UPLOAD}/{answer.json()['file']}")
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["content-disposition"] == 'inline; filename="photo.jpg"'


class Pieces:
    """What a server hands to the application of a body, piece by piece; it knows how much was taken."""

    def __init__(self, *pieces: bytes | None) -> None:
        """None stands for a sender who is gone."""
        self.left = list(pieces)
        self.taken = 0

    async def __call__(self) -> dict[str, object]:
        piece = self.left.pop(0)
        if piece is None:
            return {"type": "http.disconnect"}
        self.taken += len(piece)
        return {"type": "http.request", "body": piece, "more_body": bool(self.left)}


async def handed_over(browser: httpx.AsyncClient, pieces: Pieces, length: str = "") -> int:
    """Hand an upload to the application without a client that would correct it; return the status."""
    statuses = []

    async def send(event: dict[str, object]) -> None:
        if event["type"] == "http.response.start":
            statuses.append(event["status"])

    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    headers = {"origin": ORIGIN, "cookie": cookies, "lk-meter": quote(METER, safe="")}
    if length:
        headers["content-length"] = length
    scope = {
        "type": "http", "method": "POST", "path": UPLOAD, "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    await Starlette(routes=api.routes)(scope, pieces, send)
    (status,) = statuses
    return int(status)


PIECE = 65_536
TWENTY_MEGABYTES = [b"\xff\xd8\xff\0" * (PIECE // 4)] * 320


async def test_what_is_too_large_is_cut_off_whatever_it_said_of_its_length(hers: httpx.AsyncClient) -> None:
    for length in ("", "100", "-1", "1e3", "ten"):
        pieces = Pieces(*TWENTY_MEGABYTES)
        assert await handed_over(hers, pieces, length) == 413
        assert pieces.taken <= MOST_BYTES + PIECE


async def test_what_says_that_it_is_too_large_is_not_read_at_all(hers: httpx.AsyncClient) -> None:
    pieces = Pieces(*TWENTY_MEGABYTES)

    assert await handed_over(hers, pieces, str(MOST_BYTES + 1)) == 413
    assert pieces.taken == 0


async def test_a_sender_who_goes_away_leaves_nothing_and_may_come_again(
    hers: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await handed_over(hers, Pieces(pictures.jpeg()[:500], None))

    assert kept() == []
    assert caplog.messages == []
    await uploaded(hers)


async def test_an_upload_that_never_ends_is_given_up(hers: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "UPLOAD_SECONDS", 0.05)

    answer = await upload(hers, held_until(asyncio.Event()))

    assert answer.status_code == 409
    assert "Проверьте связь" in message(answer)
    assert (await upload(hers, pictures.jpeg())).status_code == 200


async def held_until(released: asyncio.Event) -> AsyncIterator[bytes]:
    """A photo whose second half comes later."""
    file = pictures.jpeg()
    yield file[:500]
    await released.wait()
    yield file[500:]


async def test_of_one_user_one_upload_is_taken_on_at_once_and_four_of_all(
    hers: httpx.AsyncClient, browser_at: BrowserAt
) -> None:
    others = [await sign_in(browser_at(), name) for name in (SPOUSE, *OTHERS)]
    released = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(upload(hers, held_until(released)))]
        await until_under_way(1)
        second_of_hers = await upload(hers, pictures.jpeg())
        waiting += [group.create_task(upload(other, held_until(released))) for other in others[:3]]
        await until_under_way(4)
        fifth = await upload(others[3], pictures.jpeg())
        released.set()

    assert [task.result().status_code for task in waiting] == [200] * 4
    for refused, words in ((second_of_hers, "Предыдущий файл"), (fifth, "много файлов")):
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        assert words in message(refused)
    assert (await upload(others[3], pictures.jpeg())).status_code == 200


async def until_under_way(many: int) -> None:
    for _ in range(1000):
        if len(uploads.UNDER_WAY) == many:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the uploads did not begin")


async def test_after_many_uploads_one_has_to_wait(hers: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "UPLOADS", Pace(burst=2, interval=timedelta(minutes=10)))

    answers = [await upload(hers, SVG) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [415, 415, 429]
    assert 0 < int(answers[2].headers["retry-after"]) <= 600


async def test_an_upload_survives_the_death_of_the_process_that_draws(hers: httpx.AsyncClient) -> None:
    await uploaded(hers)
    process_of(darkroom.darkroom()).kill()

    await uploaded(hers)


async def test_a_photo_that_kills_the_process_twice_is_refused_and_logged_without_a_trace_of_it(
    hers: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(darkroom, "_draw", fatal.dying)
        answer = await upload(hers, pictures.jpeg())

    assert answer.status_code == 503
    assert "Попробуйте ещё раз" in message(answer)
    assert caplog.messages == ["an upload is stopped: the process died twice"]
    await uploaded(hers)


async def test_who_is_signed_out_meanwhile_leaves_nothing(
    hers: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = drawn.draw_anew

    async def drawn_while_the_session_ends(file: bytes) -> bytes:
        with writing() as session:
            session.exec(update(UserSession).values(ended_at=clock.now()))
        return await really(file)

    monkeypatch.setattr(drawn, "draw_anew", drawn_while_the_session_ends)

    assert (await upload(hers, pictures.jpeg())).status_code == 401
    assert kept() == []


async def test_what_is_not_for_the_caller_looks_as_if_it_did_not_exist(
    hers: httpx.AsyncClient, office: httpx.AsyncClient, browser_at: BrowserAt
) -> None:
    photo_id = await uploaded(hers)
    attach(photo_id)
    spouse, stranger = await sign_in(browser_at(), SPOUSE), await sign_in(browser_at(), STRANGER)
    nobody = browser_at()

    answers = [await browser.get(f"{UPLOAD}/{photo_id}") for browser in (spouse, stranger, office, nobody)]
    answers += [await browser.get(f"/api/office/photos/{photo_id}") for browser in (hers, nobody)]
    for junk in ("A" * 22, "%00", "❤", "a" * 900):
        answers += [await hers.get(f"{UPLOAD}/{junk}"), await office.get(f"/api/office/photos/{junk}")]

    assert {(answer.status_code, answer.content) for answer in answers} == {(404, b"")}
    assert (await hers.get(f"{UPLOAD}/{photo_id}")).status_code == 200


async def test_staff_see_a_photo_that_came_with_a_reading_and_are_logged(
    hers: httpx.AsyncClient, office: httpx.AsyncClient
) -> None:
    photo_id = await uploaded(hers)
    before = await office.get(f"/api/office/photos/{photo_id}")
    reading_id = attach(photo_id)

    shown = await office.get(f"/api/office/photos/{photo_id}")

    assert (before.status_code, before.content) == (404, b"")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.content == kept()[0].content
    with reading() as session:
        [seen] = session.exec(select(AuditEvent)).all()
    assert (seen.action, seen.subject) == (Action.PHOTO_SEEN, reading_id)


async def test_staff_of_another_role_see_no_photo(
    hers: httpx.AsyncClient, office: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo_id = await uploaded(hers)
    attach(photo_id)
    monkeypatch.setattr(photos, "READINGS", (Role.SUPERVISOR,))

    refused = await office.get(f"/api/office/photos/{photo_id}")

    assert (refused.status_code, refused.content) == (404, b"")


async def test_nothing_of_a_photo_is_logged(
    hers: httpx.AsyncClient, office: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    whole, truncated = pictures.with_notes(pictures.Kind.JPEG), pictures.with_notes(pictures.Kind.PNG)[:-300]
    with caplog.at_level(logging.DEBUG):
        photo_id = (await upload(hers, whole)).json()["file"]
        attach(photo_id)
        for file in (truncated, SVG + pictures.SECRET, pictures.png_bomb()):
            await upload(hers, file)
        await hers.get(f"{UPLOAD}/{photo_id}")
        await office.get(f"/api/office/photos/{photo_id}")

    # The test's own client names the addresses it calls.
    said = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))
    assert not any(word in said for word in (pictures.SECRET.decode(), METER, quote(METER), photo_id, "JFIF", "xff"))


async def test_a_fault_of_ours_is_logged_by_its_place_only(
    hers: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(file: bytes, *wanted: object) -> bytes:
        raise ValueError(pictures.SECRET)

    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(drawn, "draw_anew", fails)
        answer = await upload(hers, pictures.jpeg())

    assert (answer.status_code, message(answer)) == (500, forms.BROKEN)
    assert caplog.text.count("ValueError at ") == 1
    assert pictures.SECRET.decode() not in caplog.text
    await uploaded(hers)
