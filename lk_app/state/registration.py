"""«Регистрация»: what both steps show; the forms themselves are sent to `api.registration`."""

import reflex as rx

from lk_app.services import registration
from lk_app.state.access import public
from lk_app.state.identity import lead_on
from lk_app.state.screen import Screen
from lk_app.state.verification import Confirmation, pending_in


class RegistrationState(Screen, rx.State):
    """Step 1: what was typed before, for whoever comes back from step 2; never passwords."""

    name: str = ""
    phone: str = ""
    account_number: str = ""

    @rx.event
    @public
    async def load(self):
        """Fill in what was typed, or lead a signed-in user on."""
        async with self._failures_shown():
            typed = await pending_in(self, registration.pending)
            self.name = typed.name if typed else ""
            self.phone = typed.phone if typed else ""
            self.account_number = typed.account_number if typed else ""
        return await lead_on(self)


class RegistrationConfirmationState(Confirmation, rx.State):
    """Step 2: the code, and then another name if the first is taken."""

    @rx.event
    @public
    async def load(self):
        """Find out what the request waits for, or lead a signed-in user on."""
        async with self._failures_shown():
            self._show(await pending_in(self, registration.pending))
        return await lead_on(self)
