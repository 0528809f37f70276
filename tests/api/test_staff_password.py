"""The form by which a member sets another password of their own."""

from datetime import timedelta

import httpx
import pytest
from sqlmodel import col, select

from lk_app import clock
from lk_app.models import Action, AuditEvent
from lk_app.services import identity
from lk_app.services.callers import Command
from lk_app.services.session import reading, writing
from lk_app.services.staff import members
from tests import factories
from tests.api.conftest import BrowserAt, Watch

LOGIN = "o.vetrova"
NEW = "трава у дома 42"
FORM = {"current_password": factories.PASSWORD, "password": NEW, "confirmation": NEW}

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture(autouse=True)
def member(portal: str, quick: None) -> None:
    with writing() as session:
        factories.staff(session, LOGIN)


async def signed_in(browser_at: BrowserAt, password: str = factories.PASSWORD) -> httpx.AsyncClient:
    browser = browser_at()
    answer = await browser.post("/api/office/session", data={"login": LOGIN, "password": password})
    assert answer.status_code == 200
    return browser


async def change(browser: httpx.AsyncClient, **fields: str) -> httpx.Response:
    return await browser.post("/api/office/password", data=FORM | fields)


def logged() -> list[tuple[Action, str, str]]:
    with reading() as session:
        rows = session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))
        return [(row.action, row.subject, row.detail) for row in rows]


async def test_a_member_sets_their_own_password_which_ends_their_other_sessions(browser_at: BrowserAt) -> None:
    here, elsewhere = await signed_in(browser_at), await signed_in(browser_at)

    assert (await change(here)).json() == {"done": "Пароль изменён. На других устройствах нужно войти заново."}

    assert logged()[-1] == (Action.CHANGED, LOGIN, "own password")
    assert (await change(elsewhere, current_password=NEW, password="другая трава")).status_code == 401
    again = {"current_password": NEW, "password": "луна над крышей", "confirmation": "луна над крышей"}
    assert (await change(here, **again)).status_code == 200
    await signed_in(browser_at, "луна над крышей")


async def test_whoever_has_changed_a_first_password_signs_in_for_as_long_as_they_work(
    browser_at: BrowserAt, watch: Watch
) -> None:
    with writing() as session:
        members.set_password(session, Command("root"), LOGIN, factories.PASSWORD_HASH, clock.now())
    await change(await signed_in(browser_at))

    watch.move(timedelta(days=400))

    await signed_in(browser_at, NEW)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_the_new_password_is_another_one(browser_at: BrowserAt) -> None:
    browser = await signed_in(browser_at)
    await change(browser)

    answer = await change(browser, current_password=NEW)

    assert answer.json()["errors"] == {"password": "Новый пароль такой же, как прежний. Придумайте другой."}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"current_password": ""}, "current_password"),
        ({"current_password": "not mine"}, "current_password"),
        ({"password": "short", "confirmation": "short"}, "password"),
        ({"password": "qwerty123456", "confirmation": "qwerty123456"}, "password"),
        ({"confirmation": "трава у дома 43"}, "confirmation"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_breaks_a_rule_changes_nothing(browser_at: BrowserAt, fields: dict[str, str], wrong: str) -> None:
    browser = await signed_in(browser_at)

    answer = await change(browser, **fields)

    assert (answer.status_code, answer.json()["errors"].keys()) == (422, {wrong})
    await signed_in(browser_at)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_guessing_the_present_password_is_limited_and_logged(browser_at: BrowserAt) -> None:
    browser = await signed_in(browser_at)

    answers = [(await change(browser, current_password=f"guess {number}")).status_code for number in range(6)]

    assert answers == [422] * 5 + [429]
    assert logged()[-1] == (Action.SIGN_IN_REFUSED, "", "password again")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_member_who_is_disabled_while_the_password_is_hashed_changes_nothing(
    browser_at: BrowserAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await signed_in(browser_at)

    def disabled_meanwhile(password: str) -> str:
        with writing() as session:
            members.disable(session, Command("root"), LOGIN, clock.now())
        return "the thief's"

    monkeypatch.setattr(identity, "hash_password", disabled_meanwhile)

    assert (await change(browser)).status_code == 401
    assert Action.DISABLED in [action for action, _, _ in logged()]
    with writing() as session:
        members.enable(session, Command("root"), LOGIN, clock.now())
    await signed_in(browser_at)


async def test_strangers_and_consumers_have_nothing_to_change(browser_at: BrowserAt) -> None:
    with writing() as session:
        factories.user(session, "Мария Иванова")
    browser = browser_at()
    assert (await change(browser)).status_code == 401

    await browser.post("/api/session", data={"name": "Мария Иванова", "password": factories.PASSWORD})
    assert (await change(browser)).status_code == 401
