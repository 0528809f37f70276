"""Changes to what Reflex generates, each refused when the template is not the one it was made for."""

import json
from typing import Any

import reflex as rx

BACKEND_PATHS = ("/api", "/sandbox", "/healthz", "/readyz", "/metrics", "/ping", "/_health")


def replace_once(text: str, old: str, new: str) -> str:
    """Return `text` with `old` replaced, unless it already is.

    Raises RuntimeError when Reflex changed the template the patch was made for.
    """
    if new in text:
        return text
    if text.count(old) != 1:
        raise RuntimeError(f"the front end's template is not as expected: {old!r}")
    return text.replace(old, new)


class SameOrigin(rx.plugins.Plugin):
    """Let pages talk to the address they came from, so that one build serves any address."""

    def pre_compile(self, **context: Any) -> None:
        def patch(text: str) -> str:
            here = "new URL(new URL(url_str).pathname, globalThis.location?.origin ?? url_str)"
            text = replace_once(text, "const endpoint = new URL(url_str);", f"const endpoint = {here};")
            # On these it would take HTTPS to be on its usual port, where a cluster on one machine is not.
            hosts = '"localhost", "0.0.0.0", "::", "0:0:0:0:0:0:0:0"'
            return replace_once(text, f"SAME_DOMAIN_HOSTNAMES = [{hosts}];", "SAME_DOMAIN_HOSTNAMES = [];")

        context["add_modify_task"]("utils/state.js", patch)


class RussianNotice(rx.plugins.Plugin):
    """Put into Russian what a page says when it was built for another version of the portal."""

    WORDS = (
        ("A new version of this app is available.", "Портал обновился. Загрузите страницу заново."),
        ('button.textContent = "Reload";', 'button.textContent = "Загрузить";'),
    )

    def pre_compile(self, **context: Any) -> None:
        def patch(text: str) -> str:
            for english, russian in self.WORDS:
                text = replace_once(text, english, russian)
            return text

        context["add_modify_task"]("utils/state.js", patch)


class DevelopmentProxy(rx.plugins.Plugin):
    """Let the development server forward the back end's paths, so that both modes have one origin."""

    def __init__(self, backend: str) -> None:
        self.backend = backend

    def pre_compile(self, **context: Any) -> None:
        rules: dict[str, dict[str, Any]] = {path: {"target": self.backend} for path in BACKEND_PATHS}
        rules["/_event"] = {"target": self.backend, "ws": True}

        def patch(text: str) -> str:
            return replace_once(text, "  server: {\n", f"  server: {{\n    proxy: {json.dumps(rules)},\n")

        context["add_modify_task"]("vite.config.js", patch)
