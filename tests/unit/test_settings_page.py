"""docs/configure.md has every setting there is, with its default, and nothing else."""

import re
from pathlib import Path

from pydantic import SecretStr

from lk_app.settings import DEMO_SECRET, ROOT, Settings

PAGE = (ROOT / "docs" / "configure.md").read_text()
ROW = re.compile(r"^\| (`LK_[^|]*) \| ([^|]*) \|", re.MULTILINE)
NAME = re.compile(r"`(LK_[A-Z_]+)`")
NOTHING, SECRET = "none", "a demo value"


def rows() -> list[tuple[str, str]]:
    """Every setting of the tables with what stands under «default»; those of one row share it."""
    return [(name, default) for names, default in ROW.findall(PAGE) for name in NAME.findall(names)]


def default_of(name: str) -> str:
    """A setting's default as the page has it."""
    value = Settings.model_fields[name.removeprefix("LK_").lower()].get_default()
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value == DEMO_SECRET:
        return SECRET
    if value in ("", None, []):
        return NOTHING
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list):
        return f"`{','.join(value)}`"
    if isinstance(value, Path):
        return f"`{value.relative_to(ROOT)}`"
    return f"`{value}`".replace(f"{ROOT}/", "")


def test_each_setting_stands_there_once() -> None:
    named = [name for name, _ in rows()]

    assert sorted(named) == sorted(f"LK_{field.upper()}" for field in Settings.model_fields)


def test_its_default_is_right() -> None:
    said = dict(rows())

    assert said == {name: default_of(name) for name in said}
