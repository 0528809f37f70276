"""The forms of registration and recovery over HTTP: what they answer, set, and never tell."""

import logging
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from lk_app.api import registration
from lk_app.models import User
from lk_app.services.session import reading, writing
from lk_app.settings import settings
from tests import factories
from tests.api.conftest import BrowserAt, Watch
from tests.codes import another, newest_code, outbox

PHONE, NUMBER = "9120000003", "66010000033"
NAME, PASSWORD = "Анна Сергеева", "Zq8vLm2x"
FORM = {
    "name": NAME,
    "password": PASSWORD,
    "confirmation": PASSWORD,
    "phone": PHONE,
    "account_number": NUMBER,
    "consent": "yes",
}
NEW = {"name": "Анна Новая", "password": "Wn7kRt4p", "confirmation": "Wn7kRt4p"}

Solved = Callable[[], dict[str, str]]


@pytest.fixture(autouse=True)
def account(portal: str, quick: None) -> None:
    with writing() as session:
        factories.account(session, NUMBER, phone=PHONE)


def code() -> str:
    with reading() as session:
        return newest_code(session, PHONE)


def users() -> list[str]:
    with reading() as session:
        return list(session.exec(select(User.name)).all())


async def apply(visitor: httpx.AsyncClient, solved: Solved, **fields: str) -> httpx.Response:
    return await visitor.post("/api/registration", data=FORM | solved() | fields)


async def register(visitor: httpx.AsyncClient, solved: Solved) -> None:
    await apply(visitor, solved)
    answer = await visitor.post("/api/registration/confirm", data={"code": code()})
    assert answer.json() == {"next": "/login?done=registered"}


async def test_two_steps_make_a_user_who_can_sign_in(browser_at: BrowserAt, solved: Solved) -> None:
    visitor = browser_at()
    step_1 = await apply(visitor, solved)
    assert (step_1.status_code, step_1.json()) == (200, {"next": "/register/confirm"})

    step_2 = await visitor.post("/api/registration/confirm", data={"code": code()})
    assert step_2.json() == {"next": "/login?done=registered"}
    session = await visitor.post(
        "/api/session", data={"name": NAME, "password": PASSWORD}, headers={"Accept": "application/json"}
    )
    assert session.json() == {"next": "/"}


async def test_the_request_is_known_by_a_cookie_no_script_can_read(browser_at: BrowserAt, solved: Solved) -> None:
    response = await apply(browser_at(), solved)

    name, *attributes = response.headers["set-cookie"].split("; ")
    assert name.startswith("lk-request=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} == set(attributes)


async def test_the_cookie_is_taken_back_at_the_end(browser_at: BrowserAt, solved: Solved) -> None:
    visitor = browser_at()
    await register(visitor, solved)

    assert "lk-request" not in visitor.cookies


async def test_wrong_fields_are_all_named_and_cost_no_captcha(browser_at: BrowserAt, solved: Solved) -> None:
    visitor, question = browser_at(), solved()
    wrong = FORM | question | {"phone": "123", "confirmation": "another1"}

    refused = await visitor.post("/api/registration", data=wrong)

    assert refused.status_code == 422
    assert refused.json()["errors"].keys() == {"phone", "confirmation"}
    assert (await visitor.post("/api/registration", data=FORM | question)).status_code == 200


async def test_a_captcha_serves_once(browser_at: BrowserAt, solved: Solved) -> None:
    question = solved()
    await browser_at().post("/api/registration", data=FORM | question)

    again = await browser_at("203.0.113.8").post("/api/registration", data=FORM | question)

    assert again.json() == {"errors": {"captcha": "Ответ не подходит. Решите новый пример"}}


async def test_a_wrong_answer_to_the_captcha_sends_nothing(browser_at: BrowserAt, solved: Solved) -> None:
    refused = await apply(browser_at(), solved, captcha="1000")

    assert refused.status_code == 422
    assert refused.json()["errors"].keys() == {"captcha"}
    with reading() as session:
        assert outbox(session, PHONE) == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "Иван2", "Только русские"),
        ("password", "short", "Не меньше 7"),
        ("confirmation", "another1", "Пароли не совпадают"),
        ("phone", "123", "10 цифр"),
        ("account_number", "", "Обязательное поле"),
    ],
)
async def test_a_field_that_was_left_is_judged_alone(browser_at: BrowserAt, field: str, value: str, said: str) -> None:
    sent = {"password": PASSWORD, "field": field, field: value}

    answer = await browser_at().post("/api/registration/check", data=sent)

    assert answer.status_code == 200
    assert answer.json()["errors"].keys() == {field}
    assert said in answer.json()["errors"][field]


async def test_a_taken_name_is_fine_as_far_as_a_stranger_can_tell(browser_at: BrowserAt, solved: Solved) -> None:
    await register(browser_at(), solved)

    answer = await browser_at().post("/api/registration/check", data=FORM | {"field": "name"})

    assert answer.json() == {"errors": {}}


async def test_a_wrong_code_is_counted_even_though_it_is_refused(browser_at: BrowserAt, solved: Solved) -> None:
    visitor = browser_at()
    await apply(visitor, solved)
    right = code()
    answers = [
        (await visitor.post("/api/registration/confirm", data={"code": another(right)})).json() for _ in range(5)
    ]

    assert answers[0] == {"errors": {"code": "Код не подходит. Проверьте цифры"}}
    assert answers[4] == {"errors": {"code": "Слишком много неверных кодов. Запросите новый"}}
    spent = await visitor.post("/api/registration/confirm", data={"code": right})
    assert spent.status_code == 422
    assert users() == []


async def test_a_taken_name_asks_for_another_only_after_the_code(browser_at: BrowserAt, solved: Solved) -> None:
    with writing() as session:
        factories.user(session, NAME)
    visitor = browser_at()
    await apply(visitor, solved)

    assert (await visitor.post("/api/registration/confirm", data={"code": code()})).json() == {
        "next": "/register/confirm"
    }
    refused = await visitor.post("/api/registration/confirm", data={"name": NAME})
    assert refused.json() == {"errors": {"name": "Это имя уже занято. Придумайте другое"}}
    done = await visitor.post("/api/registration/confirm", data={"name": "Анна Другая"})
    assert done.json() == {"next": "/login?done=registered"}
    assert sorted(users()) == ["Анна Другая", NAME]


async def test_a_resend_waits_a_minute(browser_at: BrowserAt, solved: Solved, watch: Watch) -> None:
    visitor = browser_at()
    await apply(visitor, solved)
    first = code()

    early = await visitor.post("/api/registration/code")
    assert (early.status_code, early.headers["retry-after"]) == (429, "60")
    watch.move(timedelta(seconds=60))
    assert "отправлен новый код" in (await visitor.post("/api/registration/code")).json()["done"]
    with reading() as session:
        assert len(outbox(session, PHONE)) == 2
    assert re.fullmatch(r"\d{6}", first)


@pytest.mark.parametrize("path", ["/api/registration/confirm", "/api/registration/code", "/api/recovery/code"])
async def test_without_a_request_there_is_nothing_to_go_on_with(browser_at: BrowserAt, path: str) -> None:
    answer = await browser_at().post(path, data={"code": "123456"})

    assert answer.status_code == 409
    assert "Начните сначала" in answer.json()["message"]


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
async def test_other_sites_can_send_no_form(browser_at: BrowserAt, solved: Solved, origin: str | None) -> None:
    visitor = browser_at()
    visitor.headers.pop("origin")
    headers = {"Origin": origin} if origin else {}

    for path in ("/api/registration", "/api/registration/confirm", "/api/recovery", "/api/profile/name"):
        assert (await visitor.post(path, data=FORM | solved(), headers=headers)).status_code == 403


async def test_recovery_gives_a_new_name_and_password(browser_at: BrowserAt, solved: Solved, watch: Watch) -> None:
    await register(browser_at(), solved)
    watch.move(timedelta(minutes=2))
    visitor = browser_at()

    assert (await visitor.post("/api/recovery", data={"phone": "8 912 000-00-03"})).json() == {
        "next": "/recover/confirm"
    }
    answer = await visitor.post("/api/recovery/confirm", data=NEW | {"code": code()})

    assert answer.json() == {"next": "/login?done=recovered"}
    assert "lk" not in visitor.cookies
    session = await visitor.post(
        "/api/session", data={"name": NEW["name"], "password": NEW["password"]}, headers={"Accept": "application/json"}
    )
    assert session.status_code == 200
    assert users() == [NEW["name"]]


async def test_recovery_hashes_no_password_for_a_wrong_code(
    browser_at: BrowserAt, solved: Solved, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    await register(browser_at(), solved)
    watch.move(timedelta(minutes=2))
    visitor = browser_at()
    await visitor.post("/api/recovery", data={"phone": PHONE})
    monkeypatch.setattr("lk_app.services.identity.hash_password", lambda password: pytest.fail("hashed"))

    wrong = await visitor.post("/api/recovery/confirm", data=NEW | {"code": another(code())})

    assert wrong.json()["errors"].keys() == {"code"}


OUTCOMES = {
    "matches": {},
    "wrong phone": {"phone": "9120000009"},
    "no such account": {"account_number": "66010000099"},
    "taken pair": {"phone": "9120000005", "account_number": "66010000058"},
    "taken name": {"name": "Пётр Семёнов"},
}


@pytest.fixture
def taken() -> None:
    with writing() as session:
        account = factories.account(session, "66010000058", phone="9120000005")
        factories.link(session, factories.user(session, "Пётр Семёнов", phone="9120000005"), account)


def public_part(response: httpx.Response) -> tuple[int, str, dict[str, str]]:
    """Everything a stranger can read, without the random value of the cookie."""
    headers = {name: re.sub(r"(lk-request=)[^;]+", r"\1…", value) for name, value in response.headers.items()}
    # The log's name for the request, another one each time.
    del headers["x-request-id"]
    return response.status_code, response.text, headers


async def test_step_1_answers_every_outcome_in_the_same_words(
    browser_at: BrowserAt, solved: Solved, watch: Watch, taken: None
) -> None:
    answers = []
    for fields in OUTCOMES.values():
        answers.append(public_part(await apply(browser_at(), solved, **fields)))
        watch.move(timedelta(minutes=1))

    assert answers[0][0] == 200
    assert answers == answers[:1] * len(answers)


async def test_recovery_answers_known_and_unknown_phones_in_the_same_words(browser_at: BrowserAt, taken: None) -> None:
    known = public_part(await browser_at("203.0.113.1").post("/api/recovery", data={"phone": "9120000005"}))
    unknown = public_part(await browser_at("203.0.113.2").post("/api/recovery", data={"phone": "9120000009"}))

    assert known == unknown


SAMPLES = 60


async def test_step_1_takes_the_same_time_whatever_it_finds(
    browser_at: BrowserAt, solved: Solved, watch: Watch, taken: None
) -> None:
    """Compares the distributions of the bare work, without the padding that hides what is left of a difference."""
    times: dict[str, list[float]] = {name: [] for name in OUTCOMES}
    for sample in range(SAMPLES):
        for index, (name, fields) in enumerate(OUTCOMES.items()):
            # A day later no limit remembers the phones, and the address is another one each time.
            visitor, question = browser_at(f"10.{index}.0.{sample}"), solved()
            began = time.perf_counter()
            answer = await visitor.post("/api/registration", data=FORM | question | fields)
            times[name].append(time.perf_counter() - began)
            assert answer.status_code == 200
            watch.move(timedelta(days=1))

    for name, others in times.items():
        assert 0.25 < likelihood_of_being_slower(others, times["matches"]) < 0.75, name


def likelihood_of_being_slower(one: list[float], other: list[float]) -> float:
    """How often a time of one exceeds a time of the other: 0.5 when nobody can tell them apart.

    With 60 samples of the same distribution it leaves 0.25 … 0.75 about once in half a million runs.
    """
    return sum((a > b) + (a == b) / 2 for a in one for b in other) / (len(one) * len(other))


async def test_the_answer_waits_for_the_common_time(
    browser_at: BrowserAt, solved: Solved, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration, "ANSWERED_AFTER_S", 0.4)
    began = time.perf_counter()
    await apply(browser_at(), solved)
    answered = time.perf_counter()
    await apply(browser_at(), solved)  # Refused: the minute is not over.

    assert answered - began >= 0.4
    assert time.perf_counter() - answered >= 0.4


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


async def test_nothing_personal_reaches_the_log(
    browser_at: BrowserAt, solved: Solved, watch: Watch, everything_logged: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("lk_app").error("the capture works")
    visitor = browser_at()
    await register(visitor, solved)
    watch.move(timedelta(minutes=2))
    await visitor.post("/api/recovery", data={"phone": PHONE})
    recovery_code = code()
    token = visitor.cookies["lk-request"]
    await visitor.post("/api/recovery/confirm", data=NEW | {"code": another(recovery_code)})
    await visitor.post("/api/recovery/confirm", data=NEW | {"code": recovery_code})

    said = everything_logged.text
    assert "the capture works" in said
    for secret in (PHONE, NUMBER, NAME, PASSWORD, NEW["name"], NEW["password"], recovery_code, token, "203.0.113.7"):
        assert secret not in said, secret


async def test_a_fault_is_answered_politely_and_logged_without_data(
    browser_at: BrowserAt, solved: Solved, monkeypatch: pytest.MonkeyPatch, everything_logged: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: object) -> str:
        raise RuntimeError(f"could not store {PHONE}")

    monkeypatch.setattr("lk_app.services.registration.apply", fail)

    answer = await apply(browser_at(), solved)

    assert (answer.status_code, answer.json().keys()) == (500, {"message"})
    assert "RuntimeError at" in everything_logged.text
    assert PHONE not in everything_logged.text + answer.text


async def test_over_https_the_request_cookie_is_bound_to_the_host(
    browser_at: BrowserAt, solved: Solved, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LK_PUBLIC_URL", "https://lk.example.ru")
    question = solved()
    settings.cache_clear()

    response = await browser_at().post(
        "/api/registration", data=FORM | question, headers={"Origin": "https://lk.example.ru"}
    )

    assert response.headers["set-cookie"].startswith("__Host-lk-request=")
    assert "; Secure" in response.headers["set-cookie"]
