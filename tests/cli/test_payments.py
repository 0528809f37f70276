"""`python -m lk_app payments …` against a bank over real HTTP: the words are those of the screens."""

import getpass
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlmodel import select

from lk_app import clock
from lk_app.cli import main
from lk_app.models import Concern, ConcernReason, Refund
from lk_app.services.acquiring import desk
from lk_app.services.acquiring.concerns import raise_concern
from lk_app.services.session import reading, writing
from tests.bank.running import pay
from tests.payments.world import GOOD_CARD, World, world
from tests.texts import plain


@pytest.fixture
def database() -> str:
    """What commands print does not depend on it."""
    return "sqlite"


@pytest.fixture
def paid(portal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with world(tmp_path) as made:
        pay(made.pay({"gas": 100_000, "vdgo": 50_000}), GOOD_CARD)
        made.poll_for(minutes=1)
        monkeypatch.setattr(clock, "now", made.now)
        monkeypatch.setattr(desk, "bank", lambda: made.bank)
        yield made


def said(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["payments", *arguments])
    return result.exit_code, plain(result.output)


def test_a_payment_is_listed_shown_given_back_and_settled(paid: World) -> None:
    number = paid.attempt.order_number
    assert said("attention") == (0, "Платежей, которые требуют внимания, нет.\n")
    with writing() as session:
        raise_concern(session, paid.attempt, ConcernReason.NOT_POSTED, clock.now())

    status, listed = said("attention")
    assert status == 1
    assert "not posted: биллинг не учёл оплату" in listed
    part = ("--division", "vdgo", "--amount", "100,50", "--reason", "заявление")
    assert said("refund", number, *part) == (0, f"{number}: возвращено\n")
    assert "100,50 ₽ по vdgo: возвращено" in said("show", number)[1]
    # Whoever types a command twice means it.
    assert said("refund", number, *part)[0] == 0
    assert said("settle", number, "not posted", "--note", "завтра") == (0, f"{number}: снят с контроля\n")

    with reading() as session:
        assert [(refund.amount, refund.asked_by) for refund in session.exec(select(Refund))] == [
            (10_050, getpass.getuser())
        ] * 2
        assert [concern.resolved_by for concern in session.exec(select(Concern))] == [getpass.getuser()]
    assert paid.taken() == paid.credited() == 129_900


def test_what_can_not_be_given_back_is_said(paid: World) -> None:
    status, words = said("refund", paid.attempt.order_number, "--amount", "1", "--reason", "заявление")

    assert status == 1
    assert "укажите, по какому вернуть" in words
