"""«Помощь»: a search, and where everything is."""

import reflex as rx

from lk_app.components.icons import icon
from lk_app.components.shell import open_to_all
from lk_app.pages.help.article import HELP
from lk_app.pages.help.search import search

el = rx.el

TILES = (
    ("help", "Часто задаваемые вопросы", "/help/faq", "Короткие ответы о начислениях, показаниях, счётчиках и входе."),
    ("card", "Как платить картой", "/help/payment", "По шагам: оплата, чек, возврат, что делать при сбое."),
    ("settings", "Настройка браузера", "/help/browser", "Если страницы или квитанции не открываются."),
    ("done", "Доступность", "/help/accessibility", "Клавиатура, крупный текст, экранный доступ."),
    ("phone", "Контактная информация", "/contacts", "Телефоны, адреса и часы работы абонентских служб."),
    ("document", "Задать вопрос", "/feedback", "Абонентской или технической службе, с фото и ответом в кабинете."),
)
"""The icon, the name, the address, and what is found there."""


def overview() -> rx.Component:
    """Return the first page of help."""
    return open_to_all(
        HELP,
        el.div(el.h1("Помощь"), class_name="page-head"),
        search(),
        el.nav(el.ul(*(tile(*each) for each in TILES), class_name="tiles"), aria_label="Разделы помощи"),
    )


def tile(symbol: str, name: str, address: str, about: str) -> rx.Component:
    return el.li(
        el.a(icon(symbol), el.span(el.b(name), el.span(about)), href=address, class_name="card tile"),
    )
