"""Photos of dials: kept for a day on their own, then with the reading they were sent with.

Only who uploaded a photo sees it, and only while they have the account; not others who have it too. Staff see what came
with a reading, and each look is logged. The form that sends a reading names its photo; one that was not sent, or not
answered, loses nothing.
"""

import re
import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select, update

from lk_app.models import Action, Meter, ReadingPhoto
from lk_app.services import rates
from lk_app.services.callers import Consumer, StaffCaller, account_numbers, require_role
from lk_app.services.errors import NotFound
from lk_app.services.rates import Limit, Pace, Window
from lk_app.services.staff import audit
from lk_app.services.staff.duties import READINGS

ID_BYTES = 16
ID = re.compile(r"[\w-]{22}", re.ASCII)

UPLOADS = Pace(burst=60, interval=timedelta(minutes=10))
"""Of one user, whatever becomes of them."""
UNATTACHED = Window(most=20, period=timedelta(days=1))
"""Photos of one user that came with no reading."""

GONE = "Этого фото больше нет. Приложите его ещё раз."


def admit(session: Session, who: Consumer, meter_id: str, now: datetime) -> None:
    """Count an upload before anything is done about it; raises NotFound for a meter that is not the caller's, or
    TooManyAttempts.
    """
    _require_meter(session, who, meter_id)
    rates.take(session, [Limit("photo uploads", str(who.user_id), UPLOADS)], now)


def keep(session: Session, who: Consumer, meter_id: str, jpeg: bytes, now: datetime) -> str:
    """Keep a photo of a meter and return its id.

    Raises NotFound for a meter that is not the caller's, or TooManyAttempts.
    """
    _require_meter(session, who, meter_id)
    rates.take(session, [_unattached(who)], now)
    photo_id = secrets.token_urlsafe(ID_BYTES)
    session.add(ReadingPhoto(id=photo_id, meter_id=meter_id, user_id=who.user_id, uploaded_at=now, content=jpeg))
    session.flush()
    return photo_id


def attach(session: Session, who: Consumer, photo_id: str, reading_id: str, meter_id: str) -> None:
    """Let a photo of the caller's go with a reading of the same meter, in place of the one that does so far.

    Raises NotFound for a photo of another's, of another meter, or with another reading. Asked again, nothing changes.
    """
    photo = session.exec(
        select(col(ReadingPhoto.reading_id), col(ReadingPhoto.uploaded_at))
        .join(Meter, col(Meter.id) == ReadingPhoto.meter_id)
        .where(
            ReadingPhoto.id == _checked(photo_id),
            ReadingPhoto.user_id == who.user_id,
            ReadingPhoto.meter_id == meter_id,
            col(Meter.account_number).in_(account_numbers(who)),
        )
        .with_for_update(of=ReadingPhoto)
    ).one_or_none()
    if photo is None:
        raise NotFound(GONE)
    goes_with, uploaded_at = photo
    if goes_with == reading_id:
        return
    if goes_with is not None:
        raise NotFound(GONE)
    session.exec(delete(ReadingPhoto).where(col(ReadingPhoto.reading_id) == reading_id))
    session.exec(update(ReadingPhoto).where(col(ReadingPhoto.id) == photo_id).values(reading_id=reading_id))
    rates.give_back(session, [_unattached(who)], uploaded_at)


def shown_to_consumer(session: Session, who: Consumer, photo_id: str) -> bytes:
    """Return a photo, JPEG, that the caller uploaded; raises NotFound for any other."""
    jpeg = session.exec(
        select(ReadingPhoto.content)
        .join(Meter, col(Meter.id) == ReadingPhoto.meter_id)
        .where(
            ReadingPhoto.id == _checked(photo_id),
            ReadingPhoto.user_id == who.user_id,
            col(Meter.account_number).in_(account_numbers(who)),
        )
    ).one_or_none()
    if jpeg is None:
        raise NotFound
    return jpeg


def shown_to_staff(session: Session, who: StaffCaller, photo_id: str, now: datetime) -> bytes:
    """Return a photo, JPEG, that came with a reading, and log that it was seen; raises NotAllowed or NotFound."""
    require_role(who, *READINGS)
    photo = session.exec(
        select(col(ReadingPhoto.content), col(ReadingPhoto.reading_id)).where(
            ReadingPhoto.id == _checked(photo_id), col(ReadingPhoto.reading_id).is_not(None)
        )
    ).one_or_none()
    if photo is None:
        raise NotFound
    jpeg, reading_id = photo
    audit.record(session, who, Action.PHOTO_SEEN, now, subject=reading_id or "")
    return jpeg


def _require_meter(session: Session, who: Consumer, meter_id: str) -> None:
    own = select(Meter.id).where(Meter.id == meter_id, col(Meter.account_number).in_(account_numbers(who)))
    if session.exec(own).one_or_none() is None:
        raise NotFound


def _unattached(who: Consumer) -> Limit:
    return Limit("photos", str(who.user_id), UNATTACHED)


def _checked(photo_id: str) -> str:
    """Return what may be the id of a photo; raises NotFound for what can be none."""
    if not ID.fullmatch(photo_id):
        raise NotFound(GONE)
    return photo_id
