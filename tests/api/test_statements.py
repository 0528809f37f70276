"""Statements over HTTP: for whoever has the account, and nobody else."""

from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from lk_app import clock
from lk_app.models import Document
from lk_app.models.values import Month
from lk_app.services.references import reference_of
from lk_app.services.session import reading, writing
from tests import factories
from tests.api.conftest import BrowserAt
from tests.api.test_profile import sign_in
from tests.documents.reading import squeezed, texts

NAME, OTHER_NAME = "Мария Иванова", "Пётр Семёнов"
OWN, OTHERS = "66010000017", "66010000041"


@pytest.fixture(autouse=True)
def accounts(portal: str, quick: None, month: Month) -> None:
    with writing() as session:
        for name, number in ((NAME, OWN), (OTHER_NAME, OTHERS)):
            user, account = factories.user(session, name), factories.account(session, number)
            factories.link(session, user, account, attached_at=clock.now() - timedelta(days=400))
            factories.charge(session, account, month, closing=146_908)


@pytest.fixture
async def hers(browser_at: BrowserAt) -> httpx.AsyncClient:
    return await sign_in(browser_at(), NAME)


def addresses(month: Month, number: str) -> tuple[str, str]:
    account = f"/api/statements/{reference_of(number)}"
    return f"{account}/balance", f"{account}/reconciliation?division=gas&first={month}&last={month}"


@pytest.mark.parametrize("which", [0, 1], ids=["balance", "reconciliation"])
async def test_its_own_consumer_gets_it(hers: httpx.AsyncClient, month: Month, which: int):
    answer = await hers.get(addresses(month, OWN)[which])

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    words = squeezed(*texts(answer.content))
    assert OWN in words
    assert "1469,08₽" in words


@pytest.mark.parametrize("which", [0, 1], ids=["balance", "reconciliation"])
async def test_nobody_else_gets_it_even_when_it_was_made(
    hers: httpx.AsyncClient, browser_at: BrowserAt, month: Month, which: int
):
    his = await sign_in(browser_at(), OTHER_NAME)
    assert (await his.get(addresses(month, OTHERS)[which])).status_code == 200

    refused = await hers.get(addresses(month, OTHERS)[which])
    unknown = await hers.get(addresses(month, "66010009999")[which])

    assert (refused.status_code, refused.text) == (404, unknown.text)
    assert OTHERS not in refused.text
    assert (await browser_at().get(addresses(month, OTHERS)[which])).status_code == 303


@pytest.mark.parametrize("which", [0, 1], ids=["balance", "reconciliation"])
async def test_it_is_gone_with_the_account_and_with_the_session(hers: httpx.AsyncClient, month: Month, which: int):
    address = addresses(month, OWN)[which]
    assert (await hers.get(address)).status_code == 200

    await hers.post("/api/profile/detaching", data={"account_number": OWN})
    assert (await hers.get(address)).status_code == 404

    await hers.post("/api/session/end")
    assert (await hers.get(address)).status_code == 303


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 404),
        ("division=gas", 404),
        ("division=gas&first=202601&last=2026", 404),
        ("division=gas&first=202613&last=202613", 404),
        ("division=%00&first=202601&last=202601", 404),
        ("division=water&first=202601&last=202601", 404),
        ("division=gas&first=202602&last=202601", 422),
        ("division=gas&first=199001&last=199002", 422),
    ],
)
async def test_whatever_is_asked_for_is_answered_by_a_page(hers: httpx.AsyncClient, query: str, status: int):
    answer = await hers.get(f"/api/statements/{reference_of(OWN)}/reconciliation?{query}")

    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    with reading() as session:
        assert session.exec(select(Document)).all() == []
