"""How much gas a household uses, and what its meters show."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from lk_app.models.values import Month
from lk_app.services.demo.company import BY_METER, BY_NORM, gas_tariff

SEASON = (100, 92, 74, 42, 15, 5, 4, 5, 15, 48, 74, 94)
"""Heating in each month of the year, % of January."""
HEATING = 26
"""Gas that heats 0.01 m² in January, in thousandths of a m³."""
COOKING = 8_000
"""Gas one resident uses in a month, in thousandths of a m³."""
NORM_HEATING = 30
NORM_COOKING = 10_200
"""The same by norm, when no meter measures it."""


@dataclass
class Meter:
    """A meter that works in the months `first` to `last`, by index; index 0 is the month before the charged ones."""

    id: str
    serial: str
    model: str
    place: str
    digits: int
    decimals: int
    value: int
    """Thousandths of a m³."""
    installed_on: str
    """ISO date; of no account when `first` is a later month."""
    state: str = "working"
    remote: bool = False
    first: int = 0
    last: int = 10_000
    kitchen_only: bool = False


@dataclass
class Household:
    """What decides how much gas is used: hundredths of a m², residents, meters."""

    area: int
    residents: int
    heating: bool
    meters: list[Meter] = field(default_factory=list)


@dataclass(frozen=True)
class MeterReading:
    """A reading on a day of a month; `consumption` is None when a meter was just put in."""

    meter: Meter
    day: int
    value: int
    consumption: int | None


@dataclass(frozen=True)
class Use:
    """Gas of one charge kind in a month and its price."""

    kind: str
    volume: int
    tariff: int

    @property
    def cost(self) -> int:
        """Volume by tariff, rounded half up to a kopeck."""
        return (self.volume * self.tariff + 500_000) // 1_000_000


def live(
    household: Household, months: Sequence[Month], chance: Random
) -> Iterator[tuple[list[Use], list[MeterReading]]]:
    """Yield what is used and read in each of `months`, the first of which is the one before the charged ones."""
    for index, month in enumerate(months):
        tariff = gas_tariff(month, heating=household.heating)
        readings = []
        for meter in household.meters:
            if meter.first <= index <= meter.last:
                readings += _read(household, meter, index, month, chance)
        uses = []
        if readings:
            uses.append(Use(BY_METER, sum(reading.consumption or 0 for reading in readings), tariff))
        by_norm = _by_norm(household, index, month)
        if by_norm:
            uses.append(Use(BY_NORM, by_norm, tariff))
        yield uses, readings


def _read(household: Household, meter: Meter, index: int, month: Month, chance: Random) -> list[MeterReading]:
    """Return the month's reading; a meter put in later is read on its first day too."""
    day = 28 if meter.remote else 15 + int(chance.random() * 11)
    put_in = [MeterReading(meter, 5, meter.value, None)] if index == meter.first > 0 else []
    step = 10 ** (3 - meter.decimals)
    used = COOKING * (1 if meter.kitchen_only else household.residents)
    if household.heating and not meter.kitchen_only:
        used += household.area * HEATING * SEASON[month % 100 - 1] // 100
    volume = used * (85 + int(chance.random() * 31)) // 100 // step * step
    meter.value = (meter.value + volume) % (10**meter.digits * 1000)
    return [*put_in, MeterReading(meter, day, meter.value, volume)]


def _by_norm(household: Household, index: int, month: Month) -> int:
    """Return what no meter measures: everything, or the kitchen with a faulty meter of its own."""
    if any(meter.first <= index <= meter.last and not meter.kitchen_only for meter in household.meters):
        kitchens = sum(meter.kitchen_only and index > meter.last for meter in household.meters)
        return kitchens * NORM_COOKING
    season = SEASON[month % 100 - 1]
    heating = household.area * NORM_HEATING * season // 100 if household.heating and season >= 40 else 0
    return household.residents * NORM_COOKING + heating
