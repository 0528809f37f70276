"""The form about notifications over HTTP."""

import httpx
import pytest
from sqlmodel import select

from lk_app import clock
from lk_app.models import NotificationChoice, User
from lk_app.services import identity
from lk_app.services.session import reading, writing
from tests import factories
from tests.api.conftest import BrowserAt, Watch
from tests.api.test_profile import LATER, NAME, sign_in

PATH = "/api/profile/notifications"
PHONE, ADDRESS = "9120000001", "maria@example.ru"
ASKED = {"decisions": "sms", "window": "email", "verification": "none"}


@pytest.fixture(autouse=True)
def user(portal: str, quick: None) -> None:
    """A user with a proven phone and address."""
    with writing() as session:
        factories.user(session, NAME, PHONE).email = ADDRESS


@pytest.fixture
async def hers(browser_at: BrowserAt) -> httpx.AsyncClient:
    """A browser in which Мария has just signed in."""
    return await sign_in(browser_at())


def chosen() -> dict[str, str]:
    with reading() as session:
        return {row.topic.value: row.way.value for row in session.exec(select(NotificationChoice))}


async def test_choices_are_saved_and_changed(hers: httpx.AsyncClient) -> None:
    saved = await hers.post(PATH, data=ASKED)
    assert (saved.status_code, saved.json()) == (200, {"done": "Уведомления сохранены."})
    assert chosen() == {"decisions": "sms", "window": "email"}

    await hers.post(PATH, data={"decisions": "none", "verification": "sms"})
    assert chosen() == {"window": "email", "verification": "sms"}


async def test_an_empty_form_changes_nothing(hers: httpx.AsyncClient) -> None:
    await hers.post(PATH, data=ASKED)

    assert (await hers.post(PATH)).status_code == 200
    assert chosen() == {"decisions": "sms", "window": "email"}


@pytest.mark.parametrize("way", ["", "post", "SMS", "sms\x00", "0"])
async def test_what_is_no_way_is_refused_beside_its_topic(hers: httpx.AsyncClient, way: str) -> None:
    answer = await hers.post(PATH, data=ASKED | {"window": way})

    assert (answer.status_code, answer.json()) == (422, {"errors": {"window": "Выберите одно из списка"}})
    assert chosen() == {}


async def test_without_phone_and_address_it_is_said_what_to_do(hers: httpx.AsyncClient) -> None:
    with writing() as session:
        user = session.exec(select(User)).one()
        user.phone = user.email = None

    answer = await hers.post(PATH, data=ASKED)

    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        {
            "decisions": "Для SMS нужен подтверждённый телефон",
            "window": "Чтобы получать письма, сначала укажите адрес электронной почты",
        },
    )
    assert chosen() == {}


async def test_other_sites_do_not_send_the_form(hers: httpx.AsyncClient) -> None:
    for origin in ("https://evil.example", "null"):
        assert (await hers.post(PATH, data=ASKED, headers={"Origin": origin})).status_code == 403
    assert chosen() == {}


async def test_nobody_who_is_signed_out_sends_it(browser_at: BrowserAt, hers: httpx.AsyncClient) -> None:
    stranger = await browser_at().post(PATH, data=ASKED)
    assert (stranger.status_code, stranger.json()["sign_in"]) == (401, True)

    with writing() as session:
        identity.end_sessions(session, session.exec(select(User.id)).one() or 0, clock.now())
    assert (await hers.post(PATH, data=ASKED)).status_code == 401
    assert chosen() == {}


async def test_no_password_is_asked_for(hers: httpx.AsyncClient, watch: Watch) -> None:
    watch.move(LATER)

    assert (await hers.post(PATH, data=ASKED)).status_code == 200
