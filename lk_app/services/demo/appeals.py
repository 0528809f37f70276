"""Appeals of the demo user: one that waits, one that was answered, one that is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from lk_app.models import Appeal, AppealMessage, AppealState, Staff
from lk_app.services.demo.company import STAFF, USER_ACCOUNTS
from lk_app.services.feedback import types
from lk_app.services.numbers import new_number

HOUSE, FLAT = USER_ACCOUNTS
OPERATOR = STAFF[0][0]


@dataclass(frozen=True)
class Asked:
    """What the user asks, how long ago, and what came of it."""

    type_code: str
    account_number: str
    subject: str
    question: str
    ago: timedelta
    state: AppealState = AppealState.NEW
    answer: str = ""
    note: str = ""


ALL_ASKED = (
    Asked(
        "cabinet",
        FLAT,
        "Квитанция на почту",
        "Можно ли получать квитанцию по электронной почте? Бумажную я всё равно не храню.",
        timedelta(days=41, hours=3),
        AppealState.CLOSED,
        "Здравствуйте.\n\nДа. Добавьте адрес почты в настройках и включите там письма с квитанцией: "
        "она будет приходить, как только закроется месяц.",
    ),
    Asked(
        "charges",
        HOUSE,
        "Что за строка в квитанции",
        "В квитанции кроме газа есть строка за аварийное обслуживание. Что это и почему она каждый месяц?",
        timedelta(days=4, hours=2),
        AppealState.ANSWERED,
        "Здравствуйте.\n\nЭто плата за круглосуточную аварийную службу: она приезжает по звонку 104 и локализует "
        "утечки. Плата постоянная, от расхода газа она не зависит, поэтому строка есть в каждой квитанции.",
        "Спрашивает второй раз, раньше звонила. Объяснить подробнее, чем в шаблоне.",
    ),
    Asked(
        "meter",
        HOUSE,
        "Счётчик на кухне не считает",
        "Газ горит, а цифры на счётчике стоят уже второй день. Что мне делать и как вы посчитаете этот месяц?",
        timedelta(hours=3, minutes=20),
    ),
)


def create_appeals(session: Session, user_id: int, now: datetime) -> None:
    """Let the user have asked all this, unless they have asked anything already."""
    if session.exec(select(Appeal.id).where(Appeal.user_id == user_id).limit(1)).first():
        return
    types.load_first(session)
    operator = session.exec(select(Staff.id).where(Staff.login == OPERATOR)).one()
    for asked in ALL_ASKED:
        _ask(session, user_id, asked, operator or 0, now - asked.ago)


def _ask(session: Session, user_id: int, asked: Asked, operator: int, at: datetime) -> None:
    answered_at = at + timedelta(hours=1, minutes=25)
    changed_at = answered_at if asked.answer else at
    appeal = Appeal(
        id=f"Q{new_number(at)}",
        user_id=user_id,
        account_number=asked.account_number,
        type_code=asked.type_code,
        subject=asked.subject,
        state=asked.state,
        created_at=at,
        changed_at=changed_at,
        waiting_since=at if asked.state is AppealState.NEW else None,
        taken_by=operator if asked.answer else None,
        closed_at=answered_at if asked.state is AppealState.CLOSED else None,
        # The answered one is news to them.
        seen_at=at if asked.state is AppealState.ANSWERED else changed_at,
    )
    session.add(appeal)
    session.flush()
    _write(session, appeal, asked.question, at)
    if asked.note:
        _write(session, appeal, asked.note, at + timedelta(hours=1), staff_id=operator, internal=True)
    if asked.answer:
        _write(session, appeal, asked.answer, answered_at, staff_id=operator)


def _write(
    session: Session,
    appeal: Appeal,
    text: str,
    at: datetime,
    *,
    staff_id: int | None = None,
    internal: bool = False,
) -> None:
    key = f"{appeal.id}-{at:%H%M%S}"
    session.add(AppealMessage(appeal_id=appeal.id, staff_id=staff_id, internal=internal, text=text, at=at, key=key))
    session.flush()
