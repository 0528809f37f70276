"""Captchas: a question is made by a form's script, and fetched as a picture or a sound. Answers go with the forms."""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lk_app import clock
from lk_app.api import forms
from lk_app.api.forms import Form
from lk_app.services import captcha
from lk_app.services.captcha.picture import draw
from lk_app.services.captcha.speech import say
from lk_app.services.session import in_session, in_transaction

THREADS = 2
"""Captchas drawn or said at once: it is plain computing, and the pages need the processor too."""

NO_STORE = {"Cache-Control": "no-store"}
PART = re.compile(r"bytes=(\d{1,9})-(\d{0,9})")


@cache
def threads() -> ThreadPoolExecutor:
    """Return the threads that draw and speak, apart from those that serve pages."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="captcha")


@forms.form
async def issue(form: Form) -> Response:
    """POST /api/captcha: make a question and answer with its `id`."""
    captcha_id = await in_transaction(captcha.issue, form.place.network, clock.now())
    return JSONResponse({"id": captcha_id}, headers=NO_STORE)


async def picture(request: Request) -> Response:
    """GET /api/captcha/ID.png: the question as a picture."""
    image = await rendered(request, draw)
    return not_there() if image is None else Response(image, media_type="image/png", headers=NO_STORE)


async def speech(request: Request) -> Response:
    """GET /api/captcha/ID.wav: the question as speech, or the part of it that was asked for."""
    recording = await rendered(request, say)
    return not_there() if recording is None else sound(recording, request.headers.get("range", ""))


async def rendered(request: Request, render: Callable[[str, str], bytes]) -> bytes | None:
    """Return the captcha of the address, drawn or said in a thread; None when it can't be answered any more."""
    captcha_id = request.path_params["captcha_id"]
    question = await in_session(captcha.question, captcha_id, clock.now())
    if question is None:
        return None
    return await asyncio.get_running_loop().run_in_executor(threads(), render, captcha_id, question)


def not_there() -> Response:
    return Response(status_code=404, headers=NO_STORE)


def sound(recording: bytes, asked: str) -> Response:
    """Answer with the part of a recording that was asked for: Safari plays nothing of a server that sends no parts."""
    headers = NO_STORE | {"Accept-Ranges": "bytes"}
    part = PART.fullmatch(asked)
    if part is None or int(part[1]) >= len(recording):
        return Response(recording, media_type="audio/wav", headers=headers)
    first, end = int(part[1]), min(int(part[2] or len(recording)) + 1, len(recording))
    headers |= {"Content-Range": f"bytes {first}-{end - 1}/{len(recording)}"}
    return Response(recording[first:end], status_code=206, media_type="audio/wav", headers=headers)
