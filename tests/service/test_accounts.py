"""Which accounts somebody has, which is chosen, and what is told about it."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session

from lk_app.models import MeterState, PremisesKind, UserSession
from lk_app.services.accounts import Verification, choose, describe, open_cabinet, open_page, verification_of
from lk_app.services.errors import NotFound
from tests import factories
from tests.factories import NOW, TODAY


def test_accounts_stand_in_the_order_they_were_attached(session: Session):
    later, sooner = factories.account(session), factories.account(session)
    who = factories.consumer(session)
    user = session.get(factories.User, who.user_id)
    factories.link(session, user, later, attached_at=NOW)
    factories.link(session, user, sooner, attached_at=NOW - timedelta(days=1), title="Дача")

    cabinet = open_cabinet(session, who)

    assert [account.number for account in cabinet.accounts] == [sooner.number, later.number]
    assert [account.title for account in cabinet.accounts] == ["Дача", ""]
    assert cabinet.chosen is cabinet.accounts[0]
    assert cabinet.chosen.kind is PremisesKind.HOUSE


def test_a_choice_is_remembered_by_the_session(session: Session):
    house, flat = factories.account(session), factories.account(session)
    who = factories.consumer(session, house, flat)

    choose(session, who, flat.number)

    assert open_cabinet(session, who).chosen.number == flat.number
    assert session.get(UserSession, who.session_id).account_number == flat.number


def test_somebody_elses_account_cannot_be_chosen(session: Session):
    mine, others = factories.account(session), factories.account(session)
    factories.consumer(session, others)
    who = factories.consumer(session, mine)

    for number in (others.number, "66999999999", ""):
        with pytest.raises(NotFound):
            choose(session, who, number)
    assert open_cabinet(session, who).chosen.number == mine.number


def test_a_detached_account_is_chosen_no_longer(session: Session):
    house, flat = factories.account(session), factories.account(session)
    who = factories.consumer(session, house, flat)
    choose(session, who, flat.number)

    session.delete(session.get(factories.AccountLink, (who.user_id, flat.number)))
    session.flush()

    assert open_cabinet(session, who).chosen.number == house.number


def test_without_accounts_nothing_is_chosen(session: Session):
    page = open_page(session, factories.consumer(session), TODAY)

    assert (page.cabinet.accounts, page.cabinet.chosen, page.details) == ((), None, None)


def test_details_tell_everything_about_the_chosen_account(session: Session):
    account = factories.account(session)
    factories.division(session)
    factories.meter(session, account, serial="1", state=MeterState.REMOVED, installed_on=date(2010, 1, 1))
    factories.meter(session, account, serial="2", installed_on=date(2009, 1, 1))

    details = open_page(session, factories.consumer(session, account), TODAY).details

    assert details.holder == "Иванова Мария Петровна"
    assert (details.area, details.residents, details.heating) == (8640, 3, True)
    assert details.office.name == "Абонентский участок № 7"
    assert details.payees == (("Природный газ", "ООО «Демогаз»"),)
    assert [meter.serial for meter in details.meters] == ["2", "1"], "meters in use come first"
    assert details.meters[1].verification is Verification.UNKNOWN
    assert details.attached_at == NOW


def test_an_account_whose_premises_are_still_unknown_can_be_opened(session: Session):
    account = factories.account(session)
    session.delete(session.get(factories.Premises, account.number))
    session.flush()

    page = open_page(session, factories.consumer(session, account), TODAY)

    assert (page.cabinet.chosen.address, page.details.residents, page.details.equipment) == ("", None, ())


def test_somebody_elses_account_is_not_described(session: Session):
    others = factories.account(session)
    factories.consumer(session, others)

    with pytest.raises(NotFound):
        describe(session, factories.consumer(session), others.number, TODAY)


@pytest.mark.parametrize(
    ("due_on", "expected"),
    [
        (None, Verification.UNKNOWN),
        (TODAY - timedelta(days=1), Verification.OVERDUE),
        (TODAY, Verification.SOON),
        (TODAY + timedelta(days=90), Verification.SOON),
        (TODAY + timedelta(days=91), Verification.FINE),
    ],
)
def test_a_verification_is_marked_while_there_is_time_to_arrange_it(due_on: date | None, expected: Verification):
    assert verification_of(due_on, TODAY) is expected
