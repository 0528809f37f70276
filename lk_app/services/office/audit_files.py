"""The audit log as a file: CSV as Russian Excel opens it, and XLSX. Written row by row, so that memory stays flat.

No cell of either is ever a formula, whatever somebody has written into the log.
"""

import csv
from collections.abc import Iterable
from datetime import date, datetime
from io import TextIOWrapper
from typing import IO

from xlsxwriter import Workbook

from lk_app.formats import NBSP
from lk_app.services.office.audit_log import Entry
from lk_app.services.office.audit_words import words_of
from lk_app.services.payments.files import BOM, FORMULA_STARTS, HEAD_COLOUR
from lk_app.settings import settings

TITLE = "Журнал действий сотрудников"
MOMENT = "dd.mm.yyyy hh:mm:ss"
HEADS = (
    ("Когда", 20),
    ("Кто", 20),
    ("Имя", 24),
    ("Действие", 34),
    ("О чём", 26),
    ("Подробности", 60),
    ("Откуда", 18),
)
"""The columns, with their width in letters."""


def write_csv(entries: Iterable[Entry], file: IO[bytes]) -> None:
    """Write rows as UTF-8 with semicolons."""
    text = TextIOWrapper(file, "utf-8", newline="")
    text.write(BOM)
    table = csv.writer(text, delimiter=";", lineterminator="\r\n")
    table.writerow(head for head, _ in HEADS)
    for entry in entries:
        table.writerow([f"{_at(entry):%d.%m.%Y %H:%M:%S}", *map(_harmless, _texts(entry))])
    text.detach()


def write_xlsx(entries: Iterable[Entry], file: IO[bytes]) -> None:
    """Write rows as a workbook with real moments."""
    with Workbook(file, {"constant_memory": True}) as workbook:
        workbook.set_properties({"title": TITLE, "author": settings().company_name})
        sheet = workbook.add_worksheet("Журнал")
        bold = workbook.add_format({"bold": True, "bg_color": HEAD_COLOUR, "bottom": 1})
        moment = workbook.add_format({"num_format": MOMENT})
        # Whoever edits the cell later still edits text.
        quoted = workbook.add_format({"quote_prefix": True})
        sheet.freeze_panes(1, 0)
        for column, (head, width) in enumerate(HEADS):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, head, bold)
        for row, entry in enumerate(entries, start=1):
            sheet.write_datetime(row, 0, _at(entry), moment)
            for column, text in enumerate(_texts(entry), start=1):
                sheet.write_string(row, column, text, quoted)


WRITERS = {"csv": write_csv, "xlsx": write_xlsx}
MEDIA_TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def file_name(kind: str, today: date) -> str:
    """Return what a file of a kind is called."""
    return f"{TITLE}, {today}.{kind}"


def _at(entry: Entry) -> datetime:
    """Return the moment by the company's clock, as spreadsheets take it: without a zone and parts of a second."""
    return entry.at.astimezone(settings().zone).replace(tzinfo=None, microsecond=0)


def _texts(entry: Entry) -> tuple[str, ...]:
    words = words_of(entry)
    texts = (words.who, words.name, words.action, words.subject, words.detail, words.address)
    return tuple(text.replace(NBSP, " ") for text in texts)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
