"""What a value may be, what it means for consumption, and what about it is unusual."""

import re
import unicodedata
from dataclasses import dataclass

from lk_app import formats
from lk_app.models import Flag
from lk_app.models.values import Volume
from lk_app.services.typed import Refused

VALUE = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{0,12}))?")
UNIT = re.compile(r"м3?$", re.IGNORECASE)
"""After NFKC, which makes «м³» of it."""

HIGH_TIMES = 3
"""Consumption over so many times that of the same months last year must be confirmed."""

ROLL_OVER_PART = 4
"""A dial is believed to have passed zero if that means no more than a quarter of its round; otherwise the value is
taken for a slip."""

EMPTY = "Введите показание"
NOT_A_NUMBER = "Введите показание цифрами, например 5214"
ONLY_WHOLE = "Введите только целые кубометры: цифры до запятой, без красных"


@dataclass(frozen=True)
class Dial:
    """How many digits a dial has, before the decimal point and after it."""

    digits: int
    decimals: int

    @property
    def round(self) -> Volume:
        """After how much gas the dial begins again from zero."""
        return Volume(10**self.digits * 1000)


@dataclass(frozen=True)
class Basis:
    """What a new value is judged by."""

    last: Volume | None
    """The last accepted value; None if there is none yet."""
    usual: Volume | None
    """What was burned in the same months of last year; None if that is not known."""
    ceiling: Volume
    """The most that such premises burn in as many months."""
    was_idle: bool = False
    """Whether nothing was burned before the last accepted value."""


@dataclass(frozen=True)
class Judgement:
    """What a value means. With a `refusal` nothing else counts."""

    consumption: Volume | None = None
    """None if there is nothing to compare with."""
    flags: tuple[Flag, ...] = ()
    refusal: str = ""

    @property
    def rolled_over(self) -> bool:
        """Whether the dial must have passed zero, which the consumer has to confirm."""
        return Flag.ROLLED_OVER in self.flags

    @property
    def is_unusual(self) -> bool:
        """Whether the consumption is so high that the consumer has to confirm it."""
        return Flag.HIGH in self.flags or Flag.CEILING in self.flags


def read_value(text: str, dial: Dial) -> Volume:
    """Return a value as typed, with a comma or a point; refuses what this dial can't show."""
    typed = UNIT.sub("", unicodedata.normalize("NFKC", text).strip())
    typed = "".join(typed.split())
    if not typed:
        raise Refused(EMPTY)
    found = VALUE.fullmatch(typed)
    if not found:
        raise Refused(NOT_A_NUMBER)
    whole, fraction = found[1].lstrip("0") or "0", (found[2] or "").rstrip("0")
    if len(whole) > dial.digits:
        digits = formats.counted(dial.digits, "цифра", "цифры", "цифр")
        raise Refused(f"На этом счётчике {digits} до запятой, а здесь {len(whole)}")
    if len(fraction) > dial.decimals:
        decimals = formats.counted(dial.decimals, "цифры", "цифр", "цифр")
        raise Refused(f"Не больше {decimals} после запятой" if dial.decimals else ONLY_WHOLE)
    return Volume(int(whole) * 1000 + int(fraction.ljust(3, "0")))


def judge(value: Volume, dial: Dial, basis: Basis) -> Judgement:
    """Say what a value on a dial means beside what is known of the meter."""
    if basis.last is None:
        return Judgement()
    rolled_over = value < basis.last
    consumption = Volume((value - basis.last) % dial.round)
    if rolled_over and consumption * ROLL_OVER_PART > dial.round:
        return Judgement(refusal=f"Меньше предыдущего показания {dial_value(basis.last, dial)}")
    return Judgement(consumption, tuple(_flags(consumption, basis, rolled_over)))


def dial_value(value: Volume, dial: Dial) -> str:
    """Return a value as it stands on the dial, without a unit: «5 214», «5 214,125»."""
    return formats.decimal(value, 3, dial.decimals)


def _flags(consumption: Volume, basis: Basis, rolled_over: bool) -> list[Flag]:
    found = [Flag.ROLLED_OVER] if rolled_over else []
    # Where nothing was burned a year ago, any consumption is more than thrice that: it says nothing.
    if basis.usual and consumption > HIGH_TIMES * basis.usual:
        found.append(Flag.HIGH)
    if consumption > basis.ceiling:
        found.append(Flag.CEILING)
    if consumption == 0 and basis.was_idle:
        found.append(Flag.ZERO)
    return found
