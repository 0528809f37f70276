"""What the portal keeps about the meters of a user: readings, and photos of dials."""

from collections.abc import Iterable

from sqlalchemy import select as columns
from sqlmodel import Session, col

from lk_app import formats
from lk_app.models import Meter, Reading, ReadingPhoto
from lk_app.services.callers import Consumer, account_numbers
from lk_app.services.personal_data.sections import Column, Section, moment, rows
from lk_app.services.readings.words import SOURCES, STATES

MOST_PHOTOS = 200
"""In an archive, the latest ones: about 50 MB. A household sends some 30 a year."""


def sections(session: Session, who: Consumer) -> Iterable[Section]:
    """Yield the readings of the caller's accounts, and the photos they sent."""
    own = account_numbers(who)
    yield Section(
        "readings",
        "Показания",
        (
            Column("account", "Лицевой счёт"),
            Column("meter", "Прибор учёта"),
            Column("taken_on", "Дата", formats.short_date),
            Column("value_thousandths_of_m3", "Значение", formats.volume),
            Column("source", "Источник", SOURCES.__getitem__),
            Column("state", "Состояние", STATES.__getitem__),
        ),
        rows(
            session,
            columns(
                col(Meter.account_number), col(Meter.serial), col(Reading.taken_on), col(Reading.value),
                col(Reading.source), col(Reading.state),
            )
            .join(Meter, col(Meter.id) == col(Reading.meter_id))
            .where(col(Meter.account_number).in_(own))
            .order_by(col(Meter.account_number), col(Meter.serial), col(Reading.taken_on))
        ),
    )  # fmt: skip
    yield Section(
        "photos",
        "Фото приборов учёта",
        (
            Column("account", "Лицевой счёт"),
            Column("meter", "Прибор учёта"),
            Column("uploaded_at", "Загружено", moment),
            Column("taken_on", "Показание от", formats.short_date),
            Column("file", "Файл в архиве"),
        ),
        [
            (*what, _photo_file(photo_id) if index < MOST_PHOTOS else None)
            for index, (*what, photo_id) in enumerate(
                rows(
                    session,
                    columns(
                        col(Meter.account_number), col(Meter.serial), col(ReadingPhoto.uploaded_at),
                        col(Reading.taken_on), col(ReadingPhoto.id),
                    )
                    .join(Meter, col(Meter.id) == col(ReadingPhoto.meter_id))
                    .outerjoin(Reading, col(Reading.id) == col(ReadingPhoto.reading_id))
                    .where(col(ReadingPhoto.user_id) == who.user_id, col(Meter.account_number).in_(own))
                    .order_by(col(ReadingPhoto.uploaded_at).desc())
                )
            )
        ],
    )  # fmt: skip


def photos(session: Session, who: Consumer) -> Iterable[tuple[str, bytes]]:
    """Yield the latest photos the caller uploaded, with their names within the archive."""
    own = (
        columns(col(ReadingPhoto.id), col(ReadingPhoto.content))
        .join(Meter, col(Meter.id) == col(ReadingPhoto.meter_id))
        .where(col(ReadingPhoto.user_id) == who.user_id, col(Meter.account_number).in_(account_numbers(who)))
        .order_by(col(ReadingPhoto.uploaded_at).desc())
        .limit(MOST_PHOTOS)
    )
    for photo_id, jpeg in session.connection().execute(own):
        yield _photo_file(photo_id), jpeg


def _photo_file(photo_id: str) -> str:
    """Return the name of a photo within the archive."""
    return f"photos/{photo_id}.jpg"
