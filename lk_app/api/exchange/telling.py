"""What billing has not been told of, and that it has it."""

import base64
import binascii
import json
from datetime import datetime
from typing import Any

from lk_app import clock
from lk_app.api.exchange import desk, models
from lk_app.api.exchange.loading import array_of
from lk_app.api.exchange.models import Acknowledged, HeardOrders, HeardReadings, PageQuery, PaidOrders, Readings
from lk_app.api.exchange.operation import ROOT, Call, query_of
from lk_app.api.exchange.refusals import Answer, content_refused
from lk_app.api.exchange.runs import unknown_cursor
from lk_app.models import ReadingState
from lk_app.models.values import Kopecks
from lk_app.services.exchange import export, telling
from lk_app.services.exchange.issues import BadValue, Issue
from lk_app.services.exchange.sheets import roubles
from lk_app.services.exchange.telling import Acknowledgement, PaidOrder, Place
from lk_app.services.exchange.values import amount


async def readings(call: Call) -> Answer:
    """GET /readings: in the order of sending."""
    query = query_of(call, PageQuery)
    found = await desk.in_session(telling.untold_readings, place_of(query.cursor), query.limit + 1)
    rows = found[: query.limit]
    following = (
        address("readings", [rows[-1].sent_at.isoformat(), rows[-1].id], query) if len(found) > len(rows) else None
    )
    return Answer(200, Readings(items=[reading_of(row) for row in rows], next=following))


async def payments(call: Call) -> Answer:
    """GET /payments: in the order in which orders were made."""
    query = query_of(call, PageQuery)
    found = await desk.in_session(telling.untold_payments, number_of(query.cursor), query.limit + 1)
    orders = found[: query.limit]
    following = address("payments", [orders[-1].id], query) if len(found) > len(orders) else None
    return Answer(200, PaidOrders(items=[order_of(order) for order in orders], next=following))


async def acknowledge_readings(call: Call) -> Answer:
    """POST /readings/acknowledgement: billing has these readings in these states."""
    sent, _ = await array_of(call, HeardReadings, "readings")
    told = {each.id: ReadingState(each.state) for each in sent.root}
    return acknowledged(await desk.in_transaction(telling.acknowledge_readings, told, by(call), clock.now()))


async def acknowledge_payments(call: Call) -> Answer:
    """POST /payments/acknowledgement: billing has these orders with these amounts."""
    sent, _ = await array_of(call, HeardOrders, "payments")
    told: dict[str, Kopecks] = {}
    for line, each in enumerate(sent.root, 2):
        try:
            told[each.order_number] = Kopecks(int(amount(each.amount)))
        except BadValue as error:
            raise content_refused([Issue("payments", line, "amount", str(error))], 1) from None
    return acknowledged(await desk.in_transaction(telling.acknowledge_payments, told, by(call), clock.now()))


def reading_of(row: Any) -> models.Reading:
    """Return a reading; its values look as they do in a package."""
    cells: dict[str, Any] = dict(zip(export.READINGS, export.reading_cells(row), strict=True))
    cells["consumption"] = cells["consumption"] or None
    cells["rolled_over"] = cells["rolled_over"] == "yes"
    return models.Reading(**cells)


def order_of(order: PaidOrder) -> models.PaidOrder:
    parts = [models.PaidPart(division_code=code, amount=roubles(kept)) for code, kept in order.parts.items()]
    return models.PaidOrder(
        order_number=order.order_number,
        account_number=order.account_number,
        paid_on=order.paid_on,
        amount=roubles(sum(order.parts.values())),
        parts=parts,
    )


def acknowledged(done: Acknowledgement) -> Answer:
    return Answer(200, Acknowledged(told=done.told, changed=done.changed, unknown=done.unknown))


def by(call: Call) -> str:
    return f"API: {call.program.name}"


def address(name: str, place: list[Any], query: PageQuery) -> str:
    """Return the address of the page after a place."""
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    return f"{ROOT}/{name}?cursor={cursor}&limit={query.limit}"


def place_of(cursor: str) -> Place | None:
    """Return where a page of readings begins; raises Refused."""
    if not cursor:
        return None
    match _unpacked(cursor):
        case [str(sent_at), str(reading_id)]:
            try:
                at = datetime.fromisoformat(sent_at)
            except ValueError:
                raise unknown_cursor() from None
            if at.tzinfo and "\x00" not in reading_id:
                return at, reading_id
    raise unknown_cursor()


def number_of(cursor: str) -> int:
    """Return after which order a page begins; raises Refused."""
    if not cursor:
        return 0
    match _unpacked(cursor):
        case [int(number)] if 0 <= number <= models.LARGEST_ID:
            return number
    raise unknown_cursor()


def _unpacked(cursor: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise unknown_cursor() from None
