"""Icons: outlines of our own on a grid of 24, drawn in the colour of the text beside them."""

import reflex as rx

el = rx.el

OUTLINES = {
    "alert": ("M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z", "M12 8v4.7", "M12 15.9v.01"),
    "back": ("M14 7l-5 5 5 5",),
    "camera": ("M4 8.5h3.5L9 6h6l1.5 2.5H20v10H4z", "M12 10a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4Z"),
    "card": ("M4 6.5h16v11H4z", "M4 10.5h16", "M7 14.5h4"),
    "chevron": ("M7 10l5 5 5-5",),
    "clip": ("M18.5 11.5 12 18a4.2 4.2 0 0 1-6-6l7-7a2.8 2.8 0 0 1 4 4l-6.8 6.8a1.4 1.4 0 0 1-2-2L14 8",),
    "close": ("M6.5 6.5l11 11", "M17.5 6.5l-11 11"),
    "code": (
        "M4.5 4.5h5v5h-5z",
        "M14.5 4.5h5v5h-5z",
        "M4.5 14.5h5v5h-5z",
        "M14.5 14.5h2v2h-2z",
        "M19.5 14.5v.01",
        "M14.5 19.5v.01",
        "M19.5 19.5v.01",
        "M17.5 17.5h2",
    ),
    "document": ("M7 4h7l4 4v12H7z", "M13.5 4v4.5H18", "M10 13h5", "M10 16h5"),
    "door": ("M14 4H6.5A1.5 1.5 0 0 0 5 5.5v13A1.5 1.5 0 0 0 6.5 20H14", "M10.5 12H20", "M16.5 8.5 20 12l-3.5 3.5"),
    "done": ("M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z", "M8.5 12.3l2.5 2.5 4.5-5"),
    "help": (
        "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z",
        "M9.7 9.6a2.4 2.4 0 1 1 3.5 2.1c-.8.4-1.2.9-1.2 1.8",
        "M12 16.3v.01",
    ),
    "history": ("M4.5 12a7.5 7.5 0 1 0 2.3-5.4L4.5 8.8", "M4.5 4.5v4.3h4.3", "M12 8v4.3l3 1.7"),
    "house": ("M4.5 11 12 4.5l7.5 6.5", "M6.5 9.5v10h11v-10", "M10 19.5v-5h4v5"),
    "meter": ("M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z", "M12 13.5 15.5 9", "M8 16h8"),
    "more": ("M5 7h14", "M5 12h14", "M5 17h14"),
    "phone": (
        "M6.5 4h3l1.5 4-2 1.5a11 11 0 0 0 5.5 5.5l1.5-2 4 1.5v3a2 2 0 0 1-2.2 2A15.5 15.5 0 0 1 4.5 6.2 "
        "2 2 0 0 1 6.5 4Z",
    ),
    "refresh": ("M19.5 12a7.5 7.5 0 1 1-2.3-5.4l2.3 2.2", "M19.5 4.5v4.3h-4.3"),
    "rouble": ("M8 20V4h5.5a4.5 4.5 0 0 1 0 9H6", "M6 16.5h8"),
    "settings": ("M4 7.5h9", "M17 7.5h3", "M15 5.5v4", "M4 16.5h3", "M11 16.5h9", "M9 14.5v4"),
    "sound": ("M5 9.5v5h3l4.5 4v-13L8 9.5z", "M15.5 9a4 4 0 0 1 0 6", "M18 6.5a7.8 7.8 0 0 1 0 11"),
    "speech": ("M4.5 5.5h15v10.5H12L7.5 20v-4h-3z", "M8 9.2h8", "M8 12.4h5"),
}

FLAME = "M18 7.5c1 4.2 7 7 7 13a7 7 0 0 1-14 0c0-2.7 1.2-4.6 2.7-6 .2 1.7.9 2.8 2 3.3C15.2 13.9 15.8 10.2 18 7.5Z"


def icon(name: str, *, small: bool = False) -> rx.Component:
    """Return an icon; the words beside it say what it means."""
    return el.svg(
        *(el.path(d=outline) for outline in OUTLINES[name]),
        view_box="0 0 24 24",
        class_name="icon small" if small else "icon",
        aria_hidden="true",
    )


def brand_mark() -> rx.Component:
    """Return the flame in its square."""
    return el.svg(
        el.rect(custom_attrs={"width": 36, "height": 36, "rx": 10}),
        el.path(d=FLAME),
        view_box="0 0 36 36",
        aria_hidden="true",
    )
