"""Offices: once staff have edited one, billing no longer changes it."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from lk_app.formats import NBSP, capital
from lk_app.models import Content, Office
from lk_app.services.content.hours import read_days, typed_days
from lk_app.services.content.kind import Kind, Typed, line, lines
from lk_app.services.exchange import hours as billing_hours
from lk_app.services.exchange import values
from lk_app.services.exchange.issues import BadValue
from lk_app.services.exchange.values import Parser
from lk_app.services.typed import EMPTY, Reader, Refused

NAME_LENGTH = 200
ADDRESS_LENGTH = 300
DIRECTIONS_LENGTH = 1_000
MOST_PHONES = 10

BY_DAYS, BY_LINE = "days", "line"
"""How the form has the hours: by days, or in one line as billing writes them, when days can't say them."""

BAD_PHONE = "Проверьте строку {}: нужен телефон из 5–15 цифр, например +7 (34300) 2-10-10"
TOO_MANY_PHONES = f"Не больше {MOST_PHONES}{NBSP}телефонов"
CODE_IS_TAKEN = "Служба с таким кодом уже есть"


@dataclass(frozen=True)
class Fields:
    """What of an office can be edited; its hours are as billing writes them, whatever the form had."""

    name: str
    address: str
    phones: list[str]
    hours: str
    directions: str
    published: bool = True


def read(session: Session, typed: Typed) -> Fields:
    """Read the form of an office; raises FieldErrors."""
    reader = Reader(typed)
    by_line = typed.get("hours_by") == BY_LINE
    fields = Fields(
        name=reader.read("name", line, NAME_LENGTH),
        address=reader.read("address", line, ADDRESS_LENGTH),
        phones=reader.read("phones", _phones).splitlines(),
        hours=reader.read("hours", _by_billing, billing_hours.hours) if by_line else read_days(reader, typed),
        directions=reader.read("directions", _directions),
    )
    reader.finish()
    return fields


def typed(fields: Fields) -> dict[str, str]:
    """Return the form of an office."""
    days = typed_days(fields.hours)
    return {
        "name": fields.name,
        "address": fields.address,
        "phones": "\n".join(fields.phones),
        "directions": fields.directions,
        "hours_by": BY_LINE if days is None else BY_DAYS,
        "hours": fields.hours,
    } | (days or {})


def new_key(session: Session, typed: Typed) -> str:
    """Return the code of a new office, which is the one billing knows it by, or will; raises FieldErrors."""
    reader = Reader(typed)
    code = reader.read("code", _by_billing, values.code(20))
    if code and session.get(Office, code) is not None:
        reader.errors["code"] = CODE_IS_TAKEN
    reader.finish()
    return code


def rows(session: Session) -> list[Office]:
    """Return all offices, by name as consumers see them."""
    return list(session.exec(select(Office).order_by(col(Office.name), col(Office.code))))


def _directions(text: str) -> str:
    return lines(text, DIRECTIONS_LENGTH, may_be_empty=True)


def _phones(text: str) -> str:
    """Return phones, one a line."""
    phones = []
    for number, each in enumerate(text.splitlines(), 1):
        if each.strip():
            try:
                phones.append(str(values.phone(each)))
            except BadValue:
                raise Refused(BAD_PHONE.format(number)) from None
    if len(phones) > MOST_PHONES:
        raise Refused(TOO_MANY_PHONES)
    return "\n".join(phones)


def _by_billing(text: str, parse: Parser) -> Any:
    """Return a value by the rule of billing's package, which brings it too."""
    if not text.strip():
        raise Refused(EMPTY)
    try:
        return parse(text.strip())
    except BadValue as refusal:
        raise Refused(capital(str(refusal))) from None


KIND = Kind(
    content=Content.OFFICE,
    table=Office,
    fields=Fields,
    read=read,
    typed=typed,
    rows=rows,
    title="name",
    beside="address",
    key="code",
    new_key=new_key,
    marks=lambda now: {"edited": True},
)
