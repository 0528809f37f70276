"""For whoever watches over the portal: is this process alive, and can it serve?"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lk_app.services.readiness import Part, readiness


async def alive(request: Request) -> Response:
    """GET /healthz: 200 as long as the process answers at all; whoever gets no answer starts it anew."""
    return JSONResponse({"status": "alive"})


async def ready(request: Request) -> Response:
    """GET /readyz: 200 when the process can serve, 503 when not, with how each part stands that it needs.

    A proxy sends nobody to a process that can't serve; starting it anew would not help.
    """
    parts = await readiness()
    return JSONResponse(parts, status_code=200 if set(parts.values()) == {Part.OK} else 503)
