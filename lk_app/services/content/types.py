"""Types of appeals: what an appeal may be about, and which service answers."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from lk_app.models import AppealType, Content, Service
from lk_app.services.content.kind import Kind, Typed, line, random_code
from lk_app.services.errors import ServiceError
from lk_app.services.typed import Reader, Refused

NAME_LENGTH = 100

NOT_CHOSEN = "Выберите одно из списка"
LAST_ONE = "Это последний тип обращения на портале: без него потребители не смогут задать вопрос. Добавьте другой."


@dataclass(frozen=True)
class Fields:
    """What of a type can be edited."""

    service: Service
    name: str
    published: bool = True


def read(session: Session, typed: Typed) -> Fields:
    """Read the form of a type; raises FieldErrors."""
    reader = Reader(typed)
    service = reader.read("service", _service)
    name = reader.read("name", line, NAME_LENGTH)
    reader.finish()
    return Fields(Service(service), name)


def _service(text: str) -> str:
    if text not in list(Service):
        raise Refused(NOT_CHOSEN)
    return text


def typed(fields: Fields) -> dict[str, str]:
    """Return the form of a type."""
    return {"service": str(fields.service), "name": fields.name}


def rows(session: Session) -> list[AppealType]:
    """Return all types, those of one service together."""
    found = session.exec(select(AppealType).order_by(col(AppealType.position), col(AppealType.code)))
    return sorted(found, key=lambda row: list(Service).index(row.service))


def of_known_type(text: str, session: Session) -> str:
    """Return the code of a type there is, published or not; refuses any other."""
    if not text.isprintable() or session.get(AppealType, text) is None:
        raise Refused(NOT_CHOSEN)
    return text


def may_put_away(session: Session) -> None:
    """Raise ServiceError while there is no more than one type to choose."""
    published = select(func.count()).select_from(AppealType).where(col(AppealType.published))
    if session.exec(published).one() < 2:
        raise ServiceError(LAST_ONE)


KIND = Kind(
    content=Content.APPEAL_TYPE,
    table=AppealType,
    fields=Fields,
    read=read,
    typed=typed,
    rows=rows,
    title="name",
    beside="service",
    key="code",
    new_key=random_code,
    within="service",
    may_put_away=may_put_away,
)
