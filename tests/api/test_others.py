"""Whoever is signed in sends every route what is somebody else's: nothing of it comes back, nothing of it changes."""

import re
from pathlib import Path

import httpx
import pytest
from sqlmodel import col, delete, select

from lk_app import api, clock
from lk_app.api.forms import USUAL
from lk_app.models import (
    RateLimit,
    RateWindow,
    Role,
    SmsMessage,
    SmsState,
)
from lk_app.services.references import reference_of
from lk_app.services.session import reading, writing
from lk_app.services.staff import duties
from tests import factories
from tests.api.conftest import BrowserAt
from tests.others import HER_NUMBER, HER_PHONE, HER_SECRETS, HER_TOKEN, OUR_NUMBER, OUR_TOKEN, Hers, store_hers
from tests.servers import ROOT
from tests.texts import plain

ENDS_OUR_SESSION = {"/api/session", "/api/session/end", "/api/office/session", "/api/office/session/end"}
TELLS_OF_OUR_SESSION = {"/api/office/session/left"}
BELONGS_TO_NOBODY = ("/api/exchange/", "/healthz", "/readyz", "/metrics")

FIELD = re.compile(r"""(?:fields|sent|asked|form)\.get\("([\w-]+)"|\.read\(\s*"([\w-]+)\"""")
NAME_A_ROW = ("account_number", "appeal", "login", "order", "payment", "reading", "seen", "session", "user")
FILLED_IN = {
    "amount-gas": "10", "amount": "10", "what": "part", "kind": "csv", "type": "charges", "reason": "moved",
    "purpose": "removal", "role": "operator", "division": "gas", "period": "202610", "name": "Чужое Имя",
    "email": "ours@example.ru", "phone": "9129990002", "subject": "Тема", "text": "Текст", "code": "000000",
    "password": "Zq8vLm2x", "confirmation": "Zq8vLm2x",
}  # fmt: skip
PARAMETER = re.compile(r"\{(\w+)\}")

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def database() -> str:
    """One is enough here: what depends on it is tested with the services."""
    return "sqlite"


@pytest.fixture
def hers(portal: str, quick: None) -> Hers:
    """A consumer who has one of everything."""
    with writing() as session:
        return store_hers(session)[0]


def fields_of_source() -> set[str]:
    """Every field that is read from what is sent, as the source that reads it calls it."""
    sources = "".join(path.read_text("utf-8") for path in Path(ROOT / "lk_app").rglob("*.py"))
    return {name for found in FIELD.findall(sources) for name in found if name}


def content(named: str, account: str) -> dict[str, str]:
    """What we send: her row wherever a form names one, and the rest as the rules of forms want it."""
    rows = dict.fromkeys(NAME_A_ROW, named) | {
        "attachment-1": named,
        f"value-{named}": "99999",
        f"photo-{named}": "p" * 22,
    }
    return rows | FILLED_IN | {"account": account}


def routes() -> list[tuple[str, str]]:
    return [
        (method, route.path)
        for route in api.routes
        for method in sorted((route.methods or set()) - {"HEAD"})
        if route.path not in ENDS_OUR_SESSION and not route.path.startswith(BELONGS_TO_NOBODY)
    ]


async def sent(browser: httpx.AsyncClient, method: str, path: str, named: str, account: str) -> httpx.Response:
    """Send a row's name everywhere it could stand: in the address, behind it, in every field."""
    address = PARAMETER.sub(lambda found: account if found[1] == "account" else named, path)
    fields = content(named, account)
    if method == "GET":
        asked = {name: named for name in ("order", "document", "period", "division")}
        answer = await browser.get(httpx.URL(address).copy_with(params=asked))
    else:
        answer = await browser.request(method, httpx.URL(address), data=fields, headers={"LK-Meter": named})
    with writing() as session:
        # No limit may hide what a route would do.
        session.execute(delete(RateLimit))
        session.execute(delete(RateWindow))
    return answer


def browser_with(browser_at: BrowserAt, token: str) -> httpx.AsyncClient:
    browser = browser_at()
    browser.cookies.set("lk", token)
    return browser


def test_no_field_that_names_a_row_is_left_out() -> None:
    of_rows = re.compile(r"account|appeal|attachment|login|meter|order$|payment|photo|reading|session$|user$")

    known = {name for name in fields_of_source() if of_rows.match(name)}

    assert known == {"account", *NAME_A_ROW} - {"seen"}
    assert len(content("x", "y")) <= USUAL.fields


@pytest.mark.parametrize(("method", "path"), routes())
async def test_nothing_of_hers_comes_back_or_changes(hers: Hers, browser_at: BrowserAt, method: str, path: str) -> None:
    browser, before = browser_with(browser_at, OUR_TOKEN), hers.rows()

    for named in hers.names:
        for account in (reference_of(HER_NUMBER), reference_of(OUR_NUMBER)):
            answer = await sent(browser, method, path, named, account)
            assert [secret for secret in HER_SECRETS if secret in plain(answer.text)] == [], named

    assert hers.rows() == before
    with reading() as session:
        to_her = select(SmsMessage).where(SmsMessage.phone == HER_PHONE, col(SmsMessage.state) != SmsState.WITHHELD)
        assert session.exec(to_her).all() == []


@pytest.mark.parametrize(
    ("method", "path", "secret"),
    [("GET", "/api/readings/photos/{photo}", "снимок"), ("GET", "/api/feedback/attachments/{attachment}", "снимок")],
)
async def test_she_herself_is_shown_it(hers: Hers, browser_at: BrowserAt, method: str, path: str, secret: str) -> None:
    browser = browser_with(browser_at, HER_TOKEN)

    answers = [await sent(browser, method, path, named, reference_of(HER_NUMBER)) for named in hers.names]

    assert any(secret in answer.text for answer in answers)


@pytest.mark.parametrize("path", ["/api/readings/withdrawal", "/api/profile/detaching", "/api/feedback/closing"])
async def test_she_herself_can_change_it(hers: Hers, browser_at: BrowserAt, path: str) -> None:
    browser, before = browser_with(browser_at, HER_TOKEN), hers.rows()

    for named in hers.names:
        await sent(browser, "POST", path, named, reference_of(HER_NUMBER))

    assert hers.rows() != before


OF_STAFF = {
    "/api/office/attachments/{attachment}": duties.APPEALS,
    "/api/office/photos/{photo}": duties.READINGS,
    "/api/office/readings/refusal": duties.READINGS,
    "/api/office/appeals/answer": duties.APPEALS,
    "/api/office/appeals/note": duties.APPEALS,
    "/api/office/appeals/handover": duties.APPEALS,
    "/api/office/appeals/closing": duties.APPEALS,
    "/api/office/content/{kind}": duties.CONTENT,
    "/api/office/audit/export": duties.AUDIT,
    "/api/office/consumers/sessions/end": duties.CONSUMERS,
    "/api/office/consumers/detaching": duties.DETACHING,
    "/api/office/consumers/unlocking": duties.CONSUMERS,
    "/api/office/members": duties.MEMBERS,
    "/api/office/members/role": duties.MEMBERS,
    "/api/office/members/password": duties.MEMBERS,
    "/api/office/members/second-factor": duties.MEMBERS,
    "/api/office/members/sessions/end": duties.MEMBERS,
    "/api/office/members/disabling": duties.MEMBERS,
    "/api/office/members/enabling": duties.MEMBERS,
    "/api/office/payments/refund": duties.PAYMENTS,
    "/api/office/payments/settlement": duties.PAYMENTS,
    "/api/office/password": duties.EVERYBODY,
}
"""Every route of the office, and whom it is for."""


def test_every_route_of_the_office_is_here() -> None:
    ours = {route.path for route in api.routes if route.path.startswith("/api/office/")}

    assert ours - ENDS_OUR_SESSION - TELLS_OF_OUR_SESSION == set(OF_STAFF)


@pytest.mark.parametrize("path", [path for path, roles in OF_STAFF.items() if set(roles) != set(Role)])
async def test_a_role_that_is_not_named_gets_and_changes_nothing(hers: Hers, browser_at: BrowserAt, path: str) -> None:
    [method] = [method for method, known in routes() if known == path]
    for role in set(Role) - set(OF_STAFF[path]):
        with writing() as session:
            factories.staff_caller(session, role, token=f"a token of {role}", at=clock.now())
        browser = browser_at()
        browser.cookies.set("lk-staff", f"a token of {role}")
        before = hers.rows()
        for named in hers.names:
            answer = await sent(browser, method, path, named, HER_NUMBER)
            assert answer.status_code in (403, 404), (role, answer.text)
        assert hers.rows() == {**before, "audit_events": hers.rows()["audit_events"]}
