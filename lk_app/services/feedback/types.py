"""What appeals may be about."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from lk_app.models import AppealType, Service

SERVICES = {Service.SUBSCRIBER: "Абонентская служба", Service.TECHNICAL: "Техническая служба"}

FIRST_TYPES = (
    AppealType(code="charges", service=Service.SUBSCRIBER, name="Начисления и квитанции", position=1),
    AppealType(code="payment", service=Service.SUBSCRIBER, name="Оплата", position=2),
    AppealType(code="readings", service=Service.SUBSCRIBER, name="Показания счётчика", position=3),
    AppealType(code="contract", service=Service.SUBSCRIBER, name="Договор и данные абонента", position=4),
    AppealType(code="cabinet", service=Service.SUBSCRIBER, name="Вход и работа в личном кабинете", position=5),
    AppealType(code="meter", service=Service.TECHNICAL, name="Счётчик: поверка, замена, неисправность", position=6),
    AppealType(code="equipment", service=Service.TECHNICAL, name="Газовое оборудование и его обслуживание", position=7),
    AppealType(code="connection", service=Service.TECHNICAL, name="Подключение и отключение газа", position=8),
)
"""What a new portal begins with; staff edit them."""


@dataclass(frozen=True)
class TypeLine:
    """A type as it is chosen from: its code, its name and whose it is."""

    code: str
    name: str
    service: Service


def published_types(session: Session) -> list[TypeLine]:
    """Return the types consumers choose from, those of one service together."""
    rows = session.exec(
        select(AppealType).where(col(AppealType.published)).order_by(col(AppealType.position), col(AppealType.code))
    )
    lines = [TypeLine(row.code, row.name, row.service) for row in rows]
    return sorted(lines, key=lambda line: list(Service).index(line.service))


def load_first(session: Session) -> None:
    """Store what a new portal begins with, unless there are types already."""
    if session.exec(select(AppealType.code)).first() is None:
        session.add_all(AppealType(**each.model_dump()) for each in FIRST_TYPES)
        session.flush()
