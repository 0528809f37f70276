"""«Сотрудники»: who works here, in words. What administrators change is sent by forms."""

from dataclasses import dataclass
from datetime import datetime

import reflex as rx

from lk_app import clock, formats
from lk_app.services.session import in_transaction
from lk_app.services.staff import members
from lk_app.services.staff.duties import MEMBERS
from lk_app.services.staff.members import ROLES, Member, SecondFactor
from lk_app.settings import settings
from lk_app.state.access import staff, staff_caller
from lk_app.state.office.desk import Desk

SECOND_FACTORS = {
    SecondFactor.NONE: ("нет", "warn"),
    SecondFactor.SET: ("есть", "ok"),
    SecondFactor.UNREADABLE: ("не читается, выдайте новый", "danger"),
}
"""Whether a member can give codes, and how its badge looks."""


@dataclass(frozen=True)
class MemberRow:
    """A member as their row shows them."""

    login: str
    name: str
    role: str
    post: str
    """The role as forms send it."""
    second_factor: str
    second_factor_tone: str
    since: str
    disabled: str
    """Since when they may not sign in; empty while they may."""
    first_password: str
    """Until when a first password signs them in, or that it does not; empty once they have set their own."""
    sessions: str
    is_self: bool
    about: str


class MembersState(Desk, rx.State):
    """Every member, disabled ones too."""

    rows: list[MemberRow] = []

    @rx.event
    @staff(*MEMBERS)
    async def load(self):
        """Show everybody."""
        self._say("")
        await self._show(shown=[])

    @rx.event
    @staff(*MEMBERS)
    async def reload(self):
        """Show everybody after a form has changed something; the form itself says what."""
        self._say("")
        await self._show(shown=[row.login for row in self.rows])

    async def _show(self, shown: list[str]) -> None:
        async with self._failures_shown():
            who = await staff_caller(self)
            found = await in_transaction(members.list_members, who, clock.now(), shown=shown)
            self.rows = [row_of(member, who.staff_id) for member in found]
            working = sum(member.disabled_at is None for member in found)
            self.span = f"Работают {working} из{formats.NBSP}{len(found)}"


def row_of(member: Member, own_id: int) -> MemberRow:
    """Put a member into words."""
    words, tone = SECOND_FACTORS[member.second_factor]
    disabled = member.disabled_at.astimezone(settings().zone).date() if member.disabled_at else None
    return MemberRow(
        login=member.login,
        name=member.name,
        role=ROLES[member.role],
        post=member.role,
        second_factor=words,
        second_factor_tone=tone,
        since=formats.short_date(member.created_at.astimezone(settings().zone).date()),
        disabled=f"отключён с{formats.NBSP}{formats.short_date(disabled)}" if disabled else "",
        first_password=first_password_of(member, clock.now()),
        sessions=str(member.sessions) if member.sessions else "",
        is_self=member.staff_id == own_id,
        about=f"{member.name}, {member.login}",
    )


def first_password_of(member: Member, now: datetime) -> str:
    """Say how long the password that an administrator gave is good for; nothing where it does not matter."""
    until = member.first_password_until
    if until is None or member.disabled_at:
        return ""
    if now >= until:
        return "первый пароль истёк, задайте новый"
    return f"первый пароль до{formats.NBSP}{formats.short_date(until.astimezone(settings().zone).date())}"
