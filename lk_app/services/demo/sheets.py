"""The files of an invented package, all of them open at once."""

from pathlib import Path
from types import TracebackType
from typing import Self

from lk_app.services.exchange.files import BY_NAME
from lk_app.services.exchange.sheets import Sheet, cubic_metres, roubles, write_manifest, yes_or_no

__all__ = ["Sheets", "cubic_metres", "iso_month", "roubles", "roubles_per_cubic_metre", "yes_or_no"]


class Sheets:
    """All files of a package in a folder; leaving the context closes them and writes the manifest."""

    def __init__(self, folder: Path, package: str, made_at: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._package = package
        self._made_at = made_at
        sheets = {name: Sheet(folder, name, file.header) for name, file in BY_NAME.items()}
        self._all = list(sheets.values())
        self.offices = sheets["offices.csv"]
        self.divisions = sheets["divisions.csv"]
        self.tariffs = sheets["tariffs.csv"]
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
            write_manifest(self._folder, self._package, self._made_at, self._all)


def roubles_per_cubic_metre(tariff: int) -> str:
    """A tariff, kopecks per 1,000 m³, as the files write it."""
    return f"{tariff // 100_000}.{tariff % 100_000:05}"


def iso_month(month: int) -> str:
    """A month as the files write it."""
    return f"{month // 100}-{month % 100:02}"
