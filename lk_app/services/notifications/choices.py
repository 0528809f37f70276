"""What a user wants to be told of, and how: by SMS to the phone they have proven, by letter, or not at all.

A choice whose phone or address has gone stays, and nothing is sent until there is another: it is suspended.
"""

from collections.abc import Mapping

from sqlmodel import Session, col, delete, select

from lk_app.models import NotificationChoice, Topic, User, Way
from lk_app.services import identity, mail
from lk_app.services.callers import Consumer
from lk_app.services.errors import FieldErrors

NONE = "none"
"""What a form sends for a topic its user does not want to hear of."""

UNKNOWN = "Выберите одно из списка"
NO_PHONE = "Для SMS нужен подтверждённый телефон"
NO_ADDRESS = "Чтобы получать письма, сначала укажите адрес электронной почты"
NO_LETTERS = "Портал сейчас не отправляет письма. Выберите другой способ"

Choices = Mapping[Topic, Way | None]


def of_caller(session: Session, who: Consumer) -> dict[Topic, Way]:
    """Return what the caller wants to be told of, and how."""
    rows = session.exec(select(NotificationChoice).where(NotificationChoice.user_id == who.user_id))
    return {row.topic: row.way for row in rows}


def read(fields: Mapping[str, str]) -> dict[Topic, Way | None]:
    """Return what a form says of each topic, by its name; what it leaves out stays as it is. Raises FieldErrors."""
    ways: dict[str, Way | None] = {NONE: None, **{way.value: way for way in Way}}
    asked = {topic: fields[topic] for topic in Topic if topic in fields}
    if wrong := [topic for topic, way in asked.items() if way not in ways]:
        raise FieldErrors({topic.value: UNKNOWN for topic in wrong})
    return {topic: ways[way] for topic, way in asked.items()}


def save(session: Session, who: Consumer, asked: Choices) -> None:
    """Let the caller be told of topics in another way, or not; raises FieldErrors for a way that leads nowhere."""
    user = identity.user_of(session, who)
    present = of_caller(session, who)
    changed = {topic: way for topic, way in asked.items() if way is not present.get(topic)}
    refusals = {topic.value: _refusal(user, way) for topic, way in changed.items() if way}
    if any(refusals.values()):
        raise FieldErrors({topic: text for topic, text in refusals.items() if text})
    for topic, way in changed.items():
        row = session.get(NotificationChoice, (who.user_id, topic))
        if row and way:
            row.way = way
        elif row:
            session.delete(row)
        elif way:
            session.add(NotificationChoice(user_id=who.user_id, topic=topic, way=way))


def forget_user(session: Session, user_id: int) -> None:
    """Delete the choices of a user who is being deleted."""
    session.exec(delete(NotificationChoice).where(col(NotificationChoice.user_id) == user_id))


def _refusal(user: User, way: Way) -> str:
    """Return why nothing could reach a user this way; empty if it can."""
    if way is Way.SMS:
        return "" if user.phone else NO_PHONE
    if not mail.is_available():
        return NO_LETTERS
    return "" if user.email else NO_ADDRESS
