"""What nobody waits for is sent between nine and nine, and never before what somebody waits for."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lk_app.gateways.mail.interface import Outcome as MailOutcome
from lk_app.gateways.mail.interface import OutgoingLetter
from lk_app.gateways.mail.interface import Verdict as MailVerdict
from lk_app.gateways.sms.interface import Outcome
from lk_app.models import Letter, LetterState, SmsState
from lk_app.services import daytime, mail, mail_sender
from lk_app.services.session import reading, writing
from lk_app.settings import settings
from tests import factories
from tests.factories import NOW, TODAY
from tests.notified import ADDRESS, local
from tests.outbox import ACCEPTED, UNREACHED, Books, Time, queued, send_all, stored

NIGHT, NEXT_MORNING = local(TODAY, 22, 30), local(TODAY + timedelta(days=1), 9)
LATE, SOON_NIGHT = local(TODAY, 20, 58), local(TODAY, 20, 59)


def test_a_message_that_is_late_in_the_evening_waits_for_the_morning(portal: str) -> None:
    message, now = queued(LATE, by_day=True, lives=timedelta(days=1)), Time(LATE)
    tried: list[datetime] = []

    def out_of_reach() -> Outcome:
        tried.append(now())
        return UNREACHED

    provider = Books(outcomes=[out_of_reach])
    while now() < NEXT_MORNING:
        send_all(now, provider)
        now.passes(seconds=10 if now() < local(TODAY, 21, 5) else 300)
    assert len(tried) > 1
    assert max(tried) < local(TODAY, 21)
    assert (stored(message).state, stored(message).tries) == (SmsState.QUEUED, len(tried))

    send_all(now, provider)
    assert tried[-1] == NEXT_MORNING


def test_no_second_provider_is_asked_after_night_has_fallen(portal: str) -> None:
    now = Time(SOON_NIGHT)

    def slow() -> Outcome:
        now.passes(minutes=2)
        return UNREACHED

    message, second = queued(LATE, by_day=True, lives=timedelta(days=1)), Books("second")
    send_all(now, Books(outcomes=[slow]), second)
    assert (second.offered, stored(message).state) == ([], SmsState.QUEUED)

    send_all(Time(NEXT_MORNING), second)
    assert stored(message).state is SmsState.SENT


def test_codes_go_at_night_and_before_what_nobody_waits_for(portal: str) -> None:
    reminder = queued(NOW, by_day=True, lives=timedelta(days=1))
    code = queued(NOW + timedelta(minutes=1))
    provider = Books(outcomes=[ACCEPTED])
    send_all(Time(NOW + timedelta(minutes=2)), provider)
    assert [message.reference for message in provider.offered] == [str(code), str(reminder)]

    at_night = queued(NIGHT)
    send_all(Time(NIGHT), provider)
    assert stored(at_night).state is SmsState.SENT


@pytest.fixture
def user_id(portal: str) -> int:
    with writing() as session:
        return factories.user(session).id or 0


@dataclass
class Box:
    """A mail server that takes letters, or does not."""

    verdict: MailVerdict = MailVerdict.TAKEN
    taken: list[str] = field(default_factory=list)

    def send(self, letter: OutgoingLetter) -> MailOutcome:
        self.taken.append(letter.subject)
        return MailOutcome(self.verdict)


def mail_all(now: Time, box: Box) -> None:
    while mail_sender.send_next(box, now):
        pass


def write_letter(user_id: int, subject: str, now: datetime, **values: Any) -> int:
    with writing() as session:
        return mail.enqueue(session, user_id, ADDRESS, subject, "Здравствуйте.", now, **values)


def test_letters_wait_at_night_too_even_those_whose_sender_died(user_id: int) -> None:
    letter = write_letter(user_id, "reminder", LATE, by_day=True)
    with writing() as session:
        # Borrowed by a process that is never heard of again: due again in the night.
        assert mail.claim(session, LATE) is not None
    now, box = Time(LATE), Box()
    while now() < NEXT_MORNING - timedelta(minutes=1):
        mail_all(now, box)
        now.passes(minutes=1)
    assert box.taken == []

    now.passes(minutes=1)
    mail_all(now, box)
    assert box.taken == ["reminder"]
    with reading() as session:
        assert session.get_one(Letter, letter).state is LetterState.SENT


def test_letters_that_somebody_waits_for_go_at_night_and_first(user_id: int) -> None:
    box = Box()
    write_letter(user_id, "reminder", NOW, by_day=True)
    write_letter(user_id, "code", NOW + timedelta(minutes=1))
    mail_all(Time(NOW + timedelta(minutes=2)), box)
    write_letter(user_id, "code at night", NIGHT)
    mail_all(Time(NIGHT), box)

    assert box.taken == ["code", "reminder", "code at night"]


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        ("Asia/Yekaterinburg", "04:00", "15:59"),
        ("Europe/Kaliningrad", "07:00", "18:59"),
        ("Asia/Kamchatka", "21:00", "08:59"),
        ("UTC", "09:00", "20:59"),
    ],
)
def test_the_day_is_the_company_s(monkeypatch: pytest.MonkeyPatch, zone: str, first: str, last: str) -> None:
    monkeypatch.setattr(settings(), "time_zone", zone)
    minute, midnight = timedelta(minutes=1), datetime(2026, 11, 22, tzinfo=UTC)
    by_day = [now for now in (midnight + minute * count for count in range(24 * 60)) if daytime.is_day(now)]

    assert len(by_day) == 12 * 60
    assert [f"{now:%H:%M}" for now in by_day if not daytime.is_day(now - minute)] == [first]
    assert [f"{now:%H:%M}" for now in by_day if not daytime.is_day(now + minute)] == [last]


def test_a_day_has_one_midnight_and_one_evening() -> None:
    for hour in (0, 8, 20, 23):
        assert daytime.midnight(local(TODAY, hour)) == local(TODAY, 0)
    assert daytime.evening(TODAY) == local(TODAY, 21)
