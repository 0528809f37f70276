"""The screens: layout and wording only. Every address of the portal stands in this list."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import reflex as rx

from lk_app.pages.account import account
from lk_app.pages.contacts import contacts
from lk_app.pages.errors import not_found
from lk_app.pages.feedback.screen import feedback
from lk_app.pages.help import accessibility, browser, faq, overview, payment
from lk_app.pages.legal import EARLIER, consent, dated, privacy, superseded, terms
from lk_app.pages.login import login
from lk_app.pages.office.appeals import appeals as office_appeals
from lk_app.pages.office.audit import audit
from lk_app.pages.office.consumers import consumers
from lk_app.pages.office.content import content, entrance
from lk_app.pages.office.exchange import run as office_run
from lk_app.pages.office.exchange import runs as office_runs
from lk_app.pages.office.login import office_login
from lk_app.pages.office.members import members
from lk_app.pages.office.payment import payment as office_payment
from lk_app.pages.office.payments import payments as office_payments
from lk_app.pages.office.readings import readings as office_readings
from lk_app.pages.office.summary import summary
from lk_app.pages.payments.history import history
from lk_app.pages.payments.outcome import outcome
from lk_app.pages.profile.screen import profile
from lk_app.pages.readings.screen import readings
from lk_app.pages.recovery import recover, recover_confirm
from lk_app.pages.registration import register, register_confirm
from lk_app.pages.settlements.screen import settlements
from lk_app.state.accounts import AccountState
from lk_app.state.contacts import ContactsState
from lk_app.state.feedback import FeedbackState
from lk_app.state.help import FaqState, HelpState
from lk_app.state.identity import LoginState
from lk_app.state.office.appeals import AppealsState
from lk_app.state.office.audit import AuditState
from lk_app.state.office.consumers import ConsumersState
from lk_app.state.office.content import ContentEntranceState, ContentState
from lk_app.state.office.content_words import SCREENS
from lk_app.state.office.exchange import RunsState, RunState
from lk_app.state.office.identity import OfficeLoginState
from lk_app.state.office.members import MembersState
from lk_app.state.office.payments import PaymentLookState, PaymentQueueState
from lk_app.state.office.readings import QueueState
from lk_app.state.office.summary import SummaryState
from lk_app.state.outcome import ReturnState
from lk_app.state.payments import PaymentsState
from lk_app.state.profile import ProfileState
from lk_app.state.readings import ReadingsState
from lk_app.state.recovery import RecoveryConfirmationState, RecoveryState
from lk_app.state.registration import RegistrationConfirmationState, RegistrationState
from lk_app.state.settlements import SettlementsState


@dataclass(frozen=True)
class Page:
    """A screen: its address, its title, what it looks like, and the one event of its opening."""

    address: str
    title: str
    view: Callable[[], rx.Component]
    load: rx.EventHandler | None = None


PAGES = (
    Page("/", "Взаиморасчёты", settlements, SettlementsState.load),
    Page("/account", "Лицевой счёт", account, AccountState.load),
    Page("/contacts", "Контактная информация", contacts, ContactsState.load),
    Page("/feedback", "Обратная связь", feedback, FeedbackState.load),
    Page("/help", "Помощь", overview, HelpState.load),
    Page("/help/accessibility", "Доступность", accessibility, HelpState.load),
    Page("/help/browser", "Настройка браузера", browser, HelpState.load),
    Page("/help/faq", "Часто задаваемые вопросы", faq, FaqState.load),
    Page("/help/payment", "Порядок оплаты банковской картой", payment, HelpState.load),
    Page("/legal/consent", "Согласие на обработку персональных данных", consent),
    Page("/legal/privacy", "Политика конфиденциальности", privacy),
    Page("/legal/terms", "Условия использования", terms),
    *(Page(text.address, f"{text.title}. {dated(text)}", partial(superseded, text)) for text in EARLIER),
    Page("/login", "Вход", login, LoginState.load),
    Page("/office/appeals", "Обращения", office_appeals, AppealsState.load),
    Page("/office/audit", "Журнал", audit, AuditState.load),
    Page("/office/consumers", "Потребители", consumers, ConsumersState.load),
    Page("/office/login", "Вход для сотрудников", office_login, OfficeLoginState.load),
    Page("/office/content", "Материалы", entrance, ContentEntranceState.load),
    *(
        Page(f"/office/content/{slug}", screen.title, content(slug), ContentState.load)
        for slug, screen in SCREENS.items()
    ),
    Page("/office/members", "Сотрудники", members, MembersState.load),
    Page("/office", "Сводка", summary, SummaryState.load),
    Page("/office/exchange", "Обмен с биллингом", office_runs, RunsState.load),
    Page("/office/exchange/run", "Запуск обмена", office_run, RunState.load),
    Page("/office/payments", "Платежи", office_payments, PaymentQueueState.load),
    Page("/office/payments/order", "Платёж", office_payment, PaymentLookState.load),
    Page("/office/readings", "Очередь показаний", office_readings, QueueState.load),
    Page("/payments", "История платежей", history, PaymentsState.load),
    Page("/payments/return", "Оплата онлайн", outcome, ReturnState.load),
    Page("/readings", "Показания", readings, ReadingsState.load),
    Page("/recover", "Восстановление пароля", recover, RecoveryState.load),
    Page("/recover/confirm", "Восстановление пароля, шаг 2 из 2", recover_confirm, RecoveryConfirmationState.load),
    Page("/register", "Регистрация", register, RegistrationState.load),
    Page("/register/confirm", "Регистрация, шаг 2 из 2", register_confirm, RegistrationConfirmationState.load),
    Page("/settings", "Настройки", profile, ProfileState.load),
    Page("404", "Такой страницы нет", not_found),
)


def register(app: rx.App) -> None:
    """Add every page to the application."""
    for page in PAGES:
        app.add_page(
            page.view,
            route=page.address,
            title=f"{page.title} — Личный кабинет потребителя газа",
            on_load=page.load,
        )
