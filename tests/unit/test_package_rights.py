"""A package that the portal's user may not read is refused with what to do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lk_app.services.exchange import PackageRefused
from lk_app.services.exchange.package import open_package

NOBODY = 65_534


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Do without root's right to read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("forbidden", ["the folder it is in", "a folder", "a file"])
def test_what_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forbidden: str) -> None:
    package = tmp_path / "within" / "package.zip"
    package.parent.mkdir()
    if forbidden == "a file":
        package.write_bytes(b"")
    else:
        package.mkdir()
    # Reached from here, because nobody else may enter the folders of the tests.
    monkeypatch.chdir(tmp_path)
    locked = package.parent if forbidden == "the folder it is in" else package
    locked.chmod(0)

    try:
        with as_somebody_else(), pytest.raises(PackageRefused) as refused, open_package(Path("within/package.zip")):
            pass
    finally:
        locked.chmod(0o700)

    assert "нет прав на чтение" in str(refused.value.issues[0])
