"""What programs send and are answered: these models check the one, describe both, and make the other."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, RootModel

MOST_ITEMS = 1_000
"""Elements of a page, and of an acknowledgement."""
MOST_ROWS = 10_000
"""Elements of an array that is loaded; who has more sends a package."""
LARGEST_ID = 2_147_483_647

Money = Annotated[str, Field(pattern=r"^-?(0|[1-9]\d{0,12})\.\d\d$", examples=["652.73"])]
"""Roubles, as the files have them."""
Volume = Annotated[str, Field(pattern=r"^\d+\.\d{3}$", examples=["5690.000"])]
"""Cubic metres, as the files have them."""
ReadingStateWord = Literal["pending", "accepted", "refused", "withdrawn"]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _whole_number(text: object) -> object:
    # Pydantic would take « 1_0.0» for ten.
    if isinstance(text, str) and not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise ValueError("expected digits")
    return text


class PageQuery(Model):
    """Which page is wanted: `next` of the page before has it."""

    cursor: str = Field(default="", max_length=200, pattern=r"^[A-Za-z0-9_-]*$")
    limit: Annotated[int, BeforeValidator(_whole_number)] = Field(default=100, ge=1, le=MOST_ITEMS)


class LoadHeaders(Model):
    """What is said of something that is sent."""

    key: str = Field(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9_.:-]{1,100}$",
        description="A name of your own for what you send, remembered for 30 days: sent again under it, nothing is "
        "done again, and the answer is the same.",
    )
    prefer: str = Field(
        default="",
        alias="Prefer",
        max_length=200,
        description="`respond-async`: answer 202 at once and load meanwhile.",
    )


class Issue(Model):
    """One fault. In an array the first element is line 2, as in the file it stands for; 0 is the whole."""

    file: str
    line: int
    column: str
    reason: str = Field(description="In Russian, without anybody's data.")


class Problem(Model):
    """RFC 9457: `type` and `title` are for programs, `detail` is Russian and for people."""

    type: str = Field(examples=["urn:lk:exchange:scope-missing"])
    title: str
    status: int
    detail: str
    run: str | None = Field(default=None, description="The address of the run that it is about.")


class ContentRefused(Problem):
    """Nothing of what was sent is loaded."""

    issues: Sequence[Issue] = Field(description="The first 1,000.")
    total: int = Field(description="How many there are.")


class Run(Model):
    """One time something was loaded, written, or acknowledged."""

    id: int
    url: str
    direction: Literal["in", "out"]
    package: str
    started_at: AwareDatetime
    started_by: str = Field(description="`API: ` and the name of the key, or the user of the system.")
    ended_at: AwareDatetime | None
    outcome: Literal["running", "done", "unchanged", "refused", "failed"]
    interrupted: bool = Field(description="Its process was killed; nothing of it is loaded.")
    rows: dict[str, int] = Field(description="Rows of each file.")
    passed_over: int = Field(
        description="Rows left out because they are about orders or readings that were made in the portal after the "
        "copy it was restored from."
    )
    total: int = Field(description="How many faults were found.")


class RunReport(Run):
    issues: Sequence[Issue] = Field(description="The first 1,000 faults.")


class Runs(Model):
    items: Sequence[Run]
    next: str | None = Field(description="The address of the next page.")


class Reading(Model):
    """A reading that was sent in the portal, or has got another state there."""

    id: str
    account_number: str
    meter_id: str
    serial: str
    taken_on: date
    value: Volume
    consumption: Volume | None
    rolled_over: bool
    sent_at: AwareDatetime
    state: ReadingStateWord
    reason: str


class Readings(Model):
    items: Sequence[Reading]
    next: str | None = Field(description="The address of the next page.")


class PaidPart(Model):
    division_code: str
    amount: Money


class PaidOrder(Model):
    """An order that was paid in the portal, less what was given back."""

    order_number: str
    account_number: str
    paid_on: date
    amount: Money
    parts: Sequence[PaidPart]


class PaidOrders(Model):
    items: Sequence[PaidOrder]
    next: str | None = Field(description="The address of the next page.")


class HeardReading(Model):
    """A reading that billing has, in the state in which it was told of it."""

    id: str = Field(min_length=1, max_length=40)
    state: ReadingStateWord


class HeardOrder(Model):
    """An order that billing has, with the amount that it was told."""

    order_number: str = Field(min_length=1, max_length=32)
    amount: Money


class HeardReadings(RootModel[list[HeardReading]]):
    root: list[HeardReading] = Field(min_length=1, max_length=MOST_ITEMS)


class HeardOrders(RootModel[list[HeardOrder]]):
    root: list[HeardOrder] = Field(min_length=1, max_length=MOST_ITEMS)


class Acknowledged(Model):
    told: int = Field(description="How many of them billing is not told of again.")
    changed: Sequence[str] = Field(description="Those that have changed meanwhile: ask again.")
    unknown: Sequence[str] = Field(description="Those the portal has never told of.")


class Decision(Model):
    """A row of `decisions.csv`."""

    reading_id: str = Field(min_length=1, max_length=40, examples=["R261122-7K3M9QX2TD"])
    state: Literal["accepted", "refused"]
    reason: str = Field(default="", max_length=300, description="For `refused`, and only then.")


class Posting(Model):
    """A row of `postings.csv`."""

    order_number: str = Field(min_length=1, max_length=32, examples=["261122-7K3M9QX2TD"])
    division_code: str = Field(min_length=1, max_length=20)
    payment_id: str = Field(min_length=1, max_length=40)


class Decisions(RootModel[list[Decision]]):
    root: list[Decision] = Field(min_length=1, max_length=MOST_ROWS)


class Postings(RootModel[list[Posting]]):
    root: list[Posting] = Field(min_length=1, max_length=MOST_ROWS)
