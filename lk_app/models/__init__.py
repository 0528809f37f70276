"""Tables, enums and value types. Importing this package registers every table."""

from lk_app.models.accounts import Account, AccountLink, Premises, PremisesKind
from lk_app.models.contacts import Office
from lk_app.models.exchange import ExchangeBatch
from lk_app.models.identity import RateLimit, User, UserSession
from lk_app.models.readings import Meter, MeterState, Reading, ReadingSource, ReadingState
from lk_app.models.settlements import Channel, Charge, ChargeKind, Division, Payment, Period
from lk_app.models.values import Instant, Kopecks, Month, Table, Tariff, Volume

__all__ = [
    "Account",
    "AccountLink",
    "Channel",
    "Charge",
    "ChargeKind",
    "Division",
    "ExchangeBatch",
    "Instant",
    "Kopecks",
    "Meter",
    "MeterState",
    "Month",
    "Office",
    "Payment",
    "Period",
    "Premises",
    "PremisesKind",
    "RateLimit",
    "Reading",
    "ReadingSource",
    "ReadingState",
    "Table",
    "Tariff",
    "User",
    "UserSession",
    "Volume",
]
