"""Documents on their way to a consumer: made once, off the event loop, and handed over with the right headers.

What a document says is read and put into words in one thread, one document after another: several would each take the
interpreter from the events of everybody else. Drawing, which takes longest, has a process of its own (`lk_app.pdf`).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Concatenate, Generic, ParamSpec, Protocol, TypeVar
from urllib.parse import quote

from sqlmodel import Session
from starlette.responses import Response

from lk_app import clock, formats, pdf, templates
from lk_app.services import rates
from lk_app.services.callers import Consumer
from lk_app.services.documents import store
from lk_app.services.errors import ServiceError
from lk_app.services.rates import Limit, Pace
from lk_app.services.session import reading, writing

LOOKED_EVERY = 0.1
"""Seconds between looks at a document that somebody else is making."""

MOST_IN_HAND = 60
"""Documents one process takes on: more would wait for longer than people do."""

PACE = Pace(burst=30, interval=timedelta(seconds=10))
"""Of new documents for one user; those that were made already are not counted."""


DRAWN_BY = (".py", ".html", ".ttf")
"""Kinds of files that decide how a document looks."""


class Overloaded(ServiceError):
    """Too many documents are being made."""

    def __init__(self) -> None:
        super().__init__("Сейчас формируется много документов. Страница откроется сама через несколько секунд.")


class Page(Protocol):
    """What a document's template is filled with: a frozen dataclass of texts."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def file_name(self) -> str: ...


P = ParamSpec("P")
R = TypeVar("R")
AnyPage = TypeVar("AnyPage", bound=Page)


@dataclass(frozen=True)
class Printed(Generic[AnyPage]):
    """A document that was made, now or before."""

    page: AnyPage
    content: bytes


@cache
def desk() -> ThreadPoolExecutor:
    """Return the one thread in which documents are prepared."""
    return ThreadPoolExecutor(1, thread_name_prefix="documents")


async def at_the_desk(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    return await asyncio.get_running_loop().run_in_executor(desk(), lambda: call(*args, **kwargs))


IN_HAND: set[str] = set()
"""Digests of what this process is making now."""


async def printed(
    template: str,
    read: Callable[Concatenate[Session, Consumer, P], AnyPage],
    who: Consumer,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Printed[AnyPage]:
    """Return the document that is made by `template` of what the service `read` finds for the caller.

    Raises what the service raises, TooManyAttempts, Overloaded or DrawingFailed. Of those who ask for the same
    document at once, in this process or another, one makes it and the others wait.
    """

    def read_page(session: Session) -> AnyPage:
        return read(session, who, *args, **kwargs)

    page, digest, content = await at_the_desk(_look, template, read_page)
    while content is None:
        if len(IN_HAND) >= MOST_IN_HAND:
            raise Overloaded
        if await at_the_desk(_claim, who, digest):
            content = await _make(template, page, digest)
        else:
            await asyncio.sleep(LOOKED_EVERY)
            content = await at_the_desk(_find, digest)
    return Printed(page, content)


def _look(template: str, read: Callable[[Session], AnyPage]) -> tuple[AnyPage, str, bytes | None]:
    with reading() as session:
        page = read(session)
        digest = store.digest_of(template, repr(page), edition())
        return page, digest, store.find(session, digest)


def _find(digest: str) -> bytes | None:
    with reading() as session:
        return store.find(session, digest)


def _claim(who: Consumer, digest: str) -> bool:
    """Say whether the caller is to make a document, and count it; raises TooManyAttempts."""
    now = clock.now()
    with writing() as session:
        if not store.claim(session, digest, now):
            return False
        rates.take(session, [Limit("documents", str(who.user_id), PACE)], now)
        return True


async def _make(template: str, page: Page, digest: str) -> bytes:
    IN_HAND.add(digest)
    try:
        values = {"page": asdict(page), "made_on": formats.short_date(clock.today())}
        content = await pdf.print_document(template, values)
    except Exception:
        await at_the_desk(_give_up, digest)
        raise
    finally:
        IN_HAND.discard(digest)
    await at_the_desk(_keep, digest, content)
    return content


def _keep(digest: str, content: bytes) -> None:
    with writing() as session:
        store.keep(session, digest, content)


def _give_up(digest: str) -> None:
    with writing() as session:
        store.give_up(session, digest)


@cache
def edition() -> str:
    """Return the digest of all that draws documents: another release makes them anew."""
    folders = (Path(pdf.__file__).parent, Path(templates.__file__).parent / "documents")
    sources = sorted(
        path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".html", ".ttf")
    )
    return store.digest_of(*(path.read_bytes().hex() for path in sources))


def shown(document: Printed[Any]) -> Response:
    """Return a document to be shown by the browser, and saved under its Russian name (RFC 6266)."""
    names = f"filename=\"document.pdf\"; filename*=UTF-8''{quote(document.page.file_name)}"
    headers = {"Content-Disposition": f"inline; {names}"}
    return Response(document.content, media_type="application/pdf", headers=headers)
