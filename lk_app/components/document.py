"""What surrounds all pages: the head of the document, the focus after a change of page, and what shows failures."""

import hashlib
from collections.abc import Callable

import reflex as rx
from reflex_components_core.base.error_boundary import ErrorBoundary

from lk_app.components.notices import connection_lost, page_failed, session_ending
from lk_app.settings import ROOT
from lk_app.state.access import IdentityState

el = rx.el

LIGHT, DARK = "#ffffff", "#161d1c"
"""The header's surface in tokens.css, for the bars of a phone's browser."""


class RouteFocus(rx.Fragment):
    """After a change of page without a reload focus would stay nowhere: moves it to the new content, or to the place in
    it that the address names. An answer that is folded away opens; what is still to be loaded is waited for.
    """

    def add_imports(self) -> dict[str, list[str] | str]:
        return {"react": ["useEffect", "useRef"], "react-router": "useLocation"}

    def add_hooks(self) -> list[str]:
        return [
            "const routeFocusAt = useLocation();",
            "const routeFocusBefore = useRef(routeFocusAt.pathname);",
            """useEffect(() => {
                if (routeFocusBefore.current !== routeFocusAt.pathname) {
                    document.getElementById('main')?.focus({ preventScroll: true });
                }
                routeFocusBefore.current = routeFocusAt.pathname;
            }, [routeFocusAt.pathname])""",
            """useEffect(() => {
                const lead = () => {
                    const place = document.getElementById(routeFocusAt.hash.slice(1));
                    if (!place) return false;
                    if (place.matches('details')) place.open = true;
                    (place.querySelector(':scope > summary') ?? place).focus({ preventScroll: true });
                    place.scrollIntoView();
                    return true;
                };
                if (!routeFocusAt.hash || lead()) return;
                const waiting = new MutationObserver(() => lead() && waiting.disconnect());
                waiting.observe(document.body, { childList: true, subtree: true });
                return () => waiting.disconnect();
            }, [routeFocusAt])""",
        ]


def error_boundary(stateful: bool) -> rx.Component:
    return ErrorBoundary.create(fallback_render=rx.Var.create(page_failed()))


def connection(stateful: bool) -> rx.Component:
    return rx.fragment(connection_lost(), session_ending(), session_mark())


def session_mark() -> rx.Component:
    """Return the unseen button that tells assets/lk.js how long what is shown may stay, and lets the page load anew."""
    lives = {"data_left": IdentityState.left, "data_staff_left": IdentityState.staff_left}
    return el.button(type="button", hidden=True, id="session", on_click=IdentityState.look_again, **lives)


def route_focus(stateful: bool) -> rx.Component:
    return RouteFocus.create()


APP_WRAPS: dict[tuple[int, str], Callable[[bool], rx.Component | None]] = {
    (55, "ErrorBoundary"): error_boundary,
    (5, "Overlay"): connection,
    (4, "RouteFocus"): route_focus,
}
"""Around every page; the first two take the places of Reflex's own, which speak English."""


def preloaded_font(name: str) -> rx.Component:
    return el.link(
        rel="preload",
        href=f"/fonts/{name}.woff2",
        cross_origin="anonymous",
        custom_attrs={"as": "font", "type": "font/woff2"},
    )


def script(name: str, *, at_leisure: bool = False) -> rx.Component:
    """Return one of our scripts; its address changes with its content, so that browsers may keep it.

    One that may come `at_leisure` can also stand in a page: React loads it with the page, once.
    """
    digest = hashlib.sha256((ROOT / "assets" / name).read_bytes()).hexdigest()[:8]
    # Others wait for nothing: marks must be there before the first paint, and who sends a form must be listened to.
    return el.script(src=f"/{name}?{digest}", **({"async_": True} if at_leisure else {}))


HEAD: list[rx.Component] = [
    el.link(rel="icon", href="/favicon.svg", custom_attrs={"type": "image/svg+xml"}),
    el.link(rel="manifest", href="/manifest.webmanifest"),
    preloaded_font("golos-cyrillic"),
    preloaded_font("golos-latin"),
    el.meta(name="theme-color", content=LIGHT, media="(prefers-color-scheme: light)"),
    el.meta(name="theme-color", content=DARK, media="(prefers-color-scheme: dark)"),
    # Account numbers are not phones.
    el.meta(name="format-detection", content="telephone=no"),
    script("lk.js"),
    script("forms.js"),
]
