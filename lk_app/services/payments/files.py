"""The history of payments as a file: XLSX, and CSV as Russian Excel opens it. No cell of either is ever a formula."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from xlsxwriter import Workbook

from lk_app import formats
from lk_app.models.values import Kopecks
from lk_app.services.payments.history import COUNTED, PaymentLine
from lk_app.services.payments.words import STATE_WORDS, local_time, way_words
from lk_app.settings import settings

TITLE = "История платежей"
TOTAL = "Оплачено всего, за вычетом возвратов"

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for a code page of Windows."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet may take for the beginning of a formula."""

HEAD_COLOUR = "#E3EFF0"
PAPER_A4 = 9

Cell = date | time | Decimal | str | None


@dataclass(frozen=True)
class Column:
    """A column of the files: its head, its width in letters, and how a spreadsheet shows what stands in it."""

    head: str
    width: int
    number_format: str = ""
    """Empty for text."""


COLUMNS = (
    Column("Дата", 12, "dd.mm.yyyy"),
    Column("Время", 10, "hh:mm"),
    Column("Раздел", 28),
    Column("Сумма, ₽", 14, "#,##0.00"),
    Column("Возвращено, ₽", 18, "#,##0.00"),
    Column("Способ оплаты", 26),
    Column("Состояние", 16),
    Column("Номер", 26),
)
AMOUNT = 3
"""Where the column of amounts stands."""


def as_xlsx(lines: Sequence[PaymentLine], account_number: str, now: datetime) -> bytes:
    """Return payments as a workbook with real dates and numbers; what was paid in all stands below them."""
    content = BytesIO()
    with Workbook(content, {"in_memory": True}) as workbook:
        workbook.set_properties(_properties(account_number, now))
        sheet = workbook.add_worksheet("Платежи")
        _write_heads(sheet, workbook.add_format({"bold": True, "bg_color": HEAD_COLOUR, "bottom": 1}))
        _write_lines(sheet, lines, [workbook.add_format(_shown(column)) for column in COLUMNS])
        _write_total(sheet, len(lines) + 2, paid(lines), workbook.add_format(_shown(COLUMNS[AMOUNT]) | {"bold": True}))
        sheet.autofilter(0, 0, max(1, len(lines)), len(COLUMNS) - 1)
        sheet.freeze_panes(1, 0)
        _prepare_for_paper(sheet, account_number)
    return content.getvalue()


def as_csv(lines: Iterable[PaymentLine]) -> bytes:
    """Return payments as UTF-8 with semicolons and decimal commas."""
    content = StringIO()
    table = csv.writer(content, delimiter=";", lineterminator="\r\n")
    table.writerow(column.head for column in COLUMNS)
    table.writerows([_as_text(cell) for cell in cells(line)] for line in lines)
    return (BOM + content.getvalue()).encode()


def cells(line: PaymentLine) -> tuple[Cell, ...]:
    """Return what stands in the columns about a payment."""
    return (
        line.day,
        local_time(line),
        line.division,
        _roubles(line.amount),
        _roubles(line.refunded) if line.refunded else None,
        way_words(line.channel, line.card).replace(formats.NBSP, " "),
        STATE_WORDS[line.state],
        line.order_number or line.payment_id or "",
    )


def paid(lines: Iterable[PaymentLine]) -> Kopecks:
    """Return what was paid in all, less what was given back."""
    return Kopecks(sum(line.amount - line.refunded for line in lines if line.state in COUNTED))


def _properties(account_number: str, now: datetime) -> dict[str, Any]:
    return {
        "title": TITLE,
        "subject": f"Лицевой счёт {account_number}",
        "author": settings().company_name,
        "company": settings().company_name,
        "comments": "Сформировано в личном кабинете потребителя газа",
        # The library takes a time without a zone for UTC.
        "created": now.astimezone(UTC).replace(tzinfo=None),
    }


def _write_heads(sheet: Any, bold: Any) -> None:
    for index, column in enumerate(COLUMNS):
        sheet.set_column(index, index, column.width)
        sheet.write_string(0, index, column.head, bold)


def _write_lines(sheet: Any, lines: Iterable[PaymentLine], shown: Sequence[Any]) -> None:
    for row, line in enumerate(lines, start=1):
        for column, cell in enumerate(cells(line)):
            match cell:
                case None:
                    continue
                case Decimal():
                    sheet.write_number(row, column, cell, shown[column])
                case date() | time():
                    sheet.write_datetime(row, column, cell, shown[column])
                case str():
                    sheet.write_string(row, column, cell, shown[column])


def _write_total(sheet: Any, row: int, total: Kopecks, bold: Any) -> None:
    """Write the total a row apart: whoever sorts or filters the table must not take it along."""
    sheet.write_string(row, 0, TOTAL, bold)
    sheet.write_number(row, AMOUNT, _roubles(total), bold)


def _prepare_for_paper(sheet: Any, account_number: str) -> None:
    sheet.set_paper(PAPER_A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&L{TITLE}, лицевой счёт {account_number}&RСтраница &P из &N")


def _shown(column: Column) -> dict[str, Any]:
    if column.number_format:
        return {"num_format": column.number_format}
    # Whoever edits the cell later still edits text.
    return {"quote_prefix": True}


def _as_text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return f"{cell:.2f}".replace(".", ",")
        case date():
            return f"{cell:%d.%m.%Y}"
        case time():
            return f"{cell:%H:%M}"
        case str():
            return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _roubles(amount: Kopecks) -> Decimal:
    return Decimal(amount).scaleb(-2)
