"""Is the portal alive, and can it serve?"""

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lk_app.services.session import in_session


def database_answers(session: Session) -> bool:
    return bool(session.connection().execute(text("SELECT 1")).scalar_one())


async def ready(request: Request) -> Response:
    """GET /api/health: 200 when the database answers, 503 when it does not."""
    try:
        await in_session(database_answers)
    except SQLAlchemyError:
        return JSONResponse({"database": "unavailable"}, status_code=503)
    return JSONResponse({"database": "ok"})
