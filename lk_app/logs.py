"""What goes into the log: where something failed, never what somebody typed.

Each line says in which request or event it was written, and in whose session by the session's number: enough to find
what belongs together, and for whoever may look into the database whose it was, but no name, phone or cookie.
"""

import logging
import re
import secrets
import sys
import time
import traceback
from contextvars import ContextVar

from pythonjsonlogger.json import JsonFormatter

from lk_app import metrics
from lk_app.settings import LogFormat, settings

log = logging.getLogger("lk_app")

IDS = ("request", "session")
_ids: ContextVar[dict[str, str]] = ContextVar("ids", default={})  # noqa: B039 - replaced, never changed

REFLEX_EVENTS = "reflex_base.event.processor.base_state_processor"
QUOTES_A_VALUE = re.compile(r"(Error transforming event payload for handler \S+):.*", re.DOTALL)


class WithoutValues(logging.Filter):
    """Takes from Reflex's warnings the arguments they quote: anyone may send an event with anybody's data in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = QUOTES_A_VALUE.sub(r"\1", record.getMessage()), ()
        return True


class WithIds(logging.Filter):
    """Adds to each line in which request and session it was written."""

    def filter(self, record: logging.LogRecord) -> bool:
        known = _ids.get()
        for name in IDS:
            setattr(record, name, known.get(name, ""))
        return True


def set_up() -> None:
    """Keep values out of the log, and write it as the setting says; once a process."""
    logging.getLogger(REFLEX_EVENTS).addFilter(WithoutValues())
    for library in ("httpx", "httpcore", "sqlalchemy"):
        logging.getLogger(library).setLevel(logging.WARNING)
    if settings().log_format is LogFormat.JSON:
        handler = logging.StreamHandler(sys.stderr)
        handler.addFilter(WithIds())
        handler.setFormatter(_json())
        logging.root.handlers = [handler]
        log.setLevel(logging.INFO)


def _json() -> logging.Formatter:
    fields = ["asctime", "levelname", "name", "message", *IDS]
    names = {"asctime": "at", "levelname": "level", "name": "logger"}
    formatter = JsonFormatter(fields, rename_fields=names, datefmt="%Y-%m-%dT%H:%M:%S%z", json_ensure_ascii=False)
    formatter.converter = time.gmtime
    formatter.default_msec_format = None
    return formatter


def begin(session: str = "") -> str:
    """Begin a request or an event of a session, in this task and what it calls; returns its new id."""
    request = secrets.token_hex(8)
    _ids.set({"request": request, "session": session})
    return request


def in_session(session: str) -> None:
    """Note whose session the present request turned out to be of: «consumer 17»."""
    _ids.set(_ids.get() | {"session": session})


def answered(method: str, path: str, status: int, seconds: float) -> None:
    """Log a request that was answered; `path` is the route's, without what was put into it."""
    log.info("%s %s %s", method, path, status, extra={"ms": round(seconds * 1000, 1)})


def refused(handler: str, level: str) -> None:
    """Log an event that its sender may not send; `handler` is a name from our own source, never one that was sent."""
    log.info("refused %s, which is for %s", handler, level)


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
