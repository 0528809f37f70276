"""What programs send: taken onto this machine's disk, claimed under its name, and loaded by a thread of its own."""

import asyncio
import hashlib
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

from pydantic import BaseModel, RootModel, ValidationError
from starlette.requests import Request

from lk_app import clock
from lk_app.api.exchange import desk, runs
from lk_app.api.exchange.models import Decisions, LoadHeaders, Postings
from lk_app.api.exchange.operation import Call, Parsed, busy, headers_of, unauthorized
from lk_app.api.exchange.refusals import Answer, Refused, of_the_wrong_form, refusal
from lk_app.services.exchange import apart, once
from lk_app.services.exchange.files import DECISIONS, POSTINGS
from lk_app.services.exchange.once import Sent
from lk_app.services.exchange.package import package_name
from lk_app.services.exchange.registries import Profile, ProfileRefused, profile_of
from lk_app.services.exchange.runs import note_killed
from lk_app.services.exchange.shapes import File
from lk_app.services.exchange.sheets import Sheet, write_manifest
from lk_app.settings import settings

WAITED_S = 20.0
"""How long a program waits for the end of a load before it is told where to look: less than proxies wait."""
CHUNK_S = 60
"""How long the next piece of what is sent may take to come."""
LARGEST_ARRAY = 8 * 1024 * 1024
AT_ONCE = 1024 * 1024
"""Bytes kept in memory before they go to the disk."""
MEGABYTE = 1_000_000
ASYNC = "respond-async"

Spool = IO[bytes]
"""What was sent, on the disk."""

ZIPS = ("application/zip", "application/octet-stream")
REGISTRIES = ("text/csv", "text/plain", "application/octet-stream")


async def packages(call: Call) -> Answer:
    """POST /packages: a package, as `exchange import` loads it."""
    headers = await _admitted(call)
    with ExitStack() as kept:
        file = kept.enter_context(_unnamed_file())
        digest = await _received(call.request, file)
        name = await desk.in_thread(package_name, file)
        return await _loaded(call, headers, digest, name, file, kept)


async def registries(call: Call) -> Answer:
    """POST /registries/{profile}: a registry, as `exchange registry` loads it."""
    headers = await _admitted(call)
    try:
        profile = await desk.in_thread(profile_of, settings().registry_profiles, call.request.path_params["profile"])
    except ProfileRefused as unknown:
        raise refusal(404, "profile-unknown", unknown.message) from None
    with ExitStack() as kept:
        file = kept.enter_context(_unnamed_file())
        digest = await _received(call.request, file)
        return await _loaded(call, headers, digest, f"{profile.name} {digest[:12]}", file, kept, profile)


async def decisions(call: Call) -> Answer:
    """POST /decisions: rows of `decisions.csv`."""
    return await _rows(call, Decisions, DECISIONS)


async def postings(call: Call) -> Answer:
    """POST /postings: rows of `postings.csv`."""
    return await _rows(call, Postings, POSTINGS)


async def _rows(call: Call, model: type[RootModel[Any]], file: File) -> Answer:
    """Load an array as a package of one file, so that the same checks are made in the same way."""
    headers = await _admitted(call)
    sent, digest = await array_of(call, model, file.name)
    name = f"{file.name.removesuffix('.csv')} {digest[:12]}"
    with ExitStack() as kept:
        package = kept.enter_context(_unnamed_file())
        await desk.in_thread(_write_package, package, file, sent.root, name, clock.now())
        return await _loaded(call, headers, digest, name, package, kept)


async def array_of(call: Call, model: type[Parsed], name: str) -> tuple[Parsed, str]:
    """Return an array that was sent, and the digest of it; raises Refused."""
    content, digest = bytearray(), _digest_of(call.request)
    async for piece in _pieces(call.request, LARGEST_ARRAY):
        content += piece
        digest.update(piece)
    try:
        return await desk.in_thread(model.model_validate_json, bytes(content)), digest.hexdigest()
    except ValidationError as error:
        if any(fault["type"] == "json_invalid" for fault in error.errors()):
            raise refusal(400, "request-malformed", "Тело запроса не является JSON.") from None
        raise of_the_wrong_form(error, name) from None


async def _admitted(call: Call) -> LoadHeaders:
    """Return what is said of something that is about to be sent; raises Refused where it would be sent in vain."""
    headers = headers_of(call, LoadHeaders)
    if not desk.is_loading():
        # What looks as if it were under way may have been killed.
        await desk.in_thread(note_killed, clock.now())
    await _refuse_twice(call, headers)
    if desk.is_loading():
        raise busy()
    return headers


async def _refuse_twice(call: Call, headers: LoadHeaders) -> None:
    running = await desk.in_session(once.under_way, call.program, headers.key)
    if running is not None:
        raise _under_way(running)


async def _loaded(
    call: Call,
    headers: LoadHeaders,
    digest: str,
    package: str,
    file: Spool,
    kept: ExitStack,
    profile: Profile | None = None,
) -> Answer:
    """Claim what was sent and load it, or find what became of it before; `kept` is closed when it is loaded."""
    if not desk.take_turn():
        await _refuse_twice(call, headers)
        raise busy()
    try:
        claim = await _claimed(Sent(call.program, headers.key, digest, package))
    except BaseException:
        desk.give_turn_back()
        raise
    if not claim.is_new:
        desk.give_turn_back()
        return await runs.ending(claim.run_id, is_new=False)
    resources = kept.pop_all()

    def work() -> None:
        with resources:
            apart.carry_out(claim.run_id, file, profile, clock.now)

    loading = asyncio.wrap_future(desk.load(work))
    at_once = ASYNC in [word.strip().lower() for word in headers.prefer.replace(";", ",").split(",")]
    # Whoever stops waiting does not stop the load.
    await asyncio.wait([loading], timeout=0 if at_once else WAITED_S)
    return await runs.ending(claim.run_id, is_new=True)


async def _claimed(sent: Sent) -> once.Claim:
    """Claim what was sent; raises Refused."""
    try:
        return await desk.in_transaction(once.claim, sent, clock.now())
    except once.OtherContent as other:
        raise refusal(409, "idempotency-key-reused", other.message) from None
    except once.UnderWay as running:
        raise _under_way(running.run_id) from None
    except once.KeyEnded as ended:
        raise unauthorized(ended.message) from None


def _under_way(run_id: int | None) -> Refused:
    url = runs.url_of(run_id) if run_id is not None else None
    return refusal(409, "load-under-way", once.UnderWay().message, run=url)


async def _received(request: Request, file: Spool) -> str:
    """Put what is sent onto the disk and return its digest, in hex; raises Refused."""
    digest, waiting = _digest_of(request), bytearray()

    def put(content: bytes) -> None:
        digest.update(content)
        file.write(content)

    async for piece in _pieces(request, settings().exchange_upload_mb * MEGABYTE):
        waiting += piece
        if len(waiting) >= AT_ONCE:
            await desk.in_thread(put, bytes(waiting))
            waiting.clear()
    await desk.in_thread(put, bytes(waiting))
    file.seek(0)
    return str(digest.hexdigest())


async def _pieces(request: Request, most: int) -> Any:
    """Yield what is sent, as it comes; raises Refused as soon as it is too much, whatever was said of its length."""
    too_large = refusal(413, "content-too-large", f"Больше {most // MEGABYTE} МБ: разделите на части.")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > most:
        raise too_large
    received, stream = 0, request.stream()
    while True:
        try:
            async with asyncio.timeout(CHUNK_S):
                piece = await anext(stream, None)
        except TimeoutError:
            raise refusal(408, "upload-timed-out", "Передача остановилась. Отправьте ещё раз.") from None
        if piece is None:
            return
        received += len(piece)
        if received > most:
            raise too_large
        yield piece


def _digest_of(request: Request) -> Any:
    # The same content at another address is something else.
    return hashlib.sha256(request.url.path.encode() + b"\n")


def _unnamed_file() -> Spool:
    """Return a file that is gone with this process, whatever ends it: packages hold people's data."""
    return tempfile.TemporaryFile()


def _write_package(package: Spool, file: File, rows: Sequence[BaseModel], name: str, now: datetime) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with Sheet(Path(folder), file.name, file.header) as sheet:
            for row in rows:
                sheet.write_cells(str(getattr(row, column)) for column in file.header)
        # Two that are alike are two packages: which one is which says the key they came under.
        write_manifest(Path(folder), f"{name} {token_hex(4)}", now.isoformat(timespec="seconds"), [sheet])
        with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(Path(folder).iterdir()):
                archive.write(path, path.name)
    package.seek(0)
