"""Traces for OpenTelemetry, when OTEL_EXPORTER_OTLP_ENDPOINT says where to; otherwise nothing of it is even imported.

A span holds names from our own source, numbers and the kinds of errors, and SQL without what was put into it: never an
address with what is in it, a header, a parameter or the words of an error, because those hold people's data. That of a
request or an event begins here whatever its sender says of a trace of theirs.
"""

import asyncio
import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, ExceptionContext
from sqlalchemy import event as sqlalchemy_event

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

WHERE_TO = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
LITERALS = re.compile(r"'(?:[^']|'')*'|\b\d{4,}\b")
LONGEST_STATEMENT = 2_000

log = logging.getLogger(__name__)
_tracer: "Tracer | None" = None


def set_up(program: str) -> None:
    """Trace from now on what this process does, if the environment asks for it; to be called after the fork."""
    global _tracer
    if not any(os.environ.get(name) for name in WHERE_TO):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("no traces: %s", "python -m pip install -r requirements-telemetry.txt")
        return

    name = os.environ.get("OTEL_SERVICE_NAME") or "lk"
    provider = TracerProvider(resource=Resource.create({"service.name": name, "lk.program": program}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("lk_app")
    for moment, listener in LISTENERS.items():
        sqlalchemy_event.listen(Engine, moment, listener)


def span(name: str, attributes: Mapping[str, str | int] | None = None) -> "AbstractContextManager[Span | None]":
    """Trace what is done within, under a name and with attributes of ours."""
    return _spanned(_tracer, name, attributes) if _tracer else nullcontext()


def trace_event(handler: str) -> None:
    """Trace the event whose task this is until the task has ended: each event has a task of its own."""
    task = asyncio.current_task()
    if _tracer is None or task is None:
        return
    from opentelemetry import context, trace

    traced = _tracer.start_span(f"event {handler}")
    # The context is the task's own and goes with it.
    context.attach(trace.set_span_in_context(traced))
    task.add_done_callback(lambda done: _end(traced, None if done.cancelled() else done.exception()))


@contextmanager
def _spanned(tracer: "Tracer", name: str, attributes: Mapping[str, str | int] | None) -> "Iterator[Span]":
    with tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False, end_on_exit=False
    ) as traced:
        try:
            yield traced
        except BaseException as error:
            _end(traced, error)
            raise
        _end(traced, None)


def _end(traced: "Span", error: BaseException | None) -> None:
    if error is not None:
        from opentelemetry.trace import StatusCode

        traced.set_status(StatusCode.ERROR, type(error).__name__)
    traced.end()


def _statement_begins(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> None:
    from opentelemetry import trace

    # Alone, a statement is one of those that look whether there is anything to do.
    if _tracer is None or not trace.get_current_span().is_recording():
        connection.info.setdefault("lk_spans", []).append(None)
        return
    text = LITERALS.sub("?", statement)[:LONGEST_STATEMENT]
    attributes = {"db.system.name": connection.dialect.name, "db.query.text": text}
    traced = _tracer.start_span(text.split(None, 1)[0], attributes=attributes)
    connection.info.setdefault("lk_spans", []).append(traced)


def _statement_ends(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> None:
    _end_last(connection, None)


def _statement_failed(failure: ExceptionContext) -> None:
    if failure.connection is not None and failure.statement is not None:
        _end_last(failure.connection, failure.original_exception)


def _end_last(connection: Connection, error: BaseException | None) -> None:
    begun = connection.info.get("lk_spans") or [None]
    traced = begun.pop()
    if traced is not None:
        _end(traced, error)


LISTENERS: dict[str, Any] = {
    "before_cursor_execute": _statement_begins,
    "after_cursor_execute": _statement_ends,
    "handle_error": _statement_failed,
}
