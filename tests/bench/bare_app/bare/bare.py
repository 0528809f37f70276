"""The yardstick: what `reflex init` gives, with one counter button."""

import reflex as rx


class State(rx.State):
    """A counter."""

    count: int = 0

    @rx.event
    def increment(self):
        self.count += 1


def index() -> rx.Component:
    return rx.container(
        rx.color_mode.button(position="top-right"),
        rx.vstack(
            rx.heading("Welcome to Reflex!", size="9"),
            rx.text("Get started by editing ", rx.code("bare/bare.py"), size="5"),
            rx.button(State.count, on_click=State.increment, id="increment"),
            spacing="5",
            justify="center",
            min_height="85vh",
        ),
    )


app = rx.App()
app.add_page(index)
