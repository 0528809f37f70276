"""An order in the bank's books."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from lk_app.sandbox_bank.cards import PASSWORD_TRIES, Behaviour


class State(IntEnum):
    """`orderStatus`; held (1) and reversed (3) don't happen to one-stage payments."""

    REGISTERED = 0
    DEPOSITED = 2
    REFUNDED = 4
    """In part, too."""
    ASKS_PASSWORD = 5
    DECLINED = 6


class Action(IntEnum):
    """`actionCode`: what came of the last attempt to pay."""

    DONE = 0
    NOT_ENOUGH_MONEY = 116
    NO_ATTEMPT = -100
    WRONG_PASSWORD = -2006
    TIME_IS_UP = -2007
    STARTED = -9000


@dataclass(frozen=True)
class BankOrder:
    """One order; amounts are kopecks. `deposited` is all that was ever taken, `refunded` what of it went back."""

    order_id: str
    order_number: str
    amount: int
    description: str
    return_url: str = field(repr=False)
    fail_url: str = field(repr=False)
    params: dict[str, str] = field(repr=False)
    """The merchant's own `jsonParams`."""
    registered_at: datetime
    expires_at: datetime
    state: State = State.REGISTERED
    action: Action = Action.NO_ATTEMPT
    deposited: int = 0
    refunded: int = 0
    ip: str = field(default="", repr=False)
    behaviour: Behaviour | None = None
    """Of the card that was given."""
    masked_pan: str = ""
    card_expiry: str = ""
    """YYYYMM, as the bank writes it."""
    payment_system: str = ""
    approval_code: str = ""
    reference: str = ""
    """`authRefNum`."""
    tries_left: int = PASSWORD_TRIES
    authorized_at: datetime | None = None
    deposited_at: datetime | None = None
    silent_until: datetime | None = None
    pays_at: datetime | None = None
    """When the money is taken although the session has ended."""

    @property
    def left(self) -> int:
        """What can still be refunded."""
        return self.deposited - self.refunded

    @property
    def is_open(self) -> bool:
        """Whether it can still be paid."""
        return self.state in (State.REGISTERED, State.ASKS_PASSWORD)

    @property
    def is_paid(self) -> bool:
        return self.state in (State.DEPOSITED, State.REFUNDED)
