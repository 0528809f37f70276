"""What the sandbox took instead of sending it; outside production only."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from lk_app import formats
from lk_app.services import sandbox
from lk_app.services.session import in_session
from lk_app.settings import settings
from lk_app.templates import template

REFRESHED_EVERY = 5
"""Seconds."""


async def sms_json(request: Request) -> Response:
    """GET /sandbox/sms.json?phone=9120000003: the messages, for scripts."""
    messages = await in_session(sandbox.list_messages, request.query_params.get("phone", ""))
    return JSONResponse(
        [{"phone": sms.phone, "text": sms.text, "sent_at": sms.sent_at.isoformat()} for sms in messages]
    )


async def sms_page(request: Request) -> Response:
    """GET /sandbox/sms: the messages, for people."""
    messages = await in_session(sandbox.list_messages, request.query_params.get("phone", ""))
    shown = [{"phone": dialled(sms.phone), "text": sms.text, "sent_at": moment(sms.sent_at)} for sms in messages]
    values = {"messages": shown, "company": settings().company_name, "seconds": REFRESHED_EVERY}
    page = template("sandbox_sms.html").render(values)
    return HTMLResponse(page, headers={"Refresh": str(REFRESHED_EVERY)})


def dialled(phone: str) -> str:
    """Return ten digits as people write them: «+7 912 000-00-03»."""
    return f"+7 {phone[:3]} {phone[3:6]}-{phone[6:8]}-{phone[8:]}".replace(" ", formats.NBSP)


def moment(instant: datetime) -> str:
    """Return an instant by the company's clock: «22 ноября 2026 г., 12:30:05»."""
    local = instant.astimezone(settings().zone)
    return f"{formats.long_date(local.date())}, {local:%H:%M:%S}"


routes = [
    Route("/sandbox/sms", sms_page, methods=["GET"]),
    Route("/sandbox/sms.json", sms_json, methods=["GET"]),
]
