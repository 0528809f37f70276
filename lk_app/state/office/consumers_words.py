"""Consumers in words: the list of what was found, and one account as staff see it."""

from dataclasses import dataclass, field, replace

from lk_app import formats
from lk_app.models.values import Kopecks
from lk_app.services.office.consumer import AccountUser, ConsumerView
from lk_app.services.office.consumers import FoundConsumer, FoundPage, FoundUser
from lk_app.services.payments.history import History, PaymentLine
from lk_app.services.settlements import DivisionBalance
from lk_app.state.accounts import AccountView, account_view
from lk_app.state.office.queue_words import with_initials
from lk_app.state.payments import Paging, PaymentRow, paging_of, payment_row
from lk_app.state.profile import EventLine, SessionLine, day, event_line, masked, session_line
from lk_app.state.readings import ShownMeter, names_of, shown
from lk_app.state.settlements import NO_CHARGES, STANDING_WORDS, PeriodTable, accrued, period_table, posted, standing_of

NO_PHONE = "не указан"
NO_PAGES = Paging()
EVENTS_SHOWN = 10
ACCOUNTS = ("лицевой счёт", "лицевых счёта", "лицевых счетов")
USERS = ("пользователь без лицевого счёта", "пользователя без лицевого счёта", "пользователей без лицевого счёта")


@dataclass(frozen=True)
class FoundRow:
    """An account as its row shows it, or a user without one."""

    key: str
    number: str
    """Empty without an account."""
    user_id: int
    """Of a user without an account; otherwise 0."""
    holder: str
    address: str
    phone: str
    has_user: bool


@dataclass(frozen=True)
class DivisionPart:
    """How the account stands in one division."""

    code: str
    name: str
    standing: str
    word: str
    amount: str
    """Without a sign: the word carries it; empty when nothing is owed."""
    accrued: str
    posted: str
    processing: str
    charges: PeriodTable
    charged: bool


@dataclass(frozen=True)
class UserPart:
    """Somebody who has the account."""

    user_id: int
    name: str
    phone: str
    since: str
    """Empty without an account."""
    deletes_on: str
    sessions: list[SessionLine]
    events: list[EventLine]
    about: str
    """Who it is, where dialogs ask about them."""


@dataclass(frozen=True)
class Card:
    """One account as staff see it, or a user without one; empty when neither is looked at."""

    key: str = ""
    """That of its row."""
    number: str = ""
    user_id: int = 0
    holder: str = ""
    address: str = ""
    has_phone: bool = False
    account: AccountView = field(default_factory=AccountView)
    divisions: list[DivisionPart] = field(default_factory=list)
    payments: list[PaymentRow] = field(default_factory=list)
    paging: Paging = NO_PAGES
    meters: list[ShownMeter] = field(default_factory=list)
    appeals: str = ""
    users: list[UserPart] = field(default_factory=list)


NO_CARD = Card()


def found_row(found: FoundConsumer) -> FoundRow:
    """Put a found account into words."""
    return FoundRow(
        key=found.number,
        number=found.number,
        user_id=0,
        holder=with_initials(found.last_name, found.first_name, found.middle_name),
        address=formats.address(found.address),
        phone=masked(found.phone) or NO_PHONE,
        has_user=found.has_user,
    )


def user_row(found: FoundUser) -> FoundRow:
    """Put a found user without an account into words."""
    return FoundRow(
        key=key_of_user(found.user_id),
        number="",
        user_id=found.user_id,
        holder=found.name,
        address="",
        phone=masked(found.phone) or NO_PHONE,
        has_user=True,
    )


def key_of_user(user_id: int) -> str:
    return f"user {user_id}"


def found_words(page: FoundPage) -> str:
    """Return how many are shown: «Найден 1 лицевой счёт»."""
    number = len(page.consumers) + len(page.users)
    if not number:
        return "Никого не нашлось"
    counted = ", ".join(
        formats.counted(len(some), *forms) for some, forms in ((page.consumers, ACCOUNTS), (page.users, USERS)) if some
    )
    if page.has_earlier or page.has_later:
        return f"На странице {counted}"
    return f"{'Найден' if number == 1 else 'Найдено'} {counted}"


def card_of(view: ConsumerView) -> Card:
    """Put one account into words."""
    details, known = view.details, view.meters.meters
    return Card(
        key=details.number,
        number=details.number,
        holder=details.holder,
        address=formats.address(details.address),
        has_phone=details.phone is not None,
        account=account_view(details),
        divisions=[division_part(division) for division in view.divisions],
        payments=payment_rows(view.payments),
        paging=paging_of(0, view.payments.count),
        meters=[shown(meter, name) for meter, name in zip(known, names_of(known), strict=True)],
        appeals=formats.counted(view.appeals, "обращение", "обращения", "обращений") if view.appeals else "не было",
        users=[user_part(user) for user in view.users],
    )


def user_card(user: AccountUser) -> Card:
    """Put a user without an account into words."""
    return Card(key=key_of_user(user.user_id), user_id=user.user_id, holder=user.name, users=[user_part(user)])


def division_part(division: DivisionBalance) -> DivisionPart:
    """Put the balance of a division into words."""
    standing = standing_of(division.balance)
    return DivisionPart(
        code=division.code,
        name=division.name,
        standing=standing.value,
        word=STANDING_WORDS[standing],
        amount=formats.money(Kopecks(abs(division.balance))) if division.balance else "",
        accrued=accrued(division.last) if division.last else "Начислений ещё не было",
        posted=posted(division.paid_since),
        processing=f"В обработке {formats.money(division.processing)}" if division.processing else "",
        charges=period_table(division.last) if division.last else NO_CHARGES,
        charged=division.last is not None,
    )


def payment_rows(payments: History) -> list[PaymentRow]:
    """Put payments into words."""
    return [paid_row(line) for line in payments.lines]


def paid_row(line: PaymentLine) -> PaymentRow:
    """Put a payment into words: with its number, and without what only its consumer can do."""
    number = f"Заказ {line.order_number}" if line.order_number else line.payment_id or ""
    return replace(payment_row(line, ""), number=number, confirmation="")


def user_part(user: AccountUser) -> UserPart:
    """Put a user of the account into words."""
    return UserPart(
        user_id=user.user_id,
        name=user.name,
        phone=masked(user.phone) or NO_PHONE,
        since=day(user.attached_at) if user.attached_at else "",
        deletes_on=day(user.deletes_at) if user.deletes_at else "",
        sessions=[session_line(opened) for opened in user.sessions],
        events=[event_line(event) for event in user.events[:EVENTS_SHOWN]],
        about=f"{user.name}, {masked(user.phone)}" if user.phone else user.name,
    )
