"""The exchange with billing: a package of CSV files in, all of it or nothing (`docs/exchange.md`)."""

from lk_app.services.exchange.issues import Issue, PackageRefused
from lk_app.services.exchange.load import FileReport, Progress, Report, import_package
from lk_app.services.exchange.package import expected_rows

__all__ = ["FileReport", "Issue", "PackageRefused", "Progress", "Report", "expected_rows", "import_package"]
