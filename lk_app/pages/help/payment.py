"""«Порядок оплаты банковской картой»."""

import reflex as rx

from lk_app.components.markup import built_line, written_blocks
from lk_app.components.notices import note
from lk_app.components.tables import fact
from lk_app.pages.help.article import article
from lk_app.services.help import pages
from lk_app.services.markup import Block, Line
from lk_app.services.payments.history import PaymentState
from lk_app.services.payments.words import STATE_WORDS

el = rx.el

TONES = {STATE_WORDS[PaymentState.POSTED]: "ok", STATE_WORDS[PaymentState.DECLINED]: "danger"}


def payment() -> rx.Component:
    """Return the page about paying by card."""
    return article(pages.read("payment"), layouts={"states": states, "safety": safety})


def states(blocks: list[Block]) -> tuple[rx.Component, ...]:
    """Return what every word for a payment's state means, the words as they look in the history."""
    opening, meanings = blocks
    return (*written_blocks([opening]), el.dl(*(state(line) for line in meanings.lines), class_name="facts"))


def state(line: Line) -> rx.Component:
    word, *meaning = line.spans
    badge = el.span(word.words, class_name=f"badge {TONES.get(word.words, '')}".strip())
    return fact(badge, rx.fragment(*built_line(Line(meaning))))


def safety(blocks: list[Block]) -> tuple[rx.Component, ...]:
    """Return how to pay safely, the warning first."""
    warning, *rest = blocks
    return (note("warn", warning.lines[0].words), *written_blocks(rest))
