"""The sign-in page: nothing to do there for whoever is signed in."""

import reflex as rx

from lk_app.state.access import IdentityState, public


class LoginState(rx.State):
    """The sign-in page itself is sent by a native form to `api.sign_in`."""

    @rx.event
    @public
    async def load(self):
        """Lead a signed-in user on to the first screen."""
        if (await self.get_state(IdentityState)).name:
            return rx.redirect("/", replace=True)
        return None
