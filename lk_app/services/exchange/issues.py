"""What is wrong with a package, said to the company's engineer without quoting anybody's personal data."""

from dataclasses import dataclass

from lk_app.services.errors import ServiceError

KEPT = 1_000
"""Issues kept and shown; the rest are only counted, so that a hopeless file takes no memory."""


@dataclass(frozen=True)
class Issue:
    """One fault: `line` is the line of the file as an editor shows it, 0 for the file as a whole."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = [self.file]
        if self.line:
            place.append(f"строка {self.line}")
        if self.column:
            place.append(self.column)
        return f"{', '.join(place)}: {self.reason}"


class Issues:
    """The faults found so far: the first `KEPT` of them and how many there are."""

    def __init__(self) -> None:
        self.kept: list[Issue] = []
        self.total = 0
        self.unread: set[str] = set()
        """Files not all of whose rows are known."""

    def __bool__(self) -> bool:
        return self.total > 0

    def add(self, file: str, line: int, column: str, reason: str) -> None:
        """Note one fault; one at the header or at the file as a whole leaves some of its rows unread."""
        self.total += 1
        if line <= 1:
            self.unread.add(file)
        if len(self.kept) < KEPT:
            self.kept.append(Issue(file, line, column, reason))


class BadValue(ValueError):
    """A cell does not hold what its column needs; the message is the Russian reason."""


class BadRow(ValueError):
    """The cells of a row are right one by one and wrong together."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


class PackageRefused(ServiceError):
    """Nothing of the package is loaded; `issues` are the first of `total` faults, in the order of the files."""

    def __init__(self, issues: list[Issue], total: int) -> None:
        super().__init__(f"Пакет не загружен, ошибок: {total}.")
        self.issues = issues
        self.total = total
