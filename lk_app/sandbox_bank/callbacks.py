"""Callbacks: the bank tells the merchant what happened, until it says 200 or the tries are used up."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass

import httpx

from lk_app.sandbox_bank.checksum import checksum
from lk_app.sandbox_bank.merchant import Merchant

TIMEOUT_S = 10.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notice:
    """What is said of one operation; `amount` is what it was about, in kopecks."""

    order_id: str
    order_number: str
    operation: str
    succeeded: bool
    amount: int

    def fields(self, key: str) -> dict[str, str]:
        """Return what the merchant gets, the checksum included."""
        said = {
            "mdOrder": self.order_id,
            "orderNumber": self.order_number,
            "operation": self.operation,
            "status": "1" if self.succeeded else "0",
            "amount": str(self.amount),
        }
        return said | {"checksum": checksum(said, key)}


class Background:
    """Work that outlives the request that began it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[None, None, None]) -> None:
        # The loop itself does not keep tasks alive.
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Notifier:
    """Sends notices; try i comes `waits[i]` seconds after the one before it."""

    def __init__(self, merchant: Merchant, waits: tuple[float, ...], background: Background) -> None:
        self._merchant, self._waits, self._background = merchant, waits, background

    def tell(self, notices: tuple[Notice, ...]) -> None:
        if notices and self._waits and self._merchant.callback_url:
            self._background.start(self._tell(notices))

    async def _tell(self, notices: tuple[Notice, ...]) -> None:
        await asyncio.sleep(self._waits[0])
        # One after the other, so that those of a muddled order arrive muddled; only then those to be repeated.
        for notice in notices:
            if not await self._heard(notice):
                self._background.start(self._repeat(notice))

    async def _repeat(self, notice: Notice) -> None:
        for wait in self._waits[1:]:
            await asyncio.sleep(wait)
            if await self._heard(notice):
                return
        log.warning("callback %s of order %s was not taken", notice.operation, notice.order_number)

    async def _heard(self, notice: Notice) -> bool:
        try:
            url = httpx.URL(self._merchant.callback_url).copy_merge_params(notice.fields(self._merchant.callback_key))
            async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S) as client:
                return (await client.get(url)).status_code == httpx.codes.OK
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
