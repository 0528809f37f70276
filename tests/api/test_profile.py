"""The forms of «Настройки» over HTTP: for their own user only, and for dangerous ones with a fresh password."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from lk_app import api, clock
from lk_app.models import AccountLink, SecurityEvent, SecurityEventKind, User
from lk_app.services import identity
from lk_app.services.session import reading, writing
from tests import factories
from tests.api.conftest import BrowserAt, Watch
from tests.codes import newest_code

NAME = "Мария Иванова"
PHONE, NUMBER = "9120000004", "66010000041"
OWN = "66010000017"
PASSWORD = {"current_password": factories.PASSWORD}
AS_SCRIPT = {"Accept": "application/json"}
LATER = timedelta(minutes=11)


@pytest.fixture(autouse=True)
def accounts(portal: str, quick: None) -> None:
    with writing() as session:
        user = factories.user(session, NAME, phone="9120000001")
        factories.link(session, user, factories.account(session, OWN, phone="9120000001"))
        factories.account(session, NUMBER, phone=PHONE)


SignIn = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def hers(browser_at: BrowserAt) -> httpx.AsyncClient:
    """A browser in which Мария has just signed in."""
    return await sign_in(browser_at())


async def sign_in(visitor: httpx.AsyncClient, name: str = NAME) -> httpx.AsyncClient:
    answer = await visitor.post("/api/session", data={"name": name, "password": factories.PASSWORD}, headers=AS_SCRIPT)
    assert answer.status_code == 200
    return visitor


async def is_signed_in(visitor: httpx.AsyncClient) -> bool:
    return (await visitor.post("/api/profile/account", data={})).status_code != 401


def numbers(name: str = NAME) -> list[str]:
    with reading() as session:
        links = select(AccountLink.account_number).join(User).where(User.name == name)
        return sorted(session.exec(links).all())


def code(phone: str = PHONE) -> str:
    with reading() as session:
        return newest_code(session, phone)


FIELDS = (
    *("name", "password", "confirmation", "phone", "email"),
    *("account_number", "code", "user", "session", "purpose"),
)
"""Every field of these forms."""


def routes_of_profile() -> list[str]:
    return [route.path for route in api.routes if route.path.startswith("/api/profile/") and "POST" in route.methods]


async def test_no_stranger_sends_any_of_these_forms(browser_at: BrowserAt) -> None:
    assert len(routes_of_profile()) > 12
    for path in routes_of_profile():
        answer = await browser_at().post(path, data={"name": "Чужое имя", "account_number": OWN} | PASSWORD)
        assert answer.status_code == 401, path
    assert (await browser_at().get("/api/profile/data")).headers["location"] == "/settings"


async def test_junk_breaks_none_of_these_forms(hers: httpx.AsyncClient) -> None:
    for path in routes_of_profile():
        for junk in ("", "\0", "'", "9" * 900, "-1", "1.5", "❤"):
            answer = await hers.post(path, data=dict.fromkeys(FIELDS, junk))
            assert answer.status_code in (200, 409, 413, 422), (path, junk)


async def test_two_steps_attach_an_account(hers: httpx.AsyncClient) -> None:
    step_1 = await hers.post("/api/profile/attaching", data={"phone": PHONE, "account_number": NUMBER})
    assert "Если номер совпадает" in step_1.json()["done"]

    step_2 = await hers.post("/api/profile/attaching/confirm", data={"code": code()})
    assert step_2.json() == {"done": "Лицевой счёт присоединён."}
    assert numbers() == [OWN, NUMBER]


async def test_attaching_answers_a_wrong_phone_in_the_same_words(
    browser_at: BrowserAt, hers: httpx.AsyncClient
) -> None:
    right = await hers.post("/api/profile/attaching", data={"phone": PHONE, "account_number": NUMBER})
    wrong = await hers.post("/api/profile/attaching", data={"phone": "9120000009", "account_number": NUMBER})

    assert (right.status_code, right.text) == (wrong.status_code, wrong.text)


async def test_a_new_name_takes_effect(hers: httpx.AsyncClient, browser_at: BrowserAt) -> None:
    assert (await hers.post("/api/profile/name", data={"name": "Мария Новая"})).status_code == 200

    await sign_in(browser_at(), "мария новая")


async def test_a_taken_name_is_refused_by_field(hers: httpx.AsyncClient) -> None:
    with writing() as session:
        factories.user(session, "Пётр Семёнов")

    refused = await hers.post("/api/profile/name", data={"name": "Петр Семенов"})

    assert refused.json() == {"errors": {"name": "Это имя уже занято. Придумайте другое"}}


async def test_a_new_password_signs_other_browsers_out_and_this_one_not(
    hers: httpx.AsyncClient, browser_at: BrowserAt
) -> None:
    other = await sign_in(browser_at())
    new = {"password": "Zq8vLm2x", "confirmation": "Zq8vLm2x"}

    assert (await hers.post("/api/profile/password", data=new | PASSWORD)).status_code == 200

    assert await is_signed_in(hers)
    assert not await is_signed_in(other)
    again = await browser_at().post("/api/session", data={"name": NAME, "password": "Zq8vLm2x"}, headers=AS_SCRIPT)
    assert again.status_code == 200


@pytest.mark.parametrize("current", ["", "wrong2026"])
async def test_the_password_changes_only_with_the_current_one(hers: httpx.AsyncClient, current: str) -> None:
    new = {"password": "Zq8vLm2x", "confirmation": "Zq8vLm2x", "current_password": current}

    refused = await hers.post("/api/profile/password", data=new)

    assert refused.json()["errors"].keys() == {"current_password"}


async def test_guessing_the_current_password_is_limited(hers: httpx.AsyncClient) -> None:
    wrong = {"password": "Zq8vLm2x", "confirmation": "Zq8vLm2x", "current_password": "wrong2026"}
    answers = [(await hers.post("/api/profile/password", data=wrong)).status_code for _ in range(7)]

    assert answers == [422] * 5 + [429] * 2


async def test_names_cannot_be_enumerated_by_renaming(hers: httpx.AsyncClient) -> None:
    with writing() as session:
        factories.user(session, "Пётр Семёнов")
    answers = [(await hers.post("/api/profile/name", data={"name": "Пётр Семёнов"})).status_code for _ in range(12)]

    assert answers == [422] * 10 + [429] * 2


async def test_a_wrong_password_given_again_is_logged(hers: httpx.AsyncClient, watch: Watch) -> None:
    watch.move(LATER)
    await hers.post("/api/profile/data", data={"current_password": "wrong2026"})

    with reading() as session:
        assert SecurityEventKind.SIGN_IN_REFUSED in session.exec(select(SecurityEvent.kind)).all()


async def test_a_session_that_ends_while_its_password_is_hashed_changes_nothing(
    hers: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner recovers the user while somebody who knows the old password is changing it."""

    def ended_meanwhile(password: str) -> str:
        with writing() as session:
            user = session.exec(select(User).where(User.name == NAME)).one()
            identity.end_sessions(session, user.id or 0, clock.now())
        return "the thief's"

    monkeypatch.setattr(identity, "hash_password", ended_meanwhile)
    new = {"password": "Zq8vLm2x", "confirmation": "Zq8vLm2x"}

    assert (await hers.post("/api/profile/password", data=new | PASSWORD)).status_code == 401
    with reading() as session:
        assert session.exec(select(User.password_hash)).one() != "the thief's"


DANGEROUS = {
    "/api/profile/attaching": {"phone": PHONE, "account_number": NUMBER},
    "/api/profile/name": {"name": "Мария Новая"},
    "/api/profile/detaching": {"account_number": OWN},
    "/api/profile/removal": {"account_number": OWN, "user": "1"},
    "/api/profile/deletion": {},
    "/api/profile/data": {},
    "/api/profile/email": {"email": "maria@example.ru"},
    "/api/profile/email/removal": {},
    "/api/profile/session/end": {"session": "2"},
    "/api/profile/sessions/end": {},
}


@pytest.mark.parametrize("path", DANGEROUS)
async def test_after_ten_minutes_dangerous_forms_ask_for_the_password(
    hers: httpx.AsyncClient, watch: Watch, path: str
) -> None:
    watch.move(LATER)

    for password in ({}, {"current_password": "wrong2026"}):
        asked = await hers.post(path, data=DANGEROUS[path] | password)
        assert asked.status_code == 422
        assert asked.json()["errors"].keys() == {"current_password"}
    assert (await hers.post(path, data=DANGEROUS[path] | PASSWORD)).status_code in (200, 409)


async def test_the_password_given_once_holds_for_the_next_action(hers: httpx.AsyncClient, watch: Watch) -> None:
    watch.move(LATER)
    await hers.post("/api/profile/data", data=PASSWORD)

    assert (await hers.post("/api/profile/detaching", data={"account_number": OWN})).status_code == 200
    assert numbers() == []


async def test_ones_data_comes_as_an_archive_only_soon_after_the_password(
    hers: httpx.AsyncClient, watch: Watch
) -> None:
    answer = (await hers.post("/api/profile/data")).json()
    response = await hers.get(answer["download"])

    assert response.headers["content-type"] == "application/zip"
    assert response.headers["content-disposition"].startswith('attachment; filename="lk-data-')
    assert zipfile.ZipFile(io.BytesIO(response.content)).namelist() == ["data.json", "data.html"]
    with reading() as session:
        assert SecurityEventKind.DATA_DOWNLOADED in session.exec(select(SecurityEvent.kind)).all()
    watch.move(LATER)
    assert (await hers.get(answer["download"])).status_code == 303


async def test_another_user_is_removed_with_the_code(hers: httpx.AsyncClient) -> None:
    with writing() as session:
        other = factories.user(session, "Пётр Семёнов")
        session.add(AccountLink(user_id=other.id or 0, account_number=OWN, attached_at=factories.NOW))
        other_id = other.id

    assert (
        await hers.post("/api/profile/removal", data={"account_number": OWN, "user": str(other_id)})
    ).status_code == 200
    done = await hers.post("/api/profile/removal/confirm", data={"code": code("9120000001")})

    assert done.status_code == 200
    assert (numbers("Пётр Семёнов"), numbers()) == ([], [OWN])


async def test_a_request_can_be_resent_and_given_up(hers: httpx.AsyncClient, watch: Watch) -> None:
    await hers.post("/api/profile/attaching", data={"phone": PHONE, "account_number": NUMBER})
    first = code()
    watch.move(timedelta(minutes=1))

    assert (await hers.post("/api/profile/code", data={"purpose": "attaching"})).status_code == 200
    assert (await hers.post("/api/profile/code", data={"purpose": "registration"})).status_code == 409
    assert (await hers.post("/api/profile/code/cancel", data={"purpose": "attaching"})).status_code == 200
    assert (await hers.post("/api/profile/attaching/confirm", data={"code": first})).status_code == 409


async def test_deletion_is_asked_for_and_cancelled(hers: httpx.AsyncClient) -> None:
    def deletes_at() -> object:
        with reading() as session:
            return session.exec(select(User.deletes_at)).one()

    assert (await hers.post("/api/profile/deletion")).status_code == 200
    assert deletes_at() is not None
    assert (await hers.post("/api/profile/deletion/cancel")).status_code == 200
    assert deletes_at() is None


async def test_ended_sessions_are_signed_out(hers: httpx.AsyncClient, browser_at: BrowserAt) -> None:
    other = await sign_in(browser_at())
    assert (await hers.post("/api/profile/sessions/end")).status_code == 200

    assert not await is_signed_in(other)
    assert await is_signed_in(hers)


async def test_sign_ins_are_logged_with_browser_and_masked_address(browser_at: BrowserAt) -> None:
    visitor = browser_at("203.0.113.7")
    visitor.headers["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0.0.0 Safari/537.36"
    await visitor.post("/api/session", data={"name": NAME, "password": "wrong"}, headers=AS_SCRIPT)
    await visitor.post("/api/session", data={"name": "Никто", "password": "wrong"}, headers=AS_SCRIPT)
    await sign_in(visitor)

    with reading() as session:
        events = session.exec(select(SecurityEvent).order_by(SecurityEvent.id)).all()
    assert [(event.kind, event.user_id is None, event.browser, event.address) for event in events] == [
        (SecurityEventKind.SIGN_IN_REFUSED, False, "Chrome, Windows", "203.0.113.*"),
        (SecurityEventKind.SIGN_IN_REFUSED, True, "Chrome, Windows", "203.0.113.*"),
        (SecurityEventKind.SIGNED_IN, False, "Chrome, Windows", "203.0.113.*"),
    ]
