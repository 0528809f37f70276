"""What the runs under faults came to, printed at the end."""

from collections import Counter

import pytest

WHAT = "payments under faults"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print runs, faults and both ledgers by database; reports carry them over from whichever process ran the test."""
    found: dict[str, Counter[str]] = {}
    for reports in (terminalreporter.getreports(""), terminalreporter.getreports("failed")):
        for report in reports:
            for name, values in getattr(report, "user_properties", []):
                if name == WHAT and report.when == "teardown":
                    found.setdefault(values["database"], Counter()).update({**values, "database": 0})
    for database, sums in sorted(found.items()):
        terminalreporter.write_line(
            f"{WHAT} ({database}): runs {sums['runs']}, faults {sums['faults']}, "
            f"kopecks in the bank's books {sums['theirs']}, in ours {sums['ours']}"
        )
