"""«Справка о состоянии расчётов»: how an account stands today, for whoever asks a consumer for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from lk_app import formats
from lk_app.models import Division, Office
from lk_app.models.values import Kopecks
from lk_app.services.accounts import contract_of
from lk_app.services.callers import Consumer
from lk_app.services.documents.words import Counterparty, Head, counterparty, file_name, head_of
from lk_app.services.payments.posted import PostedPayment, last_payments
from lk_app.services.settlements import DivisionBalance, balances
from lk_app.services.statements.words import outcome, payment_words, standing

TITLE = "Справка о состоянии расчётов"
ORIGIN = (
    "Справка сформирована автоматически в личном кабинете по данным расчётов и действительна как информация без "
    "подписи и печати. Платежи, которые в расчёты ещё не поступили, в ней не учтены."
)


@dataclass(frozen=True)
class StandingRow:
    """How a division's balance came about."""

    division: str
    basis: str
    """The period it is based on."""
    opening: str
    charged: str
    paid: str
    closing: str
    paid_after: str
    standing: str


@dataclass(frozen=True)
class PayeeRow:
    """Whom a division's payments go to, and the last of them."""

    division: str
    payee: Counterparty
    last_payment: str


@dataclass(frozen=True)
class BalancePage:
    """What the template of the statement is filled with."""

    file_name: str
    head: Head
    summary: str
    """The sentence the document is asked for."""
    remarks: list[str]
    as_of: str
    standings: list[StandingRow]
    payees: list[PayeeRow]
    origin: str
    stamped_by: str
    """Where to get one with a stamp."""


def balance_page(session: Session, who: Consumer, account_number: str, today: date) -> BalancePage:
    """Return how an account stands today, in words; raises NotFound."""
    contract = contract_of(session, who, account_number)
    divisions = balances(session, who, account_number, today)
    last = last_payments(session, who, account_number)
    payees = session.exec(select(Division).order_by(col(Division.position), col(Division.code)))
    as_of = formats.long_date(today)
    return BalancePage(
        file_name=file_name(TITLE, account_number, formats.short_date(today)),
        head=head_of(contract, TITLE, f"на {as_of}"),
        summary=summary(account_number, divisions, as_of),
        remarks=remarks(divisions, today),
        as_of=formats.short_date(today),
        standings=[standing_row(division) for division in divisions],
        payees=[payee_row(payee, last.get(payee.code)) for payee in payees],
        origin=formats.tied(ORIGIN),
        stamped_by=stamped_by(contract.office),
    )


def summary(account_number: str, divisions: Sequence[DivisionBalance], as_of: str) -> str:
    """Return whether anything is owed; an advance with one payee settles no debt to another."""
    owed = Kopecks(sum(max(0, division.balance) for division in divisions))
    known = "" if any(division.last for division in divisions) else "начислений ещё не было, "
    return f"По состоянию на {as_of} по лицевому счёту {account_number} {known}{outcome(owed)}."


def remarks(divisions: Sequence[DivisionBalance], today: date) -> list[str]:
    """Return what whoever reads the sum should know: until when it can be paid, and what was paid ahead."""
    advances = [
        f"«{division.name}» {formats.money(Kopecks(-division.balance))}"
        for division in divisions
        if division.balance < 0
    ]
    due_on = next((division.due_on for division in divisions if division.due_on), None)
    said: list[str] = []
    if due_on:
        day = formats.long_date(due_on)
        said.append(f"Последние начисления нужно оплатить до {day}" if due_on >= today else f"Срок оплаты истёк {day}")
    if advances:
        said.append(f"{'Авансы' if len(advances) > 1 else 'Аванс'}: {', '.join(advances)}.")
    if advances and due_on:
        said.append("Аванс одного раздела не уменьшает задолженность другого.")
    return said


def standing_row(division: DivisionBalance) -> StandingRow:
    last = division.last
    return StandingRow(
        division=division.name,
        basis=formats.period_title(last.month) if last else "Начислений не было",
        opening=formats.roubles(last.total.opening) if last else formats.NO_FIGURE,
        charged=formats.roubles(last.total.charged) if last else formats.NO_FIGURE,
        paid=formats.roubles(last.total.paid) if last else formats.NO_FIGURE,
        closing=formats.roubles(last.total.closing) if last else formats.NO_FIGURE,
        paid_after=formats.roubles(division.paid_since),
        standing=standing(division.balance),
    )


def payee_row(division: Division, last: PostedPayment | None) -> PayeeRow:
    return PayeeRow(
        division=division.name,
        payee=counterparty(division),
        last_payment=payment_words(last) if last else "Платежей не было",
    )


def stamped_by(office: Office) -> str:
    phones = ", ".join(phone.replace(" ", formats.NBSP) for phone in office.phones)
    called = f"тел.{formats.NBSP}{phones}" if phones else ""
    place = ", ".join(filter(None, (office.name, formats.address(office.address), called)))
    return f"Справку с печатью выдаёт абонентская служба: {place}."
