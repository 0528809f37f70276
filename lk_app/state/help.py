"""Help pages: the same for everybody, beside the cabinet of whoever is signed in."""

import reflex as rx

from lk_app.services.accounts import open_cabinet
from lk_app.services.session import in_session
from lk_app.state.access import IdentityState, public
from lk_app.state.accounts import show_cabinet
from lk_app.state.screen import Screen


class HelpState(Screen, rx.State):
    """Nothing but the cabinet around a page."""

    @rx.event
    @public
    async def load(self):
        """Load the accounts beside the page when somebody is signed in."""
        async with self._failures_shown():
            who = (await self.get_state(IdentityState))._consumer
            if who:
                await show_cabinet(self, await in_session(open_cabinet, who))
