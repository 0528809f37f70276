"""The form by which staff refuse readings."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from lk_app import clock
from lk_app.models import Action, AuditEvent, Reading, ReadingState, RefusalReason, Role
from lk_app.services.readings import deciding, reasons, verdicts
from lk_app.services.readings.reasons import FIRST_REASONS, REASON_LENGTH
from lk_app.services.readings.verdicts import OTHER
from lk_app.services.session import reading, writing
from tests import factories
from tests.api.conftest import BrowserAt
from tests.texts import plain
from tests.waiting import queue_of

REFUSAL = "/api/office/readings/refusal"
TOKEN = "an operator's token"


@pytest.fixture
def first_reasons(portal: str) -> None:
    """Reasons to refuse by, as a new portal has them."""
    with writing() as session:
        reasons.load_first(session)


@pytest.fixture
def browser(browser_at: BrowserAt, first_reasons: None) -> httpx.AsyncClient:
    """The browser of an operator who is signed in."""
    with writing() as session:
        factories.staff_caller(session, token=TOKEN, at=clock.now())
    client = browser_at()
    client.cookies.set("lk-staff", TOKEN)
    return client


@pytest.fixture
def sent(first_reasons: None) -> list[str]:
    """Ids of readings that wait."""
    with writing() as session:
        return [one.id for one in queue_of(session, 3)]


def stored() -> list[tuple[ReadingState, str]]:
    with reading() as session:
        waited = select(Reading).where(col(Reading.sent_at).is_not(None)).order_by(col(Reading.sent_at))
        return [(one.state, one.reason) for one in session.exec(waited)]


WAITS = (ReadingState.PENDING, "")


async def refuse(browser: httpx.AsyncClient, ids: list[str], **fields: str) -> httpx.Response:
    return await browser.post(REFUSAL, data={"ids": " ".join(ids)} | fields)


async def test_one_is_refused_with_a_reason_from_the_list(browser: httpx.AsyncClient, sent: list[str]) -> None:
    response = await refuse(browser, sent[:1], reason="typo", words="is not asked for")

    assert (response.status_code, plain(response.json()["done"])) == (200, "Отказано: 1.")
    assert stored() == [(ReadingState.REFUSED, FIRST_REASONS["typo"]), WAITS, WAITS]
    with reading() as session:
        [event] = session.exec(select(AuditEvent).where(AuditEvent.action == Action.READING_REFUSED))
    assert (event.subject, event.detail) == (sent[0], FIRST_REASONS["typo"])


async def test_several_are_refused_in_ones_own_words(browser: httpx.AsyncClient, sent: list[str]) -> None:
    response = await refuse(browser, sent[:2], reason=OTHER, words="  Счётчик\r\nна поверке\0 ")

    assert plain(response.json()["done"]) == "Отказано: 2."
    assert stored() == [(ReadingState.REFUSED, "Счётчик на поверке")] * 2 + [WAITS]


async def test_what_a_colleague_has_decided_is_said(browser: httpx.AsyncClient, sent: list[str]) -> None:
    with writing() as session:
        deciding.accept(session, factories.staff_caller(session), sent[:1], clock.now())

    response = await refuse(browser, sent, reason="typo")

    assert plain(response.json()["done"]) == "Отказано: 2. Уже решены или отозваны: 1."
    assert [state for state, _ in stored()] == [ReadingState.ACCEPTED, ReadingState.REFUSED, ReadingState.REFUSED]


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({}, {"reason": verdicts.NOT_CHOSEN}),
        ({"reason": "junk"}, {"reason": verdicts.NOT_CHOSEN}),
        ({"reason": OTHER}, {"words": verdicts.NOT_WRITTEN}),
        ({"reason": OTHER, "words": " \r\n "}, {"words": verdicts.NOT_WRITTEN}),
        ({"reason": OTHER, "words": "щ" * (REASON_LENGTH + 1)}, {"words": verdicts.TOO_LONG.format(301)}),
    ],
)
async def test_without_a_reason_nobody_is_refused(
    browser: httpx.AsyncClient, sent: list[str], fields: dict[str, str], errors: dict[str, str]
) -> None:
    response = await refuse(browser, sent, **fields)

    assert (response.status_code, response.json()) == (422, {"errors": errors})
    assert stored() == [WAITS] * 3


async def test_a_reason_that_was_put_away_is_none(browser: httpx.AsyncClient, sent: list[str]) -> None:
    with writing() as session:
        session.get_one(RefusalReason, "typo").published = False

    response = await refuse(browser, sent, reason="typo")

    assert response.json() == {"errors": {"reason": verdicts.NOT_CHOSEN}}
    assert stored() == [WAITS] * 3


async def test_the_longest_reason_of_a_whole_page_gets_through(browser: httpx.AsyncClient, portal: str) -> None:
    with writing() as session:
        page = [one.id for one in queue_of(session, verdicts.MOST)]

    response = await refuse(browser, page, reason=OTHER, words="щ" * REASON_LENGTH)

    assert plain(response.json()["done"]) == "Отказано: 50."
    assert set(stored()) == {(ReadingState.REFUSED, "щ" * REASON_LENGTH)}


@pytest.mark.parametrize("ids", ["", "junk", "R261122-0000000001 junk", "R261122-0000000001;", "R٢٦1122-0000000001"])
async def test_ids_that_are_none_refuse_nothing(browser: httpx.AsyncClient, sent: list[str], ids: str) -> None:
    response = await browser.post(REFUSAL, data={"ids": ids, "reason": "typo"})

    assert (response.status_code, response.json()) == (409, {"message": verdicts.NOTHING_CHOSEN})
    assert stored() == [WAITS] * 3


async def test_more_than_a_page_is_not_refused(browser: httpx.AsyncClient, sent: list[str]) -> None:
    many = [f"R261122-{number:010d}" for number in range(verdicts.MOST)]

    assert (await refuse(browser, [*sent, *many], reason="typo")).status_code == 409
    assert stored() == [WAITS] * 3


async def test_an_id_that_nothing_has_is_counted_among_what_is_decided(browser: httpx.AsyncClient, portal: str) -> None:
    response = await refuse(browser, ["R261122-NOBODYSXXX"], reason="typo")

    assert plain(response.json()["done"]) == "Уже решены или отозваны: 1."


async def test_who_is_not_signed_in_refuses_nothing(browser_at: BrowserAt, sent: list[str]) -> None:
    with writing() as session:
        factories.consumer(session, factories.account(session), token="a consumer's token")
    visitor = browser_at()
    visitor.cookies.set("lk", "a consumer's token")
    visitor.cookies.set("lk-staff", "a consumer's token")

    response = await refuse(visitor, sent, reason="typo")

    assert (response.status_code, response.json()["sign_in"]) == (401, True)
    assert stored() == [WAITS] * 3


async def test_an_ended_session_refuses_nothing(browser_at: BrowserAt, sent: list[str]) -> None:
    with writing() as session:
        factories.staff_caller(session, token=TOKEN, at=clock.now() - timedelta(hours=13))
    browser = browser_at()
    browser.cookies.set("lk-staff", TOKEN)

    assert (await refuse(browser, sent, reason="typo")).status_code == 401
    assert stored() == [WAITS] * 3


async def test_other_sites_refuse_nothing(browser: httpx.AsyncClient, sent: list[str]) -> None:
    browser.headers["Origin"] = "https://evil.example"

    assert (await refuse(browser, sent, reason="typo")).status_code == 403
    assert stored() == [WAITS] * 3


@pytest.mark.parametrize("role", list(Role))
async def test_all_roles_decide(browser_at: BrowserAt, sent: list[str], role: Role) -> None:
    with writing() as session:
        factories.staff_caller(session, role, token=TOKEN, at=clock.now())
    browser = browser_at()
    browser.cookies.set("lk-staff", TOKEN)

    assert plain((await refuse(browser, sent, reason="visit")).json()["done"]) == "Отказано: 3."


@pytest.mark.parametrize("words", FIRST_REASONS.values())
def test_reasons_are_whole_sentences_that_fit(words: str) -> None:
    assert len(words) <= REASON_LENGTH
    assert re.fullmatch(r"[А-ЯЁ].*\. [А-ЯЁ].*\.", words)


def test_what_came_of_it_leaves_out_what_did_not_happen() -> None:
    def told(*counts: int, state: ReadingState = ReadingState.ACCEPTED) -> str:
        sides: Any = [("x",) * count for count in counts]
        return plain(verdicts.told(deciding.Decided(*sides), state))

    assert told(3, 1, 1) == "Принято: 3. Уже решены или отозваны: 1. Ниже или раньше последнего принятого: 1."
    assert told(0, 2, 0) == "Уже решены или отозваны: 2."
    assert told(1, 0, 0, state=ReadingState.REFUSED) == "Отказано: 1."
