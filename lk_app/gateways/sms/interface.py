"""What the portal asks of a provider, and the answers it tells apart."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from lk_app.models.values import Kopecks


@dataclass(frozen=True)
class OutgoingSms:
    """A message as a provider gets it."""

    reference: str
    """Our name for it, the same whichever provider gets it."""
    phone: str = field(repr=False)
    """Ten digits."""
    text: str = field(repr=False)

    @property
    def destination(self) -> str:
        """The phone as all providers take it: 7XXXXXXXXXX."""
        return f"7{self.phone}"


class Verdict(StrEnum):
    """Whether a provider has a message."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """It read the message and did not take it."""
    NOT_HANDED_OVER = "not handed over"
    """No connection came about, so it never saw the message."""
    UNCLEAR = "unclear"
    """It may have the message: nobody else may get it now."""


@dataclass(frozen=True)
class Outcome:
    """What came of handing a message over."""

    verdict: Verdict
    provider_id: str = ""
    """The provider's name for an accepted message."""
    error: str = ""
    """Why it was not accepted: the provider's code or the kind of failure, never what was sent."""

    @property
    def surely_not_taken(self) -> bool:
        return self.verdict in (Verdict.REFUSED, Verdict.NOT_HANDED_OVER)


class Fate(StrEnum):
    """What a provider says later of a message."""

    UNDERWAY = "underway"
    DELIVERED = "delivered"
    FAILED = "failed"
    NOT_FOUND = "not found"
    UNKNOWN = "unknown"
    """It could not be asked."""


@dataclass(frozen=True)
class Status:
    """What became of a message; `error` is the provider's code of the reason."""

    fate: Fate
    error: str = ""


class SmsGateway(Protocol):
    """A provider. `send` returns an outcome whatever happens on the way there and back, and never tries twice."""

    @property
    def name(self) -> str:
        """Its name in LK_SMS_GATEWAYS."""
        ...

    def send(self, message: OutgoingSms) -> Outcome: ...


@runtime_checkable
class TellsStatus(Protocol):
    """A provider that can be asked what became of a message."""

    knows_our_reference: bool
    """Whether it finds a message by our reference too, so that it can be asked when its answer was lost."""

    def status(self, provider_id: str, phone: str) -> Status: ...


@runtime_checkable
class TellsBalance(Protocol):
    """A provider that can be asked how much money of ours it has left."""

    def balance(self) -> Kopecks | None:
        """Return the balance, or nothing when it could not be learned."""
        ...
