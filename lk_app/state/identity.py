"""The pages of strangers: nothing to do there for whoever is signed in."""

import reflex as rx
from reflex.event import EventSpec

from lk_app.state.access import IdentityState, public


class LoginState(rx.State):
    """The sign-in form itself is sent to `api.sign_in`."""

    @rx.event
    @public
    async def load(self):
        """Lead a signed-in user on to the first screen."""
        return await lead_on(self)


async def lead_on(state: rx.State) -> EventSpec | None:
    """Return the way to the first screen for whoever is signed in, and nothing for strangers."""
    signed_in = (await state.get_state(IdentityState)).name
    return rx.redirect("/", replace=True) if signed_in else None
