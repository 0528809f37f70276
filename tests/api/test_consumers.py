"""The forms by which staff help a consumer, and who may send them; the audit log as a file."""

import csv
import io

import httpx
import pytest
from sqlmodel import col, select

from lk_app import api, clock
from lk_app.api import office_consumers
from lk_app.models import AccountLink, Action, AuditEvent, Role, User, UserSession
from lk_app.services.office import audit_log, helping
from lk_app.services.session import reading, writing
from lk_app.services.staff import duties
from tests import factories
from tests.api.conftest import BrowserAt

NUMBER, TOKEN = "66010000017", "a member's token"
CONSUMERS, EXPORT = "/api/office/consumers", "/api/office/audit/export"


@pytest.fixture
def database() -> str:
    """One is enough here: what depends on it is tested with the services."""
    return "sqlite"


@pytest.fixture
def user_id(portal: str) -> int:
    """A signed-in user who has the account."""
    with writing() as session:
        user = factories.user(session, "Мария Иванова", "9120000001")
        factories.link(session, user, factories.account(session, NUMBER))
        factories.session_token(session, user.id or 0, at=clock.now())
        return user.id or 0


def browser_of(browser_at: BrowserAt, role: Role) -> httpx.AsyncClient:
    with writing() as session:
        factories.staff_caller(session, role, token=TOKEN, at=clock.now())
    client = browser_at()
    client.cookies.set("lk-staff", TOKEN)
    return client


def kept() -> list[tuple[Action, str]]:
    with reading() as session:
        return [(row.action, row.subject) for row in session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))]


async def test_sessions_are_ended(browser_at: BrowserAt, user_id: int) -> None:
    browser = browser_of(browser_at, Role.OPERATOR)
    fields = {"account": NUMBER, "user": str(user_id)}

    answers = [(await browser.post(f"{CONSUMERS}/sessions/end", data=fields)).json() for _ in range(2)]

    assert answers == [{"done": office_consumers.SIGNED_OUT}, {"done": office_consumers.NO_SESSIONS}]
    with reading() as session:
        assert session.exec(select(UserSession.ended_at)).one() is not None


async def test_an_account_is_detached_for_a_reason(browser_at: BrowserAt, user_id: int) -> None:
    browser = browser_of(browser_at, Role.SUPERVISOR)
    fields = {"account": NUMBER, "user": str(user_id)}

    refused = await browser.post(f"{CONSUMERS}/detaching", data=fields)
    done = await browser.post(f"{CONSUMERS}/detaching", data=fields | {"reason": "moved"})

    assert (refused.status_code, refused.json()) == (422, {"errors": {"reason": helping.NOT_CHOSEN}})
    assert done.json() == {"done": office_consumers.DETACHED}
    with reading() as session:
        assert session.exec(select(AccountLink)).all() == []
        assert session.exec(select(User.phone)).one() is None


async def test_limits_are_lifted_for_a_user_and_for_a_phone(browser_at: BrowserAt, user_id: int) -> None:
    browser = browser_of(browser_at, Role.OPERATOR)

    for user in (str(user_id), ""):
        response = await browser.post(f"{CONSUMERS}/unlocking", data={"account": NUMBER, "user": user})
        assert response.json() == {"done": office_consumers.UNLOCKED}


@pytest.mark.parametrize("path", ["/sessions/end", "/detaching", "/unlocking"])
@pytest.mark.parametrize(
    "fields",
    [{"user": "x"}, {"user": "9" * 12}, {"user": "-1"}, {"account": "66010000025"}, {"account": "\0"}, {"user": "1'"}],
)
async def test_what_no_screen_sends_changes_nothing(
    browser_at: BrowserAt, user_id: int, path: str, fields: dict[str, str]
) -> None:
    browser = browser_of(browser_at, Role.SUPERVISOR)
    given = {"account": NUMBER, "user": str(user_id), "reason": "moved"} | fields

    assert (await browser.post(f"{CONSUMERS}{path}", data=given)).status_code == 409
    assert kept() == []


# Who may send what

ROUTES = {
    f"{CONSUMERS}/sessions/end": duties.CONSUMERS,
    f"{CONSUMERS}/detaching": duties.DETACHING,
    f"{CONSUMERS}/unlocking": duties.CONSUMERS,
    EXPORT: duties.AUDIT,
    "/api/office/members": duties.MEMBERS,
    "/api/office/members/role": duties.MEMBERS,
    "/api/office/members/password": duties.MEMBERS,
    "/api/office/members/second-factor": duties.MEMBERS,
    "/api/office/members/sessions/end": duties.MEMBERS,
    "/api/office/members/disabling": duties.MEMBERS,
    "/api/office/members/enabling": duties.MEMBERS,
}


def test_every_route_of_these_screens_is_here() -> None:
    ours = ("/api/office/consumers", "/api/office/members", "/api/office/audit")

    assert {route.path for route in api.routes if route.path.startswith(ours)} == set(ROUTES)


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("role", list(Role))
async def test_another_role_is_refused_and_kept(browser_at: BrowserAt, user_id: int, path: str, role: Role) -> None:
    browser = browser_of(browser_at, role)

    response = await browser.post(path, data={"account": NUMBER, "user": str(user_id), "login": "nobody"})

    allowed = role in ROUTES[path]
    assert (response.status_code == 403) is not allowed
    assert ((Action.EVENT_REFUSED, path) in kept()) is not allowed


@pytest.mark.parametrize("path", ROUTES)
async def test_strangers_consumers_and_other_sites_are_refused(browser_at: BrowserAt, user_id: int, path: str) -> None:
    visitor = browser_at()
    visitor.cookies.set("lk", "a consumer's token")
    assert (await visitor.post(path, data={"account": NUMBER})).status_code in (401, 303)

    browser = browser_of(browser_at, Role.ADMINISTRATOR)
    browser.headers["Origin"] = "https://evil.example"
    assert (await browser.post(path, data={"account": NUMBER})).status_code == 403
    assert kept() == []


# The log as a file


async def test_the_filtered_log_is_saved_under_its_name(browser_at: BrowserAt, user_id: int) -> None:
    operator = browser_of(browser_at, Role.ADMINISTRATOR)
    await operator.post(f"{CONSUMERS}/unlocking", data={"account": NUMBER, "user": str(user_id)})

    response = await operator.post(EXPORT, data={"kind": "csv", "subject": NUMBER, "member": "", "from": "", "to": ""})

    assert (response.status_code, response.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert "filename*=UTF-8''" in response.headers["content-disposition"]
    assert NUMBER not in response.headers["content-disposition"]
    [_, row] = csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";")
    assert row[3:5] == ["Снято ограничение на попытки", NUMBER]
    assert kept()[-1] == (Action.AUDIT_EXPORTED, NUMBER)


async def test_a_workbook_comes_as_one(browser_at: BrowserAt, portal: str) -> None:
    response = await browser_of(browser_at, Role.ADMINISTRATOR).post(EXPORT, data={"kind": "xlsx"})

    assert response.status_code == 200
    assert response.content.startswith(b"PK")


@pytest.mark.parametrize(
    "fields", [{"kind": "exe"}, {}, {"kind": "csv", "from": "junk"}, {"kind": "csv", "member": "x"}]
)
async def test_what_no_form_sends_gets_a_page_that_says_so(
    browser_at: BrowserAt, portal: str, fields: dict[str, str]
) -> None:
    response = await browser_of(browser_at, Role.ADMINISTRATOR).post(EXPORT, data=fields or {"x": ""})

    assert response.status_code == 409
    assert "Журнал не выгружен" in response.text
    assert "/office/audit" in response.text
    assert kept() == []


async def test_too_much_gets_a_page_that_says_what_to_do(
    browser_at: BrowserAt, user_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "MOST_EXPORTED", 0)
    browser = browser_of(browser_at, Role.ADMINISTRATOR)
    await browser.post(f"{CONSUMERS}/unlocking", data={"account": NUMBER, "user": str(user_id)})

    response = await browser.post(EXPORT, data={"kind": "csv"})

    assert (response.status_code, "Сократите период" in response.text) == (409, True)
