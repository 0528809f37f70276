"""An invented billing package of any size: the same for the same size, seed and months, and its figures add up."""

from datetime import datetime
from pathlib import Path
from random import Random

from lk_app.models.values import Month, month_of, next_month
from lk_app.services.demo.calendar import Calendar, calendar
from lk_app.services.demo.company import (
    DIVISIONS,
    EMERGENCY,
    GAS,
    MAINTENANCE,
    OFFICES,
    SERVICE,
    gas_steps,
    monthly_fee,
)
from lk_app.services.demo.consumption import MeterReading, live
from lk_app.services.demo.contracts import Contract, invent_contract
from lk_app.services.demo.ledger import Accrual, Ledger, Line, worth_a_line
from lk_app.services.demo.payers import Habit, nothing
from lk_app.services.demo.sheets import (
    Sheets,
    cubic_metres,
    iso_month,
    roubles,
    roubles_per_cubic_metre,
    yes_or_no,
)
from lk_app.settings import settings

SOURCES = ("portal", "portal", "portal", "phone", "office")
CHANNELS = ("online", "online", "online", "bank", "bank", "bank", "post", "office")
REFUSAL = "Показание меньше предыдущего"
REAL_DEBT = 110_000
"""What the house that owes leaves unpaid at least, in kopecks."""


def generate(folder: Path, accounts: int, seed: int, until: Month, months: int) -> None:
    """Write a package for `accounts` accounts into `folder`: `months` closed periods, the last of them `until`.

    The month after `until` is open; some payments are already posted in it. Memory does not grow with the accounts.
    """
    time = calendar(until, months)
    chance = Random(seed)  # noqa: S311 - invented figures, no secrets
    made_at = datetime(time.open // 100, time.open % 100, 1, 6, tzinfo=settings().zone).isoformat()
    with Sheets(folder, f"demo-{accounts}-{seed}-{iso_month(until)}-{months}", made_at) as sheets:
        _write_company(sheets, time)
        for index in range(accounts):
            _write_household(sheets, invent_contract(index, months, chance), time, chance)


def _write_company(sheets: Sheets, time: Calendar) -> None:
    for row in OFFICES:
        sheets.offices.write(row)
    for row in DIVISIONS:
        sheets.divisions.write(row)
    for month in (*time.charged, time.open):
        after = next_month(month)
        closed_on = time.day(after, 1) if month != time.open else ""
        sheets.periods.write(f"{iso_month(month)},{closed_on},{time.day(after, 10)}")
    for heating in (False, True):
        for july in _julys(time):
            for above, price in gas_steps(july, heating=heating):
                steps = f"{cubic_metres(above)},{roubles_per_cubic_metre(price)}"
                sheets.tariffs.write(f"{yes_or_no(heating)},{time.day(july, 1)},{steps}")


def _julys(time: Calendar) -> list[Month]:
    """Return when the tariffs begin that the months know, the open one included."""
    first, last = (month // 100 - (month % 100 < 7) for month in (time.before, time.open))
    return [month_of(year, 7) for year in range(first, last + 1)]


def _write_household(sheets: Sheets, contract: Contract, time: Calendar, chance: Random) -> None:
    _write_account(sheets, contract)
    _write_meters(sheets, contract, time)
    gas = []
    for month, (uses, readings) in zip(time.all, live(contract.household, time.all, chance), strict=True):
        gas.append([Accrual(use.kind, use.cost, use.volume, use.tariff) for use in uses])
        for reading in readings:
            _write_reading(sheets, reading, month, time, chance)
    maintenance = [_maintenance(contract, month) for month in time.all]
    habits = [contract.pays_gas] * len(gas)
    if contract.leaves_bill:
        habits = _until_a_real_debt(contract.pays_gas, gas)
    _write_division(sheets, contract, GAS, gas, habits, time, chance)
    habits = [contract.pays_maintenance] * len(gas)
    _write_division(sheets, contract, MAINTENANCE, maintenance, habits, time, chance)


def _write_account(sheets: Sheets, contract: Contract) -> None:
    holder, household = contract.holder, contract.household
    sheets.accounts.write(
        f"{contract.number},{holder.last_name},{holder.first_name},{holder.middle_name},{contract.phone},"
        f'{contract.street.office},{contract.opened_on},{"house" if contract.house else "flat"},"{contract.address}",'
        f"{household.area // 100}.{household.area % 100:02},{household.residents},"
        f"{yes_or_no(household.heating)},{'|'.join(contract.equipment)}"
    )


def _write_meters(sheets: Sheets, contract: Contract, time: Calendar) -> None:
    for meter in contract.household.meters:
        installed_on = time.day(time.all[meter.first], 5) if meter.first else meter.installed_on
        verification_due_on = f"{int(installed_on[:4]) + 10}{installed_on[4:]}"
        sheets.meters.write(
            f"{meter.id},{contract.number},{meter.serial},{meter.model},{meter.place},{meter.digits},"
            f"{meter.decimals},{meter.state},{yes_or_no(meter.remote)},{installed_on},{verification_due_on}"
        )


def _write_reading(sheets: Sheets, reading: MeterReading, month: Month, time: Calendar, chance: Random) -> None:
    meter = reading.meter
    # Nothing is known of the consumption before the first reading of a meter.
    known = reading.consumption is not None and month != time.before
    consumption = cubic_metres(reading.consumption or 0) if known else ""
    source = "remote" if meter.remote else "inspector" if reading.consumption is None else chance.choice(SOURCES)
    identifier = f"{meter.id}-{month}" if reading.consumption is not None else f"{meter.id}-0"
    taken_on = time.day(month, reading.day)
    value = cubic_metres(reading.value)
    if source == "portal" and chance.random() < 0.01 and reading.value > 1_000_000:
        mistaken = cubic_metres(reading.value // 10_000 * 1_000)
        sheets.readings.write(f"{identifier}-R,{meter.id},{taken_on},{mistaken},,portal,refused,{REFUSAL}")
    sheets.readings.write(f"{identifier},{meter.id},{taken_on},{value},{consumption},{source},accepted,")


def _maintenance(contract: Contract, month: Month) -> list[Accrual]:
    kinds = (SERVICE, EMERGENCY) if contract.house else (SERVICE,)
    return [Accrual(kind, monthly_fee(month, kind, house=contract.house)) for kind in kinds]


def _until_a_real_debt(habit: Habit, accruals: list[list[Accrual]]) -> list[Habit]:
    """Return who pays in each month so that the last bills stay unpaid, as few as make `REAL_DEBT`."""
    unpaid = 1
    while unpaid < len(accruals) and sum(accrual.cost for bill in accruals[-unpaid:] for accrual in bill) < REAL_DEBT:
        unpaid += 1
    # A bill is paid in the month after it.
    return [habit] * (len(accruals) - unpaid + 1) + [nothing] * (unpaid - 1)


def _write_division(
    sheets: Sheets,
    contract: Contract,
    division: str,
    accruals: list[list[Accrual]],
    habits: list[Habit],
    time: Calendar,
    chance: Random,
) -> None:
    """Write a division's charges and payments: nothing is paid in the month before, nothing charged in the open one."""
    ledger = Ledger()
    ledger.post(accruals[0], 0, nothing, chance)
    for month, habit, bill in zip(time.charged, habits[1:], accruals[1:], strict=True):
        noted = contract.leaves_bill and division == GAS and month == time.charged[-1]
        recalculation = -(bill[0].cost // 50) if noted or chance.random() < 0.01 else 0
        paid, lines = ledger.post(bill, recalculation, habit, chance)
        for line in worth_a_line(lines):
            _write_charge(sheets, f"{contract.number},{iso_month(month)},{division}", line)
        _write_payments(sheets, contract, division, month, paid, time, chance)
    if contract.early:
        _write_payments(sheets, contract, division, time.open, habits[-1](ledger.debt, 0, chance), time, chance)


def _write_charge(sheets: Sheets, place: str, line: Line) -> None:
    accrual = line.accrual
    volume = tariff = ""
    if accrual.volume is not None and accrual.tariff is not None:
        volume, tariff = cubic_metres(accrual.volume), roubles_per_cubic_metre(accrual.tariff)
    sheets.charges.write(
        f"{place},{accrual.kind},{roubles(line.opening)},{volume},{tariff},{roubles(accrual.cost)},"
        f"{roubles(line.recalculation)},{roubles(line.penalty)},{roubles(line.paid)},{roubles(line.closing)}"
    )


def _write_payments(
    sheets: Sheets, contract: Contract, division: str, month: Month, paid: int, time: Calendar, chance: Random
) -> None:
    """Write what was paid in a month as one payment, seldom as two."""
    parts = [paid // 200 * 100, paid - paid // 200 * 100] if paid > 20_000 and chance.random() < 0.05 else [paid]
    for part in parts:
        if part:
            # The open month may have begun today.
            day = 1 if month == time.open else 1 + int(chance.random() * chance.random() * 28)
            sheets.payments.write(
                f"P{month}-{sheets.payments.rows + 1:07},{contract.number},{division},{iso_month(month)},"
                f"{time.day(month, day)},{roubles(part)},{chance.choice(CHANNELS)}"
            )
