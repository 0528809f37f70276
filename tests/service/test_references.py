"""The names of accounts in addresses."""

import re

import pytest
from sqlmodel import Session

from lk_app.services import references
from lk_app.services.errors import NotFound
from lk_app.settings import settings
from tests import factories
from tests.receipts import (
    consumer,
)


def test_an_account_has_one_name_and_is_found_by_it(session: Session):
    house, flat = factories.account(session), factories.account(session)
    who, neighbour = consumer(session, house, flat), consumer(session, flat)
    name = references.reference_of(flat.number)

    assert name == references.reference_of(flat.number) != references.reference_of(house.number)
    assert references.account_of(session, who, name) == references.account_of(session, neighbour, name) == flat.number


def test_a_name_says_nothing_about_the_number():
    names = [references.reference_of(f"6601{number:07}") for number in range(300)]

    assert len(set(names)) == 300
    assert all(re.fullmatch(r"[\w-]{16}", name, re.ASCII) for name in names), "it fits into an address as it is"
    assert not any(f"6601{number:07}"[4:] in name for number, name in enumerate(names))
    # What two accounts' names have in common is chance: neighbours do not begin alike.
    assert len({name[:4] for name in names}) > 290


def test_the_name_depends_on_our_key(monkeypatch: pytest.MonkeyPatch):
    name = references.reference_of("66010000017")
    monkeypatch.setenv("LK_SECRET_KEY", "another key of another portal")
    settings.cache_clear()
    try:
        assert references.reference_of("66010000017") != name
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_anything_but_an_own_accounts_name_is_not_found(session: Session):
    mine, others = factories.account(session), factories.account(session)
    consumer(session, others)
    who = consumer(session, mine)
    name = references.reference_of(mine.number)

    for wrong in (
        references.reference_of(others.number),
        mine.number,
        "",
        name[:-1],
        f"{name}=",
        name.swapcase(),
        "../../etc/passwd",
        "п" * 16,
        "\x00" * 16,
        "x" * 10_000,
    ):
        with pytest.raises(NotFound):
            references.account_of(session, who, wrong)
    assert references.account_of(session, who, name) == mine.number
