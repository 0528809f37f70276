"""What people do at the same time: no deadlock, no lost row, no error, on both databases."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from lk_app.models import Letter, User
from lk_app.services import email, identity, rates, recovery
from lk_app.services.callers import Consumer
from lk_app.services.errors import RequestOver
from lk_app.services.identity import Candidate
from lk_app.services.places import Place
from lk_app.services.rates import Limit, Pace
from lk_app.services.session import WRITES
from lk_app.services.verification import Progress
from tests import factories
from tests.codes import newest_code
from tests.factories import NOW

PLACE = Place("203.0.113.7")
ROUNDS = 150


def transaction(engine: Engine, service: Callable[[Session], object]) -> None:
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        service(session)
        session.commit()


def side_by_side(*works: Callable[[int], None]) -> None:
    """Do each work ROUNDS times in a thread of its own; raises what any of them raised."""

    def repeat(work: Callable[[int], None]) -> None:
        for number in range(ROUNDS):
            work(number)

    with ThreadPoolExecutor(len(works)) as threads:
        list(threads.map(repeat, works))


def test_a_limit_in_use_is_not_forgotten_under_its_users_hands(engine: Engine) -> None:
    limit = Limit("test", "everybody", Pace(burst=10_000, interval=timedelta(milliseconds=1)))

    def use(number: int) -> None:
        transaction(engine, lambda session: rates.take(session, [limit], NOW))
        transaction(engine, lambda session: rates.forget_past(session, NOW + timedelta(seconds=1)))

    side_by_side(use, use, use, use)


@pytest.fixture
def who(engine: Engine) -> Consumer:
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        caller = factories.consumer(session)
        session.commit()
    return caller


PHONE = "9120000003"


@pytest.fixture
def recovery_token(engine: Engine, who: Consumer) -> str:
    """The token of a recovery of `who` that only lacks the new password."""
    with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        session.get_one(User, who.user_id).phone = PHONE
        token = recovery.apply(session, PHONE, PLACE, NOW)
        session.flush()
        recovery.prove(session, token, newest_code(session, PHONE), NOW)
        session.commit()
    return token


def recover_during(engine: Engine, token: str, change: Callable[[Session], object]) -> Progress:
    """Complete a recovery that begins before another transaction has committed its change."""

    def recover() -> Progress:
        with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
            progress = recovery.complete(session, token, "Мария Новая", factories.PASSWORD_HASH, PLACE, NOW)
            session.commit()
        return progress

    with ThreadPoolExecutor(1) as threads:
        with engine.connect().execution_options(**WRITES) as connection, Session(connection) as session:
            change(session)
            session.flush()
            recovering = threads.submit(recover)
            wait([recovering], timeout=0.5)
            session.commit()
        return recovering.result()


def test_an_address_proven_while_its_user_is_being_recovered_does_not_stay(
    engine: Engine, who: Consumer, recovery_token: str
) -> None:
    def prove_address(session: Session) -> None:
        email.start(session, who, "intruder@example.ru", NOW)
        session.flush()
        (code,) = re.findall(r"\b\d{6}\b", session.exec(select(Letter.text)).one())
        assert email.confirm(session, who, code, PLACE, NOW).done

    assert recover_during(engine, recovery_token, prove_address).done

    with Session(engine) as session:
        assert session.get_one(User, who.user_id).email is None


@pytest.mark.parametrize("phone", [None, "9120000004"], ids=["deleted", "another phone"])
def test_a_user_who_loses_the_phone_while_being_recovered_is_not(
    engine: Engine, who: Consumer, recovery_token: str, phone: str | None
) -> None:
    def lose_phone(session: Session) -> None:
        identity.user_of(session, who).phone = phone

    with pytest.raises(RequestOver):
        recover_during(engine, recovery_token, lose_phone)

    with Session(engine) as session:
        assert session.get_one(User, who.user_id).name != "Мария Новая"


def test_signing_in_and_changing_settings_do_not_wait_for_each_other_for_ever(engine: Engine, who: Consumer) -> None:
    with Session(engine) as session:
        name = session.get_one(User, who.user_id).name
    candidate = Candidate(who.user_id, factories.PASSWORD_HASH)

    def sign_in(number: int) -> None:
        transaction(engine, lambda session: identity.admit(session, name, PLACE, NOW))
        transaction(engine, partial(identity.open_session, candidate=candidate, name=name, place=PLACE, now=NOW))

    def give_password_again(number: int) -> None:
        transaction(engine, lambda session: identity.admit_again(session, who, NOW))
        transaction(engine, lambda session: identity.confirm(session, who, NOW))

    def change(number: int) -> None:
        def touch_user(session: Session) -> None:
            identity.user_of(session, who).phone = f"91200{number:05d}"

        transaction(engine, touch_user)

    side_by_side(sign_in, sign_in, give_password_again, change)
