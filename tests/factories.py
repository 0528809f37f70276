"""Makers of test data: each stores one row with sensible defaults, in the session it is given, and returns it."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel, select

from lk_app.models import (
    Account,
    AccountLink,
    Appeal,
    AppealMessage,
    AppealState,
    AppealType,
    Channel,
    Charge,
    ChargeKind,
    Division,
    FaqEntry,
    Meter,
    MeterState,
    Office,
    Payment,
    Period,
    Premises,
    PremisesKind,
    Reading,
    ReadingSource,
    ReadingState,
    Role,
    Service,
    Staff,
    StaffSession,
    User,
    UserSession,
)
from lk_app.models.values import Kopecks, Month, next_month
from lk_app.services.callers import Consumer, StaffCaller
from lk_app.services.help import index
from lk_app.services.identity import Candidate, name_key, open_session, token_hash
from lk_app.services.places import Place
from lk_app.services.staff import totp

NOW = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
"""A Sunday, half past twelve where the company is."""
TODAY = date(2026, 11, 22)
LAST_CLOSED = Month(202610)

Row = TypeVar("Row", bound=SQLModel)
_numbers = count(1)


def store(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


def office(session: Session, code: str = "07", **values: Any) -> Office:
    """An office; the same one when its code is already there."""
    known = session.get(Office, code)
    defaults = {
        "name": "Абонентский участок № 7",
        "address": "г. Ясный, ул. Заводская, 3",
        "phones": ["8 (35140) 2-04-04"],
        "hours": "1-4 08:00-12:00,13:00-17:00; 5 08:00-16:00",
    }
    return known or store(session, Office(code=code, **(defaults | values)))


def division(session: Session, code: str = "gas", **values: Any) -> Division:
    """A division; the same one when its code is already there."""
    known = session.get(Division, code)
    defaults: dict[str, Any] = {
        "name": "Природный газ",
        "position": 1,
        "payee_name": "ООО «Демогаз»",
        "payee_inn": "7400000005",
        "payee_kpp": "740001001",
        "payee_account": "40702810000000000001",
        "bank_name": "Банк",
        "bank_bic": "047501602",
        "bank_account": "30101810700000000602",
    }
    return known or store(session, Division(code=code, **(defaults | values)))


def charge_kind(session: Session, name: str = "Газ по счётчику", division_code: str = "gas") -> ChargeKind:
    """A charge kind and its division; the same one when it is already there."""
    division(session, division_code)
    known = session.exec(
        select(ChargeKind).where(ChargeKind.division_code == division_code, ChargeKind.name == name)
    ).one_or_none()
    return known or store(session, ChargeKind(division_code=division_code, name=name))


def period(session: Session, month: Month = LAST_CLOSED, *, closed: bool = True) -> Period:
    """A period, closed on the third of the next month unless said otherwise; the same one when it is already there."""
    known = session.get(Period, month)
    after = next_month(month)
    return known or store(
        session,
        Period(
            month=month,
            closed_on=date(after // 100, after % 100, 3) if closed else None,
            due_on=date(after // 100, after % 100, 25),
        ),
    )


def account(session: Session, number: str = "", *, address: str = "г. Ясный, ул. Садовая, 5", **values: Any) -> Account:
    """An account with its office and premises: a house."""
    defaults = {
        "last_name": "Иванова",
        "first_name": "Мария",
        "middle_name": "Петровна",
        "phone": "9120000001",
        "office_code": "07",
        "opened_on": date(2019, 4, 1),
    }
    of_account = defaults | values
    office(session, str(of_account["office_code"]))
    row = store(session, Account(number=number or f"6602{next(_numbers):07d}", **of_account))
    premises(session, row, address=address)
    return row


def premises(session: Session, account: Account, **values: Any) -> Premises:
    defaults: dict[str, Any] = {
        "kind": PremisesKind.HOUSE,
        "address": "г. Ясный, ул. Садовая, 5",
        "area": 8640,
        "residents": 3,
        "heating": True,
        "equipment": ["Газовая плита", "Котёл"],
    }
    return store(session, Premises(account_number=account.number, **(defaults | values)))


PASSWORD = "gaz2026demo"
PASSWORD_HASH = "$2b$12$bQCsmd6z1Gj2Ro740UeCrOroV5MvUWCHanzt9aWBZQXJY1qcRyzVe"
"""Of PASSWORD, made once: bcrypt takes a fifth of a second."""


def user(session: Session, name: str = "", phone: str | None = None) -> User:
    """A user whose password is PASSWORD."""
    name = name or f"Пользователь {chr(1040 + next(_numbers) % 32)}{chr(1072 + next(_numbers) % 32)}"
    return store(
        session,
        User(name=name, name_key=name_key(name), password_hash=PASSWORD_HASH, phone=phone, created_at=NOW),
    )


def link(
    session: Session, user: User, account: Account, *, attached_at: datetime = NOW, title: str = ""
) -> AccountLink:
    assert user.id is not None
    return store(
        session,
        AccountLink(user_id=user.id, account_number=account.number, attached_at=attached_at, title=title),
    )


def consumer(session: Session, *accounts: Account, token: str = "") -> Consumer:
    """A signed-in user to whom the accounts are attached, in that order."""
    row = user(session)
    for attached in accounts:
        link(session, row, attached)
    token = token or f"token {next(_numbers)}"
    opened = store(
        session,
        UserSession(token_hash=token_hash(token), user_id=row.id or 0, created_at=NOW, seen_at=NOW, confirmed_at=NOW),
    )
    assert row.id is not None
    assert opened.id is not None
    return Consumer(row.id, opened.id)


def staff(session: Session, login: str = "", role: Role = Role.OPERATOR, *, secret: str = "") -> Staff:
    """A member of the staff whose password is PASSWORD; with a `secret` of the second factor if need be."""
    return store(
        session,
        Staff(
            login=login or f"staff-{next(_numbers)}",
            name="Ольга Ветрова",
            role=role,
            password_hash=PASSWORD_HASH,
            totp_secret=totp.encrypted(secret) if secret else "",
            created_at=NOW,
        ),
    )


def staff_caller(
    session: Session, role: Role = Role.OPERATOR, *, member: Staff | None = None, token: str = "", at: datetime = NOW
) -> StaffCaller:
    """A member of the staff who is signed in from 203.0.113.*."""
    member = member or staff(session, role=role)
    token = token or f"staff token {next(_numbers)}"
    opened = store(
        session,
        StaffSession(
            token_hash=token_hash(token), staff_id=member.id or 0, created_at=at, seen_at=at, address="203.0.113.*"
        ),
    )
    return StaffCaller(member.id or 0, opened.id or 0, member.role)


def appeal_type(session: Session, code: str = "charges", **fields: Any) -> AppealType:
    """What appeals may be about: «Начисления», answered by the subscriber service."""
    known = session.get(AppealType, code)
    if known and not fields:
        return known
    values = {"service": Service.SUBSCRIBER, "name": "Начисления", "position": 1}
    return store(session, AppealType(code=code, **values | fields))


def appeal(
    session: Session, who: Consumer, *, at: datetime = NOW, text: str = "Почему так много?", **fields: Any
) -> Appeal:
    """A new appeal of a consumer, with the one message it began with."""
    values = {
        "id": f"Q261122-{next(_numbers):0>10}",
        "type_code": appeal_type(session).code,
        "subject": "Квитанция",
        "state": AppealState.NEW,
        "waiting_since": at,
    }
    moments = {"created_at": at, "changed_at": at, "seen_at": at}
    row = store(session, Appeal(user_id=who.user_id, **moments, **values | fields))
    appeal_message(session, row, text=text, at=at)
    return row


def appeal_message(session: Session, appeal: Appeal, *, at: datetime = NOW, **fields: Any) -> AppealMessage:
    """A message of an appeal: of its consumer, unless `staff_id` says otherwise."""
    values = {"text": "Добавлю ещё.", "key": f"message {next(_numbers)}"}
    return store(session, AppealMessage(appeal_id=appeal.id, at=at, **values | fields))


def faq_entry(session: Session, question: str, answer: str, type_code: str = "charges", **fields: Any) -> FaqEntry:
    """A published entry of the FAQ, which the search finds."""
    values = {"position": 1, "changed_at": NOW}
    entry = store(session, FaqEntry(type_code=type_code, question=question, answer=answer, **values | fields))
    index.put_faq(session, entry)
    return entry


NOWHERE = Place("")


def session_token(session: Session, user_id: int, *, place: Place = NOWHERE, at: datetime = NOW) -> str:
    """Sign a user in and return their token."""
    user = session.get_one(User, user_id)
    candidate = Candidate(user_id, user.password_hash)
    token = open_session(session, candidate, user.name, place, at)
    session.flush()
    return token


def charge(
    session: Session,
    account: Account,
    month: Month = LAST_CLOSED,
    *,
    kind: str = "Газ по счётчику",
    division_code: str = "gas",
    closing: int | None = None,
    **values: Any,
) -> Charge:
    """A charge of a kind that adds up: whatever `closing` asks for beyond the other figures is accrued."""
    figures = {"opening": 0, "accrued": 0, "recalculation": 0, "penalty": 0, "paid": 0} | values
    balance = figures["opening"] + figures["accrued"] + figures["recalculation"] + figures["penalty"] - figures["paid"]
    if closing is not None:
        figures["accrued"] += closing - balance
        balance = closing
    period(session, month)
    kind_id = charge_kind(session, kind, division_code).id
    return store(
        session,
        Charge(account_number=account.number, month=month, kind_id=kind_id, closing=Kopecks(balance), **figures),
    )


def payment(
    session: Session,
    account: Account,
    amount: int,
    month: Month = LAST_CLOSED,
    *,
    division_code: str = "gas",
    **values: Any,
) -> Payment:
    division(session, division_code)
    period(session, month, closed=month <= LAST_CLOSED)
    defaults = {"id": f"payment {next(_numbers)}", "paid_on": TODAY, "channel": Channel.BANK}
    return store(
        session,
        Payment(
            account_number=account.number,
            division_code=division_code,
            month=month,
            amount=Kopecks(amount),
            **(defaults | values),
        ),
    )


def meter(session: Session, account: Account, **values: Any) -> Meter:
    defaults = {
        "id": f"meter {next(_numbers)}",
        "serial": "02514876",
        "model": "ВК-G4",
        "place": "кухня",
        "digits": 5,
        "decimals": 0,
        "state": MeterState.WORKING,
        "remote": False,
        "installed_on": date(2020, 6, 1),
        "verification_due_on": date(2030, 6, 1),
    }
    return store(session, Meter(account_number=account.number, **(defaults | values)))


def reading(session: Session, meter: Meter, value: int, taken_on: date = TODAY, **values: Any) -> Reading:
    """An accepted reading; `value` is in thousandths of a m³."""
    defaults = {
        "id": f"reading {next(_numbers)}",
        "source": ReadingSource.PORTAL,
        "state": ReadingState.ACCEPTED,
    }
    return store(session, Reading(meter_id=meter.id, value=value, taken_on=taken_on, **(defaults | values)))
