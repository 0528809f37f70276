"""`docs/security.md`: each item of the standard stands there once, and each file and test it names is there."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")

ITEMS = {
    **{"1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2},
    **{"2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1},
    **{"3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2},
    **{"4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4},
    **{"5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3},
    **{"6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4},
    **{"7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2},
    **{"8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1},
    **{"9.1": 3, "9.2": 4},
    **{"10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3},
    **{"11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1},
    **{"12.1": 3, "12.2": 2, "12.3": 4},
    **{"13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5},
    **{"14.1": 2, "14.2": 4, "14.3": 3},
    **{"15.1": 3, "15.2": 3, "15.3": 7},
    **{"16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3},
    **{"17.1": 1, "17.2": 4, "17.3": 2},
}
"""How many requirements of levels 1 and 2 each section of OWASP ASVS 5.0 has; they are the first ones of it."""
VERDICTS = {"met", "company", "not met", "n/a"}

ROW = re.compile(r"^\| ([\d., ]+) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
SOURCE = re.compile(r"`((?:\w+/)*\w+\.(?:py|caddy|yaml)|deploy/\w+)`")


def rows() -> list[tuple[list[str], list[str]]]:
    """The items of each row of the tables, and its cells after them."""
    return [(numbers.split(", "), cells.split(" | ")) for numbers, cells in ROW.findall(PAGE)]


def test_each_item_stands_there_once() -> None:
    wanted = [f"{section}.{number}" for section, last in ITEMS.items() for number in range(1, last + 1)]

    assert len(wanted) == 253
    assert Counter(number for numbers, _ in rows() for number in numbers) == Counter(wanted)


def test_each_has_a_verdict_and_a_reason_where_it_is_not_met() -> None:
    for numbers, cells in rows():
        assert len(cells) == 4, numbers
        assert cells[1] in VERDICTS, numbers
        assert cells[1] != "not met" or len(cells[2]) > 20, numbers


@cache
def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def test_the_tests_it_names_are_there() -> None:
    named = TEST.findall(PAGE)

    assert len(named) > 100
    assert [f"{file}::{test}" for file, test in named if not (ROOT / file).is_file()] == []
    assert [f"{file}::{test}" for file, test in named if test and test not in functions_of(file)] == []


def test_the_files_it_names_are_there() -> None:
    named = {name for name in SOURCE.findall(PAGE) if not name.startswith("tests/")}

    assert len(named) > 40
    assert [name for name in sorted(named) if not any((at / name).is_file() for at in (ROOT, ROOT / "lk_app"))] == []
