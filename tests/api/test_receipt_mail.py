"""Receipts by e-mail over HTTP: what changes while a receipt is being drawn counts."""

from typing import Any

import httpx
import pytest
from sqlmodel import col, delete, select, update

from lk_app import clock, pdf
from lk_app.models import AccountLink, Letter, User
from lk_app.models.values import Month, next_month
from lk_app.services.references import reference_of
from lk_app.services.session import reading, writing
from tests import factories
from tests.api.conftest import BrowserAt
from tests.api.test_profile import AS_SCRIPT, NAME, OWN, sign_in
from tests.api.test_receipts import LONG_AGO

ADDRESS = "maria@example.ru"


@pytest.fixture
def month() -> Month:
    """The month before the present one: its period is closed."""
    today = clock.today()
    return next_month(Month(today.year * 100 + today.month), -2)


@pytest.fixture
async def hers(portal: str, quick: None, browser_at: BrowserAt, month: Month) -> httpx.AsyncClient:
    """A browser in which Мария, who has an account and an address for letters, has just signed in."""
    with writing() as session:
        user, account = factories.user(session, NAME), factories.account(session, OWN)
        user.email = ADDRESS
        factories.link(session, user, account, attached_at=clock.now() - LONG_AGO)
        factories.charge(session, account, month, closing=146908)
    return await sign_in(browser_at())


async def mail(visitor: httpx.AsyncClient, month: Month) -> httpx.Response:
    sent = {"account": reference_of(OWN), "division": "gas", "period": str(month)}
    return await visitor.post("/api/receipts/mail", data=sent, headers=AS_SCRIPT)


def letters() -> list[Letter]:
    with reading() as session:
        return list(session.exec(select(Letter)))


def meanwhile(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """Let something be changed by somebody else while a document is being drawn."""

    async def drawn(template: str, values: dict[str, object]) -> bytes:
        with writing() as session:
            session.exec(change)
        return b"%PDF-"

    monkeypatch.setattr(pdf, "print_document", drawn)


async def test_the_letter_is_its_users(hers: httpx.AsyncClient, month: Month) -> None:
    assert (await mail(hers, month)).status_code == 200

    (letter,) = letters()
    with reading() as session:
        assert letter.user_id == session.exec(select(User.id).where(User.name == NAME)).one()


async def test_an_account_detached_while_its_receipt_was_drawn_has_no_letter(
    hers: httpx.AsyncClient, month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, delete(AccountLink).where(col(AccountLink.account_number) == OWN))

    answer = await mail(hers, month)

    assert (answer.status_code, letters()) == (409, [])
    assert OWN not in answer.text


async def test_an_address_removed_while_the_receipt_was_drawn_gets_no_letter(
    hers: httpx.AsyncClient, month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, update(User).values(email=None))

    assert (await mail(hers, month)).status_code == 409
    assert letters() == []
