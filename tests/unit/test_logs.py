"""Nothing somebody typed reaches the log."""

import asyncio
import json
import logging
import os
import subprocess
import sys

import pytest

from lk_app import logs
from lk_app.services.callers import Consumer
from lk_app.services.session import in_transaction


def test_reflex_does_not_log_the_arguments_of_an_event(caplog: pytest.LogCaptureFixture) -> None:
    logs.set_up()

    logging.getLogger(logs.REFLEX_EVENTS).warning(
        "Error transforming event payload for handler State.choose: argument 'phone' with value '9123456789'\nmore"
    )

    assert caplog.messages == ["Error transforming event payload for handler State.choose"]


def test_a_fault_is_logged_by_type_and_place(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("Мария Иванова, 9123456789")
    except ValueError as error:
        logs.failed(error)

    assert "ValueError at " in caplog.text
    assert "test_logs.py" in caplog.text
    assert "Мария" not in caplog.text


def test_what_a_browser_reports_is_logged_by_its_kind_only(caplog: pytest.LogCaptureFixture) -> None:
    logs.page_failed(Exception("TypeError: Мария Иванова\n at foo"))

    assert caplog.messages == ["a page failed in a browser: TypeError"]


WRITES_A_LINE = """
from lk_app import logs
logs.set_up()
logs.begin("consumer 17")
logs.attention("261122-7K3M9QX2TD", "bank silent")
logs.answered("POST", "/api/session", 200, 0.0123)
logs.log.debug("not shown")
"""


def lines_of(log_format: str) -> list[str]:
    environment = os.environ | {"LK_LOG_FORMAT": log_format, "TZ": "Asia/Yekaterinburg"}
    written = subprocess.run(
        [sys.executable, "-c", WRITES_A_LINE], env=environment, check=True, capture_output=True, text=True
    )
    return written.stderr.splitlines()


def test_lines_are_objects_with_the_ids_of_request_and_session() -> None:
    attention, answered = map(json.loads, lines_of("json"))

    assert attention["message"] == "the payment 261122-7K3M9QX2TD needs attention: bank silent"
    assert attention["level"] == "ERROR"
    assert attention["session"] == "consumer 17"
    assert len(attention["request"]) == 16
    assert attention["at"].endswith("+0000")
    assert (answered["message"], answered["ms"]) == ("POST /api/session 200", 12.3)
    assert answered["request"] == attention["request"]


def test_at_a_terminal_requests_are_not_logged() -> None:
    assert lines_of("text") == ["the payment 261122-7K3M9QX2TD needs attention: bank silent"]


async def test_each_task_has_the_ids_of_its_own_request() -> None:
    async def handled(session: str) -> str:
        logs.begin()
        await asyncio.sleep(0)
        logs.in_session(Consumer(1, int(session)).in_log)
        await asyncio.sleep(0)
        return logs._ids.get()["session"]

    assert await asyncio.gather(handled("1"), handled("2")) == ["consumer 1", "consumer 2"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_what_a_service_logs_in_its_thread_belongs_to_the_request(portal: str) -> None:
    request = logs.begin()

    seen = await in_transaction(lambda session: logs._ids.get()["request"])

    assert seen == request
