"""From the bytes of a file to parsed columns, a block at a time, with every bad cell noted."""

import codecs
import csv
import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from lk_app.services.exchange.issues import BadRow, BadValue, Issues
from lk_app.services.exchange.package import BROKEN_ARCHIVE, FileEntry
from lk_app.services.exchange.shapes import File
from lk_app.services.exchange.values import Value

BLOCK = 256 * 1024
"""Bytes read at once; also the longest line."""


@dataclass(frozen=True)
class Block:
    """Some consecutive rows of a file, by columns; a cell that was bad is None."""

    first_line: int
    columns: Sequence[Sequence[Value]]

    @property
    def rows(self) -> int:
        return len(self.columns[0])


def read_blocks(file: File, entry: FileEntry, stream: IO[bytes], issues: Issues) -> Iterator[Block]:
    """Yield the rows of a file, noting whatever is wrong with its cells, header, size or digest."""
    digest = hashlib.sha256()
    line = 1
    try:
        for lines in lines_of(stream, digest):
            if line == 1 and not _header_is_right(file, lines.pop(0), issues):
                return
            first_line, line = max(line, 2), max(line, 2) + len(lines)
            if line - 2 > entry.rows:
                issues.add(file.name, 0, "", f"строк больше, чем указано в manifest.json ({entry.rows})")
                return
            if lines:
                yield Block(first_line, _parse(file, first_line, lines, issues))
    except Unreadable as error:
        issues.add(file.name, 0, "", str(error))
        return
    if line == 1:
        issues.add(file.name, 1, "", "файл пуст: ожидается строка с именами столбцов")
    elif line - 2 < entry.rows:
        issues.add(file.name, 0, "", f"строк {line - 2}, а в manifest.json указано {entry.rows}")
    if digest.hexdigest() != entry.sha256:
        issues.add(file.name, 0, "", "файл изменён или повреждён: SHA-256 не совпадает с manifest.json")


class Unreadable(Exception):
    """The file cannot be read to its end; the message is the Russian reason."""


def lines_of(stream: IO[bytes], digest: "hashlib._Hash", encoding: str = "utf-8") -> Iterator[list[str]]:
    """Yield the lines of a file, some at a time, and let the digest have its bytes; raises `Unreadable`."""
    rest = b""
    first = True
    while block := _read(stream):
        digest.update(block)
        if first:
            block = block.removeprefix(codecs.BOM_UTF8)
            first = False
        whole, line_break, rest = (rest + block).rpartition(b"\n")
        if line_break:
            yield _decode(whole, encoding)
        elif len(rest) > BLOCK:
            raise Unreadable(f"строка длиннее {BLOCK} байт")
    if rest:
        yield _decode(rest, encoding)


def _read(stream: IO[bytes]) -> bytes:
    try:
        return stream.read(BLOCK)
    except (OSError, *BROKEN_ARCHIVE):
        raise Unreadable("файл не читается: архив или диск повреждён") from None


def _decode(content: bytes, encoding: str) -> list[str]:
    # Bytes that the encoding has not become surrogates, which no parser accepts: so the fault has a line and a column.
    return content.replace(b"\r\n", b"\n").removesuffix(b"\r").decode(encoding, "surrogateescape").split("\n")


def _header_is_right(file: File, line: str, issues: Issues) -> bool:
    try:
        header = _cells(line)
    except BadValue as error:
        issues.add(file.name, 1, "", str(error))
        return False
    if header == file.header:
        return True
    for name in file.header:
        if name not in header:
            issues.add(file.name, 1, name, "нет столбца")
    if any(name not in file.header for name in header) or len(header) > len(set(header)):
        issues.add(file.name, 1, "", "есть лишние столбцы")
    if sorted(header) == sorted(file.header):
        issues.add(file.name, 1, "", f"порядок столбцов другой, ожидается {','.join(file.header)}")
    return False


def _parse(file: File, first_line: int, lines: list[str], issues: Issues) -> list[list[Value]]:
    try:
        return _parse_by_columns(file, lines)
    except (BadValue, BadRow):
        rows = [_parse_row(file, line, text, issues) for line, text in enumerate(lines, first_line)]
        return [list(column) for column in zip(*rows, strict=True)]


def _parse_by_columns(file: File, lines: list[str]) -> list[list[Value]]:
    """Parse rows that are most likely right, several times as fast as one by one."""
    cells_of_columns = zip(file.columns, _split(lines, len(file.columns)), strict=True)
    columns = [list(map(column.parse, cells)) for column, cells in cells_of_columns]
    if file.check:
        deque(map(file.check, *columns), maxlen=0)
    return columns


def _split(lines: list[str], width: int) -> Sequence[Sequence[str]]:
    """Return the cells of some rows by columns; raises `BadValue` when not every row has `width` of them."""
    text = ",".join(lines)
    if '"' in text:
        rows = [_cells(line) for line in lines]
        if set(map(len, rows)) != {width}:
            raise BadValue
        return list(zip(*rows, strict=True))
    if {line.count(",") for line in lines} != {width - 1}:
        raise BadValue
    # One list of cells instead of one a row: the garbage collector would look at every list.
    cells = text.split(",")
    return [cells[place::width] for place in range(width)]


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True)) if line else [""]
    except csv.Error:
        raise BadValue("кавычки в строке расставлены неверно") from None


def _parse_row(file: File, line: int, text: str, issues: Issues) -> list[Value]:
    row: list[Value] = [None] * len(file.columns)
    before = issues.total
    try:
        cells = _cells(text)
    except BadValue as error:
        issues.add(file.name, line, "", str(error))
        return [_readable_key(file, text), *row[1:]]
    if len(cells) != len(file.columns):
        issues.add(file.name, line, "", f"ячеек {len(cells)}, а столбцов {len(file.columns)}")
        return [_readable_key(file, text), *row[1:]]
    for place, (column, cell) in enumerate(zip(file.columns, cells, strict=True)):
        try:
            row[place] = column.parse(cell)
        except BadValue as error:
            issues.add(file.name, line, column.name, str(error))
    if file.check and issues.total == before:
        try:
            file.check(*row)
        except BadRow as error:
            issues.add(file.name, line, error.column, error.reason)
    return row


def _readable_key(file: File, text: str) -> Value:
    """Return the first cell if it can be told, so that rows that refer to a broken one are not blamed for it."""
    try:
        return file.columns[0].parse(text.partition(",")[0])
    except BadValue:
        return None
