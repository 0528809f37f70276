"""`make bench`: every speed and size beside its yardstick from the same run.

`make bench ARGS="events sign-in"` measures only the parts named.
"""

import sys
from collections.abc import Callable, Iterator

from tests.bench import (
    captcha,
    documents,
    events,
    history,
    imports,
    live,
    office,
    pages,
    payments,
    queue,
    readings,
    sign_in,
)
from tests.bench.bare import running_bare_app
from tests.bench.report import Measure


def of_events() -> Iterator[Measure]:
    with running_bare_app() as bare:
        yield from events.against_a_bare_event(bare)


def of_pages() -> Iterator[Measure]:
    with running_bare_app() as bare:
        yield from pages.against_a_bare_page(bare)


def of_live_pages() -> Iterator[Measure]:
    with running_bare_app() as bare:
        yield from live.against_few_and_a_bare_application(bare)


PARTS: dict[str, Callable[[], Iterator[Measure]]] = {
    "events": of_events,
    "accounts": events.with_many_accounts,
    "sign-in": sign_in.against_a_bare_check,
    "import": imports.against_raw_inserts,
    "import-history": history.many_against_few,
    "pages": of_pages,
    "documents": documents.against_a_line_and_each_other,
    "payments": payments.against_the_bank_and_each_other,
    "readings": readings.against_a_bare_event,
    "queue": queue.many_against_few,
    "office": office.many_against_few,
    "live": of_live_pages,
    "captcha": captcha.against_tesseract_and_plain_text,
}

chosen = sys.argv[1:] or list(PARTS)
for part in chosen:
    for measure in PARTS[part]():
        print(measure, flush=True)
