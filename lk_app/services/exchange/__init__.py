"""The exchange with billing: packages of CSV files in, each whole or not at all, and out (`docs/exchange.md`)."""

from lk_app.services.exchange.export import Exported, NotExported, export_package
from lk_app.services.exchange.issues import Issue, PackageRefused
from lk_app.services.exchange.load import FileReport, Progress, Report, import_package
from lk_app.services.exchange.package import expected_rows

__all__ = [
    "Exported",
    "FileReport",
    "Issue",
    "NotExported",
    "PackageRefused",
    "Progress",
    "Report",
    "expected_rows",
    "export_package",
    "import_package",
]
