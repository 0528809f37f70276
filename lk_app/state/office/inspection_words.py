"""A closer look at a reading in words."""

from dataclasses import dataclass, field, replace

from lk_app import formats
from lk_app.formats import NBSP, NO_FIGURE
from lk_app.models import Flag, MeterState, ReadingState
from lk_app.services.accounts import PREMISES_KINDS, Verification
from lk_app.services.readings import words
from lk_app.services.readings.inspection import CloserLook, Fate, PastReading
from lk_app.services.readings.rules import Dial, dial_value
from lk_app.services.readings.waiting import WaitingReading
from lk_app.settings import settings
from lk_app.state.accounts import METER_STATES, residents
from lk_app.state.office.queue_words import Check, about, checks_of, consumption_of, last_of, name_of

TONES = {ReadingState.ACCEPTED: "ok", ReadingState.REFUSED: "danger"}
"""How the badge of a state looks; others are plain."""

CONFIRMED = {
    Flag.HIGH: "большой расход",
    Flag.CEILING: "большой расход",
    Flag.ROLLED_OVER: "переход счётчика через ноль",
}
"""What consumers confirm, in the accusative."""


@dataclass(frozen=True)
class PastRow:
    """Another reading of the meter."""

    key: str
    day: str
    value: str
    consumption: str
    state: str
    tone: str
    reason: str


@dataclass(frozen=True)
class Closer:
    """Everything about the reading that is looked at; empty when none is."""

    id: str = ""
    holder: str = ""
    account: str = ""
    address: str = ""
    sent: str = ""
    previous: str = ""
    value: str = ""
    consumption: str = ""
    usual: str = ""
    confirmed: str = ""
    checks: list[Check] = field(default_factory=list)
    photo: str = ""
    """Where its photo is; empty when there is none."""
    past: list[PastRow] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    fate: str = ""
    """What somebody else has decided meanwhile."""
    can_accept: bool = False
    about: str = ""


NOTHING_LOOKED_AT = Closer()


def closer_of(look: CloserLook) -> Closer:
    """Put everything about a reading into words."""
    reading = look.reading
    at = reading.sent_at.astimezone(settings().zone)
    closer = Closer(
        id=reading.id,
        holder=name_of(reading),
        account=reading.account_number,
        address=formats.address(reading.address),
        sent=f"{formats.long_date(at.date())}, {at:%H:%M}",
        previous=last_of(reading),
        value=dial_value(reading.value, reading.dial),
        consumption=consumption_of(reading),
        usual=formats.volume(reading.usual) if reading.usual is not None else "",
        confirmed=confirmed_words(reading),
        checks=checks_of(reading),
        photo=f"/api/office/photos/{reading.photo_id}" if reading.photo_id else "",
        past=[past_row(past, reading.dial) for past in look.past],
        facts=facts_of(look),
        can_accept=not reading.is_below,
        about=about(reading),
    )
    return fate_words(closer, look.fate)


def confirmed_words(reading: WaitingReading) -> str:
    """Return what the consumer confirmed as they sent it: «Потребитель подтвердил большой расход»."""
    confirmed = dict.fromkeys(CONFIRMED[flag] for flag in reading.flags if flag in CONFIRMED)
    return f"Потребитель подтвердил {' и '.join(confirmed)}" if confirmed else ""


def past_row(past: PastReading, dial: Dial) -> PastRow:
    """Put another reading of the meter into words."""
    return PastRow(
        key=past.id,
        day=formats.short_date(past.taken_on),
        value=dial_value(past.value, dial),
        consumption=NO_FIGURE if past.consumption is None else formats.decimal(past.consumption, 3, dial.decimals),
        state=words.STATES[past.state],
        tone=TONES.get(past.state, ""),
        reason=past.reason,
    )


def facts_of(look: CloserLook) -> list[tuple[str, str]]:
    """Return what is known of the meter and the premises, as terms and words."""
    meter = ", ".join(filter(None, (look.model, look.reading.serial, look.place)))
    facts = [("Счётчик", meter)]
    if look.meter_state is not MeterState.WORKING:
        facts.append(("Состояние", METER_STATES[look.meter_state]))
    if look.verification_due_on:
        facts.append(("Поверка", verification_words(look)))
    if look.kind:
        premises = [PREMISES_KINDS[look.kind], formats.area(look.area) if look.area else ""]
        facts += [
            ("Объект", ", ".join(filter(None, premises))),
            ("Отопление", "газовое" if look.heating else "не газовое"),
            ("Проживают", residents(look.residents)),
            ("Оборудование", ", ".join(look.equipment) or NO_FIGURE),
        ]
    return facts


def verification_words(look: CloserLook) -> str:
    """Return until when the meter is verified, and whether that is over."""
    assert look.verification_due_on
    day = formats.short_date(look.verification_due_on)
    return f"просрочена с{NBSP}{day}" if look.verification is Verification.OVERDUE else f"до{NBSP}{day}"


def fate_words(closer: Closer, fate: Fate | None) -> Closer:
    """Add to a closer look what became of the reading, if it does not wait any more."""
    if fate is None:
        return closer
    who = f", {fate.decided_by}" if fate.decided_by else ""
    at = f" в{NBSP}{fate.decided_at.astimezone(settings().zone):%H:%M}" if fate.decided_at else ""
    return replace(closer, fate=f"Уже не{NBSP}ждёт проверки: {words.STATES[fate.state]}{at}{who}.", can_accept=False)
