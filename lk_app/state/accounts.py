"""The accounts beside every screen of the cabinet, and the page «Подробнее»."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated

import reflex as rx
from pydantic import StringConstraints, TypeAdapter, ValidationError
from reflex.state import OnLoadInternalState

from lk_app import clock, formats
from lk_app.models import MeterState
from lk_app.services import accounts
from lk_app.services.accounts import PREMISES_KINDS, AccountDetails, AttachedAccount, Cabinet, MeterCard, Verification
from lk_app.services.errors import NotFound
from lk_app.services.session import in_session, in_transaction
from lk_app.settings import settings
from lk_app.state.access import caller, consumer
from lk_app.state.screen import Screen

METER_STATES = {MeterState.WORKING: "исправен", MeterState.FAULTY: "неисправен", MeterState.REMOVED: "снят"}
UNKNOWN = "нет сведений"

ACCOUNT_NUMBER = TypeAdapter(Annotated[str, StringConstraints(pattern=r"^[0-9]{11}$")])


@dataclass(frozen=True)
class AccountOption:
    """An account in the list to choose from."""

    number: str
    label: str


class AccountsState(rx.State):
    """What the left column shows on every screen; each screen's load fills it."""

    options: list[AccountOption] = []
    number: str = ""
    """The chosen account; empty when there is none, or before it is known."""
    address: str = ""
    summary: str = ""
    """The kind and size of the premises: «Дом, 86,4 м²»."""
    known: bool = False
    """Whether the accounts have been loaded."""

    @rx.event
    @consumer
    async def choose(self, number: str):
        """Show another account on every screen from now on."""
        # An account that was detached meanwhile is refused: what the page loads next no longer offers it.
        with suppress(ValidationError, NotFound):
            await in_transaction(accounts.choose, await caller(self), ACCOUNT_NUMBER.validate_python(number))
        # The open page loads itself again, whichever it is.
        return OnLoadInternalState.on_load_internal

    def _show(self, cabinet: Cabinet) -> None:
        chosen = cabinet.chosen
        self.options = [AccountOption(account.number, option_label(account)) for account in cabinet.accounts]
        self.number = chosen.number if chosen else ""
        self.address = formats.address(chosen.address) if chosen else ""
        self.summary = premises_summary(chosen) if chosen else ""
        self.known = True


async def show_cabinet(state: rx.State, cabinet: Cabinet) -> None:
    """Put the cabinet that a screen has loaded with its own data beside it."""
    (await state.get_state(AccountsState))._show(cabinet)


def option_label(account: AttachedAccount) -> str:
    """Return the number with what tells accounts apart: the user's own name for it, or the kind of premises."""
    note = account.title or (PREMISES_KINDS[account.kind] if account.kind else "")
    return f"{account.number} · {note}" if note else account.number


def premises_summary(account: AttachedAccount) -> str:
    """Return the kind and size of the premises in a few words."""
    known = [PREMISES_KINDS[account.kind] if account.kind else "", formats.area(account.area) if account.area else ""]
    return formats.capital(", ".join(filter(None, known)))


@dataclass(frozen=True)
class Fact:
    """A line of a definition list."""

    term: str
    text: str


@dataclass(frozen=True)
class MeterFacts:
    """A meter as the page shows it."""

    title: str
    state: str
    working: bool
    facts: list[Fact]
    verification: str
    """`fine`, `soon`, `overdue` or `unknown`, for the mark beside the date."""
    verified_until: str


@dataclass(frozen=True)
class AccountView:
    """The page «Подробнее», in words."""

    contract: list[Fact] = field(default_factory=list)
    premises: list[Fact] = field(default_factory=list)
    payees: list[Fact] = field(default_factory=list)
    meters: list[MeterFacts] = field(default_factory=list)
    office_name: str = ""
    office_address: str = ""
    office_anchor: str = ""
    """Where the office stands on the contact page; empty when it is not shown there."""


class AccountState(Screen, rx.State):
    """The page about the chosen account."""

    view: AccountView = AccountView()
    empty: bool = False
    """Whether the user has no account at all."""

    @rx.event
    @consumer
    async def load(self):
        """Load the chosen account."""
        async with self._failures_shown():
            page = await in_session(accounts.open_page, await caller(self), clock.today())
            await show_cabinet(self, page.cabinet)
            self.empty = page.details is None
            self.view = account_view(page.details) if page.details else AccountView()


def account_view(details: AccountDetails) -> AccountView:
    """Put the details of an account into words."""
    attached = details.attached_at.astimezone(settings().zone).date() if details.attached_at else None
    return AccountView(
        contract=[
            Fact("Номер лицевого счёта", details.number),
            Fact("Владелец", details.holder),
            Fact("Контактный телефон", formats.masked_phone(details.phone) if details.phone else "не указан"),
            Fact("Договор действует с", formats.long_date(details.opened_on)),
            *([Fact("В личном кабинете с", formats.long_date(attached))] if attached else []),
        ],
        premises=[
            Fact("Адрес", formats.address(details.address) or UNKNOWN),
            Fact("Вид", formats.capital(PREMISES_KINDS[details.kind]) if details.kind else UNKNOWN),
            Fact("Площадь", formats.area(details.area) if details.area else UNKNOWN),
            Fact("Проживает", residents(details.residents)),
            Fact("Газовое отопление", {True: "есть", False: "нет", None: UNKNOWN}[details.heating]),
            Fact("Газовое оборудование", ", ".join(details.equipment) or UNKNOWN),
        ],
        payees=[Fact(name, payee) for name, payee in details.payees],
        meters=[meter_facts(meter) for meter in details.meters],
        office_name=details.office.name,
        office_address=formats.address(details.office.address),
        office_anchor=f"/contacts#office-{details.office.code}" if details.office.published else "",
    )


def residents(number: int | None) -> str:
    """Return how many people live somewhere."""
    if number is None:
        return UNKNOWN
    return formats.counted(number, "человек", "человека", "человек") if number else "никто"


def meter_facts(meter: MeterCard) -> MeterFacts:
    """Put a meter into words."""
    due_on = meter.verification_due_on
    return MeterFacts(
        title=meter.model,
        state=METER_STATES[meter.state],
        working=meter.state is MeterState.WORKING,
        facts=[Fact("Заводской номер", meter.serial), Fact("Место установки", meter.place or UNKNOWN)],
        verification=meter.verification.value,
        verified_until=formats.long_date(due_on) if due_on and meter.verification is not Verification.UNKNOWN else "",
    )
