"""Photos of dials: kept for who uploaded them, sent with one reading, seen by nobody else but staff, and forgotten."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from lk_app.models import Account, AccountLink, Action, AuditEvent, Meter, Reading, ReadingPhoto, Role
from lk_app.services import deletion, personal_data
from lk_app.services.callers import Consumer
from lk_app.services.errors import NotFound, TooManyAttempts
from lk_app.services.places import Place
from lk_app.services.readings import photos, sending
from tests import factories
from tests.cleaning import cleaned, forgotten
from tests.factories import NOW

JPEG = b"\xff\xd8 a picture \xff\xd9"
JUNK = ("", "\0", "'", "a" * 900, "❤" * 22, "../../etc/passwd")
DAY = timedelta(days=1)


@pytest.fixture
def account(session: Session) -> Account:
    return factories.account(session)


@pytest.fixture
def who(session: Session, account: Account) -> Consumer:
    return factories.consumer(session, account)


@pytest.fixture
def spouse(session: Session, account: Account) -> Consumer:
    """Another user who has the same account."""
    return factories.consumer(session, account)


@pytest.fixture
def meter(session: Session, account: Account) -> Meter:
    return factories.meter(session, account)


@pytest.fixture
def foreign_meter(session: Session) -> Meter:
    return factories.meter(session, factories.account(session))


def keep(session: Session, who: Consumer, meter: Meter, at=NOW) -> str:
    return photos.keep(session, who, meter.id, JPEG, at)


def sent(session: Session, who: Consumer, meter: Meter) -> tuple[str, str]:
    """A photo that went with a reading, and the reading."""
    photo_id, reading = keep(session, who, meter), factories.reading(session, meter, 5_214_000)
    photos.attach(session, who, photo_id, reading.id, meter.id)
    return photo_id, reading.id


def kept(session: Session) -> dict[str, str | None]:
    """The photos there are, with the readings they go with."""
    return dict(session.exec(select(ReadingPhoto.id, ReadingPhoto.reading_id)).all())


def is_shown(session: Session, who: Consumer, photo_id: str) -> bool:
    try:
        return photos.shown_to_consumer(session, who, photo_id) == JPEG
    except NotFound:
        return False


def test_a_photo_is_shown_to_who_uploaded_it_and_to_nobody_else_with_the_account(
    session: Session, who: Consumer, spouse: Consumer, meter: Meter
) -> None:
    alone, (with_reading, _) = keep(session, who, meter), sent(session, who, meter)

    assert is_shown(session, who, alone)
    assert is_shown(session, who, with_reading)
    assert not is_shown(session, spouse, alone)
    assert not is_shown(session, spouse, with_reading)
    assert not is_shown(session, factories.consumer(session), alone)


def test_who_gave_the_account_up_sees_its_photos_no_more(session: Session, who: Consumer, meter: Meter) -> None:
    photo_id = keep(session, who, meter)
    session.delete(session.get_one(AccountLink, (who.user_id, meter.account_number)))
    session.flush()

    assert not is_shown(session, who, photo_id)
    with pytest.raises(NotFound):
        photos.attach(session, who, photo_id, factories.reading(session, meter, 1).id, meter.id)


def test_nobody_uploads_for_a_meter_of_others(session: Session, who: Consumer, foreign_meter: Meter) -> None:
    for meter_id in (foreign_meter.id, "no such meter"):
        with pytest.raises(NotFound):
            photos.admit(session, who, meter_id, NOW)
        with pytest.raises(NotFound):
            photos.keep(session, who, meter_id, JPEG, NOW)
    assert kept(session) == {}


@pytest.mark.parametrize("junk", JUNK)
def test_what_can_be_no_id_is_not_found(session: Session, who: Consumer, meter: Meter, junk: str) -> None:
    keep(session, who, meter)

    with pytest.raises(NotFound):
        photos.shown_to_consumer(session, who, junk)
    with pytest.raises(NotFound):
        photos.shown_to_staff(session, factories.staff_caller(session), junk, NOW)
    with pytest.raises(NotFound):
        photos.attach(session, who, junk, factories.reading(session, meter, 1).id, meter.id)


def test_a_photo_goes_with_the_reading_it_was_sent_with(session: Session, who: Consumer, meter: Meter) -> None:
    photo_id = keep(session, who, meter)

    [reading_id] = sending.send(
        session, who, meter.account_number, {f"value-{meter.id}": "5214", f"photo-{meter.id}": photo_id}, NOW
    )

    assert kept(session) == {photo_id: reading_id}


def test_only_ones_own_photo_of_the_same_meter_goes_with_a_reading(
    session: Session, who: Consumer, spouse: Consumer, meter: Meter, account: Account
) -> None:
    other_meter = factories.meter(session, account)
    spouses, of_other_meter = keep(session, spouse, meter), keep(session, who, other_meter)
    reading = factories.reading(session, meter, 1)

    for photo_id in (spouses, of_other_meter, "A" * 22):
        with pytest.raises(NotFound):
            photos.attach(session, who, photo_id, reading.id, meter.id)
    assert set(kept(session).values()) == {None}


def test_a_photo_goes_with_one_reading_only(session: Session, who: Consumer, meter: Meter) -> None:
    photo_id, reading_id = sent(session, who, meter)
    another = factories.reading(session, meter, 5_300_000)

    with pytest.raises(NotFound, match="Приложите"):
        photos.attach(session, who, photo_id, another.id, meter.id)

    assert kept(session) == {photo_id: reading_id}


def test_a_form_sent_again_because_its_answer_was_lost_changes_nothing(
    session: Session, who: Consumer, meter: Meter
) -> None:
    photo_id = keep(session, who, meter)
    fields = {f"value-{meter.id}": "5214", f"photo-{meter.id}": photo_id}

    answers = [sending.send(session, who, meter.account_number, fields, NOW) for _ in range(2)]

    assert answers[0] == answers[1]
    assert kept(session) == {photo_id: answers[0][0]}


def test_another_photo_of_the_same_reading_takes_the_place_of_the_first(
    session: Session, who: Consumer, meter: Meter
) -> None:
    _, reading_id = sent(session, who, meter)
    sharper = keep(session, who, meter)

    photos.attach(session, who, sharper, reading_id, meter.id)

    assert kept(session) == {sharper: reading_id}


def test_twenty_photos_a_day_may_come_with_no_reading(session: Session, who: Consumer, meter: Meter) -> None:
    for _ in range(20):
        keep(session, who, meter)

    with pytest.raises(TooManyAttempts):
        keep(session, who, meter)
    with pytest.raises(TooManyAttempts):
        keep(session, who, meter, NOW + DAY - timedelta(minutes=1))
    keep(session, who, meter, NOW + DAY)


def test_those_that_came_with_a_reading_are_not_counted(session: Session, who: Consumer, meter: Meter) -> None:
    for _ in range(25):
        sent(session, who, meter)


def test_uploads_are_counted_whatever_becomes_of_them(session: Session, who: Consumer, meter: Meter) -> None:
    for _ in range(photos.UPLOADS.burst):
        photos.admit(session, who, meter.id, NOW)

    with pytest.raises(TooManyAttempts):
        photos.admit(session, who, meter.id, NOW)


@pytest.mark.parametrize("role", Role)
def test_each_look_of_staff_at_a_photo_is_logged(session: Session, who: Consumer, meter: Meter, role: Role) -> None:
    photo_id, reading_id = sent(session, who, meter)
    caller = factories.staff_caller(session, role)

    for _ in range(2):
        assert photos.shown_to_staff(session, caller, photo_id, NOW) == JPEG

    seen = session.exec(select(AuditEvent)).all()
    assert [(event.action, event.staff_id, event.subject) for event in seen] == [
        (Action.PHOTO_SEEN, caller.staff_id, reading_id)
    ] * 2


def test_staff_see_no_photo_before_its_reading_is_sent(session: Session, who: Consumer, meter: Meter) -> None:
    photo_id = keep(session, who, meter)

    with pytest.raises(NotFound):
        photos.shown_to_staff(session, factories.staff_caller(session), photo_id, NOW)

    assert session.exec(select(AuditEvent)).all() == []


def test_a_photo_alone_is_kept_for_a_day(session: Session, who: Consumer, meter: Meter) -> None:
    stale = keep(session, who, meter)
    fresh = keep(session, who, meter, NOW + timedelta(seconds=1))

    cleaned(session, NOW + DAY + timedelta(seconds=1))

    assert list(kept(session)) == [fresh]
    with pytest.raises(NotFound, match="Приложите"):
        photos.attach(session, who, stale, factories.reading(session, meter, 1).id, meter.id)


def test_a_photo_with_a_reading_is_kept_for_400_days_and_the_reading_for_longer(
    session: Session, who: Consumer, meter: Meter
) -> None:
    photo_id, reading_id = sent(session, who, meter)

    forgotten(session, ReadingPhoto, NOW + 400 * DAY)
    assert list(kept(session)) == [photo_id]

    forgotten(session, ReadingPhoto, NOW + 400 * DAY + timedelta(seconds=1))
    assert kept(session) == {}
    assert session.get(Reading, reading_id)


def test_photos_go_with_their_user(session: Session, who: Consumer, spouse: Consumer, meter: Meter) -> None:
    keep(session, who, meter)
    sent(session, who, meter)
    spouses = keep(session, spouse, meter)
    deletion.ask(session, who, Place(""), NOW)
    session.flush()

    deletion.delete_due(session, NOW + 7 * DAY)

    assert list(kept(session)) == [spouses]


def test_ones_data_holds_ones_photos_and_no_others(
    session: Session, who: Consumer, spouse: Consumer, meter: Meter
) -> None:
    photo_id, _ = sent(session, who, meter)
    alone = keep(session, who, meter, NOW + timedelta(minutes=1))
    keep(session, spouse, meter)

    with zipfile.ZipFile(io.BytesIO(personal_data.archive(session, who, NOW))) as files:
        listed = json.loads(files.read("data.json"))["photos"]
        pictures = {name: files.read(name) for name in files.namelist() if name.startswith("photos/")}
        page = files.read("data.html").decode()

    assert [(photo["meter"], photo["taken_on"], photo["file"]) for photo in listed] == [
        (meter.serial, None, f"photos/{alone}.jpg"),
        (meter.serial, "2026-11-22", f"photos/{photo_id}.jpg"),
    ]
    assert pictures == dict.fromkeys((f"photos/{alone}.jpg", f"photos/{photo_id}.jpg"), JPEG)
    assert f"photos/{photo_id}.jpg" in page


def test_an_archive_takes_the_latest_photos_only(
    session: Session, who: Consumer, meter: Meter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(personal_data.readings, "MOST_PHOTOS", 1)
    keep(session, who, meter)
    latest = keep(session, who, meter, NOW + timedelta(minutes=1))

    with zipfile.ZipFile(io.BytesIO(personal_data.archive(session, who, NOW))) as files:
        listed = json.loads(files.read("data.json"))["photos"]
        pictures = [name for name in files.namelist() if name.startswith("photos/")]

    assert [photo["file"] for photo in listed] == [f"photos/{latest}.jpg", None]
    assert pictures == [f"photos/{latest}.jpg"]
