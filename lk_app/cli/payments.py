"""`payments`: online payments that need a person."""

import getpass
import json
from datetime import datetime

import click

from lk_app import clock, formats, logs
from lk_app.cli.refusals import refusals_shown
from lk_app.models import ConcernReason, RefundState
from lk_app.models.values import Kopecks
from lk_app.services import typed
from lk_app.services.acquiring import asking, attention, desk, refunds
from lk_app.services.acquiring.attention import AttemptReport, ConcernLine
from lk_app.services.acquiring.refunds import RefundOrder
from lk_app.services.acquiring.words import REASONS, REFUNDS
from lk_app.services.session import reading, writing
from lk_app.settings import settings

ORDER = click.argument("order")


class AmountType(click.ParamType[Kopecks]):
    """Roubles with kopecks: 1843.56."""

    name = "amount"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Kopecks:
        try:
            return typed.amount(str(value), Kopecks(1), Kopecks(10**12))
        except typed.Refused as refusal:
            self.fail(str(refusal), param, ctx)


@click.group(help="Online payments that need a person.")
def payments() -> None:
    logs.set_up()


@payments.command(name="attention", help="List the payments that need attention; exit status 1 if there are any.")
def attention_() -> None:
    with reading() as session:
        concerns = attention.list_concerns(session)
    for concern in concerns:
        click.echo(line_of(concern))
    if concerns:
        raise SystemExit(1)
    click.echo("Платежей, которые требуют внимания, нет.")


@payments.command(help="Show all that is known of a payment: states, refunds, every answer of the bank.")
@ORDER
def show(order: str) -> None:
    with refusals_shown(), reading() as session:
        echo_report(attention.report(session, order))


@payments.command(help="Ask the bank about a payment now.")
@ORDER
def ask(order: str) -> None:
    with refusals_shown():
        with reading() as session:
            attempt = attention.attempt_of(session, order)
        assert attempt.id is not None
        asked = asking.Asked(attempt.id, attempt.order_number, attempt.bank_order_id)
        asking.ask(asked, desk.bank(), clock.now)
        with reading() as session:
            echo_report(attention.report(session, order))


@payments.command(help="Give money back: all that is left, or --amount, of one --division where there are several.")
@ORDER
@click.option("--amount", type=AmountType(), help="Roubles, for example 100.50.")
@click.option("--division", help="The code of a division of the payment.")
@click.option("--reason", required=True, help="Why: kept with the refund.")
def refund(order: str, amount: Kopecks | None, division: str | None, reason: str) -> None:
    wanted = RefundOrder(order, getpass.getuser(), reason, division, amount)
    with refusals_shown():
        state = refunds.refund(wanted, desk.bank(), clock.now)
    click.echo(f"{order}: {REFUNDS[state]}")
    if state is not RefundState.DONE:
        raise SystemExit(1)


@payments.command(help="Take a payment off the list for one reason, with a note on what was done about it.")
@ORDER
@click.argument("reason", type=click.Choice([reason.value for reason in ConcernReason]))
@click.option("--note", required=True)
def settle(order: str, reason: str, note: str) -> None:
    with refusals_shown(), writing() as session:
        attention.settle(session, order, ConcernReason(reason), getpass.getuser(), note, clock.now())
    click.echo(f"{order}: снят с контроля")


def line_of(concern: ConcernLine) -> str:
    """Return a line of the list."""
    detail = f" ({concern.detail})" if concern.detail else ""
    return (
        f"{concern.order_number}  {formats.money(concern.amount)}  {concern.state}  с {moment(concern.since)}  "
        f"{concern.reason}: {REASONS[concern.reason]}{detail}"
    )


def echo_report(report: AttemptReport) -> None:
    """Say all that is known of an attempt."""
    click.echo(f"{report.order_number}: {report.state}, {formats.money(report.amount)}")
    click.echo(f"заказ банка {report.bank_order_id or '—'}, возвращено {formats.money(report.refunded)}")
    for code, amount, refunded in report.parts:
        click.echo(f"  {code}: {formats.money(amount)}, возвращено {formats.money(refunded)}")
    known = {
        "создан": report.created_at,
        "оплачен": report.paid_at,
        "передан в биллинг": report.exported_at,
        "учтён": report.posted_at,
        "следующий вопрос банку": report.next_ask_at,
    }
    for what, at in known.items():
        if at:
            click.echo(f"  {what} {moment(at)}")
    for concern in report.concerns:
        click.echo(f"! {line_of(concern)}")
    for line in report.refunds:
        of = f" по {line.division_code}" if line.division_code else ""
        error = f" ({line.error})" if line.error else ""
        click.echo(
            f"  возврат {moment(line.asked_at)} {formats.money(line.amount)}{of}: {REFUNDS[line.state]}{error}; "
            f"{line.asked_by}: {line.reason}"
        )
    for message in report.messages:
        forged = "" if message.genuine else " (подпись неверна)"
        click.echo(f"  {moment(message.at)} {message.kind}{forged} {json.dumps(message.content, ensure_ascii=False)}")


def moment(instant: datetime) -> str:
    return f"{instant.astimezone(settings().zone):%d.%m.%Y %H:%M:%S}"
