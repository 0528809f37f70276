"""From the bytes of a registry to rows of payments, a block at a time, with whatever is wrong noted."""

import csv
import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import IO

from lk_app.services.exchange.issues import BadValue, Issues
from lk_app.services.exchange.registries.profile import Profile
from lk_app.services.exchange.rows import Block, Unreadable, lines_of
from lk_app.services.exchange.sheets import roubles
from lk_app.services.exchange.values import Parser, Value, code, digits, remembering

MonthOf = Callable[[str], int]
"""The month in which a payment of a day counts; raises BadValue."""

NO_TOTALS = "нет итоговой строки: файл передан не целиком"
WIDTH = 7
"""Cells of a row of `payments.csv`."""


class Lines:
    """One registry being read: blocks of rows as `payments.csv` has them, and what the registry says of them."""

    def __init__(self, profile: Profile, name: str, month_of: MonthOf, issues: Issues) -> None:
        self._profile = profile
        self._name = name
        self._issues = issues
        self._account = digits(11)
        self._code = code(40)
        self._amount = remembering(_amount_of(profile.decimal))
        self._day = remembering(_day_of(profile.date))
        self._month_of = remembering(month_of)
        self._places: dict[str, int] | None = None
        self._names_awaited = profile.names
        self._totals: tuple[int, list[str]] | None = None
        self._rows = 0
        self._sum = 0
        if not profile.names:
            self._find_columns([])

    def blocks(self, stream: IO[bytes]) -> Iterator[Block]:
        """Yield the rows; at the end the totals are compared."""
        line = 0
        try:
            for texts in lines_of(stream, hashlib.sha256(), self._profile.encoding):
                yield from _consecutive(self._row(line + at, text) for at, text in enumerate(texts, 1))
                line += len(texts)
                if self._places is None and not self._names_awaited:
                    return
        except Unreadable as error:
            self._note(0, "", str(error))
            return
        self._compare_totals()

    def _row(self, line: int, text: str) -> tuple[int, list[Value] | None]:
        """Return the row of a line, or none if the line is none."""
        profile = self._profile
        if line <= profile.skip_first or not text.strip() or text.startswith(profile.skip_starting or ("\n",)):
            return line, None
        try:
            cells = self._cells(text)
        except BadValue as error:
            self._note(line, "", str(error))
            return line, [None] * WIDTH
        if profile.totals and text.startswith(profile.totals.starting):
            self._take_totals(line, [cells[0].removeprefix(profile.totals.starting), *cells[1:]])
            return line, None
        if self._names_awaited:
            self._names_awaited = False
            self._find_columns([cell.strip() for cell in cells], line)
            return line, None
        if self._places is None:
            return line, None
        if profile.totals and self._totals and profile.totals.line == "last":
            self._note(line, "", "строка после итоговой")
        self._rows += 1
        return line, self._payment(line, cells)

    def _cells(self, text: str) -> list[str]:
        profile = self._profile
        if not profile.quotes:
            return text.split(profile.separator)
        try:
            return next(csv.reader([text], delimiter=profile.separator, quotechar=profile.quotes, strict=True))
        except csv.Error:
            raise BadValue("кавычки в строке расставлены неверно") from None

    def _find_columns(self, names: list[str], line: int = 1) -> None:
        """Find where each column stands, by its number or by its name in the line of names."""
        places: dict[str, int] = {}
        for column, place in self._profile.columns:
            if isinstance(place, int):
                places[column] = place - 1
            elif place in names:
                places[column] = names.index(place)
            elif place is not None:
                self._note(line, place, "нет столбца с таким именем")
                return
        self._places = places

    def _payment(self, line: int, cells: list[str]) -> list[Value]:
        """Return a line as a row of `payments.csv`; what was bad is None."""
        found: dict[str, Value] = {}
        parsers: dict[str, Parser] = {
            "account": self._account,
            "date": self._day,
            "amount": self._amount,
            "division": self._division,
            "number": str,
        }
        assert self._places is not None
        for column, place in self._places.items():
            label = str(getattr(self._profile.columns, column))
            if place >= len(cells):
                self._note(line, label, f"в строке только {len(cells)} ячеек")
                return [None] * WIDTH
            try:
                found[column] = parsers[column](cells[place].strip())
            except BadValue as error:
                self._note(line, label, str(error))
        if self._profile.division:
            found["division"] = self._profile.division
        if len(found) < len(parsers):
            return [None] * WIDTH
        self._sum += int(found["amount"] or 0)
        try:
            month, name = self._month_of(str(found["date"])), self._name_of(found)
        except BadValue as error:
            self._note(line, "", str(error))
            return [None] * WIDTH
        return [
            name,
            found["account"],
            found["division"],
            month,
            found["date"],
            found["amount"],
            self._profile.channel.value,
        ]

    def _name_of(self, found: dict[str, Value]) -> Value:
        """Return what a payment is called here; raises BadValue."""
        parts = found | {"date": str(found["date"]).replace("-", "")}
        try:
            return self._code(self._profile.id.format_map(parts) if found["number"] else "")
        except BadValue:
            raise BadValue("из номера платежа не получается код до 40 знаков: буквы, цифры, знаки _ . : / -") from None

    def _division(self, cell: str) -> Value:
        try:
            return self._profile.divisions[cell]
        except KeyError:
            raise BadValue("такого раздела нет в таблице divisions профиля") from None

    def _take_totals(self, line: int, cells: list[str]) -> None:
        assert self._profile.totals is not None
        if self._totals:
            self._note(line, "", f"вторая итоговая строка: первая — {self._totals[0]}")
        elif self._profile.totals.line == "first" and self._rows:
            self._note(line, "", "итоговая строка ожидается перед платежами")
        self._totals = self._totals or (line, cells)

    def _compare_totals(self) -> None:
        """Say where what the registry says of itself differs from what it holds."""
        totals = self._profile.totals
        if totals is None or self._names_awaited or self._places is None:
            if self._names_awaited:
                self._note(0, "", "нет строки с именами столбцов")
            return
        if self._totals is None:
            self._note(0, "", NO_TOTALS)
            return
        line, cells = self._totals
        counted, summed = _cell(cells, totals.count), _cell(cells, totals.sum)
        if counted is not None and (not counted.isdecimal() or int(counted[:18]) != self._rows):
            self._note(line, str(totals.count), f"число платежей не сходится: в файле их {self._rows}")
        # A sum without the bad rows can't be right.
        if summed is not None and not self._issues:
            try:
                is_right = self._amount(summed) == self._sum
            except BadValue:
                is_right = summed.strip("0.,") == "" and not self._sum
            if not is_right:
                self._note(line, str(totals.sum), f"сумма не сходится: платежи дают {roubles(self._sum)}")

    def _note(self, line: int, column: str, reason: str) -> None:
        self._issues.add(self._name, line, column, reason)


def _cell(cells: list[str], number: int | None) -> str | None:
    if number is None:
        return None
    return cells[number - 1].strip() if number <= len(cells) else ""


def _consecutive(rows: Iterator[tuple[int, list[Value] | None]]) -> Iterator[Block]:
    """Yield rows whose lines follow one another as blocks."""
    block: list[list[Value]] = []
    first = 0
    for line, row in rows:
        if row is not None:
            first = first if block else line
            block.append(row)
        elif block:
            yield Block(first, list(zip(*block, strict=True)))
            block = []
    if block:
        yield Block(first, list(zip(*block, strict=True)))


def _amount_of(decimal: str) -> Callable[[str], Value]:
    form = re.compile(rf"(0|[1-9]\d{{0,12}})(?:{re.escape(decimal)}(\d{{1,2}}))?", re.ASCII)

    def parse(text: str) -> int:
        found = form.fullmatch(text)
        kopecks = int(found[1] + (found[2] or "").ljust(2, "0")) if found else 0
        if not kopecks:
            raise BadValue(f"ожидается сумма в рублях больше нуля, например 652{decimal}73")
        return kopecks

    return parse


def _day_of(form: str) -> Callable[[str], Value]:
    def parse(text: str) -> str:
        try:
            day = datetime.strptime(text, form).date()
        except ValueError:
            day = date.min
        if not 1900 <= day.year < 2100:
            raise BadValue(f"ожидается дата, например {date(2026, 10, 31).strftime(form)}")
        return day.isoformat()

    return parse
