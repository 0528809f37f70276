"""Pages that wait for something and show it without being reloaded."""

import reflex as rx

el = rx.el


def keeps_asking(handler: rx.EventHandler) -> rx.Component:
    """Return the unseen button that assets/lk.js presses now and then, as long as it is there and the page is seen."""
    return el.button(type="button", hidden=True, on_click=handler, data_asks="")
