"""What a form of readings means as it stands, in words for the places that the form has for them."""

from collections.abc import Sequence

from lk_app import formats
from lk_app.models import Flag
from lk_app.models.values import Volume
from lk_app.services.readings.estimate import Step
from lk_app.services.readings.rules import dial_value
from lk_app.services.readings.sending import CONFIRM, ROLL_OVER, VALUE, Preview, Typed

CONSUMPTION, COST = "consumption-", "cost-"
"""What the places of a meter begin with, beside those of its confirmations; its id follows."""

TOTAL, ESTIMATE, HEARD = "total", "estimate", "heard"
"""Places of the whole form; the last one is for whoever only hears it."""

FIRST = "Первое показание этого счётчика: расход посчитают со следующего"
HIGH = (
    "Это в {} больше вашего обычного расхода ({} за то же время год назад). Проверьте цифры; если всё верно, "
    "отметьте это и отправляйте."
)
CEILING = (
    "Это больше {}: столько газа за такое время обычно не расходуют. Проверьте цифры; если всё верно, отметьте это "
    "и отправляйте."
)
ROLLED_OVER = (
    "Если счётчик дошёл до {} и начал счёт с нуля, отметьте это: расход получится {}. Если нет, исправьте цифры."
)
BY_TARIFF = f"Предварительный расчёт по тарифу {{}} за{formats.NBSP}м³{{}}. Точная сумма будет в квитанции."
DEARER = ", сверх {} с начала года — {}"


def places_of(preview: Preview) -> dict[str, str]:
    """Return what stands in each place; a place that is missing is empty."""
    places: dict[str, str] = {}
    for one in preview.typed:
        places |= _of_meter(one)
    if preview.total is not None:
        places[TOTAL] = f"≈{formats.NBSP}{formats.money(preview.total)}"
        places[ESTIMATE] = _estimate(preview.steps)
    return places | {HEARD: _heard(preview, places)}


def errors_of(preview: Preview) -> dict[str, str]:
    """Return what is wrong with the values that were typed, by field."""
    return {VALUE + one.meter.id: one.error for one in preview.typed if one.error}


def _of_meter(one: Typed) -> dict[str, str]:
    if one.value is None or one.error:
        return {}
    meter, consumption = one.meter, one.judgement.consumption
    if consumption is None:
        return {CONSUMPTION + meter.id: FIRST}
    places = {CONSUMPTION + meter.id: f"Расход {formats.volume(consumption, meter.dial.decimals)}"}
    if one.cost is not None:
        places[COST + meter.id] = f"≈{formats.NBSP}{formats.money(one.cost)}"
    if one.judgement.is_unusual:
        places[CONFIRM + meter.id] = _unusual(one, consumption)
    if one.judgement.rolled_over:
        end = dial_value(Volume(meter.dial.round - 1000), meter.dial)
        burned = formats.volume(consumption, meter.dial.decimals)
        places[ROLL_OVER + meter.id] = formats.tied(ROLLED_OVER.format(end, burned))
    return places


def _unusual(one: Typed, consumption: Volume) -> str:
    basis = one.meter.basis
    if basis.usual and Flag.HIGH in one.judgement.flags:
        usual = formats.volume(basis.usual, one.meter.dial.decimals)
        return formats.tied(HIGH.format(_times(consumption, basis.usual), usual))
    return formats.tied(CEILING.format(formats.volume(basis.ceiling)))


def _times(consumption: Volume, usual: Volume) -> str:
    """Return how many times one is the other, rounded to a tenth: «4,7 раза», «5 раз»."""
    tenths = (consumption * 10 + usual // 2) // usual
    if tenths % 10:
        return f"{formats.decimal(tenths, 1, 1)}{formats.NBSP}раза"
    return formats.counted(tenths // 10, "раз", "раза", "раз")


def _estimate(steps: Sequence[Step]) -> str:
    dearer = (DEARER.format(formats.volume(step.above), formats.tariff(step.price)) for step in steps[1:])
    return formats.tied(BY_TARIFF.format(formats.tariff(steps[0].price), "".join(dearer)))


def _heard(preview: Preview, places: dict[str, str]) -> str:
    """Return the same in sentences."""
    said = []
    for one in preview.typed:
        consumption, cost, *questions = (
            places.get(place + one.meter.id, "") for place in (CONSUMPTION, COST, ROLL_OVER, CONFIRM)
        )
        if consumption:
            meaning = f"{consumption[:1].lower()}{consumption[1:]}{f', {cost}' if cost else ''}"
            said += [f"{one.meter.model}: {meaning}", *filter(None, questions)]
    if TOTAL in places and sum(one.cost is not None for one in preview.typed) > 1:
        said.append(f"Всего {places[TOTAL]}")
    return ". ".join(sentence.rstrip(".") for sentence in said).replace("≈", "примерно")
