"""Giving money back: asked of the bank once, and believed when the bank's own sum has grown."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from lk_app.gateways.bank.interface import (
    Bank,
    BankFault,
    BankOrder,
    Evidence,
    NeverConnected,
    NewOrder,
    NoAnswer,
    Registered,
)
from lk_app.models import AttemptPart, AttemptState, BankMessage, ConcernReason, MessageKind, Refund, RefundState
from lk_app.models.values import Kopecks
from lk_app.services.acquiring import billing, refunds
from lk_app.services.acquiring.refunds import CannotRefund, RefundOrder, settle_refunds
from lk_app.services.errors import NotFound
from lk_app.services.session import reading, writing
from tests.bank.running import pay
from tests.payments.world import DECLINED_CARD, GOOD_CARD, World, world

LATER = timedelta(minutes=11)
UNCLEAR, ELSEWHERE = ConcernReason.REFUND_UNCLEAR, ConcernReason.REFUNDED_ELSEWHERE


@dataclass
class Wire(Bank):
    """The way to the bank; loses refunds before or after the bank has done them, and may be cut."""

    bank: Bank
    lost_before: BankFault | None = None
    lost_after: BankFault | None = None
    is_cut: bool = False
    asked: list[int] = field(default_factory=list)
    """How many kopecks the bank was asked to give back, call by call."""

    def register(self, order: NewOrder) -> Registered:
        return self.bank.register(order)

    def status(self, order_number: str, order_id: str | None) -> BankOrder:
        if self.is_cut:
            raise NoAnswer("ReadTimeout")
        return self.bank.status(order_number, order_id)

    def refund(self, order_id: str, amount: Kopecks) -> Evidence:
        self.asked.append(amount)
        if self.lost_before:
            raise self.lost_before
        evidence = self.bank.refund(order_id, amount)
        if self.lost_after:
            raise self.lost_after
        return evidence


@dataclass
class Paid:
    """An order of 1,000 roubles for gas and 500 for the equipment, which the bank has taken."""

    world: World
    wire: Wire

    def refund(self, division: str | None = None, amount: int | None = None) -> RefundState:
        kopecks = None if amount is None else Kopecks(amount)
        wanted = RefundOrder(self.world.attempt.order_number, "operator", "заявление", division, kopecks)
        return refunds.refund(wanted, self.wire, self.world.now)

    def cabinet(self, amount: int) -> None:
        """Give money back past us, in the bank's own cabinet."""
        answer = self.world.there.refund(self.world.attempt.bank_order_id or "", amount)
        assert answer["errorCode"] == "0"

    def hear(self) -> None:
        """Let the portal ask the bank now."""
        settle_refunds(self.wire, self.world.now)

    @property
    def parts(self) -> dict[str, int]:
        """What was given back of each division."""
        with reading() as session:
            rows = select(AttemptPart.division_code, AttemptPart.refunded)
            return {code: int(refunded) for code, refunded in session.exec(rows)}

    @property
    def stored(self) -> list[Refund]:
        with reading() as session:
            return list(session.exec(select(Refund).order_by(col(Refund.id))))

    @property
    def concerns(self) -> list[ConcernReason]:
        return [concern.reason for concern in self.world.concerns()]

    def agree(self, kept: int) -> None:
        """Both ledgers say that so much was kept."""
        assert self.world.credited() == self.world.taken() == kept


@pytest.fixture
def paid(portal: str, tmp_path: Path) -> Iterator[Paid]:
    with world(tmp_path) as made:
        pay(made.pay({"gas": 100_000, "vdgo": 50_000}), GOOD_CARD)
        made.poll_for(minutes=1)
        yield Paid(made, Wire(made.bank))


def test_all_of_it_goes_back(paid: Paid) -> None:
    assert paid.refund() is RefundState.DONE

    assert paid.world.attempt.state is AttemptState.REFUNDED
    assert (paid.parts, paid.concerns) == ({"gas": 100_000, "vdgo": 50_000}, [])
    paid.agree(0)
    [refund] = paid.stored
    assert (refund.amount, refund.asked_by, refund.reason) == (150_000, "operator", "заявление")
    with reading() as session:
        kinds = session.exec(select(BankMessage.kind)).all()
    assert kinds.count(MessageKind.REFUND) == 1


def test_parts_of_each_division_go_back_until_nothing_is_left(paid: Paid) -> None:
    assert paid.refund("vdgo", 12_345) is RefundState.DONE
    assert (paid.parts, paid.world.attempt.state) == ({"gas": 0, "vdgo": 12_345}, AttemptState.PAID)
    paid.agree(137_655)

    assert paid.refund("gas") is RefundState.DONE
    assert paid.parts == {"gas": 100_000, "vdgo": 12_345}

    assert paid.refund() is RefundState.DONE
    assert paid.world.attempt.state is AttemptState.REFUNDED
    assert (paid.wire.asked, paid.concerns) == ([12_345, 100_000, 37_655], [])
    paid.agree(0)


@pytest.mark.parametrize(
    ("division", "amount"),
    [(None, 150_001), ("vdgo", 50_001), ("vdgo", 0), ("vdgo", -1), ("water", 1), (None, 100), ("water", None)],
)
def test_what_cannot_be_given_back_is_not_asked_of_the_bank(
    paid: Paid, division: str | None, amount: int | None
) -> None:
    with pytest.raises(CannotRefund):
        paid.refund(division, amount)

    assert (paid.wire.asked, paid.stored) == ([], [])
    paid.agree(150_000)


def test_of_one_division_an_amount_needs_no_name(portal: str, tmp_path: Path) -> None:
    with world(tmp_path) as made:
        pay(made.pay({"gas": 100_000}), GOOD_CARD)
        made.poll_for(minutes=1)
        paid = Paid(made, Wire(made.bank))

        assert paid.refund(None, 40_000) is RefundState.DONE
        with pytest.raises(CannotRefund, match="600,00 ₽"):
            paid.refund(None, 60_001)
        paid.agree(60_000)


def test_what_is_spent_cannot_be_given_back_twice(paid: Paid) -> None:
    paid.refund()

    with pytest.raises(CannotRefund, match="только оплаченный"):
        paid.refund()


def test_what_was_not_paid_is_not_given_back(portal: str, tmp_path: Path) -> None:
    with world(tmp_path) as made:
        paid = Paid(made, Wire(made.bank))
        page = made.pay({"gas": 100_000})
        with pytest.raises(CannotRefund):
            paid.refund()
        pay(page, DECLINED_CARD)
        with pytest.raises(CannotRefund):
            paid.refund()
        with pytest.raises(NotFound):
            refunds.refund(RefundOrder("261122-ZZZZZZZZZZ", "operator", ""), made.bank, made.now)

        assert (paid.wire.asked, made.taken()) == ([], 0)


def test_what_the_cabinet_gave_back_is_known_before_more_is(paid: Paid) -> None:
    paid.cabinet(120_000)

    with pytest.raises(CannotRefund, match="300,00 ₽"):
        paid.refund("vdgo", 50_000)

    assert paid.wire.asked == []
    paid.agree(30_000)


def test_while_the_bank_is_silent_nothing_is_given_back(paid: Paid) -> None:
    paid.world.now.passes(minutes=5)
    paid.wire.is_cut = True

    with pytest.raises(CannotRefund, match="не отвечает"):
        paid.refund()

    assert (paid.wire.asked, paid.stored) == ([], [])


@pytest.mark.parametrize("division", ["gas", "vdgo"])
def test_an_answer_lost_after_the_bank_did_it_is_found_by_asking(paid: Paid, division: str) -> None:
    paid.wire.lost_after = NoAnswer("ReadTimeout")

    assert paid.refund(division, 10_000) is RefundState.DONE

    assert paid.wire.asked == [10_000]
    assert (paid.parts[division], paid.concerns) == (10_000, [])
    paid.agree(140_000)


def test_an_answer_lost_while_the_bank_is_cut_off_is_found_later(paid: Paid) -> None:
    paid.wire.lost_after = NoAnswer("ReadTimeout")
    real = paid.wire.refund

    def cut_by_then(order_id: str, amount: Kopecks) -> Evidence:
        paid.wire.is_cut = True
        return real(order_id, amount)

    paid.wire.refund = cut_by_then  # type: ignore[method-assign]  # this wire alone
    assert paid.refund("gas", 10_000) is RefundState.ASKED
    with pytest.raises(CannotRefund, match="ещё не завершён"):
        paid.refund("vdgo", 10_000)

    paid.world.now.passes(minutes=30)
    paid.hear()
    assert (paid.stored[0].state, paid.concerns) == (RefundState.ASKED, [UNCLEAR])

    paid.wire.is_cut = False
    paid.hear()
    assert (paid.stored[0].state, paid.concerns) == (RefundState.DONE, [])
    assert (paid.wire.asked, paid.parts) == ([10_000], {"gas": 10_000, "vdgo": 0})
    paid.agree(140_000)


def test_a_request_lost_on_its_way_is_not_sent_again(paid: Paid) -> None:
    paid.wire.lost_before = NoAnswer("ReadTimeout")

    assert paid.refund("gas", 10_000) is RefundState.ASKED
    paid.world.now.passes(minutes=9)
    paid.hear()
    assert paid.stored[0].state is RefundState.ASKED

    paid.world.now.passes(minutes=1)
    paid.hear()
    assert (paid.stored[0].state, paid.stored[0].error) == (RefundState.REFUSED, "not carried out")
    assert (paid.wire.asked, paid.concerns) == ([10_000], [UNCLEAR])
    with pytest.raises(CannotRefund, match="требует внимания"):
        paid.refund("gas", 10_000)
    paid.agree(150_000)


def test_one_that_surely_never_arrived_may_be_tried_at_once(paid: Paid) -> None:
    paid.wire.lost_before = NeverConnected("ConnectError")
    assert paid.refund("gas", 10_000) is RefundState.REFUSED

    paid.wire.lost_before = None
    assert paid.refund("gas", 10_000) is RefundState.DONE
    assert [(refund.state, refund.error) for refund in paid.stored] == [
        (RefundState.REFUSED, "ConnectError"),
        (RefundState.DONE, ""),
    ]
    paid.agree(140_000)


def test_the_banks_refusal_ends_it(paid: Paid) -> None:
    real = paid.wire.refund

    def meanwhile(order_id: str, amount: Kopecks) -> Evidence:
        paid.cabinet(149_000)
        return real(order_id, amount)

    paid.wire.refund = meanwhile  # type: ignore[method-assign]  # this wire alone

    assert paid.refund("gas", 10_000) is RefundState.REFUSED
    assert paid.stored[0].error == "7"


def test_what_the_cabinet_gave_back_of_several_divisions_needs_a_person(paid: Paid) -> None:
    paid.cabinet(120_000)
    with pytest.raises(CannotRefund):
        paid.refund("water")

    assert paid.parts == {"gas": 100_000, "vdgo": 20_000}
    assert paid.concerns == [ELSEWHERE]
    paid.agree(30_000)


def test_a_refund_beside_one_of_the_cabinets_takes_its_own_division_first(paid: Paid) -> None:
    real = paid.wire.refund

    def meanwhile(order_id: str, amount: Kopecks) -> Evidence:
        paid.cabinet(30_000)
        return real(order_id, amount)

    paid.wire.refund = meanwhile  # type: ignore[method-assign]  # this wire alone

    assert paid.refund("vdgo", 10_000) is RefundState.DONE
    assert (paid.parts, paid.concerns) == ({"gas": 30_000, "vdgo": 10_000}, [ELSEWHERE])
    paid.agree(110_000)


def test_what_the_cabinet_gave_back_whole_is_of_all_divisions(paid: Paid) -> None:
    paid.cabinet(150_000)
    with pytest.raises(CannotRefund):
        paid.refund()

    assert (paid.world.attempt.state, paid.parts) == (AttemptState.REFUNDED, {"gas": 100_000, "vdgo": 50_000})
    assert paid.concerns == []
    paid.agree(0)


def test_billing_has_to_be_told_of_what_goes_back_after_the_export(paid: Paid) -> None:
    with writing() as session:
        billing.export(session, paid.world.now(), paid.world.now())

    assert paid.refund("gas", 10_000) is RefundState.DONE

    assert paid.concerns == [ConcernReason.REFUNDED_AFTER_EXPORT]
    assert paid.world.attempt.state is AttemptState.EXPORTED
    assert paid.refund() is RefundState.DONE
    assert paid.world.attempt.state is AttemptState.REFUNDED
    paid.agree(0)
