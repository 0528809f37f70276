"""Invented people: names that agree in gender, none of anybody in particular."""

from dataclasses import dataclass
from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SURNAMES = _words(
    "Алексеев Баранов Белов Борисов Васильев Виноградов Волков Воробьёв Гаврилов Голубев Громов Данилов Егоров Ершов "
    "Жуков Зайцев Иванов Калинин Киселёв Козлов Комаров Королёв Крылов Кузнецов Лебедев Макаров Медведев Морозов "
    "Никитин Орлов Павлов Петров Поляков Попов Романов Рябов Семёнов Сидоров Соколов Тарасов Титов Фёдоров Фомин "
    "Щербаков Яковлев"
)
MEN = _words(
    "Александр Алексей Андрей Борис Виктор Владимир Дмитрий Евгений Иван Михаил Николай Олег Павел Пётр Сергей"
)
WOMEN = _words(
    "Александра Анна Валентина Вера Галина Елена Ирина Любовь Людмила Мария Надежда Наталья Ольга Светлана Татьяна"
)
FATHERS = _words(
    "Александров Алексеев Андреев Борисов Викторов Владимиров Евгеньев Иванов Михайлов Николаев Петров Сергеев"
)


@dataclass(frozen=True)
class Person:
    last_name: str
    first_name: str
    middle_name: str


OWNER = Person("Иванова", "Мария", "Сергеевна")
"""Holds the accounts of the demo user."""


def invent_person(chance: Random) -> Person:
    """Return a person; every thousandth or so has no patronymic."""
    woman = chance.random() < 0.6
    surname, father = chance.choice(SURNAMES), chance.choice(FATHERS)
    first_name = chance.choice(WOMEN if woman else MEN)
    middle_name = "" if chance.random() < 0.001 else father + ("на" if woman else "ич")
    return Person(surname + "а" * woman, first_name, middle_name)
