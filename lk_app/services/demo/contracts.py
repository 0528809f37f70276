"""Invented households with a contract: who they are, where they live, what they own and how they pay."""

from dataclasses import dataclass
from random import Random

from lk_app.services.demo import payers
from lk_app.services.demo.company import STREETS, Street, account_number, account_phone
from lk_app.services.demo.consumption import Household, Meter
from lk_app.services.demo.people import OWNER, Person, invent_person

MODELS = ("ВК-G4", "СГМ-4", "Гранд-4", "NPM-G4", "СГБ G4-1")
BOILERS = ("Котёл газовый напольный", "Котёл газовый настенный")


@dataclass
class Contract:
    """A household and all that its rows are made of."""

    number: str
    phone: str
    holder: Person
    street: Street
    address: str
    house: bool
    opened_on: str
    household: Household
    equipment: list[str]
    pays_gas: payers.Habit
    pays_maintenance: payers.Habit
    early: bool
    """Whether the last bill is paid as soon as it is there."""
    leaves_bill: bool = False
    """Whether the last months' gas stays unpaid, until it is a real debt."""


def invent_contract(index: int, months: int, chance: Random) -> Contract:
    """Return the contract with this index; the first four are those of the README."""
    house = chance.random() < 0.45
    number = account_number(index)
    street = chance.choice(STREETS)
    address = f"{street.name}, д. {1 + int(chance.random() * 90)}"
    contract = Contract(
        number=number,
        phone="" if index > 3 and chance.random() < 0.05 else account_phone(index),
        holder=invent_person(chance),
        street=street,
        address=address if house else f"{address}, кв. {1 + int(chance.random() * 120)}",
        house=house,
        opened_on=f"{2004 + int(chance.random() * 15)}-{1 + int(chance.random() * 12):02}-15",
        household=Household(
            area=(5_200 if house else 3_100) + int(chance.random() * 50) * 110,
            residents=1 + int(chance.random() * chance.random() * 5),
            heating=house and chance.random() < 0.9,
        ),
        equipment=["Плита газовая 4-конфорочная"],
        pays_gas=payers.invent_habit(chance),
        pays_maintenance=payers.invent_habit(chance),
        early=chance.random() < 0.6,
    )
    if index == 0:
        _be_the_house_that_owes(contract)
    elif index == 1:
        _be_the_flat_that_owes_nothing(contract)
    if contract.household.heating:
        contract.equipment.append(chance.choice(BOILERS))
    _put_in_meters(contract, index, months, chance)
    return contract


def _be_the_house_that_owes(contract: Contract) -> None:
    contract.holder = OWNER
    contract.street = STREETS[1]
    contract.address = f"{contract.street.name}, д. 17"
    contract.house = True
    contract.household = Household(area=9_640, residents=3, heating=True)
    contract.pays_gas = payers.in_time
    contract.pays_maintenance = payers.in_advance
    contract.early = False
    contract.leaves_bill = True


def _be_the_flat_that_owes_nothing(contract: Contract) -> None:
    contract.holder = OWNER
    contract.street = STREETS[9]
    contract.address = f"{contract.street.name}, д. 41, кв. 58"
    contract.house = False
    contract.household = Household(area=5_430, residents=2, heating=False)
    contract.pays_gas = contract.pays_maintenance = payers.in_time
    contract.early = True


def _put_in_meters(contract: Contract, index: int, months: int, chance: Random) -> None:
    """Give the household its meters; some have none, a faulty one, or one that replaced another."""
    place = "котельная" if contract.household.heating else "кухня"
    if index < 4:
        _put_in(contract, place, chance)
        if index == 0:
            kitchen = _put_in(contract, "летняя кухня", chance)
            kitchen.state, kitchen.last, kitchen.kitchen_only = "faulty", max(0, months - 5), True
            contract.equipment.append("Плита газовая 2-конфорочная")
        return
    dice = chance.random()
    if dice < 0.08:
        return
    meter = _put_in(contract, place, chance)
    if dice < 0.12:
        meter.state, meter.last = "faulty", int(chance.random() * months)
    elif dice < 0.15:
        meter.state, meter.last = "removed", int(chance.random() * months)
        _put_in(contract, place, chance).first = meter.last + 1
    elif dice > 0.92:
        meter.remote, meter.model = True, "СГ-Смарт G4"


def _put_in(contract: Contract, place: str, chance: Random) -> Meter:
    meters = contract.household.meters
    digits = chance.choice((5, 5, 5, 6))
    near_its_end = chance.random() < 0.01
    meter = Meter(
        id=f"M{contract.number}-{len(meters) + 1}",
        serial=str(10_000_000 + int(chance.random() * 89_999_999)),
        model=chance.choice(MODELS),
        place=place,
        digits=digits,
        decimals=chance.choice((0, 0, 0, 2, 3)),
        value=10**digits * 1000 - 30_000 if near_its_end else int(chance.random() * 9_000) * 1000,
        installed_on=f"{2015 + int(chance.random() * 9)}-{1 + int(chance.random() * 12):02}-20",
    )
    meters.append(meter)
    return meter
