"""The days for readings: those staff have set, or else those of the settings."""

from datetime import date

import pytest
from sqlmodel import Session

from lk_app.models import ReadingWindow, Topic
from lk_app.services.notifications import reminders
from lk_app.services.readings.window import Days, days_in_force, window_of
from lk_app.settings import settings
from tests.factories import NOW, TODAY, store


def test_without_a_row_the_settings_hold(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "readings_from_day", 3)
    monkeypatch.setattr(settings(), "readings_to_day", 9)

    assert days_in_force(session) == Days(3, 9)
    assert window_of(session, TODAY).first_day == date(2026, 12, 3)


def test_what_staff_have_set_holds_instead(session: Session) -> None:
    store(session, ReadingWindow(first_day=20, last_day=28))

    found = window_of(session, TODAY)

    assert (found.first_day, found.last_day, found.is_open) == (date(2026, 11, 20), date(2026, 11, 28), True)


def test_reminders_go_by_what_staff_have_set(session: Session) -> None:
    assert Topic.WINDOW in reminders.topics(session, NOW), "the 22nd is a day of the settings' window"

    store(session, ReadingWindow(first_day=1, last_day=10))

    assert Topic.WINDOW not in reminders.topics(session, NOW)
