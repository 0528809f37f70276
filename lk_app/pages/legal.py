"""The legal texts: one page for each version, readable without JavaScript."""

import reflex as rx

from lk_app import formats
from lk_app.components.controls import link
from lk_app.components.markup import written_text
from lk_app.components.shell import public, sign_in_link
from lk_app.services import legal
from lk_app.services.legal import LegalText, Section

el = rx.el

CODES = ("consent", "privacy", "terms")
EARLIER = tuple(text for code in CODES for text in legal.earlier(code))


def consent() -> rx.Component:
    """Return «Согласие на обработку персональных данных», a document of its own (152-ФЗ, article 9)."""
    return current("consent")


def privacy() -> rx.Component:
    """Return «Политика конфиденциальности» (152-ФЗ, article 18.1)."""
    return current("privacy")


def terms() -> rx.Component:
    """Return «Условия использования»."""
    return current("terms")


def current(code: str) -> rx.Component:
    """Return a text as it holds now, and where its earlier versions are."""
    return legal_page(legal.read(code), below=earlier_versions(legal.earlier(code)))


def superseded(text: LegalText) -> rx.Component:
    """Return an earlier version, which people agreed to and can still read."""
    newest = legal.read(text.code)
    above = el.p(
        f"Это прежняя версия. Есть новая, от {formats.long_date(newest.dated)}: ",
        link("открыть", to=f"/legal/{text.code}"),
        ".",
        class_name="note",
    )
    return legal_page(text, above=above)


def legal_page(
    text: LegalText, *, above: rx.Component | None = None, below: rx.Component | None = None
) -> rx.Component:
    return public(
        el.h1(text.title),
        el.p(dated(text), class_name="hint"),
        above or rx.fragment(),
        *written_text(text.opening),
        *(part for section in text.sections for part in headed(section)),
        below or rx.fragment(),
        el.p(link("Контактная информация", to="/contacts", alone=True)),
        layout="read prose",
        visitor=sign_in_link(),
    )


def headed(section: Section) -> tuple[rx.Component, ...]:
    return (el.h2(section.title), *written_text(section.text))


def earlier_versions(texts: list[LegalText]) -> rx.Component:
    """Return the list of what a text said before; nothing when this is the first version."""
    if not texts:
        return rx.fragment()
    return rx.fragment(
        el.h2("Предыдущие версии"),
        el.ul(*(el.li(link(dated(text), to=text.address)) for text in texts)),
    )


def dated(text: LegalText) -> str:
    return f"Версия от {formats.long_date(text.dated)}"
