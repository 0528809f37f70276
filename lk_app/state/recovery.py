"""«Восстановление пароля»: what step 2 shows; the forms themselves are sent to `api.recovery`."""

import reflex as rx

from lk_app.services import recovery
from lk_app.state.access import public
from lk_app.state.identity import lead_on
from lk_app.state.verification import Confirmation, pending_in


class RecoveryState(rx.State):
    """Step 1 holds nothing."""

    @rx.event
    @public
    async def load(self):
        """Lead a signed-in user on."""
        return await lead_on(self)


class RecoveryConfirmationState(Confirmation, rx.State):
    """Step 2: the code with a new name and password; then which user, or another name."""

    @rx.event
    @public
    async def load(self):
        """Find out what the request waits for, or lead a signed-in user on."""
        async with self._failures_shown():
            self._show(await pending_in(self, recovery.pending))
        return await lead_on(self)
