"""What goes into the log: where something failed, never what somebody typed."""

import logging
import re
import traceback

from lk_app import metrics

log = logging.getLogger("lk_app")

REFLEX_EVENTS = "reflex_base.event.processor.base_state_processor"
QUOTES_A_VALUE = re.compile(r"(Error transforming event payload for handler \S+):.*", re.DOTALL)


class WithoutValues(logging.Filter):
    """Takes from Reflex's warnings the arguments they quote: anyone may send an event with anybody's data in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = QUOTES_A_VALUE.sub(r"\1", record.getMessage()), ()
        return True


def keep_values_out() -> None:
    """Install the filter, and silence what logs addresses of calls and rows of tables; once a process."""
    logging.getLogger(REFLEX_EVENTS).addFilter(WithoutValues())
    for library in ("httpx", "httpcore", "sqlalchemy"):
        logging.getLogger(library).setLevel(logging.WARNING)


def failed(exception: Exception) -> None:
    """Log a fault by its type and place; its message may quote somebody's data."""
    metrics.FAULTS.inc()
    places = traceback.extract_tb(exception.__traceback__)
    place = f" at {places[-1].filename}:{places[-1].lineno}" if places else ""
    log.error("%s%s", type(exception).__name__, place)


def stopped(what: str, reason: Exception) -> None:
    """Log that something is refused to consumers until staff mend the data; the reason must name no person."""
    log.error("%s is stopped: %s", what, reason)


def attention(order_number: str, reason: str) -> None:
    """Log that a payment needs a person; an order number names nobody."""
    log.error("the payment %s needs attention: %s", order_number, reason)


def page_failed(exception: Exception) -> None:
    """Log that a page failed in a browser: the kind of error only, since the browser may send any text."""
    kind = re.match(r"\s*(\w{1,40})", str(exception))
    log.error("a page failed in a browser: %s", kind.group(1) if kind else "unknown")
