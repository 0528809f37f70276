"""The routes that give and take the session cookie."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from sqlmodel import col, select
from starlette.applications import Starlette

from lk_app import api, clock
from lk_app.models import User, UserSession
from lk_app.services import deletion, identity
from lk_app.services.session import reading, writing
from lk_app.settings import settings
from tests import factories

ORIGIN = "http://localhost:3000"
NAME = "Мария Иванова"
FORM = {"name": NAME, "password": factories.PASSWORD, "next": "/account"}
AS_SCRIPT = {"Accept": "application/json"}


@pytest.fixture
async def visitor(portal: str, quick: None) -> AsyncIterator[httpx.AsyncClient]:
    """A client that names its origin, as browsers do with every POST."""
    with writing() as session:
        factories.user(session, NAME)
    transport = httpx.ASGITransport(Starlette(routes=api.routes), client=("203.0.113.7", 5000))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN}) as client:
        yield client


def sessions() -> list[UserSession]:
    with reading() as session:
        return list(session.exec(select(UserSession).order_by(UserSession.id)).all())


async def test_signing_in_sets_a_cookie_no_script_can_read(visitor: httpx.AsyncClient) -> None:
    response = await visitor.post("/api/session", data=FORM)

    assert (response.status_code, response.headers["location"]) == (303, "/account")
    name, *attributes = response.headers["set-cookie"].split("; ")
    assert name.startswith("lk=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} == set(attributes)


async def test_over_https_the_cookie_is_secure_and_bound_to_the_host(
    visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LK_PUBLIC_URL", "https://lk.example.ru/")
    settings.cache_clear()

    response = await visitor.post("/api/session", data=FORM, headers={"Origin": "https://lk.example.ru"})

    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-lk=")
    assert "; Secure" in cookie


async def test_a_script_gets_the_next_address_instead_of_a_redirect(visitor: httpx.AsyncClient) -> None:
    response = await visitor.post("/api/session", data=FORM, headers=AS_SCRIPT)

    assert (response.status_code, response.json()) == (200, {"next": "/account"})
    assert "set-cookie" in response.headers


@pytest.mark.parametrize("wrong", [{"password": "gaz2026demO"}, {"name": "Никто"}, {"name": ""}, {"name": "\0"}])
async def test_wrong_credentials_get_one_and_the_same_answer(visitor: httpx.AsyncClient, wrong: dict[str, str]) -> None:
    response = await visitor.post("/api/session", data=FORM | wrong, headers=AS_SCRIPT)

    assert response.status_code == 401
    assert response.json() == {"message": identity.WrongCredentials().message, "retype": True}
    assert "set-cookie" not in response.headers
    assert sessions() == []


async def test_a_native_form_is_sent_back_with_the_reason_and_no_name(visitor: httpx.AsyncClient) -> None:
    response = await visitor.post("/api/session", data=FORM | {"password": "wrong"})

    assert (response.status_code, response.headers["location"]) == (303, "/login?refused=credentials")


async def test_the_sixth_wrong_password_is_told_to_wait(visitor: httpx.AsyncClient) -> None:
    wrong = FORM | {"password": "wrong"}
    for _ in range(5):
        await visitor.post("/api/session", data=wrong)

    scripted = await visitor.post("/api/session", data=wrong, headers=AS_SCRIPT)
    native = await visitor.post("/api/session", data=wrong)

    assert scripted.status_code == 429
    assert int(scripted.headers["retry-after"]) > 0
    assert native.headers["location"] == "/login?refused=pace"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3001", ""])
@pytest.mark.parametrize("path", ["/api/session", "/api/session/end"])
async def test_other_sites_cannot_post(visitor: httpx.AsyncClient, path: str, origin: str) -> None:
    response = await visitor.post(path, data=FORM, headers={"Origin": origin})

    assert response.status_code == 403
    assert "set-cookie" not in response.headers


FROM_ELSEWHERE = ("/api/payments/callback", "/api/exchange/v1/")
"""The bank is no page of ours; what it sends only makes us ask the bank. Programs show a key, which no browser adds."""


async def test_every_post_route_checks_the_origin(visitor: httpx.AsyncClient) -> None:
    for route in [route for route in api.routes if not route.path.startswith(FROM_ELSEWHERE)]:
        for method in (route.methods or set()) - {"GET", "HEAD"}:
            del visitor.headers["Origin"]
            response = await visitor.request(method, route.path, data=FORM)
            visitor.headers["Origin"] = ORIGIN
            assert response.status_code == 403, route.path


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "",
        "/api/session",
    ],
)
async def test_sign_in_leads_nowhere_but_to_our_pages(visitor: httpx.AsyncClient, address: str) -> None:
    response = await visitor.post("/api/session", data=FORM | {"next": address})

    assert response.headers["location"] == "/"


async def test_a_new_sign_in_replaces_the_session_of_the_browser(visitor: httpx.AsyncClient) -> None:
    first = (await visitor.post("/api/session", data=FORM)).cookies["lk"]
    second = (await visitor.post("/api/session", data=FORM)).cookies["lk"]

    assert first != second
    assert [session.ended_at is None for session in sessions()] == [False, True]


async def left(visitor: httpx.AsyncClient, unused: str = "") -> dict[str, int]:
    response = await visitor.post("/api/session/left", data={"unused": unused})
    assert response.status_code == 200
    return response.json()


def seen(ago: timedelta) -> None:
    """Let the newest session have been used so long ago."""
    with writing() as session:
        row = session.exec(select(UserSession).order_by(col(UserSession.id).desc()).limit(1)).one()
        row.seen_at = clock.now() - ago


async def test_a_page_learns_how_long_its_session_lives_and_asking_does_not_prolong_it(
    visitor: httpx.AsyncClient,
) -> None:
    await visitor.post("/api/session", data=FORM)
    seen(timedelta(minutes=20))

    for unused in ("", "x", "-1", "9999999", "٣", "1300"):
        assert 590 <= (await left(visitor, unused))["left"] <= 600, unused


async def test_a_page_that_was_used_says_when_and_its_session_lives_on_from_then(visitor: httpx.AsyncClient) -> None:
    await visitor.post("/api/session", data=FORM)
    seen(timedelta(minutes=20))

    answers = [await left(visitor, "300"), await left(visitor)]

    assert all(1_490 <= answer["left"] <= 1_500 for answer in answers)
    assert 299 <= (clock.now() - sessions()[-1].seen_at).total_seconds() <= 310


async def test_a_page_learns_that_no_use_lets_its_session_live_longer(visitor: httpx.AsyncClient) -> None:
    await visitor.post("/api/session", data=FORM)
    assert (await left(visitor))["last"] is False
    with writing() as session:
        session.exec(select(UserSession)).one().created_at = clock.now() - timedelta(hours=11, minutes=59)

    answer = await left(visitor, "0")

    assert 50 <= answer["left"] <= 60
    assert answer["last"] is True


async def test_a_session_that_has_ended_is_not_brought_back_by_use(visitor: httpx.AsyncClient) -> None:
    assert await left(visitor, "0") == {"left": 0, "last": True}
    await visitor.post("/api/session", data=FORM)
    seen(timedelta(minutes=30))

    assert [await left(visitor, "0"), await left(visitor)] == [{"left": 0, "last": True}] * 2


async def test_a_token_from_outside_is_never_adopted(visitor: httpx.AsyncClient) -> None:
    visitor.cookies.set("lk", "chosen-by-an-attacker")

    response = await visitor.post("/api/session", data=FORM)

    assert response.cookies["lk"] != "chosen-by-an-attacker"


async def test_signing_out_ends_the_session_and_takes_the_cookie(visitor: httpx.AsyncClient) -> None:
    await visitor.post("/api/session", data=FORM)

    response = await visitor.post("/api/session/end")

    assert response.headers["location"] == "/login"
    assert 'lk=""' in response.headers["set-cookie"]
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert [session.ended_at is None for session in sessions()] == [False]


async def test_large_and_odd_bodies_are_refused(visitor: httpx.AsyncClient) -> None:
    large = await visitor.post("/api/session", data=FORM | {"name": "a" * 5_000})
    odd = await visitor.post("/api/session", content=b"\xff\xfe" * 10, headers={"Content-Type": "text/plain"})
    file = await visitor.post("/api/session", files={"name": ("a.txt", b"x")})

    assert large.status_code == 413
    assert odd.status_code == 415
    assert file.status_code == 415


async def test_addresses_are_believed_as_far_as_our_proxies_reach(
    visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender who forges the first entries of X-Forwarded-For is still one address to the limits."""
    monkeypatch.setenv("LK_TRUSTED_PROXY_HOPS", "1")
    settings.cache_clear()
    statuses = []
    for attempt in range(21):
        response = await visitor.post(
            "/api/session",
            data={"name": f"имя {'а' * attempt}", "password": "wrong"},
            headers=AS_SCRIPT | {"X-Forwarded-For": f"192.0.2.{attempt}, 198.51.100.9"},
        )
        statuses.append(response.status_code)

    assert statuses == [401] * 20 + [429]


async def test_a_password_changed_while_the_old_one_is_checked_signs_nobody_in(
    visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner recovers the user while somebody who knows the old password is signing in."""

    def recovered_meanwhile(password: str, candidate: identity.Candidate) -> bool:
        with writing() as session:
            session.exec(select(User)).one().password_hash = "the owner's new one"
        return True

    monkeypatch.setattr(identity, "password_fits", recovered_meanwhile)

    response = await visitor.post("/api/session", data=FORM, headers=AS_SCRIPT)

    assert response.status_code == 401
    assert sessions() == []


async def test_the_name_of_a_deleted_user_is_like_any_unknown_one(visitor: httpx.AsyncClient) -> None:
    with writing() as session:
        user = session.exec(select(User)).one()
        user.deletes_at = factories.NOW
        session.flush()
        deletion.delete_due(session, factories.NOW)

    response = await visitor.post("/api/session", data=FORM | {"name": f"deleted {user_id()}"}, headers=AS_SCRIPT)

    assert response.status_code == 401


def user_id() -> int:
    with reading() as session:
        return session.exec(select(User.id)).one() or 0
