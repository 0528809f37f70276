"""«Уведомления»: what one wants to be told of, and how."""

import reflex as rx

from lk_app.components.cards import card
from lk_app.components.controls import button, leap
from lk_app.components.forms import radio, radio_group, sent_form
from lk_app.formats import NBSP, tied
from lk_app.models import Topic, Way
from lk_app.pages.profile.accounts import ACCOUNTS
from lk_app.pages.profile.email import HEADING as EMAIL
from lk_app.pages.profile.parts import RELOAD
from lk_app.services.notifications.choices import NONE
from lk_app.services.notifications.words import TOPICS, WAYS
from lk_app.state.profile import ProfileState, TopicView

el = rx.el

NOTIFICATIONS = "notifications"
BY_SMS, BY_LETTER = "notifications-sms", "notifications-email"
PREFIX = "notify-"

EXPLAINED = {
    Topic.DECISIONS: "Переданное вами показание принято или не принято, и почему",
    Topic.WINDOW: f"Показания пора передать; осталось два{NBSP}дня, а они ещё не переданы",
    Topic.ANSWERS: "На ваше обращение ответили; самого ответа в сообщении нет",
    Topic.VERIFICATION: f"За{NBSP}60 и за{NBSP}14{NBSP}дней до срока поверки",
}
SUSPENDED = "Сейчас не присылаем: выбранный способ недоступен. Выберите другой."


def notifications() -> rx.Component:
    """Return the choices, and where messages go."""
    view = ProfileState.view
    return card(
        NOTIFICATIONS,
        "Уведомления",
        el.div(
            el.div(
                el.p(tied("Присылаем с 9 до 21 часа по времени газовой компании, о каждом событии один раз.")),
                by_sms(),
                rx.cond(view.sends_letters, by_letter()),
                class_name="hint stack tight",
            ),
            sent_form(
                "/api/profile/notifications",
                *(topic(each, getattr(view.notifications, each.value)) for each in Topic),
                el.div(button("Сохранить уведомления", "primary", type="submit"), class_name="end"),
                then=RELOAD,
            ),
            class_name="stack",
        ),
    )


def by_sms() -> rx.Component:
    """Return where SMS go, or what is missing for them."""
    phone = ProfileState.view.phone
    return el.p(
        rx.cond(
            phone,
            rx.fragment("SMS приходят на номер ", el.span(phone, class_name="num"), "."),
            rx.fragment(
                tied("Чтобы получать SMS, присоедините "),
                leap(ACCOUNTS, "лицевой счёт"),
                tied(": телефон, на который придёт код, станет подтверждённым."),
            ),
        ),
        id=BY_SMS,
    )


def by_letter() -> rx.Component:
    """Return where letters go, or what is missing for them."""
    email = ProfileState.view.email
    return el.p(
        rx.cond(
            email,
            rx.fragment("Письма приходят на адрес ", email, "."),
            rx.fragment("Чтобы получать письма, укажите адрес в разделе ", leap(EMAIL, "«Электронная почта»"), "."),
        ),
        id=BY_LETTER,
    )


def topic(which: Topic, chosen: rx.Var[TopicView]) -> rx.Component:
    """Return the choice for one topic."""
    view = ProfileState.view
    letters = view.sends_letters & (view.email != "")

    def way(value: str, words: str, *, possible: rx.Var | bool = True, described: str = "") -> rx.Component:
        props = {"aria_describedby": described} if described else {}
        return radio(
            which.value,
            value,
            words,
            prefix=PREFIX,
            default_checked=chosen.way == value,
            disabled=~possible if isinstance(possible, rx.Var) else not possible,
            **props,
        )

    return radio_group(
        which.value,
        TOPICS[which],
        el.div(
            way(NONE, "Не присылать"),
            way(Way.SMS.value, WAYS[Way.SMS], possible=view.phone != "", described=BY_SMS),
            rx.cond(
                view.sends_letters | (chosen.way == Way.EMAIL.value),
                way(Way.EMAIL.value, WAYS[Way.EMAIL], possible=letters, described=BY_LETTER),
            ),
            class_name="answers",
        ),
        rx.cond(chosen.suspended, el.p(SUSPENDED, class_name="hint")),
        hint=EXPLAINED[which],
        prefix=PREFIX,
    )
