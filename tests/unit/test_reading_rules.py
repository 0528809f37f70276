"""What a value may be, what it means, what is unusual about it, when it counts and what it may cost."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lk_app.models import Flag
from lk_app.models.values import Tariff, Volume
from lk_app.services.readings.estimate import Step, cost
from lk_app.services.readings.rules import Basis, Dial, dial_value, judge, read_value
from lk_app.services.readings.window import Days, window_within
from lk_app.services.typed import Refused

WHOLE, FINE = Dial(5, 0), Dial(5, 3)
CEILING = Volume(2_000_000)


def basis(last: int | None = 5_214_000, usual: int | None = 88_000, was_idle: bool = False) -> Basis:
    return Basis(
        None if last is None else Volume(last), None if usual is None else Volume(usual), CEILING, was_idle=was_idle
    )


@pytest.mark.parametrize(
    ("text", "dial", "value"),
    [
        ("5258", WHOLE, 5_258_000),
        ("05258", WHOLE, 5_258_000),
        ("000000005258", WHOLE, 5_258_000),
        ("0", WHOLE, 0),
        ("99999", WHOLE, 99_999_000),
        (" 5 258 ", WHOLE, 5_258_000),
        ("5\u00a0258 м³", WHOLE, 5_258_000),
        ("5258м3", WHOLE, 5_258_000),
        ("５２５８", WHOLE, 5_258_000),
        ("5258,", WHOLE, 5_258_000),
        ("5258,000", WHOLE, 5_258_000),
        ("5258,125", FINE, 5_258_125),
        ("5258.1", FINE, 5_258_100),
        ("5258,1200", FINE, 5_258_120),
        ("5258", FINE, 5_258_000),
    ],
)
def test_a_value_is_read_however_it_is_typed(text: str, dial: Dial, value: int) -> None:
    assert read_value(text, dial) == value


@pytest.mark.parametrize(
    ("text", "dial", "reason"),
    [
        ("", WHOLE, "Введите показание$"),
        (" м³ ", WHOLE, "Введите показание$"),
        ("пять", WHOLE, "цифрами"),
        ("-1", WHOLE, "цифрами"),
        ("−1", WHOLE, "цифрами"),
        ("5258+44", WHOLE, "цифрами"),
        ("5,258,1", FINE, "цифрами"),
        (",5", FINE, "цифрами"),
        ("1e3", WHOLE, "цифрами"),
        ("٣", WHOLE, "цифрами"),
        ("5258\0", WHOLE, "цифрами"),
        ("9" * 5_000, WHOLE, "цифрами"),
        ("100000", WHOLE, "5\u00a0цифр до запятой, а здесь 6"),
        ("5258,125", WHOLE, "только целые"),
        ("5258,1251", FINE, "Не больше 3\u00a0цифр после запятой"),
        ("5258,12", Dial(5, 1), "Не больше 1\u00a0цифры после запятой"),
    ],
)
def test_a_value_that_this_dial_cannot_show_is_refused(text: str, dial: Dial, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        read_value(text, dial)


DIALS = st.builds(Dial, st.integers(1, 9), st.integers(0, 3))


@given(st.text(max_size=20) | st.text("0123456789,. м³", max_size=16), DIALS)
def test_no_text_gets_through_as_a_value_that_is_not_on_the_dial(text: str, dial: Dial) -> None:
    try:
        value = read_value(text, dial)
    except Refused:
        return
    assert 0 <= value < dial.round
    assert value % 10 ** (3 - dial.decimals) == 0


@given(DIALS, st.data())
def test_a_value_that_is_shown_can_be_typed_again(dial: Dial, data: st.DataObject) -> None:
    step = 10 ** (3 - dial.decimals)
    value = Volume(data.draw(st.integers(0, dial.round // step - 1)) * step)

    assert read_value(dial_value(value, dial), dial) == value


@pytest.mark.parametrize(
    ("value", "known", "consumption", "flags"),
    [
        (5_214_000, basis(), 0, ()),
        (5_258_000, basis(), 44_000, ()),
        (5_214_000 + 264_000, basis(), 264_000, ()),
        (5_214_000 + 264_001, basis(), 264_001, (Flag.HIGH,)),
        (5_214_000 + 2_000_000, basis(usual=None), 2_000_000, ()),
        (5_214_000 + 2_000_001, basis(usual=None), 2_000_001, (Flag.CEILING,)),
        (5_214_000 + 2_000_001, basis(), 2_000_001, (Flag.HIGH, Flag.CEILING)),
        (5_258_000, basis(usual=0), 44_000, ()),
        (5_214_000, basis(was_idle=True), 0, (Flag.ZERO,)),
        (5_215_000, basis(was_idle=True), 1_000, ()),
        (20_000, basis(last=99_950_000), 70_000, (Flag.ROLLED_OVER,)),
        (500_000, basis(last=99_950_000), 550_000, (Flag.ROLLED_OVER, Flag.HIGH)),
        (0, basis(last=75_000_000, usual=None), 25_000_000, (Flag.ROLLED_OVER, Flag.CEILING)),
    ],
)
def test_what_a_value_means(value: int, known: Basis, consumption: int, flags: tuple[Flag, ...]) -> None:
    judgement = judge(Volume(value), WHOLE, known)

    assert (judgement.consumption, judgement.flags, judgement.refusal) == (consumption, flags, "")


@pytest.mark.parametrize(
    ("value", "last", "dial", "said"),
    [
        (5_213_000, 5_214_000, WHOLE, "5\u00a0214"),
        (0, 74_999_000, WHOLE, "74\u00a0999"),
        (5_214_124, 5_214_125, FINE, "5\u00a0214,125"),
    ],
)
def test_less_than_before_is_refused_unless_zero_is_near(value: int, last: int, dial: Dial, said: str) -> None:
    assert judge(Volume(value), dial, basis(last)).refusal == f"Меньше предыдущего показания {said}"


def test_a_first_value_is_compared_with_nothing() -> None:
    judgement = judge(Volume(99_999_000), WHOLE, basis(last=None))

    assert (judgement.consumption, judgement.flags, judgement.refusal) == (None, (), "")


@given(DIALS, st.data())
def test_last_and_consumption_lead_to_the_value(dial: Dial, data: st.DataObject) -> None:
    last, value = (Volume(data.draw(st.integers(0, dial.round - 1))) for _ in range(2))
    judgement = judge(value, dial, basis(last, usual=None))

    if judgement.refusal:
        assert value < last
    else:
        assert judgement.consumption is not None
        assert 0 <= judgement.consumption < dial.round
        assert (last + judgement.consumption) % dial.round == value
        assert judgement.rolled_over == (value < last)


@pytest.mark.parametrize(
    ("today", "month", "is_open", "days_left"),
    [
        (date(2026, 11, 1), 202611, False, 14),
        (date(2026, 11, 14), 202611, False, 1),
        (date(2026, 11, 15), 202611, True, 11),
        (date(2026, 11, 24), 202611, True, 2),
        (date(2026, 11, 25), 202611, True, 1),
        (date(2026, 11, 26), 202612, False, 19),
        (date(2026, 12, 31), 202701, False, 15),
    ],
)
def test_when_readings_count(today: date, month: int, is_open: bool, days_left: int) -> None:
    found = window_within(Days(15, 25), today)

    assert (found.month, found.is_open, found.days_left) == (month, is_open, days_left)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 28), st.integers(1, 28))
def test_a_window_is_open_on_its_days_only(today: date, one: int, other: int) -> None:
    found = window_within(Days(min(one, other), max(one, other)), today)

    assert found.is_open == (found.first_day <= today <= found.last_day)
    assert today <= found.last_day < today + timedelta(days=62)
    assert found.days_left >= 1


STEPS = (Step(Volume(0), Tariff(800_000)), Step(Volume(1_000_000), Tariff(1_000_000)))
"""8 ₽ a m³, and 10 ₽ above 1,000 m³."""


@pytest.mark.parametrize(
    ("burned", "volume", "kopecks"),
    [
        (0, 0, 0),
        (0, 44_000, 35_200),
        (0, 1_000_000, 800_000),
        (990_000, 20_000, 8_000 + 10_000),
        (1_000_000, 1_000, 1_000),
        (5_000_000, 44_000, 44_000),
        (0, 1, 1),
    ],
)
def test_gas_costs_more_above_a_step(burned: int, volume: int, kopecks: int) -> None:
    assert cost(STEPS, Volume(burned), Volume(volume)) == kopecks


@given(st.integers(0, 2_000_000), st.integers(0, 2_000_000), st.integers(0, 2_000_000))
def test_an_estimate_in_two_parts_comes_to_the_whole_but_for_rounding(burned: int, first: int, second: int) -> None:
    whole = cost(STEPS, Volume(burned), Volume(first + second))
    parts = cost(STEPS, Volume(burned), Volume(first)) + cost(STEPS, Volume(burned + first), Volume(second))

    assert abs(whole - parts) <= 1
