"""What «Настройки» shows of notifications: the choices, and which of them lead nowhere at present."""

import pytest
from sqlmodel import Session

from lk_app.models import NotificationChoice, Topic, User, Way
from lk_app.services.callers import Consumer
from lk_app.services.session import writing
from lk_app.settings import Environment, settings
from lk_app.state.profile import NotificationsView, ProfileState, TopicView
from tests import factories
from tests.state.test_accounts import state_for

PHONE, ADDRESS = "9120000001", "maria@example.ru"
BY_SMS, BY_LETTER = TopicView("sms"), TopicView("email")


@pytest.fixture
def who(portal: str) -> Consumer:
    """A consumer with a proven phone and address."""
    with writing() as session:
        who = factories.consumer(session, factories.account(session), token="a token of hers")
        user = user_of(session, who)
        user.phone, user.email = PHONE, ADDRESS
        return who


def user_of(session: Session, who: Consumer) -> User:
    return session.get_one(User, who.user_id)


def choose(who: Consumer) -> None:
    """Let the consumer want SMS about decisions and letters about the window."""
    with writing() as session:
        for topic, way in ((Topic.DECISIONS, Way.SMS), (Topic.WINDOW, Way.EMAIL)):
            factories.store(session, NotificationChoice(user_id=who.user_id, topic=topic, way=way))


async def shown(who: Consumer) -> NotificationsView:
    state = await state_for(ProfileState, who)
    await ProfileState.load.fn(state)
    return state.view.notifications


async def test_at_first_nothing_is_chosen(who: Consumer) -> None:
    assert await shown(who) == NotificationsView(TopicView("none"), TopicView("none"), TopicView("none"))


async def test_the_choices_are_shown(who: Consumer) -> None:
    choose(who)

    assert await shown(who) == NotificationsView(BY_SMS, BY_LETTER, TopicView("none"))


async def test_a_choice_whose_way_has_gone_is_shown_as_suspended(who: Consumer) -> None:
    choose(who)
    with writing() as session:
        user_of(session, who).phone = None
    assert await shown(who) == NotificationsView(TopicView("sms", suspended=True), BY_LETTER)

    with writing() as session:
        user_of(session, who).email = None
    assert (await shown(who)).window == TopicView("email", suspended=True)


async def test_letters_are_suspended_where_none_are_sent(who: Consumer, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(who)
    monkeypatch.setattr(settings(), "env", Environment.PRODUCTION)

    assert await shown(who) == NotificationsView(BY_SMS, TopicView("email", suspended=True))
