"""«Показания»: the meters of the chosen account with their readings, in words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import reflex as rx

from lk_app import clock, formats
from lk_app.formats import NBSP
from lk_app.models import MeterState, ReadingState
from lk_app.services.accounts import Verification
from lk_app.services.live import readings_of
from lk_app.services.readings import overview, words
from lk_app.services.readings.overview import MeterView, ReadingLine, ReadingsScreen
from lk_app.services.readings.rules import Dial, dial_value
from lk_app.services.references import reference_of
from lk_app.services.session import in_session
from lk_app.state import live
from lk_app.state.access import caller, consumer
from lk_app.state.accounts import METER_STATES, Fact, show_cabinet
from lk_app.state.consumption import NO_USE, Use, use_of
from lk_app.state.screen import Screen, message_of
from lk_app.state.sending import MeterEntry, Terms, about, entry_of, terms_of

TONES = {ReadingState.ACCEPTED: "ok", ReadingState.REFUSED: "danger"}
"""How the badge of a state looks; others are plain."""

SHOWN_FIRST = 12
"""Readings of a meter that are shown at once; earlier ones on demand."""

NOT_YET_READ = "Показаний ещё не было"
VERIFICATIONS = {
    Verification.SOON: ("скоро истекает", "warn"),
    Verification.OVERDUE: ("просрочена", "danger"),
}
ADVICE = {
    Verification.SOON: "Подходит срок поверки. Договоритесь о ней заранее: мастера можно ждать несколько недель.",
    Verification.OVERDUE: (
        "Срок поверки прошёл. Пока счётчик не поверят, газ могут начислять не по показаниям, а по нормативу. "
        "Договоритесь о поверке."
    ),
}
WHY_NOT = {
    MeterState.FAULTY: "Счётчик неисправен: показания не принимаются, пока его не починят или не заменят.",
    MeterState.REMOVED: "Счётчик снят: его показания больше не нужны.",
    MeterState.WORKING: "Счётчик передаёт показания сам.",
}
"""Why readings are not asked for; working meters of which they are not are read remotely."""


@dataclass(frozen=True)
class ReadingRow:
    """A reading as its row shows it."""

    key: str = ""
    day: str = ""
    value: str = ""
    consumption: str = ""
    source: str = ""
    state: str = ""
    tone: str = ""
    reason: str = ""
    photo: str = ""
    """Where the caller's photo of it is; empty when there is none."""
    what: str = ""
    """What it is, where it stands alone: «5 258 м³ от 22.11.2026»."""
    can_be_withdrawn: bool = False


NO_ROW = ReadingRow()


@dataclass(frozen=True)
class ShownMeter:
    """A meter as its card shows it."""

    id: str
    name: str
    """What it is called in short: its model, and its number where another has the same model."""
    title: str
    badge: str
    """What is special about it, and how the badge looks; empty when people read it."""
    badge_tone: str
    facts: list[Fact]
    verified_until: str
    verification: str
    """What is wrong with its verification, and how the badge looks."""
    verification_tone: str
    advice: str
    """What to do about that."""
    why_not: str
    """Why its readings are not asked for."""
    last_day: str
    last_value: str
    newest: ReadingRow
    """The newest reading, unless it is the last accepted one."""
    rows: list[ReadingRow]
    earlier: list[ReadingRow]


class ReadingsState(Screen, rx.State):
    """The meters of the chosen account."""

    empty: bool = False
    """Whether the user has no account at all."""
    account: str = ""
    """What the chosen account is called in forms."""
    terms: Terms = Terms()
    meters: list[ShownMeter] = []
    entries: list[MeterEntry] = []
    """The meters whose readings can be sent."""
    others: list[tuple[str, str, str]] = []
    """The rest: title, number with place, and why not."""
    use: Use = NO_USE
    told: str = ""
    """What was decided since the page was opened."""
    told_badly: bool = False

    @rx.event
    @consumer
    async def load(self):
        """Load the meters with their readings, and watch for changes."""
        self.told = ""
        async with self._failures_shown():
            await self._show()

    @rx.event
    @consumer
    async def refresh(self):
        """Show the same as it is now, and say what was decided; if that fails, what is on the screen stays."""
        before = self.meters
        try:
            await self._show()
        except Exception as error:
            message_of(error)
            return
        if decided := decided_since(before, self.meters):
            self.told = "; ".join(f"{meter.name}: {verdict(row)}" for meter, row in decided)
            self.told_badly = any(row.reason for _, row in decided)

    async def _show(self) -> None:
        today = clock.today()
        screen = await in_session(overview.open_readings, await caller(self), today)
        await show_cabinet(self, screen.cabinet)
        self._put(screen, today)
        if screen.cabinet.chosen:
            live.watch(self, readings_of(screen.cabinet.chosen.number), ReadingsState.refresh)

    def _put(self, screen: ReadingsScreen, today: date) -> None:
        chosen, found = screen.cabinet.chosen, screen.account
        self.empty = chosen is None
        self.account = reference_of(chosen.number) if chosen else ""
        self.terms = terms_of(screen.window, today)
        known = found.meters if found else ()
        names = names_of(known)
        self.meters = [shown(meter, name) for meter, name in zip(known, names, strict=True)]
        self.entries = [
            entry_of(meter, name, title_of(meter))
            for meter, name in zip(known, names, strict=True)
            if meter.takes_readings
        ]
        self.others = [
            (title_of(meter), about(meter), WHY_NOT[meter.state]) for meter in known if not meter.takes_readings
        ]
        self.use = use_of(found.use if found else ())


def decided_since(before: Sequence[ShownMeter], now: Sequence[ShownMeter]) -> list[tuple[ShownMeter, ReadingRow]]:
    """Return which of the readings that were shown before are in another state now."""
    known = {row.key: row.state for meter in before for row in (*meter.rows, *meter.earlier)}
    rows = ((meter, row) for meter in now for row in (*meter.rows, *meter.earlier))
    return [(meter, row) for meter, row in rows if known.get(row.key, row.state) != row.state]


def verdict(row: ReadingRow) -> str:
    """Return what was decided about a reading: «показание 5 258 принято»."""
    said = f"показание {row.value} {row.state}"
    return f"{said}: {row.reason}" if row.reason else said


def names_of(meters: Sequence[MeterView]) -> list[str]:
    """Return what each meter is called in short."""
    models = Counter(meter.model for meter in meters)
    return [meter.model if models[meter.model] == 1 else f"{meter.model} №{NBSP}{meter.serial}" for meter in meters]


def title_of(meter: MeterView) -> str:
    """Return the title of a meter's card."""
    return f"Счётчик газа {meter.model}"


def shown(meter: MeterView, name: str) -> ShownMeter:
    """Put a meter into words."""
    rows = [reading_row(line, meter.dial) for line in meter.lines]
    badge, badge_tone = badge_of(meter)
    verification, verification_tone = VERIFICATIONS.get(meter.verification, ("", ""))
    is_verified = meter.verification_due_on and meter.verification is not Verification.UNKNOWN
    return ShownMeter(
        id=meter.id,
        name=name,
        title=title_of(meter),
        badge=badge,
        badge_tone=badge_tone,
        facts=facts_of(meter),
        verified_until=formats.long_date(meter.verification_due_on) if is_verified else "",
        verification=verification,
        verification_tone=verification_tone,
        advice=formats.tied(ADVICE.get(meter.verification, "")) if meter.takes_readings else "",
        why_not="" if meter.takes_readings else WHY_NOT[meter.state],
        last_day=f"Принято {formats.short_date(meter.last.taken_on)}" if meter.last else NOT_YET_READ,
        last_value=f"{dial_value(meter.last.value, meter.dial)}{NBSP}м³" if meter.last else "",
        newest=rows[0] if rows and meter.lines[0].state is not ReadingState.ACCEPTED else NO_ROW,
        rows=rows[:SHOWN_FIRST],
        earlier=rows[SHOWN_FIRST:],
    )


def badge_of(meter: MeterView) -> tuple[str, str]:
    """Return what is special about a meter, and how serious that is."""
    if meter.takes_readings:
        return "", ""
    if meter.state is MeterState.WORKING:
        return "передаёт сам", ""
    return METER_STATES[meter.state], "danger" if meter.state is MeterState.FAULTY else ""


def facts_of(meter: MeterView) -> list[Fact]:
    """Return what tells a meter apart, and whether it works."""
    facts = [Fact("№", meter.serial), Fact("Место", meter.place)]
    if meter.state is MeterState.WORKING:
        facts.append(Fact("Состояние", METER_STATES[meter.state]))
    return [fact for fact in facts if fact.text]


def reading_row(line: ReadingLine, dial: Dial) -> ReadingRow:
    """Put a reading into words."""
    day, value = formats.short_date(line.taken_on), dial_value(line.value, dial)
    return ReadingRow(
        key=line.id,
        day=day,
        value=value,
        consumption="" if line.consumption is None else formats.volume(line.consumption, dial.decimals),
        source=words.SOURCES[line.source],
        state=words.STATES[line.state],
        tone=TONES.get(line.state, ""),
        reason=line.reason,
        photo=f"/api/readings/photos/{line.photo_id}" if line.photo_id else "",
        what=f"{value}{NBSP}м³ от{NBSP}{day}",
        can_be_withdrawn=line.can_be_withdrawn,
    )
