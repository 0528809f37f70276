"""Somebody who has one of everything, and somebody else beside her, who must get nothing of it."""

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from lk_app import clock
from lk_app.models import Attachment, AttachmentKind, AttemptState, Reading, ReadingPhoto, Table, User, UserSession
from lk_app.services.callers import Consumer
from lk_app.services.references import reference_of
from lk_app.services.session import reading
from tests import factories
from tests.attempts import attempt
from tests.waiting import waiting

HER_TOKEN, OUR_TOKEN = "her token", "our token"
HER_NUMBER, OUR_NUMBER, HER_PHONE = "66010000777", "66010000888", "9129990001"
HER_SECRETS = ("ул. Тайная, 77", "Тайнова", HER_PHONE, "maria@her.example", "СЕРИЯ-4711", "Тайный вопрос", "снимок")
"""What stands in her rows, and in no name of a row."""

ONLY_KEPT_BY_US = {"verifications", "sms_messages", "rate_limits", "rate_windows"}
"""Tables that remember what we have asked for, whatever we named."""


@dataclass
class Hers:
    """What belongs to her: by what her rows are called, and by which user they are."""

    user_id: int
    names: list[str] = field(default_factory=list)

    def rows(self) -> dict[str, list[str]]:
        """Every row of hers, as it stands in the database."""
        with reading() as session:
            return {
                table.name: sorted(repr(tuple(row)) for row in session.execute(table.select()) if self._is_hers(row))
                for table in Table.metadata.sorted_tables
                if table.name not in ONLY_KEPT_BY_US
            }

    def _is_hers(self, row: Any) -> bool:
        values = dict(row._mapping)
        owners = {values.get(column) for column in ("user_id", "sent_by", "asker_id", "subject_id")}
        # Small numbers are the names of anybody's rows.
        telling = {name for name in self.names if not name.isdecimal() or name == HER_NUMBER}
        return self.user_id in owners or not {str(value) for value in values.values()}.isdisjoint(telling)


def consumer(session: Session, number: str, token: str, **values: Any) -> tuple[Any, Consumer]:
    account = factories.account(session, number, **values)
    who = factories.consumer(session, account, token=token)
    opened = session.get_one(UserSession, who.session_id)
    opened.created_at = opened.seen_at = opened.confirmed_at = clock.now()
    return account, who


def store_hers(session: Session) -> tuple[Hers, Consumer]:
    """Store a consumer who has one of everything, and another, with whose cookie we come: return both."""
    secret = {"last_name": "Тайнова", "phone": HER_PHONE, "address": "ул. Тайная, 77"}
    account, she = consumer(session, HER_NUMBER, HER_TOKEN, **secret)
    _, we = consumer(session, OUR_NUMBER, OUR_TOKEN, phone="9129990002")
    user = session.get_one(User, she.user_id)
    user.email, user.phone = "maria@her.example", HER_PHONE
    factories.charge(session, account, closing=150_000)
    meter = factories.meter(session, account, serial="СЕРИЯ-4711")
    pending = waiting(session, meter, 87_654_000, sent_at=clock.now(), sent_by=she.user_id)
    order = attempt(session, she, account, {"gas": 150_000}, AttemptState.REGISTERED, at=clock.now())
    paid = factories.payment(session, account, 5_000)
    appeal = factories.appeal(session, she, text="Тайный вопрос", at=clock.now())
    photo, file = store_files(session, she, meter.id, pending)
    names = [HER_NUMBER, reference_of(HER_NUMBER), str(she.user_id), str(she.session_id), meter.id, pending.id]
    return Hers(she.user_id, [*names, order.order_number, paid.id, appeal.id, photo, file]), we


def store_files(session: Session, who: Consumer, meter_id: str, of_reading: Reading) -> tuple[str, str]:
    photo, file, now = "p" * 22, "f" * 22, clock.now()
    picture = {"user_id": who.user_id, "uploaded_at": now, "content": "снимок".encode()}
    factories.store(session, ReadingPhoto(id=photo, meter_id=meter_id, reading_id=of_reading.id, **picture))
    factories.store(session, Attachment(id=file, name="x.jpg", kind=AttachmentKind.JPEG, size=12, **picture))
    return photo, file
