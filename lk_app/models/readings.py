"""Meters, their readings, photos of dials, and what gas costs."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field

from lk_app.models.values import Instant, Table, Tariff, Volume, one_of


class MeterState(StrEnum):
    WORKING = "working"
    FAULTY = "faulty"
    REMOVED = "removed"


class Meter(Table, table=True):
    """A gas meter («прибор учёта»), as sent in `meters.csv`."""

    __tablename__ = "meters"
    __table_args__ = (
        CheckConstraint("digits BETWEEN 1 AND 9", name="digits_are_counted"),
        CheckConstraint("decimals BETWEEN 0 AND 3", name="decimals_are_counted"),
    )

    id: str = Field(primary_key=True, max_length=40)
    """The number of the meter's card in billing."""
    account_number: str = Field(foreign_key="accounts.number", max_length=11, index=True)
    serial: str = Field(max_length=40, index=True)
    model: str = Field(max_length=100)
    place: str = Field(default="", max_length=100)
    digits: int
    """Digits of the dial before the decimal point: after 10**digits m³ it starts again from zero."""
    decimals: int
    state: MeterState = Field(sa_type=one_of(MeterState, "state"))
    remote: bool
    """Whether the meter reports by itself, so that nobody is asked for its readings."""
    installed_on: date
    verification_due_on: date | None = None
    """The day by which the meter must be verified («поверка»)."""


class ReadingSource(StrEnum):
    """Who told the value."""

    PORTAL = "portal"
    PHONE = "phone"
    OFFICE = "office"
    INSPECTOR = "inspector"
    REMOTE = "remote"


class ReadingState(StrEnum):
    """What became of a reading; `services/readings/machine.py` has every way between these."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """Taken back or replaced by the consumer who sent it, before anybody decided; billing never sends this."""


class Flag(StrEnum):
    """What looks unusual about a reading that a consumer sent; all but `ZERO` they have confirmed."""

    HIGH = "high"
    """Over three times the same months of last year."""
    CEILING = "ceiling"
    """More than such premises can burn."""
    ROLLED_OVER = "rolled-over"
    """The dial passed its last value and began again from zero."""
    ZERO = "zero"
    """Nothing was burned, nor before the reading before."""


class Reading(Table, table=True):
    """The value of a meter on a day: sent by a consumer here, or billing's history from `readings.csv`.

    A value never changes: who corrects it sends another reading, and the one before is withdrawn. So whoever decides
    about a reading decides about what they have seen.
    """

    __tablename__ = "readings"
    __table_args__ = (
        CheckConstraint("value >= 0", name="value_is_not_negative"),
        CheckConstraint("consumption IS NULL OR consumption >= 0", name="consumption_is_not_negative"),
        CheckConstraint("(state = 'refused') = (reason <> '')", name="refusal_has_a_reason"),
        CheckConstraint("(sent_at IS NULL) = (flags IS NULL)", name="what_was_sent_was_judged"),
        CheckConstraint("state <> 'withdrawn' OR sent_at IS NOT NULL", name="only_what_was_sent_is_withdrawn"),
        Index("ix_readings_meter_id_taken_on", "meter_id", "taken_on"),
        Index(
            "uq_readings_one_pending_a_day",
            "meter_id",
            "taken_on",
            unique=True,
            sqlite_where=text("state = 'pending' AND sent_at IS NOT NULL"),
            postgresql_where=text("state = 'pending' AND sent_at IS NOT NULL"),
        ),
        Index(
            "ix_readings_queue",
            "sent_at",
            "id",
            sqlite_where=text("state = 'pending' AND sent_at IS NOT NULL"),
            postgresql_where=text("state = 'pending' AND sent_at IS NOT NULL"),
        ),
        Index(
            "ix_readings_suspects",
            "sent_at",
            "id",
            sqlite_where=text("state = 'pending' AND flags <> ''"),
            postgresql_where=text("state = 'pending' AND flags <> ''"),
        ),
        Index(
            "ix_readings_unannounced",
            "id",
            sqlite_where=text("announced <> state"),
            postgresql_where=text("announced <> state"),
        ),
        Index(
            "ix_readings_unexported",
            "sent_at",
            "id",
            sqlite_where=text("sent_at IS NOT NULL AND (exported IS NULL OR exported <> state)"),
            postgresql_where=text("sent_at IS NOT NULL AND (exported IS NULL OR exported <> state)"),
        ),
        Index(
            # Not by the moment alone: planners would take it for the queue's, and read what was decided long ago.
            "ix_readings_source_sent_at",
            "source",
            "sent_at",
            sqlite_where=text("sent_at IS NOT NULL"),
            postgresql_where=text("sent_at IS NOT NULL"),
        ),
        Index(
            "ix_readings_accepted_by_staff",
            "decided_at",
            sqlite_where=text("state = 'accepted' AND decided_by IS NOT NULL"),
            postgresql_where=text("state = 'accepted' AND decided_by IS NOT NULL"),
        ),
    )

    id: str = Field(primary_key=True, max_length=40)
    """Billing's number, or for what was sent here ours: «R261122-7K3M9QX2TD», which billing repeats."""
    meter_id: str = Field(foreign_key="meters.id", max_length=40)
    taken_on: date
    value: Volume = Field(sa_type=BigInteger)
    consumption: Volume | None = Field(default=None, sa_type=BigInteger)
    """Since the reading accepted before; unknown for the first one."""
    source: ReadingSource = Field(sa_type=one_of(ReadingSource, "source"))
    state: ReadingState = Field(sa_type=one_of(ReadingState, "state"))
    reason: str = Field(default="", max_length=300)

    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    """When a consumer sent it here; this and all that follows is None for what billing brought."""
    sent_by: int | None = Field(default=None, foreign_key="users.id", index=True)
    flags: str | None = Field(default=None, max_length=60)
    """Words of `Flag`, separated by spaces; empty when nothing is unusual."""
    usual: Volume | None = Field(default=None, sa_type=BigInteger)
    """What was burned in the same months of last year, if that is known."""
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="staff.id")
    """Who of the staff decided; None when billing did."""
    announced: ReadingState | None = Field(default=None, sa_type=one_of(ReadingState, "announced"))
    """The state that open pages and the consumer have been told of."""
    exported: ReadingState | None = Field(default=None, sa_type=one_of(ReadingState, "exported"))
    """The state that billing has been told of."""


class ReadingDecision(Table, table=True):
    """What billing decided about a reading that was sent here; from `decisions.csv`."""

    __tablename__ = "reading_decisions"
    __table_args__ = (
        CheckConstraint("state IN ('accepted', 'refused')", name="state_is_a_decision"),
        CheckConstraint("(state = 'refused') = (reason <> '')", name="refusal_has_a_reason"),
    )

    reading_id: str = Field(primary_key=True, foreign_key="readings.id", max_length=40)
    state: ReadingState = Field(sa_type=one_of(ReadingState, "state"))
    reason: str = Field(default="", max_length=300)
    applied: ReadingState | None = Field(default=None, sa_type=one_of(ReadingState, "applied"))
    """What was done of it already: the same decision, sent again, must not undo a newer one."""


class ReadingPhoto(Table, table=True):
    """A photo of a dial, drawn anew from what was uploaded, so that nothing else of that is left in it."""

    __tablename__ = "reading_photos"

    id: str = Field(primary_key=True, max_length=22)
    """Random: nobody can guess it, and even so it is shown to its owner and to staff only."""
    meter_id: str = Field(foreign_key="meters.id", max_length=40, index=True)
    user_id: int = Field(foreign_key="users.id", index=True)
    reading_id: str | None = Field(default=None, foreign_key="readings.id", max_length=40, unique=True)
    """None until the reading is sent."""
    uploaded_at: datetime = Field(sa_type=Instant, index=True)
    content: bytes
    """JPEG."""


class TariffStep(Table, table=True):
    """What gas costs from a day on, above a volume burned since the first of January; from `tariffs.csv`."""

    __tablename__ = "tariffs"
    __table_args__ = (
        CheckConstraint("above >= 0", name="above_is_not_negative"),
        CheckConstraint("price > 0", name="price_is_positive"),
    )

    heating: bool = Field(primary_key=True)
    """Whether it is for premises that gas heats."""
    starts_on: date = Field(primary_key=True)
    above: Volume = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    price: Tariff = Field(sa_type=BigInteger)
