"""Which months an act may cover: those that billing has charges for, and those between them."""

from collections.abc import Sequence

from lk_app import formats
from lk_app.models.values import Month
from lk_app.services.errors import FieldErrors
from lk_app.services.settlements import months_between

MOST_MONTHS = 36
"""The time a debt can be claimed in court for."""


def covered(first: Month, last: Month, charged: Sequence[Month]) -> tuple[Month, Month]:
    """Return the part of the asked months that billing knows about; raises FieldErrors.

    `charged` are the months with charges, earliest first; there is one at least.
    """
    if first > last:
        raise FieldErrors({"last": "Последний месяц раньше первого. Выберите более поздний"})
    known_from, known_to = charged[0], charged[-1]
    if not any(first <= month <= last for month in charged):
        known = f"{formats.period(known_from)} – {formats.period(known_to)}"
        field = "last" if last < known_from else "first"
        raise FieldErrors({field: f"В выбранных месяцах нет начислений. Они есть за период: {known}"})
    first, last = max(first, known_from), min(last, known_to)
    count = len(months_between(first, last))
    if count > MOST_MONTHS:
        raise FieldErrors({"first": f"Не больше {MOST_MONTHS} месяцев, а здесь {count}. Выберите более поздний месяц"})
    return first, last
