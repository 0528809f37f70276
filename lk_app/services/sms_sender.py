"""Sends what is due in the outbox, and asks what became of it; each step commits before the next goes outside.

The order of the steps is what `lk_app.services.sms` needs for its rule.
"""

from functools import cache

from lk_app import clock
from lk_app.clock import Clock
from lk_app.gateways.sms import provider
from lk_app.gateways.sms.http import make_client
from lk_app.gateways.sms.interface import Outcome, SmsGateway, TellsStatus, Verdict
from lk_app.gateways.sms.sandbox import Sandbox
from lk_app.services import sms
from lk_app.services.session import reading, writing
from lk_app.settings import SANDBOX, settings

Gateways = tuple[SmsGateway, ...]


@cache
def gateways() -> Gateways:
    """Return this process's providers in the order of the setting, made at first use like the database's engine."""
    client = make_client()
    return tuple(
        Sandbox(writing, clock.now) if name == SANDBOX else provider(name, settings(), client)
        for name in settings().sms_gateways
    )


def send_next(gateways: Gateways, now: Clock) -> bool:
    """Send one due message; False when none was due."""
    with reading() as session:
        if not sms.is_due(session, now()):
            return False
    with writing() as session:
        claimed = sms.claim(session, now())
    if claimed is None:
        return False
    outcome = _hand_over(claimed, gateways, now)
    with writing() as session:
        sms.record(session, claimed, outcome, now())
    return True


def ask_next(gateways: Gateways, now: Clock) -> bool:
    """Ask the provider about one message; False when there is none to ask about."""
    telling = {gateway.name: gateway for gateway in gateways if isinstance(gateway, TellsStatus)}
    with reading() as session:
        handed = sms.next_to_ask(session, telling.keys(), now())
    if handed is None:
        return False
    status = telling[handed.provider].status(handed.provider_id, handed.phone)
    with writing() as session:
        sms.settle(session, handed, status, now())
    return True


def sweep(now: Clock) -> bool:
    """Give up what processes that died were sending."""
    with writing() as session:
        sms.sweep(session, now())
    return False


def _hand_over(claimed: sms.Claimed, gateways: Gateways, now: Clock) -> Outcome:
    """Offer a message to one provider after another until one may have it."""
    errors = []
    for gateway in gateways:
        with writing() as session:
            if not sms.offer(session, claimed, gateway.name, _name_to_ask(gateway, claimed), now()):
                break
        outcome = gateway.send(claimed.outgoing)
        if not outcome.surely_not_taken:
            return outcome
        errors.append(f"{gateway.name} {outcome.error}")
    return Outcome(Verdict.NOT_HANDED_OVER, error=", ".join(errors) or "too late")


def _name_to_ask(gateway: SmsGateway, claimed: sms.Claimed) -> str:
    knows = isinstance(gateway, TellsStatus) and gateway.knows_our_reference
    return claimed.outgoing.reference if knows else ""
