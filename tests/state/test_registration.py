"""Both steps of registration and of recovery: what a browser may see of its request, and strangers of nobody's."""

import json
from datetime import timedelta

import pytest
import reflex as rx
from reflex.istate.data import RouterData
from reflex.state import BaseState

from lk_app import clock, cookie
from lk_app.models import Verification
from lk_app.services import recovery, registration
from lk_app.services.places import Place
from lk_app.services.registration import Application
from lk_app.services.session import writing
from lk_app.state.access import IdentityState
from lk_app.state.recovery import RecoveryConfirmationState, RecoveryState
from lk_app.state.registration import RegistrationConfirmationState, RegistrationState
from tests import factories

PHONE = "9123456789"
TYPED = Application(name="Анна", password=factories.PASSWORD, phone=PHONE, account_number="66010000017")
HERE = Place("203.0.113.7")


def tab_with(token: str) -> BaseState:
    """The state of a tab whose browser has the cookie of a request."""
    tab = rx.State(_reflex_internal_init=True)
    header = f"{cookie.request_cookie_name()}={token}" if token else ""
    tab.router = RouterData.from_router_data({"headers": {"cookie": header}, "token": "t"})
    return tab


def registering() -> str:
    with writing() as session:
        return registration.apply(session, TYPED, factories.PASSWORD_HASH, "", HERE, clock.now())


def recovering() -> str:
    with writing() as session:
        factories.user(session, "Анна", PHONE)
        return recovery.apply(session, PHONE, HERE, clock.now())


async def opened(kind: type[rx.State], token: str) -> rx.State:
    state = await tab_with(token).get_state(kind)
    await kind.load.fn(state)
    return state


def change_request(**values: object) -> None:
    with writing() as session:
        request = session.get_one(Verification, 1)
        for name, value in values.items():
            setattr(request, name, value)


async def test_whoever_comes_back_finds_what_they_typed_but_no_password(portal: str) -> None:
    state = await opened(RegistrationState, registering())

    assert (state.name, state.phone, state.account_number) == ("Анна", PHONE, "66010000017")
    assert factories.PASSWORD not in json.dumps(state.dict(), default=str)


@pytest.mark.parametrize("token", ["", "forged"])
async def test_strangers_find_empty_fields_and_no_request(portal: str, token: str) -> None:
    registering()

    step_1 = await opened(RegistrationState, token)
    step_2 = await opened(RegistrationConfirmationState, token)

    assert (step_1.name, step_1.phone, step_1.account_number) == ("", "", "")
    assert (step_2.loaded, step_2.stage, step_2.phone) == (True, "", "")


async def test_step_2_shows_the_phone_masked_and_the_time_until_another_code(portal: str) -> None:
    state = await opened(RegistrationConfirmationState, registering())

    assert (state.stage, state.expired) == ("code", False)
    assert 55 <= state.resend_in <= 60
    assert PHONE not in json.dumps(state.dict(), default=str)


async def test_an_old_code_is_told_to_be_expired(portal: str) -> None:
    token = registering()
    change_request(code_sent_at=clock.now() - timedelta(minutes=11))

    state = await opened(RegistrationConfirmationState, token)

    assert (state.stage, state.expired, state.resend_in) == ("code", True, 0)


async def test_after_the_code_another_name_is_asked_for(portal: str) -> None:
    token = registering()
    change_request(proven_at=clock.now())

    state = await opened(RegistrationConfirmationState, token)

    assert (state.stage, state.name) == ("name", "Анна")


async def test_a_request_of_recovery_is_none_of_registration(portal: str) -> None:
    token = recovering()

    assert (await opened(RegistrationConfirmationState, token)).stage == ""
    assert (await opened(RecoveryConfirmationState, token)).stage == "code"


async def test_a_phone_of_several_users_asks_whose(portal: str) -> None:
    token = recovering()
    with writing() as session:
        factories.user(session, "Борис", PHONE)
    change_request(proven_at=clock.now(), password_hash=factories.PASSWORD_HASH)

    state = await opened(RecoveryConfirmationState, token)

    assert state.stage == "choice"
    assert [choice.name for choice in state.choices] == ["Анна", "Борис"]


@pytest.mark.parametrize(
    "kind", [RegistrationState, RegistrationConfirmationState, RecoveryState, RecoveryConfirmationState]
)
async def test_whoever_is_signed_in_is_led_on(portal: str, kind: type[rx.State]) -> None:
    state = await tab_with("").get_state(kind)
    (await state.get_state(IdentityState)).name = "Мария"

    assert await kind.load.fn(state) is not None
