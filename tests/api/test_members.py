"""The forms by which administrators create members and change them."""

import base64
import io
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
import zxingcpp
from PIL import Image
from sqlmodel import col, select

from lk_app import clock
from lk_app.models import Action, AuditEvent, Role, Staff
from lk_app.services.session import reading, writing
from tests import factories
from tests.api.conftest import BrowserAt, Watch

TOKEN, LOGIN = "an administrator's token", "o.vetrova"
OWN = {"current_password": factories.PASSWORD}
NEW = {"login": "N.New", "name": "Нина  Новая", "role": "supervisor", "password": ""} | OWN
CHANGES = {
    "/role": {"role": "supervisor"},
    "/password": {"password": "трава у дома 42"},
    "/second-factor": {},
    "/sessions/end": {},
    "/disabling": {},
    "/enabling": {},
}

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def database() -> str:
    """One is enough here: what depends on it is tested with the services."""
    return "sqlite"


@pytest.fixture
def browser(browser_at: BrowserAt, watch: Watch, quick: None) -> httpx.AsyncClient:
    """The browser of an administrator, where an operator works too."""
    with writing() as session:
        admin = factories.staff(session, "admin", Role.ADMINISTRATOR)
        factories.staff_caller(session, member=admin, token=TOKEN, at=clock.now())
        factories.staff(session, LOGIN)
    client = browser_at()
    client.cookies.set("lk-staff", TOKEN)
    return client


async def send(browser: httpx.AsyncClient, path: str = "", **fields: str) -> httpx.Response:
    return await browser.post(f"/api/office/members{path}", data=fields)


def member(login: str = LOGIN) -> Staff | None:
    with reading() as session:
        return session.exec(select(Staff).where(Staff.login == login)).one_or_none()


def logged() -> list[tuple[Action, str, str]]:
    with reading() as session:
        rows = session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))
        return [(row.action, row.subject, row.detail) for row in rows]


def sign_in_fields(login: str, password: str, code: str = "") -> dict[str, str]:
    return {"login": login, "password": password, "code": code, "next": "/office"}


def key_of(picture: str) -> str:
    """Read the key from a picture as a phone does."""
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(base64.b64decode(picture.partition(",")[2]))))
    return parse_qs(urlsplit(code.text).query)["secret"][0]


async def test_a_new_member_signs_in_with_what_is_shown_once(
    browser: httpx.AsyncClient, browser_at: BrowserAt, watch: Watch
) -> None:
    response = await send(browser, **NEW)

    handed = response.json()["handed"]
    assert (response.status_code, handed["login"]) == (200, "n.new")
    assert handed["picture"].startswith("data:image/png;base64,")
    key = key_of(handed["picture"])
    assert handed["key"].replace(" ", "") == key
    row = member("n.new")
    assert row is not None
    assert (row.name, row.role) == ("Нина Новая", Role.SUPERVISOR)
    assert not any(secret in row.model_dump_json() for secret in (handed["password"], key))
    assert logged() == [(Action.CREATED, "n.new", "role supervisor")]

    newcomer = browser_at("203.0.113.8")
    fields = sign_in_fields("n.new", handed["password"], pyotp.TOTP(key).at(watch.now))
    assert (await newcomer.post("/api/office/session", data=fields)).status_code == 200


@pytest.mark.parametrize("path", ["", "/password"])
async def test_a_password_that_was_given_ends_unless_it_is_changed(
    browser: httpx.AsyncClient, browser_at: BrowserAt, watch: Watch, path: str
) -> None:
    fields = NEW if path == "" else {"login": LOGIN} | OWN
    handed = (await send(browser, path, **fields)).json()["handed"]
    watch.move(timedelta(days=3))
    code = pyotp.TOTP(key_of(handed["picture"])).at(watch.now) if path == "" else ""

    answer = await browser_at("203.0.113.8").post(
        "/api/office/session", data=sign_in_fields(handed["login"], handed["password"], code)
    )

    assert (answer.status_code, answer.cookies.get("lk-staff")) == (401, None)
    assert "Попросите администратора портала задать новый" in answer.json()["message"]


async def test_a_password_that_was_typed_is_not_shown(browser: httpx.AsyncClient) -> None:
    handed = (await send(browser, **NEW | {"password": "трава у дома 42"})).json()["handed"]

    assert (handed["password"], bool(handed["key"])) == ("", True)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"login": "o_vetrova", "name": " ", "role": "boss"}, {"login", "name", "role"}),
        ({"password": "short"}, {"password"}),
        ({"password": "qwerty123456"}, {"password"}),
        ({"password": "щ" * 40}, {"password"}),
        ({"current_password": ""}, {"current_password"}),
        ({"current_password": "not mine"}, {"current_password"}),
    ],
)
async def test_what_breaks_a_rule_creates_nobody(
    browser: httpx.AsyncClient, fields: dict[str, str], wrong: set[str]
) -> None:
    response = await send(browser, **NEW | fields)

    assert (response.status_code, set(response.json()["errors"])) == (422, wrong)
    assert member("n.new") is None


async def test_a_login_that_is_taken_is_said(browser: httpx.AsyncClient) -> None:
    response = await send(browser, **NEW | {"login": LOGIN})

    assert response.status_code == 409
    assert "уже занят" in response.json()["message"]


async def test_each_change_is_made_and_kept(browser: httpx.AsyncClient) -> None:
    answers = [await send(browser, path, login=LOGIN, **fields, **OWN) for path, fields in CHANGES.items()]

    assert [answer.status_code for answer in answers] == [200] * len(CHANGES)
    assert logged() == [
        (Action.CHANGED, LOGIN, "role operator to supervisor"),
        (Action.CHANGED, LOGIN, "password"),
        (Action.CHANGED, LOGIN, "second factor"),
        (Action.SESSIONS_ENDED, LOGIN, ""),
        (Action.DISABLED, LOGIN, ""),
        (Action.ENABLED, LOGIN, ""),
    ]


@pytest.mark.parametrize("path", CHANGES)
async def test_without_ones_own_password_nothing_changes(browser: httpx.AsyncClient, path: str) -> None:
    before = member()
    for password in ("", "not mine"):
        response = await send(browser, path, login=LOGIN, **CHANGES[path], current_password=password)
        assert (response.status_code, set(response.json()["errors"])) == (422, {"current_password"})

    assert member() == before
    assert logged() == [(Action.SIGN_IN_REFUSED, "", "password again")]


async def test_a_password_is_not_found_by_trying(browser: httpx.AsyncClient, watch: Watch) -> None:
    for _ in range(5):
        await send(browser, "/disabling", login=LOGIN, current_password="not mine")

    assert (await send(browser, "/disabling", login=LOGIN, **OWN)).status_code == 429
    watch.move(timedelta(minutes=1))
    assert (await send(browser, "/disabling", login=LOGIN, **OWN)).status_code == 200


async def test_oneself_stays(browser: httpx.AsyncClient) -> None:
    for path, fields in (("/disabling", {}), ("/role", {"role": "operator"})):
        response = await send(browser, path, login="admin", **fields, **OWN)
        assert (response.status_code, "Себя нельзя" in response.json()["message"]) == (409, True)


@pytest.mark.parametrize("login", ["", "nobody", "\0"])
async def test_a_login_nobody_has_is_said(browser: httpx.AsyncClient, login: str) -> None:
    assert (await send(browser, "/enabling", login=login, **OWN)).status_code == 409
