"""Nothing somebody typed reaches the log."""

import logging

import pytest

from lk_app import logs


def test_reflex_does_not_log_the_arguments_of_an_event(caplog: pytest.LogCaptureFixture) -> None:
    logs.keep_values_out()

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
