"""The forms about the address for letters over HTTP."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlmodel import col, select

from lk_app import clock
from lk_app.models import Letter, User
from lk_app.services import identity
from lk_app.services.session import reading, writing
from lk_app.settings import Environment, settings
from tests import factories
from tests.api.conftest import BrowserAt, Watch
from tests.api.test_profile import LATER, NAME, sign_in
from tests.codes import another

ADDRESS = "maria@example.ru"
ROUTES = {
    "/api/profile/email": {"email": ADDRESS},
    "/api/profile/email/confirm": {"code": "123456"},
    "/api/profile/email/code": {},
    "/api/profile/email/code/cancel": {},
    "/api/profile/email/removal": {},
}


@pytest.fixture(autouse=True)
def user(portal: str, quick: None) -> None:
    with writing() as session:
        factories.user(session, NAME)


@pytest.fixture
async def hers(browser_at: BrowserAt) -> httpx.AsyncClient:
    """A browser in which Мария has just signed in."""
    return await sign_in(browser_at())


def code() -> str:
    with reading() as session:
        letter = session.exec(select(Letter).order_by(col(Letter.id).desc())).first()
    found = re.search(r"\b\d{6}\b", letter.text if letter else "")
    assert found is not None
    return found.group()


def address() -> str | None:
    with reading() as session:
        return session.exec(select(User.email)).one()


async def test_an_address_is_given_in_two_steps_and_removed(hers: httpx.AsyncClient) -> None:
    step_1 = await hers.post("/api/profile/email", data={"email": "Maria@Example.ru"})
    assert step_1.json() == {"done": "Код отправлен на указанный адрес."}
    assert address() is None

    step_2 = await hers.post("/api/profile/email/confirm", data={"code": code()})
    assert step_2.json() == {"done": "Адрес электронной почты сохранён."}
    assert address() == "Maria@example.ru"

    removed = await hers.post("/api/profile/email/removal")
    assert removed.json() == {"done": "Адрес электронной почты удалён."}
    assert address() is None


@pytest.mark.parametrize("path", ROUTES)
async def test_other_sites_send_none_of_these_forms(hers: httpx.AsyncClient, path: str) -> None:
    for origin in ("https://evil.example", "null"):
        answer = await hers.post(path, data=ROUTES[path], headers={"Origin": origin})
        assert answer.status_code == 403


@pytest.mark.parametrize("path", ROUTES)
async def test_nobody_who_is_signed_out_sends_these_forms(browser_at: BrowserAt, path: str) -> None:
    answer = await browser_at().post(path, data=ROUTES[path])

    assert (answer.status_code, answer.json()["sign_in"]) == (401, True)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Обязательное поле"),
        ("maria", "В адресе должен быть один знак @, например maria@example.ru"),
        ("мария@example.ru", "До знака @ могут стоять только латинские буквы, цифры и знаки без пробелов"),
        ("maria@example", "Проверьте то, что стоит после знака @. Например, maria@example.ru"),
        ("maria@xn--0.ru", "Проверьте то, что стоит после знака @. Например, maria@example.ru"),
    ],
)
async def test_what_is_no_address_is_refused_in_words(hers: httpx.AsyncClient, typed: str, said: str) -> None:
    answer = await hers.post("/api/profile/email", data={"email": typed})

    assert (answer.status_code, answer.json()) == (422, {"errors": {"email": said}})


async def test_a_wrong_code_is_told_and_counted_though_it_is_refused(hers: httpx.AsyncClient) -> None:
    await hers.post("/api/profile/email", data={"email": ADDRESS})
    right = code()
    said = []
    for _ in range(6):
        answer = await hers.post("/api/profile/email/confirm", data={"code": another(right)})
        said.append((answer.status_code, answer.json()["errors"]["code"]))

    assert said[:4] == [(422, "Код не подходит. Проверьте цифры")] * 4
    assert said[4:] == [(422, "Слишком много неверных кодов. Запросите новый")] * 2
    assert (await hers.post("/api/profile/email/confirm", data={"code": right})).status_code == 422
    assert address() is None


async def test_without_a_request_there_is_nothing_to_confirm_or_to_send_again(hers: httpx.AsyncClient) -> None:
    for path in ("/api/profile/email/confirm", "/api/profile/email/code"):
        answer = await hers.post(path, data={"code": "123456"})
        assert answer.status_code == 409
        assert "Начните сначала" in answer.json()["message"]


async def test_another_code_can_be_asked_for_after_a_minute(hers: httpx.AsyncClient, watch: Watch) -> None:
    await hers.post("/api/profile/email", data={"email": ADDRESS})
    early = await hers.post("/api/profile/email/code")
    assert (early.status_code, early.headers["Retry-After"]) == (429, "60")
    watch.move(timedelta(minutes=1))

    assert (await hers.post("/api/profile/email/code")).status_code == 200
    assert (await hers.post("/api/profile/email/confirm", data={"code": code()})).status_code == 200


async def test_what_waits_can_be_given_up(hers: httpx.AsyncClient) -> None:
    await hers.post("/api/profile/email", data={"email": ADDRESS})
    given = code()

    assert (await hers.post("/api/profile/email/code/cancel")).json() == {"done": "Запрос отменён."}
    assert (await hers.post("/api/profile/email/confirm", data={"code": given})).status_code == 409


async def test_an_address_gets_three_letters_a_day(hers: httpx.AsyncClient, watch: Watch) -> None:
    await hers.post("/api/profile/email", data={"email": ADDRESS})
    statuses = []
    for _ in range(3):
        watch.move(timedelta(minutes=1))
        statuses.append((await hers.post("/api/profile/email/code")).status_code)

    assert statuses == [200, 200, 429]


async def test_a_limit_leaves_what_waits_as_it_was(hers: httpx.AsyncClient) -> None:
    for number in range(5):
        await hers.post("/api/profile/email", data={"email": f"maria{number}@example.ru"})
    last = code()

    assert (await hers.post("/api/profile/email", data={"email": ADDRESS})).status_code == 429
    assert (await hers.post("/api/profile/email/confirm", data={"code": last})).status_code == 200
    assert address() == "maria4@example.ru"


@pytest.mark.parametrize("path", ["/api/profile/email", "/api/profile/email/removal"])
async def test_the_password_is_asked_for_when_it_was_given_long_ago(
    hers: httpx.AsyncClient, watch: Watch, path: str
) -> None:
    watch.move(LATER)
    asked = await hers.post(path, data=ROUTES[path])
    assert asked.json()["errors"].keys() == {"current_password"}

    given = ROUTES[path] | {"current_password": factories.PASSWORD}
    assert (await hers.post(path, data=given)).status_code == 200


async def test_whoever_was_signed_out_meanwhile_confirms_nothing(hers: httpx.AsyncClient) -> None:
    await hers.post("/api/profile/email", data={"email": ADDRESS})
    with writing() as session:
        user = session.exec(select(User)).one()
        identity.end_sessions(session, user.id or 0, clock.now())

    assert (await hers.post("/api/profile/email/confirm", data={"code": code()})).status_code == 401
    assert address() is None


async def test_where_no_letters_are_sent_no_address_is_taken(
    hers: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "env", Environment.PRODUCTION)

    assert (await hers.post("/api/profile/email", data={"email": ADDRESS})).status_code == 409


async def test_no_answer_repeats_the_address(hers: httpx.AsyncClient) -> None:
    answers = [await hers.post(path, data=fields | {"email": ADDRESS}) for path, fields in ROUTES.items()]
    answers.append(await hers.post("/api/profile/email", data={"email": "maria@example"}))

    assert not [answer.text for answer in answers if 'maria@example"' in answer.text or "Maria" in answer.text]
    assert not [answer.text for answer in answers[:-1] if ADDRESS in answer.text]
