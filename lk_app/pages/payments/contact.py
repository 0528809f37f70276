"""What all ways to the bank's page have in common."""

import reflex as rx

from lk_app.components.forms import input_field
from lk_app.formats import tied

OPENING = tied("Открываем страницу банка. Это может занять до минуты, не закрывайте окно.")
"""Said while the bank is asked for its page."""


def receipt_contact(asked: rx.Var[bool], prefix: str | rx.Var) -> rx.Component:
    """Return the field for where the fiscal receipt goes, asked only of who has given no place."""
    return rx.cond(
        asked,
        input_field(
            "email",
            "Электронная почта",
            hint=tied("Сюда придёт кассовый чек."),
            prefix=prefix,
            type="email",
            auto_complete="email",
        ),
    )
