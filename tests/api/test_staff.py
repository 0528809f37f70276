"""The routes that give and take the cookie of staff, and the forms only they may send."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pyotp
import pytest
from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from lk_app import api, clock
from lk_app.api import forms
from lk_app.api.forms import Form
from lk_app.models import Action, AuditEvent, Role, Staff, StaffSession
from lk_app.services import identity
from lk_app.services.callers import Command, StaffCaller
from lk_app.services.session import reading, writing
from lk_app.services.staff import members, sessions
from lk_app.settings import settings
from tests import factories
from tests.api.conftest import ORIGIN, Watch

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
FORM = {"login": "o.vetrova", "password": factories.PASSWORD, "code": "", "next": "/office/readings"}
REFUSED = {"message": sessions.WrongCredentials().message, "retype": True}


@forms.staff_form(Role.OPERATOR, Role.SUPERVISOR)
async def for_operators(form: Form, who: StaffCaller) -> Response:
    """A form of the tests alone."""
    return forms.done(f"{who.role} {form.fields['what']}")


async def who_of_staff(request: Request) -> Response:
    who = await forms.staff_signed_in(request)
    return Response(who.role if who else "nobody")


@pytest.fixture
async def visitor(portal: str, quick: None) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at an office of the company, in which a member works who has no second factor."""
    with writing() as session:
        factories.staff(session, "o.vetrova")
    routes = [*api.routes, api.post("/api/office/probe", for_operators), api.get("/api/office/who", who_of_staff)]
    transport = httpx.ASGITransport(Starlette(routes=routes), client=("203.0.113.7", 5000))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN}) as client:
        yield client


def sessions_kept() -> list[StaffSession]:
    with reading() as session:
        return list(session.exec(select(StaffSession).order_by(col(StaffSession.id))))


def logged() -> list[tuple[Action, str]]:
    with reading() as session:
        return [(row.action, row.subject) for row in session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))]


async def sign_in(visitor: httpx.AsyncClient, **fields: str) -> httpx.Response:
    return await visitor.post("/api/office/session", data=FORM | fields)


def give_second_factor() -> None:
    with writing() as session:
        members.set_second_factor(session, Command("root"), "o.vetrova", SECRET, clock.now())


async def test_signing_in_sets_a_cookie_no_script_and_no_other_site_can_use(visitor: httpx.AsyncClient) -> None:
    response = await sign_in(visitor)

    assert (response.status_code, response.json()) == (200, {"next": "/office/readings"})
    name, *attributes = response.headers["set-cookie"].split("; ")
    assert name.startswith("lk-staff=")
    assert set(attributes) == {"HttpOnly", "SameSite=strict", "Path=/"}
    [opened] = sessions_kept()
    assert opened.address == "203.0.113.*"
    assert logged() == [(Action.SIGNED_IN, "")]


async def test_over_https_the_cookie_is_secure_and_bound_to_the_host(
    visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LK_PUBLIC_URL", "https://lk.example.ru/")
    settings.cache_clear()

    response = await visitor.post("/api/office/session", data=FORM, headers={"Origin": "https://lk.example.ru"})

    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-lk-staff=")
    assert "; Secure" in cookie


@pytest.mark.parametrize(
    "wrong", [{"password": "Gaz2026demo"}, {"password": ""}, {"login": "nobody"}, {"login": ""}, {"login": "\0"}]
)
async def test_wrong_credentials_get_one_and_the_same_answer(visitor: httpx.AsyncClient, wrong: dict[str, str]) -> None:
    response = await sign_in(visitor, **wrong)

    assert (response.status_code, response.json()) == (401, REFUSED)
    assert "set-cookie" not in response.headers
    assert sessions_kept() == []
    assert logged() == [(Action.SIGN_IN_REFUSED, "")]


async def test_a_code_is_asked_of_those_who_have_a_key_and_taken_once(visitor: httpx.AsyncClient, watch: Watch) -> None:
    give_second_factor()
    code = pyotp.TOTP(SECRET).at(watch.now)

    for wrong in ("", "000000", code[:5], code + "0"):
        response = await sign_in(visitor, code=wrong)
        assert (response.status_code, response.json()) == (401, REFUSED)
    assert (await sign_in(visitor, code=code)).status_code == 200
    assert (await sign_in(visitor, code=code)).json() == REFUSED


async def test_whoever_is_disabled_gets_the_same_answer(visitor: httpx.AsyncClient) -> None:
    await sign_in(visitor)
    with writing() as session:
        members.disable(session, Command("root"), "o.vetrova", clock.now())

    response = await sign_in(visitor)

    assert (response.status_code, response.json()) == (401, REFUSED)
    assert (await visitor.get("/api/office/who")).text == "nobody"


async def test_the_sixth_failure_is_told_to_wait_and_not_logged(visitor: httpx.AsyncClient) -> None:
    for _ in range(5):
        await sign_in(visitor, password="wrong")

    response = await sign_in(visitor)

    assert response.status_code == 429
    assert int(response.headers["retry-after"]) > 0
    assert "retype" not in response.json()
    assert len(logged()) == 5


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/office",
        "//evil.example/office",
        "/\\evil.example",
        "/office\\..\\settings",
        "/office/../settings",
        "/office/%2e%2e/settings",
        "/officers",
        "/settings",
        "/api/office/session/end",
        "/office/readings#x",
        "/office/readings\n",
        "javascript:alert(1)",
        "",
    ],
)
async def test_sign_in_leads_nowhere_but_to_the_office(visitor: httpx.AsyncClient, address: str) -> None:
    assert (await sign_in(visitor, next=address)).json() == {"next": "/office"}


@pytest.mark.parametrize("address", ["/office", "/office/readings", "/office/readings/?page=2&kind=flagged"])
async def test_sign_in_leads_back_to_the_page_that_was_wanted(visitor: httpx.AsyncClient, address: str) -> None:
    assert (await sign_in(visitor, next=address)).json() == {"next": address}


async def test_a_new_sign_in_replaces_the_session_of_the_browser(visitor: httpx.AsyncClient) -> None:
    visitor.cookies.set("lk-staff", "chosen by an attacker", domain="localhost.local")
    first = (await sign_in(visitor)).cookies["lk-staff"]
    second = (await sign_in(visitor)).cookies["lk-staff"]

    assert len({first, second, "chosen by an attacker"}) == 3
    assert [kept.ended_at is None for kept in sessions_kept()] == [False, True]


async def test_signing_out_ends_the_session_takes_the_cookie_and_is_logged(visitor: httpx.AsyncClient) -> None:
    await sign_in(visitor)

    response = await visitor.post("/api/office/session/end")

    assert (response.status_code, response.headers["location"]) == (303, "/office/login")
    assert 'lk-staff=""' in response.headers["set-cookie"]
    assert [kept.ended_at is None for kept in sessions_kept()] == [False]
    assert logged() == [(Action.SIGNED_IN, ""), (Action.SIGNED_OUT, "")]


@pytest.mark.parametrize("path", ["/api/office/session", "/api/office/session/end", "/api/office/probe"])
async def test_other_sites_cannot_post(visitor: httpx.AsyncClient, path: str) -> None:
    await sign_in(visitor)

    response = await visitor.post(path, data=FORM, headers={"Origin": "https://evil.example"})

    assert response.status_code == 403
    assert len(sessions_kept()) == 1
    assert (await visitor.get("/api/office/who")).text == "operator"


async def test_a_form_for_staff_is_for_the_roles_it_names(visitor: httpx.AsyncClient) -> None:
    stranger = await visitor.post("/api/office/probe", data={"what": "done"})
    await sign_in(visitor)
    operator = await visitor.post("/api/office/probe", data={"what": "done"})
    with writing() as session:
        members.set_role(session, Command("root"), "o.vetrova", Role.ADMINISTRATOR, clock.now())
    administrator = await visitor.post("/api/office/probe", data={"what": "done"})

    assert (stranger.status_code, stranger.json()["sign_in"]) == (401, True)
    assert operator.json() == {"done": "operator done"}
    assert administrator.status_code == 403
    assert "другая роль" in administrator.json()["message"]
    assert logged()[-1] == (Action.EVENT_REFUSED, "/api/office/probe")


async def test_consumers_and_staff_share_a_browser_but_not_their_rights(visitor: httpx.AsyncClient) -> None:
    with writing() as session:
        factories.user(session, "Мария Иванова")
    await visitor.post("/api/session", data={"name": "Мария Иванова", "password": factories.PASSWORD, "next": "/"})
    assert (await visitor.get("/api/office/who")).text == "nobody"
    assert (await visitor.post("/api/office/probe", data={"what": "done"})).status_code == 401

    await sign_in(visitor)
    assert {cookie.name for cookie in visitor.cookies.jar} == {"lk", "lk-staff"}
    assert (await visitor.get("/api/office/who")).text == "operator"

    await visitor.post("/api/session/end")
    assert (await visitor.get("/api/office/who")).text == "operator"
    assert (await visitor.post("/api/profile/sessions/end")).status_code == 401


async def test_a_cookie_in_the_other_ones_place_opens_nothing(visitor: httpx.AsyncClient) -> None:
    token = (await sign_in(visitor)).cookies["lk-staff"]
    visitor.cookies.clear()
    visitor.cookies.set("lk", token)

    assert (await visitor.get("/api/office/who")).text == "nobody"
    assert (await visitor.post("/api/profile/sessions/end")).status_code == 401


async def test_a_member_disabled_while_the_password_is_checked_is_not_let_in(
    visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disabled_meanwhile(password: str, candidate: identity.Candidate) -> bool:
        with writing() as session:
            members.disable(session, Command("root"), "o.vetrova", clock.now())
        return True

    monkeypatch.setattr(identity, "password_fits", disabled_meanwhile)

    assert (await sign_in(visitor)).json() == REFUSED
    assert sessions_kept() == []


async def test_of_two_browsers_with_one_code_one_gets_in(visitor: httpx.AsyncClient, watch: Watch) -> None:
    give_second_factor()
    code = pyotp.TOTP(SECRET).at(watch.now)

    answers = await asyncio.gather(sign_in(visitor, code=code), sign_in(visitor, code=code))

    assert sorted(answer.status_code for answer in answers) == [200, 401]
    with reading() as session:
        assert session.exec(select(Staff.totp_step)).one() == pyotp.TOTP(SECRET).timecode(watch.now)
