"""What gas will probably cost by the tariff in force: an estimate, and labelled as one. Billing computes charges."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, func, select

from lk_app.models import TariffStep
from lk_app.models.values import Kopecks, Tariff, Volume


@dataclass(frozen=True)
class Step:
    """A price that holds above a volume burned since the first of January."""

    above: Volume
    price: Tariff


def steps_in_force(session: Session, heating: bool, today: date) -> tuple[Step, ...]:
    """Return the steps of the tariff on a day, lowest first; none if billing has sent no tariff."""
    starts_on = (
        select(func.max(col(TariffStep.starts_on)))
        .where(TariffStep.heating == heating, TariffStep.starts_on <= today)
        .scalar_subquery()
    )
    steps = session.exec(
        select(TariffStep.above, TariffStep.price)
        .where(TariffStep.heating == heating, TariffStep.starts_on == starts_on)
        .order_by(col(TariffStep.above))
    )
    return tuple(Step(Volume(above), Tariff(price)) for above, price in steps)


def cost(steps: Sequence[Step], burned: Volume, volume: Volume) -> Kopecks:
    """Return the price of a volume when so much was burned this year before, rounded half up to a kopeck."""
    tops = [step.above for step in steps[1:]] + [Volume(burned + volume)]
    # Thousandths of a m³ by kopecks per 1,000 m³: a million times a kopeck.
    millionths = sum(
        max(0, min(top, burned + volume) - max(step.above, burned)) * step.price
        for step, top in zip(steps, tops, strict=True)
    )
    return Kopecks((millionths + 500_000) // 1_000_000)
