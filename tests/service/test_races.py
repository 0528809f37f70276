"""What people do at the same time: no deadlock, no lost row, no error, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from lk_app.models import User
from lk_app.services import identity, rates
from lk_app.services.callers import Consumer
from lk_app.services.identity import Candidate
from lk_app.services.places import Place
from lk_app.services.rates import Limit, Pace
from lk_app.services.session import WRITES
from tests import factories
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
