"""Headers of every response: what browsers may do with our pages, and how long they may keep them."""

import base64
import hashlib
import re
from pathlib import Path

from reflex import constants
from reflex.utils import prerequisites
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lk_app.settings import settings

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
A_YEAR = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"
OUR_SCRIPTS = ("/lk.js", "/forms.js", "/uploads.js", "/office.js")
WATCHED = ("/healthz", "/readyz", "/metrics")


def inline_script_hashes(static: Path) -> list[str]:
    """Return the policy's sources for the inline scripts of the built pages."""
    scripts = {
        script for page in static.rglob("*.html") for script in INLINE_SCRIPT.findall(page.read_text("utf-8")) if script
    }
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return sorted(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def content_security_policy(static: Path) -> str:
    """Return a policy under which only what we ship runs, and only our own pages are shown or sent to."""
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src 'self'", *inline_script_hashes(static)]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "media-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def with_headers(app: ASGIApp) -> ASGIApp:
    """Wrap the whole application, the built front end included."""
    static = prerequisites.get_web_dir() / constants.Dirs.STATIC
    fixed = {
        "Content-Security-Policy": content_security_policy(static),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if settings().secure_cookies:
        fixed["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # What a route shows may need a stricter policy than pages.
                headers.update({name: value for name, value in fixed.items() if name not in headers})
                if message["status"] in (200, 304):
                    headers["Cache-Control"] = cache_control(scope["path"], scope["query_string"])
                else:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await app(scope, receive, send_with_headers if scope["type"] == "http" else send)

    return wrapped


def cache_control(path: str, query: bytes) -> str:
    """Return how long a browser may keep what is at `path`."""
    if path.startswith("/assets/") or (path in OUR_SCRIPTS and query):
        return A_YEAR  # The address changes with the content.
    if path.startswith("/fonts/"):
        return A_DAY
    if path.startswith("/api/"):
        return "private, no-store"
    if path in WATCHED:
        return "no-store"
    return "no-cache"
