"""Writing a package: files grow on disk row by row, their digests with them."""

import hashlib
import json
from pathlib import Path
from types import TracebackType
from typing import Self

from lk_app.services.exchange.files import BY_NAME

FLUSH_EVERY = 5_000
"""Rows kept in memory."""


class Sheet:
    """One CSV file being written; `write` takes a row as text, quoted where it must be."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.rows = 0
        self._digest = hashlib.sha256()
        self._file = (folder / name).open("wb")
        self._lines = [",".join(BY_NAME[name].header)]

    def write(self, row: str) -> None:
        """Add a row."""
        self._lines.append(row)
        self.rows += 1
        if len(self._lines) >= FLUSH_EVERY:
            self._flush()

    def _flush(self) -> None:
        content = "".join(f"{line}\n" for line in self._lines).encode()
        self._lines.clear()
        self._digest.update(content)
        self._file.write(content)

    def close(self) -> None:
        self._flush()
        self._file.close()

    @property
    def entry(self) -> dict[str, int | str]:
        """What the manifest says of the closed file."""
        return {"rows": self.rows, "sha256": self._digest.hexdigest()}


class Sheets:
    """All files of a package in a folder; leaving the context closes them and writes the manifest."""

    def __init__(self, folder: Path, package: str, made_at: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._head = {"format": 1, "package": package, "made_at": made_at}
        sheets = {name: Sheet(folder, name) for name in BY_NAME}
        self._all = list(sheets.values())
        self.offices = sheets["offices.csv"]
        self.divisions = sheets["divisions.csv"]
        self.accounts = sheets["accounts.csv"]
        self.periods = sheets["periods.csv"]
        self.charges = sheets["charges.csv"]
        self.payments = sheets["payments.csv"]
        self.postings = sheets["postings.csv"]
        self.meters = sheets["meters.csv"]
        self.readings = sheets["readings.csv"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for sheet in self._all:
            sheet.close()
        if error is None:
            manifest = self._head | {"files": {sheet.name: sheet.entry for sheet in self._all}}
            text = json.dumps(manifest, ensure_ascii=False, indent=2)
            (self._folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def roubles(kopecks: int) -> str:
    """Money as the files write it."""
    whole = abs(kopecks)
    return f"{'-' if kopecks < 0 else ''}{whole // 100}.{whole % 100:02}"


def cubic_metres(volume: int) -> str:
    """A volume, thousandths of a m³, as the files write it."""
    return f"{volume // 1000}.{volume % 1000:03}"


def roubles_per_cubic_metre(tariff: int) -> str:
    """A tariff, kopecks per 1,000 m³, as the files write it."""
    return f"{tariff // 100_000}.{tariff % 100_000:05}"


def iso_month(month: int) -> str:
    """A month as the files write it."""
    return f"{month // 100}-{month % 100:02}"
