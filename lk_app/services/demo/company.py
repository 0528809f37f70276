"""What is fixed about the demo company, so that scripts and people can rely on it (README, «Demo company»)."""

from dataclasses import dataclass

from lk_app.models import Role
from lk_app.models.values import Month, Tariff, Volume

USER_NAME = "Мария Иванова"
USER_PASSWORD = "gaz2026demo"  # noqa: S105 - the README and the demo's banner print it
USER_ACCOUNTS = ("66010000017", "66010000025")

STAFF = (
    ("operator", "Ольга Ветрова", Role.OPERATOR),
    ("admin", "Андрей Громов", Role.ADMINISTRATOR),
)
"""Login, name and role of the members of the staff, who sign in without a code."""
STAFF_PASSWORD = "office2026demo"  # noqa: S105 - the README and the office's sign-in page print it

GAS = "gas"
MAINTENANCE = "vdgo"

BY_METER = "Газ по счётчику"
BY_NORM = "Газ по нормативу"
SERVICE = "Техническое обслуживание ВДГО"
EMERGENCY = "Аварийно-диспетчерское обслуживание"

DIVISIONS = (
    'gas,Природный газ,Поставка газа для бытовых нужд,1,"ООО «Демогаз»",6600000010,660001001,40702810300000000017,'
    "АО «Демобанк»,046577904,30101810500000000904",
    'vdgo,ВДГО,Обслуживание внутридомового газового оборудования,2,"ООО «Демогаз-Сервис»",6600000028,660001001,'
    "40702810800000000025,АО «Демобанк»,046577904,30101810500000000904",
)
"""Rows of `divisions.csv`."""

OFFICES = (
    '01,Центральная абонентская служба,"г. Верхнелесск, ул. Заводская, 12",+7 (34300) 2-10-10|+7 (34300) 2-10-11,'
    '"1-4 08:00-12:00,13:00-17:00; 5 08:00-16:00","Автобусы 1 и 4 до остановки «Горгаз», вход со двора"',
    '02,Абонентский участок «Заречный»,"г. Верхнелесск, ул. Мостовая, 3",+7 (34300) 2-10-20,'
    '"1-5 09:00-13:00,14:00-18:00","Трамвай 2 до остановки «Мост», первый этаж жилого дома"',
    '03,Абонентский участок «Северный»,"г. Верхнелесск, пр. Строителей, 41",+7 (34300) 2-10-30,'
    '"1-5 08:00-17:00; 6 09:00-13:00",Отдельный вход справа от аптеки',
    '04,Абонентский участок посёлка Ключевой,"п. Ключевой, ул. Садовая, 1",+7 (34300) 3-15-05,'
    '"2 09:00-13:00,14:00-17:00; 4 09:00-13:00,14:00-17:00","В здании администрации, кабинет 5"',
    '05,Служба заключения договоров и ВДГО,"г. Верхнелесск, ул. Заводская, 14",+7 (34300) 2-10-50|+7 (34300) 2-10-51,'
    "1-5 08:00-16:00,Соседнее здание с центральной абонентской службой",
)
"""Rows of `offices.csv`."""


@dataclass(frozen=True)
class Street:
    """A street and the office that serves it."""

    name: str
    office: str


STREETS = tuple(
    Street(f"{town}, {name}", office)
    for town, office, names in (
        ("г. Верхнелесск", "01", ("ул. Заводская", "ул. Кленовая", "ул. Вокзальная", "пер. Тихий", "ул. Почтовая")),
        ("г. Верхнелесск", "02", ("ул. Мостовая", "ул. Набережная", "ул. Лодочная", "ул. Рябиновая")),
        ("г. Верхнелесск", "03", ("пр. Строителей", "ул. Геологов", "ул. Полярная", "б-р Северный")),
        ("п. Ключевой", "04", ("ул. Садовая", "ул. Родниковая", "ул. Луговая", "пер. Овражный")),
    )
    for name in names
)


def account_number(index: int) -> str:
    """Return the number of the account with this index: 66010000017, 66010000025, 66010000033 …"""
    return str(66010000017 + 8 * index)


def account_phone(index: int) -> str:
    """Return the phone in the contract of this account; the first two are of one holder."""
    return str(9120000001 + (index if index > 1 else 0))


def gas_tariff(month: Month, *, heating: bool) -> Tariff:
    """Return the price of gas, which grows by 7.5 % each July, in kopecks per 1,000 m³."""
    rises = max(0, month // 100 - 2020 - (month % 100 < 7))
    base = 570_000 if heating else 645_000
    return Tariff(base * 1075**rises // 1000**rises)


def gas_steps(month: Month, *, heating: bool) -> tuple[tuple[Volume, Tariff], ...]:
    """Return above which volume a year gas has which price: a household burns less than the second step begins at."""
    price = gas_tariff(month, heating=heating)
    return (Volume(0), price), (Volume(12_000_000 if heating else 3_000_000), Tariff(price * 13 // 10))


def monthly_fee(month: Month, kind: str, *, house: bool) -> int:
    """Return the fee of a maintenance kind, which grows by 6 % of the first one each January, in kopecks."""
    base = {SERVICE: 6240 if house else 3870, EMERGENCY: 2115}[kind]
    return base + base * 6 * (month // 100 - 2024) // 100
