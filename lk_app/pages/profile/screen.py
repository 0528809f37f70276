"""«Настройки»: the cards, and the dialogs they open."""

import reflex as rx

from lk_app.components.forms import reload_button, status
from lk_app.components.notices import arriving, bar, loading
from lk_app.components.shell import cabinet
from lk_app.pages.profile.accounts import accounts, accounts_dialogs
from lk_app.pages.profile.credentials import credentials, credentials_dialogs
from lk_app.pages.profile.data import data, data_dialogs, deletion_notice
from lk_app.pages.profile.notifications import notifications
from lk_app.pages.profile.parts import RELOAD, SAID
from lk_app.pages.profile.security import security
from lk_app.state.profile import ProfileState

el = rx.el


def profile() -> rx.Component:
    """Return the settings of a user's own access."""
    return cabinet(
        "/settings",
        el.div(el.h1("Настройки"), class_name="page-head"),
        el.div(status(id=SAID), class_name="said"),
        arriving(
            ProfileState.loaded,
            ProfileState.failure,
            ProfileState.load,
            placeholder=el.div(*(card_placeholder() for _ in range(3)), class_name="cards"),
            content=cards(),
        ),
        # Outside what comes and goes: the script writes into the dialogs.
        credentials_dialogs(),
        accounts_dialogs(),
        data_dialogs(),
        reload_button(RELOAD, ProfileState.load),
    )


def cards() -> rx.Component:
    return el.div(
        rx.cond(ProfileState.view.deletes_on, deletion_notice()),
        credentials(),
        accounts(),
        notifications(),
        security(),
        data(),
        class_name="cards",
    )


def card_placeholder() -> rx.Component:
    return loading(el.div(bar("w-10"), bar("w-14"), bar("w-14"), bar("w-10"), bar("w-14"), class_name="loading"))
