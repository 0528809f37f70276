"""What the sandbox took instead of sending it; outside production only."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from lk_app import formats
from lk_app.sandbox_bank import Bank, Merchant, create_app
from lk_app.services import sandbox
from lk_app.services.errors import NotFound
from lk_app.services.sandbox import TakenLetter
from lk_app.services.session import in_session
from lk_app.settings import SANDBOX_BANK, SANDBOX_BANK_LOGIN, SANDBOX_BANK_PASSWORD, settings
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
    return page(
        "sandbox_sms.html",
        title="Отправленные SMS",
        things="сообщения",
        nothing="Сообщений пока нет. Запросите код на странице регистрации или восстановления доступа.",
        taken=[{"phone": dialled(sms.phone), "text": sms.text, "sent_at": moment(sms.sent_at)} for sms in messages],
    )


async def mail_json(request: Request) -> Response:
    """GET /sandbox/mail.json?address=maria@example.ru: the letters, for scripts."""
    letters = await in_session(sandbox.list_letters, request.query_params.get("address", ""))
    return JSONResponse(
        [
            {
                "address": letter.address,
                "subject": letter.subject,
                "text": letter.text,
                "sent_at": letter.sent_at.isoformat(),
                "attachments": attachments(letter),
            }
            for letter in letters
        ]
    )


async def mail_page(request: Request) -> Response:
    """GET /sandbox/mail: the letters, for people."""
    letters = await in_session(sandbox.list_letters, request.query_params.get("address", ""))
    return page(
        "sandbox_mail.html",
        title="Отправленные письма",
        things="письма",
        nothing="Писем пока нет. Укажите адрес электронной почты в настройках.",
        taken=[
            {
                "address": letter.address,
                "subject": letter.subject,
                "text": letter.text,
                "sent_at": moment(letter.sent_at),
                "attachments": [attached | {"size": kilobytes(attached["size"])} for attached in attachments(letter)],
            }
            for letter in letters
        ],
    )


async def mail_attachment(request: Request) -> Response:
    """GET /sandbox/mail/17/attachment: the file that came with a letter."""
    try:
        file = await in_session(sandbox.attachment, request.path_params["letter_id"])
    except NotFound:
        return Response(status_code=404)
    headers = {"Content-Disposition": f"attachment; filename*=utf-8''{quote(file.name)}"}
    return Response(file.content, media_type=file.media_type, headers=headers)


def page(name: str, **values: Any) -> Response:
    """Return a page that looks again by itself."""
    common = {"company": settings().company_name, "home": "/login", "seconds": REFRESHED_EVERY}
    return HTMLResponse(template(name).render(common | values), headers={"Refresh": str(REFRESHED_EVERY)})


def attachments(letter: TakenLetter) -> list[dict[str, Any]]:
    """Return the files of a letter, at most one, with the address each is at."""
    if not letter.attachment_name:
        return []
    url = f"/sandbox/mail/{letter.id}/attachment"
    return [{"name": letter.attachment_name, "size": letter.attachment_size, "url": url}]


def kilobytes(size: int) -> str:
    """Return the size of a file as people read it: «84 КБ»."""
    return f"{-(-size // 1024)}{formats.NBSP}КБ"


def dialled(phone: str) -> str:
    """Return ten digits as people write them: «+7 912 000-00-03»."""
    return f"+7 {phone[:3]} {phone[3:6]}-{phone[6:8]}-{phone[8:]}".replace(" ", formats.NBSP)


def moment(instant: datetime) -> str:
    """Return an instant by the company's clock: «22 ноября 2026 г., 12:30:05»."""
    local = instant.astimezone(settings().zone)
    return f"{formats.long_date(local.date())}, {local:%H:%M:%S}"


def bank_routes() -> list[BaseRoute]:
    """Return the sandbox's bank, unless another one was set."""
    values = settings()
    if not values.has_sandbox_bank:
        return []
    merchant = Merchant(
        login=SANDBOX_BANK_LOGIN,
        password=SANDBOX_BANK_PASSWORD.get_secret_value(),
        callback_url=f"http://127.0.0.1:{values.port}/api/payments/callback",
        callback_key=values.callback_key,
    )
    bank = Bank(values.sandbox_bank_store, merchant, values.origin + SANDBOX_BANK)
    return [Mount(SANDBOX_BANK, create_app(bank))]


routes = [
    Route("/sandbox/sms", sms_page, methods=["GET"]),
    Route("/sandbox/sms.json", sms_json, methods=["GET"]),
    Route("/sandbox/mail", mail_page, methods=["GET"]),
    Route("/sandbox/mail.json", mail_json, methods=["GET"]),
    Route("/sandbox/mail/{letter_id:int}/attachment", mail_attachment, methods=["GET"]),
]
