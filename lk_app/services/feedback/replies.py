"""What staff write about appeals, as it is typed."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from lk_app.formats import NBSP
from lk_app.services.errors import FieldErrors, ServiceError
from lk_app.services.feedback.answering import Written
from lk_app.services.feedback.queue import is_appeal_id

LENGTH = 4_000
KEY = re.compile(r"[A-Za-z0-9_-]{16,32}")

NO_ANSWER = "Напишите ответ: его прочитает потребитель"
NO_NOTE = "Напишите заметку: её увидят только сотрудники"
NO_TYPE = "Выберите, о чём обращение"
TOO_LONG = f"Не больше 4{NBSP}000{NBSP}знаков, сейчас {{}}"
WRONG_FORM = "Страница устарела. Скопируйте то, что написали, обновите её и попробуйте ещё раз."


def new_key() -> str:
    """Return a key for the forms of a look at an appeal, by which what one of them sends twice is one."""
    return secrets.token_urlsafe(18)


@dataclass(frozen=True)
class Answer:
    """An answer to an appeal."""

    appeal_id: str
    written: Written
    seen: int
    closes: bool


@dataclass(frozen=True)
class Note:
    """A note for colleagues."""

    appeal_id: str
    written: Written


@dataclass(frozen=True)
class HandOver:
    """Which type an appeal is to have."""

    appeal_id: str
    type_code: str
    written: Written | None
    """A note, if there is one."""


@dataclass(frozen=True)
class Closing:
    """Which appeal is to end."""

    appeal_id: str
    seen: int


def read_answer(fields: Mapping[str, str]) -> Answer:
    """Read the form with `appeal`, `seen`, `key`, `text` and `closes`; raises FieldErrors or ServiceError."""
    text = _text(fields, NO_ANSWER)
    return Answer(_appeal_id(fields), Written(text, _key(fields)), _seen(fields), closes=fields.get("closes") == "yes")


def read_note(fields: Mapping[str, str]) -> Note:
    """Read the form with `appeal`, `key` and `text`; raises FieldErrors or ServiceError."""
    text = _text(fields, NO_NOTE)
    return Note(_appeal_id(fields), Written(text, f"{_key(fields)}-note"))


def read_hand_over(fields: Mapping[str, str]) -> HandOver:
    """Read the form with `appeal`, `type`, `key` and perhaps `text`; raises FieldErrors or ServiceError."""
    type_code = fields.get("type", "")
    if not type_code:
        raise FieldErrors({"type": NO_TYPE})
    text = _text(fields, "")
    written = Written(text, f"{_key(fields)}-over") if text else None
    return HandOver(_appeal_id(fields), type_code, written)


def read_closing(fields: Mapping[str, str]) -> Closing:
    """Read the form with `appeal` and `seen`; raises ServiceError."""
    return Closing(_appeal_id(fields), _seen(fields))


def _text(fields: Mapping[str, str], missing: str) -> str:
    """Return what was typed, with line ends of one kind; an empty `missing` lets it be nothing."""
    typed = fields.get("text", "").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not typed and missing:
        raise FieldErrors({"text": missing})
    if len(typed) > LENGTH:
        raise FieldErrors({"text": TOO_LONG.format(len(typed))})
    return typed


def _appeal_id(fields: Mapping[str, str]) -> str:
    appeal_id = fields.get("appeal", "")
    if not is_appeal_id(appeal_id):
        raise ServiceError(WRONG_FORM)
    return appeal_id


def _key(fields: Mapping[str, str]) -> str:
    key = fields.get("key", "")
    if not KEY.fullmatch(key):
        raise ServiceError(WRONG_FORM)
    return key


def _seen(fields: Mapping[str, str]) -> int:
    seen = fields.get("seen", "")
    if not (seen.isascii() and seen.isdecimal() and len(seen) < 19):
        raise ServiceError(WRONG_FORM)
    return int(seen)
