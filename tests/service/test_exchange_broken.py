"""Whatever is broken in a package, its line is named and nothing is loaded.

Each property holds on an empty database, where a package stands alone, and on one that has older values of the same
rows, where every reference is known anyway.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from lk_app.services.exchange.files import BY_NAME, File
from lk_app.services.exchange.issues import BadRow, BadValue
from tests.exchange_fixtures import (
    Rows,
    everything,
    load,
    refusal,
    sample,
    store_ours,
    text_of,
    write_files,
    write_package,
)

EXAMPLES = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
NASTY = [
    "",
    " ",
    "0",
    "-1",
    "1.5",
    "1,5",
    "абв",
    "x" * 2_000,
    "\x00",
    "a\x07b",
    "\udcff",
    "2026-02-30",
    "NaN",
    "٣",
    "'",
    "=1",
]


@pytest.fixture(params=["empty", "loaded"])
def before(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path):
    """The content of a database: nothing but what is ours, or older values of the same rows."""
    store_ours(engine)
    if request.param == "loaded":
        older = sample()
        for row in older["offices.csv"][1:]:
            row[1] = "Прежнее название"
        load(engine, write_package(tmp_path / "older", older))
    return everything(engine)


def assert_refused(engine: Engine, before, files: dict[str, bytes], places: set[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        refused = refusal(engine, write_files(Path(folder), files))
    assert {(issue.file, issue.line) for issue in refused.issues} == places
    assert refused.total == len(refused.issues)
    assert everything(engine) == before


def bytes_of(rows: Rows) -> dict[str, bytes]:
    return {name: text_of(lines) for name, lines in rows.items()}


@dataclass(frozen=True)
class Place:
    """A cell of the sample."""

    file: str
    row: int
    column: int


def places() -> st.SearchStrategy[Place]:
    rows = sample()
    cells = [
        Place(name, row, column)
        for name, lines in rows.items()
        for row in range(1, len(lines))
        for column in range(len(lines[0]))
    ]
    return st.sampled_from(cells)


def breaks(file: File, cells: list[str]) -> bool:
    """Whether the row by itself is not what its file wants, by the definitions that the documentation lists."""
    try:
        row = [column.parse(cell) for column, cell in zip(file.columns, cells, strict=True)]
        if file.check:
            file.check(*row)
    except (BadValue, BadRow):
        return True
    return False


def test_the_sample_itself_is_sound_and_changes_every_table_it_should(engine, before, tmp_path):
    load(engine, write_package(tmp_path / "sound", sample()))

    after = everything(engine)
    assert after != before
    assert all(after[target.table.name] for file in BY_NAME.values() for target in file.targets)


@EXAMPLES
@given(
    place=places(),
    cell=st.one_of(st.sampled_from(NASTY), st.text(st.characters(codec="utf-8", exclude_characters="\r\n"))),
)
def test_a_bad_cell_is_named(engine, before, place, cell):
    rows = sample()
    rows[place.file][place.row][place.column] = cell
    if breaks(BY_NAME[place.file], rows[place.file][place.row]):
        assert_refused(engine, before, bytes_of(rows), {(place.file, place.row + 1)})


def test_every_column_of_a_row_is_checked(engine, before, tmp_path):
    rows = sample()
    for lines in rows.values():
        lines[1] = ["\x00"] * len(lines[1])

    refused = refusal(engine, write_package(tmp_path / "package", rows))

    named = {(issue.file, issue.line, issue.column) for issue in refused.issues}
    assert named == {(name, 2, column) for name, file in BY_NAME.items() for column in file.header}
    assert everything(engine) == before


@EXAMPLES
@given(place=places(), data=st.data())
def test_every_column_refuses_something(engine, before, place, data):
    rows = sample()
    file = BY_NAME[place.file]
    row = rows[place.file][place.row]
    bad = [cell for cell in NASTY if breaks(file, [*row[: place.column], cell, *row[place.column + 1 :]])]
    row[place.column] = data.draw(st.sampled_from(bad))

    assert_refused(engine, before, bytes_of(rows), {(place.file, place.row + 1)})


@EXAMPLES
@given(chosen=st.lists(places(), min_size=2, max_size=6))
def test_all_bad_rows_are_named_at_once(engine, before, chosen):
    rows = sample()
    for place in chosen:
        rows[place.file][place.row][place.column] = "\x00"

    assert_refused(engine, before, bytes_of(rows), {(place.file, place.row + 1) for place in chosen})


@EXAMPLES
@given(place=places(), extra=st.booleans())
def test_a_row_with_a_cell_too_few_or_too_many_is_named(engine, before, place, extra):
    rows = sample()
    if extra:
        rows[place.file][place.row].append("x")
    else:
        del rows[place.file][place.row][-1]

    assert_refused(engine, before, bytes_of(rows), {(place.file, place.row + 1)})


@EXAMPLES
@given(place=places(), text=st.sampled_from([b'"', b'"unclosed,', b'a"b"c,"', b"\xff\xfe", b"", b",,,,,"]))
def test_a_line_that_is_no_row_is_named(engine, before, place, text):
    files = bytes_of(sample())
    lines = files[place.file].split(b"\n")
    lines[place.row] = text
    files[place.file] = b"\n".join(lines)

    # The row that stood there is missed by nobody but those who refer to it.
    with tempfile.TemporaryDirectory() as folder:
        refused = refusal(engine, write_files(Path(folder), files))
    assert {(place.file, place.row + 1)} == {(issue.file, issue.line) for issue in refused.issues}
    assert everything(engine) == before


@EXAMPLES
@given(place=places())
def test_a_key_met_before_is_named(engine, before, place):
    rows = sample()
    rows[place.file].append(rows[place.file][place.row])

    assert_refused(engine, before, bytes_of(rows), {(place.file, len(rows[place.file]))})


REFERENCES = [(file.name, column.name) for file in BY_NAME.values() for column in file.columns if column.refers_to]
UNKNOWN = {"accounts.csv": "99999999999", "offices.csv": "нет", "divisions.csv": "нет", "periods.csv": "2031-01"}


@EXAMPLES
@given(reference=st.sampled_from(REFERENCES), number=st.integers(0, 10_000))
def test_a_reference_to_nothing_is_named(engine, before, reference, number):
    rows = sample()
    name, column_name = reference
    column = next(column for column in BY_NAME[name].columns if column.name == column_name)
    row = 1 + number % (len(rows[name]) - 1)
    rows[name][row][BY_NAME[name].header.index(column_name)] = UNKNOWN.get(column.refers_to, "нет")

    with tempfile.TemporaryDirectory() as folder:
        refused = refusal(engine, write_package(Path(folder), rows))
    assert [(issue.file, issue.line, issue.column) for issue in refused.issues] == [(name, row + 1, column_name)]
    assert everything(engine) == before


@pytest.mark.parametrize("spoil", [lambda row: row.append("x"), lambda row: row.__setitem__(4, "\x00")])
def test_a_broken_row_hides_no_reference_to_nothing(engine, before, tmp_path, spoil):
    rows = sample()
    spoil(rows["accounts.csv"][1])
    rows["meters.csv"][3][1] = UNKNOWN["accounts.csv"]

    refused = refusal(engine, write_package(tmp_path / "package", rows))

    assert {(issue.file, issue.line) for issue in refused.issues} == {("accounts.csv", 2), ("meters.csv", 4)}
    assert everything(engine) == before


@EXAMPLES
@given(number=st.integers(0, 10_000), kopecks=st.sampled_from([-1, 1]), data=st.data())
def test_a_sum_that_does_not_add_up_is_named(engine, before, number, kopecks, data):
    rows = sample()
    charges = rows["charges.csv"]
    row = 1 + number % (len(charges) - 1)
    name = data.draw(st.sampled_from(["opening", "accrued", "recalculation", "penalty", "paid", "closing"]))
    place = BY_NAME["charges.csv"].header.index(name)
    changed = int(charges[row][place].replace(".", "")) + kopecks
    charges[row][place] = f"{'-' if changed < 0 else ''}{abs(changed) // 100}.{abs(changed) % 100:02}"

    with tempfile.TemporaryDirectory() as folder:
        refused = refusal(engine, write_package(Path(folder), rows))
    assert [(issue.file, issue.line, issue.column) for issue in refused.issues] == [("charges.csv", row + 1, "closing")]
    assert "ожидалось" in refused.issues[0].reason
    assert everything(engine) == before


@EXAMPLES
@given(
    name=st.sampled_from(sorted(BY_NAME)), number=st.integers(0, 20), change=st.sampled_from(["drop", "rename", "swap"])
)
def test_a_header_that_is_not_the_files_is_named(engine, before, name, number, change):
    rows = sample()
    header = rows[name][0]
    place = number % (len(header) - 1)
    if change == "drop":
        for row in rows[name]:
            del row[place]
    elif change == "rename":
        header[place] += "_"
    else:
        header[place], header[place + 1] = header[place + 1], header[place]

    assert_refused(engine, before, bytes_of(rows), {(name, 1)})
