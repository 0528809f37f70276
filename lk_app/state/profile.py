"""«Настройки»: what the screen shows, in words and masked; its forms are sent to `api.profile`."""

from dataclasses import dataclass, field
from datetime import datetime

import reflex as rx

from lk_app import clock, formats
from lk_app.models import SecurityEventKind, Topic, Way
from lk_app.services import profile, security
from lk_app.services.email import PendingEmail
from lk_app.services.notifications import choices
from lk_app.services.profile import OpenSession, OwnAccount, ProfilePage
from lk_app.services.security import Happened
from lk_app.services.session import in_session
from lk_app.services.verification import Pending
from lk_app.settings import settings
from lk_app.state.access import caller, consumer, show_name
from lk_app.state.accounts import show_cabinet
from lk_app.state.screen import Screen

ALARMING = frozenset({SecurityEventKind.SIGN_IN_REFUSED})
SHOWN_AT_FIRST = 10
UNKNOWN_BROWSER = "Браузер не определён"


@dataclass(frozen=True)
class OtherLine:
    """Somebody else who has the account."""

    user_id: int
    name: str
    since: str


@dataclass(frozen=True)
class AccountLine:
    """An attached account."""

    number: str
    title: str
    since: str
    phone: str
    """The phone on record, masked; empty when there is none."""
    others: list[OtherLine]


@dataclass(frozen=True)
class Waiting:
    """A request that waits for its code."""

    phone: str = ""
    """Masked; empty when nothing waits."""
    account: str = ""
    other: str = ""
    """The name of the user to be removed."""
    resend_in: int = 0
    expired: bool = False


@dataclass(frozen=True)
class WaitingEmail:
    """An address that waits for its code."""

    address: str = ""
    """Masked; empty when none waits."""
    resend_in: int = 0
    expired: bool = False


@dataclass(frozen=True)
class SessionLine:
    """A browser in which the user is signed in."""

    session_id: int
    browser: str
    place: str
    """The masked address, and since when."""
    seen: str
    is_this: bool


@dataclass(frozen=True)
class EventLine:
    """Something that happened to the user's access."""

    what: str
    where: str
    """What it was about, the browser and the masked address, as far as they are known."""
    when: str
    alarming: bool


@dataclass(frozen=True)
class TopicView:
    """How the user wants to be told of something."""

    way: str = choices.NONE
    suspended: bool = False
    """Whether that way leads nowhere at present."""


@dataclass(frozen=True)
class NotificationsView:
    """What the user wants to be told of, a field for each topic."""

    decisions: TopicView = TopicView()
    window: TopicView = TopicView()
    verification: TopicView = TopicView()
    answers: TopicView = TopicView()


@dataclass(frozen=True)
class ProfileView:
    """The whole screen, in words."""

    name: str = ""
    phone: str = ""
    """Masked; empty when there is none."""
    email: str = ""
    """Masked; empty when there is none."""
    proving: WaitingEmail = WaitingEmail()
    sends_letters: bool = False
    notifications: NotificationsView = NotificationsView()
    deletes_on: str = ""
    asks_password: bool = False
    """Whether dangerous actions ask for the password from the start."""
    accounts: list[AccountLine] = field(default_factory=list)
    attaching: Waiting = Waiting()
    removal: Waiting = Waiting()
    sessions: list[SessionLine] = field(default_factory=list)
    events: list[EventLine] = field(default_factory=list)
    earlier_events: list[EventLine] = field(default_factory=list)


class ProfileState(Screen, rx.State):
    """Everything about the user's own access."""

    view: ProfileView = ProfileView()

    @rx.event
    @consumer
    async def load(self):
        """Load the screen; its forms call this again when something has changed."""
        async with self._failures_shown():
            page = await in_session(profile.open_page, await caller(self), clock.now())
            await show_cabinet(self, page.cabinet)
            await show_name(self, page.name)
            self.view = profile_view(page)


def profile_view(page: ProfilePage) -> ProfileView:
    """Put the screen into words."""
    events = [event_line(event) for event in page.events]
    removal = waiting(page.removal.request, page.removal.other) if page.removal else Waiting()
    return ProfileView(
        name=page.name,
        phone=masked(page.phone),
        email=formats.masked_email(page.email) if page.email else "",
        proving=waiting_email(page.proving) if page.proving else WaitingEmail(),
        sends_letters=page.sends_letters,
        notifications=NotificationsView(**{topic.value: topic_view(topic, page) for topic in Topic}),
        deletes_on=day(page.deletes_at) if page.deletes_at else "",
        asks_password=not page.confirmed,
        accounts=[account_line(account) for account in page.accounts],
        attaching=waiting(page.attaching) if page.attaching else Waiting(),
        removal=removal,
        sessions=[session_line(opened) for opened in page.sessions],
        events=events[:SHOWN_AT_FIRST],
        earlier_events=events[SHOWN_AT_FIRST:],
    )


def topic_view(topic: Topic, page: ProfilePage) -> TopicView:
    """Put into words how the user wants to be told of a topic."""
    way = page.notifications.get(topic)
    if way is None:
        return TopicView()
    leads = page.phone if way is Way.SMS else page.email and page.sends_letters
    return TopicView(way.value, suspended=not leads)


def account_line(account: OwnAccount) -> AccountLine:
    """Put an attached account into words."""
    return AccountLine(
        number=account.number,
        title=account.title,
        since=day(account.attached_at),
        phone=masked(account.phone),
        others=[OtherLine(other.user_id, other.name, day(other.attached_at)) for other in account.others],
    )


def waiting(request: Pending, other: str = "") -> Waiting:
    """Put a request that waits for its code into words."""
    return Waiting(
        phone=masked(request.phone),
        account=request.account_number,
        other=other,
        resend_in=request.resend_in,
        expired=not request.minutes_left,
    )


def waiting_email(proving: PendingEmail) -> WaitingEmail:
    """Put an address that waits for its code into words."""
    return WaitingEmail(
        address=formats.masked_email(proving.address),
        resend_in=proving.resend_in,
        expired=not proving.minutes_left,
    )


def session_line(opened: OpenSession) -> SessionLine:
    """Put a signed-in browser into words."""
    return SessionLine(
        session_id=opened.session_id,
        browser=opened.browser or UNKNOWN_BROWSER,
        place=listed(opened.address, f"вход {moment(opened.opened_at)}"),
        seen="" if opened.is_this else f"Последнее действие {moment(opened.seen_at)}",
        is_this=opened.is_this,
    )


def event_line(event: Happened) -> EventLine:
    """Put an event of the security log into words."""
    return EventLine(
        what=security.EVENTS[event.kind],
        where=listed(event.subject, event.browser, event.address),
        when=moment(event.at),
        alarming=event.kind in ALARMING,
    )


def masked(phone: str | None) -> str:
    return formats.masked_phone(phone) if phone else ""


def listed(*parts: str) -> str:
    """Return what is known of the parts, on one line."""
    return " · ".join(filter(None, parts))


def day(instant: datetime) -> str:
    """Return the day of an instant by the company's clock: «12 ноября 2026 г.»."""
    return formats.long_date(instant.astimezone(settings().zone).date())


def moment(instant: datetime) -> str:
    """Return an instant by the company's clock: «12 ноября 2026 г., 09:14»."""
    return f"{day(instant)}, {instant.astimezone(settings().zone):%H:%M}"
