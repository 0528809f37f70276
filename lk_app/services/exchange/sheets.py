"""Writing a package: files grow on disk row by row, their digests with them; the manifest comes last."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

FLUSH_EVERY = 5_000
"""Rows kept in memory."""


class Sheet:
    """One CSV file being written; leaving the context closes it."""

    def __init__(self, folder: Path, name: str, header: Iterable[str]) -> None:
        self.name = name
        self.rows = 0
        self._digest = hashlib.sha256()
        self._file = (folder / name).open("wb")
        self._lines = [",".join(header)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def write(self, row: str) -> None:
        """Add a row as text, quoted where it must be."""
        self._lines.append(row)
        self.rows += 1
        if len(self._lines) >= FLUSH_EVERY:
            self._flush()

    def write_cells(self, cells: Iterable[str]) -> None:
        """Add a row by its cells."""
        self.write(",".join(map(quoted, cells)))

    def _flush(self) -> None:
        content = "".join(f"{line}\n" for line in self._lines).encode()
        self._lines.clear()
        self._digest.update(content)
        self._file.write(content)

    def close(self) -> None:
        """Write what is left."""
        try:
            self._flush()
        finally:
            self._file.close()

    @property
    def entry(self) -> dict[str, int | str]:
        """What the manifest says of the closed file."""
        return {"rows": self.rows, "sha256": self._digest.hexdigest()}


def write_manifest(folder: Path, package: str, made_at: str, sheets: Iterable[Sheet]) -> None:
    """Write the manifest of a package whose files are closed; `made_at` is ISO text."""
    files = {sheet.name: sheet.entry for sheet in sheets}
    manifest = {"format": 1, "package": package, "made_at": made_at, "files": files}
    text = json.dumps(manifest, ensure_ascii=False, indent=2)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def quoted(cell: str) -> str:
    """Return a cell as RFC 4180 has it, on one line."""
    line = " ".join(cell.splitlines())
    return '"' + line.replace('"', '""') + '"' if "," in line or '"' in line else line


def roubles(kopecks: int) -> str:
    """Money as the files write it."""
    whole, rest = divmod(abs(kopecks), 100)
    return f"{'-' if kopecks < 0 else ''}{whole}.{rest:02}"


def cubic_metres(volume: int) -> str:
    """A volume, thousandths of a m³, as the files write it."""
    return f"{volume // 1000}.{volume % 1000:03}"


def yes_or_no(answer: bool) -> str:
    """A truth as the files write it."""
    return "yes" if answer else "no"
