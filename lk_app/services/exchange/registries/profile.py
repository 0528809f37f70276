"""What a registry looks like: a TOML file of the folder LK_REGISTRY_PROFILES, named by its sender."""

import codecs
import re
import tomllib
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from lk_app.models import Channel
from lk_app.services.errors import ServiceError

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
ID_PARTS = {"number", "date", "account", "division"}
AS_ASCII = b"0123456789,;.-/=\n"
"""What an encoding must write as ASCII does, because lines are told apart before they are decoded."""

Place = Annotated[int, Field(ge=1, le=500)] | Annotated[str, Field(min_length=1)]
"""A column: its number, from 1, or its name in the line of names."""


class ProfileRefused(ServiceError):
    """There is no such profile, or it can't be used; the message says why."""


def _known_encoding(name: str) -> str:
    try:
        fits = AS_ASCII.decode("ascii").encode(codecs.lookup(name).name) == AS_ASCII
    except (LookupError, UnicodeError):
        fits = False
    if not fits:
        raise ValueError("нет такой кодировки, или строки в ней не разделить")
    return name


def _whole_id(template: str) -> str:
    try:
        names = [name for _, name, *how in Formatter().parse(template) if name is not None]
    except ValueError:
        names = []
    if "number" not in names or not set(names) <= ID_PARTS:
        raise ValueError("ожидается {number}, а кроме него разве что {date}, {account}, {division}")
    return template


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(Strict):
    """Where in a line stands what."""

    number: Place
    date: Place
    account: Place
    amount: Place
    division: Place | None = None


class Totals(Strict):
    """The line that says how many payments there are and what they come to; columns are counted from 1."""

    line: Literal["first", "last"] = "last"
    starting: str = Field(min_length=1)
    count: int | None = Field(default=None, ge=1)
    sum: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.count is None and self.sum is None:
            raise ValueError("ожидается count, sum или оба")
        return self


class Profile(Strict):
    """One kind of registry."""

    name: str
    title: str = Field(min_length=1)
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8"
    separator: str = Field(default=";", min_length=1, max_length=1)
    quotes: str = Field(default="", max_length=1)
    """The sign in which a cell may be quoted; none when empty."""
    decimal: Literal[".", ","] = ","
    date: str = "%d.%m.%Y"
    """As `strptime` has it."""
    skip_first: int = Field(default=0, ge=0, le=1_000)
    skip_starting: tuple[str, ...] = ()
    """Lines that begin so say nothing of payments."""
    names: bool = False
    """Whether the first line that is not skipped has the names of the columns."""
    columns: Columns
    channel: Literal[Channel.BANK, Channel.POST, Channel.OFFICE, Channel.ONLINE] = Channel.BANK
    division: str = ""
    """The division of all payments, when there is no column of it."""
    divisions: dict[str, str] = {}
    """What the column of the division says, and which division that is."""
    id: Annotated[str, AfterValidator(_whole_id)]
    """What a payment is called here, and has to be called in billing."""
    totals: Totals | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if bool(self.division) == (self.columns.division is not None):
            raise ValueError("ожидается либо division, либо columns.division с таблицей divisions")
        if (self.columns.division is not None) != bool(self.divisions):
            raise ValueError("таблица divisions указывается вместе с columns.division")
        named = [place for place in self.columns.model_dump().values() if isinstance(place, str)]
        if named and not self.names:
            raise ValueError("столбцы названы по имени, а names не указано")
        return self


def profile_of(folder: Path | None, name: str) -> Profile:
    """Return a profile by its name; raises ProfileRefused."""
    if folder is None:
        raise ProfileRefused("Профилей нет: укажите их папку в LK_REGISTRY_PROFILES.")
    path = folder / f"{name}.toml"
    if not NAME.fullmatch(name) or not path.is_file():
        raise ProfileRefused("Такого профиля нет в папке LK_REGISTRY_PROFILES.")
    try:
        values = tomllib.loads(path.read_text("utf-8"))
        return Profile.model_validate({"name": name} | values)
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileRefused(f"Профиль {name} не читается: {error}.") from error
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])) or 'profile'}: {fault['msg']}" for fault in error.errors()]
        raise ProfileRefused(f"Профиль {name} не годится. {'; '.join(faults)}.") from error
