"""The way into the back office: its sign-in page."""

import reflex as rx

from lk_app.state.access import IdentityState, public

FIRST_SCREEN = "/office"
"""Where staff begin their work."""


class OfficeLoginState(rx.State):
    """The sign-in form itself is sent to `api.staff`."""

    @rx.event
    @public
    async def load(self):
        """Lead a signed-in member on to the first screen."""
        signed_in = (await self.get_state(IdentityState)).staff_name
        return rx.redirect(FIRST_SCREEN, replace=True) if signed_in else None
