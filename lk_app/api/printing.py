"""Documents on their way to a consumer: made once, off the event loop, and handed over with the right headers.

What a document says is read and put into words in one thread, one document after another: several would each take the
interpreter from the events of everybody else. Drawing, which takes longest, has a process of its own (`lk_app.pdf`).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Concatenate, Generic, ParamSpec, Protocol, TypeVar
from urllib.parse import quote

from sqlmodel import Session
from starlette.responses import Response

from lk_app import clock, formats, logs, pdf, templates
from lk_app.pdf import DrawingFailed
from lk_app.services import rates
from lk_app.services.callers import Consumer
from lk_app.services.documents import store
from lk_app.services.errors import ServiceError
from lk_app.services.rates import Limit, Pace
from lk_app.services.session import reading, snapshot, writing

LOOKED_EVERY = 0.1
"""Seconds between looks at a document that somebody else is making."""

PAUSE = 0.004
"""Seconds between two pieces of work, about as long as each takes."""

MOST_AT_ONCE = 40
"""Requests one process takes on: more would wait for longer than people do."""

MOST_OF_ONE = 5
"""Requests of one user at a time: whoever asks for thirty acts must not keep others from their receipts."""

PACE = Pace(burst=30, interval=timedelta(minutes=5))
"""Of new documents for one user; those that were made already are not counted."""

DRAWN_BY = (".py", ".html", ".ttf")
"""Kinds of files that decide how a document looks."""


class Overloaded(ServiceError):
    """Too many documents are being made."""

    def __init__(self) -> None:
        super().__init__("Сейчас формируется много документов. Страница откроется сама через несколько секунд.")


class NotMade(ServiceError):
    """The document could not be drawn; the log says which."""

    def __init__(self) -> None:
        super().__init__("Не получилось сформировать документ. Попробуйте ещё раз через несколько минут.")


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
    """Run a piece of work in that thread, with a pause before the next piece, in which others' events go ahead."""
    done = asyncio.get_running_loop().run_in_executor(desk(), lambda: call(*args, **kwargs))
    desk().submit(time.sleep, PAUSE)
    return await done


TAKEN_ON: Counter[int] = Counter()
"""How many requests of each user this process is working on."""


@contextmanager
def taken_on(who: Consumer) -> Iterator[None]:
    """Work on a request of a user; raises Overloaded when there are too many."""
    if TAKEN_ON.total() >= MOST_AT_ONCE or TAKEN_ON[who.user_id] >= MOST_OF_ONE:
        raise Overloaded
    TAKEN_ON[who.user_id] += 1
    try:
        yield
    finally:
        TAKEN_ON[who.user_id] -= 1
        if not TAKEN_ON[who.user_id]:
            del TAKEN_ON[who.user_id]


async def printed(
    template: str,
    read: Callable[Concatenate[Session, Consumer, P], AnyPage],
    who: Consumer,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Printed[AnyPage]:
    """Return the document that is made by `template` of what the service `read` finds for the caller.

    Raises what the service raises, TooManyAttempts, Overloaded or NotMade. Of those who ask for the same document at
    once, in this process or another, one makes it and the others wait.
    """

    def read_page(session: Session) -> AnyPage:
        return read(session, who, *args, **kwargs)

    with taken_on(who):
        page, digest, content = await at_the_desk(_look, template, read_page)
        while content is None:
            now = clock.now()
            if await at_the_desk(_claim, who, digest, now):
                content = await _make(template, page, digest, now)
            else:
                await asyncio.sleep(LOOKED_EVERY)
                content = await at_the_desk(_find, digest)
        return Printed(page, content)


def _look(template: str, read: Callable[[Session], AnyPage]) -> tuple[AnyPage, str, bytes | None]:
    with snapshot() as session:
        page = read(session)
    digest = store.digest_of(template, repr(page), edition())
    return page, digest, _find(digest)


def _find(digest: str) -> bytes | None:
    with reading() as session:
        return store.find(session, digest)


def _claim(who: Consumer, digest: str, now: datetime) -> bool:
    """Say whether the caller is to make a document, and count it; raises TooManyAttempts."""
    with writing() as session:
        if not store.claim(session, digest, now):
            return False
        rates.take(session, [Limit("documents", str(who.user_id), PACE)], now)
        return True


async def _make(template: str, page: Page, digest: str, claimed_at: datetime) -> bytes:
    try:
        values = {"page": asdict(page), "made_on": formats.short_date(clock.today())}
        content = await pdf.print_document(template, values)
    except Exception as failure:
        await at_the_desk(_give_up, digest, claimed_at)
        if isinstance(failure, DrawingFailed):
            logs.stopped("a document", failure)
            raise NotMade from failure
        raise
    await at_the_desk(_keep, digest, content)
    return content


def _keep(digest: str, content: bytes) -> None:
    with writing() as session:
        store.keep(session, digest, content)


def _give_up(digest: str, claimed_at: datetime) -> None:
    with writing() as session:
        store.give_up(session, digest, claimed_at)


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
