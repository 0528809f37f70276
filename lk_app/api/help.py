"""The questions and answers as one plain page, for browsers without JavaScript."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from lk_app.services.help import faq
from lk_app.services.session import in_session
from lk_app.settings import settings
from lk_app.templates import template


async def plain_faq(request: Request) -> Response:
    """GET /api/help/faq: every question with its answer."""
    return HTMLResponse(
        template("faq.html").render(
            title="Часто задаваемые вопросы",
            company=settings().company_name,
            home="/login",
            groups=await in_session(faq.all_entries),
        )
    )
