"""Who may pay for what, how much, how often, and where the fiscal receipt goes."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import delete, select, update

from lk_app.gateways.bank.interface import Bank, BankOrder, NewOrder, NoAnswer, Registered
from lk_app.models import AccountLink, Attempt, AttemptPart, AttemptState, User, UserSession
from lk_app.models.values import Kopecks
from lk_app.services.callers import Consumer
from lk_app.services.errors import FieldErrors, NotFound, TooManyAttempts
from lk_app.services.identity import SignedOut
from lk_app.services.payments import paying
from lk_app.services.payments.paying import read_amounts
from lk_app.services.rates import Pace
from lk_app.services.session import reading, writing
from lk_app.settings import settings
from tests import factories
from tests.bank.running import pay
from tests.payments.world import DEBT, DECLINED_CARD, GOOD_CARD, World, world
from tests.texts import plain

EMAIL = "maria@example.ru"


@pytest.fixture
def here(portal: str, tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


class Listening(Bank):
    """A bank that only remembers what it was asked to open."""

    def __init__(self) -> None:
        self.opened: list[NewOrder] = []

    def register(self, order: NewOrder) -> Registered:
        self.opened.append(order)
        return Registered(f"theirs {len(self.opened)}", f"https://bank.example/{len(self.opened)}", {})

    def status(self, order_number: str, order_id: str | None) -> BankOrder:
        raise NoAnswer("ReadTimeout")


def refusals(fields: dict[str, str]) -> dict[str, str]:
    with pytest.raises(FieldErrors) as refusal:
        read_amounts(fields)
    return {name: plain(text) for name, text in refusal.value.errors.items()}


# The amounts.


def test_amounts_are_read_by_division() -> None:
    typed = {"amount-gas": "1 843,56 ₽", "amount-vdgo": "310.07", "account": "x", "email": "", "amount": "5"}

    assert read_amounts(typed) == {"gas": 184_356, "vdgo": 31_007}


@pytest.mark.parametrize("empty", ["", " ", "\u00a0", "\n"])
def test_of_several_some_may_be_empty_and_not_all(empty: str) -> None:
    assert read_amounts({"amount-gas": empty, "amount-vdgo": "1"}) == {"vdgo": 100}
    assert refusals({"amount-gas": empty, "amount-vdgo": empty}) == {
        "amount-gas": "Введите сумму хотя бы для одного раздела"
    }
    assert refusals({"amount-gas": empty}) == {"amount-gas": "Введите сумму"}


def test_each_wrong_field_is_told_why() -> None:
    assert refusals({"amount-gas": "0,99", "amount-vdgo": "много", "amount-to": "5", "amount-a": "100000,01"}) == {
        "amount-gas": "Не меньше 1,00 ₽",
        "amount-vdgo": "Введите сумму в рублях цифрами, например 1843,56",
        "amount-a": "Не больше 100 000,00 ₽ за один платёж",
    }


def test_together_they_may_not_pass_the_ceiling() -> None:
    assert sum(read_amounts({"amount-gas": "60000", "amount-vdgo": "40000"}).values()) == 10_000_000
    assert refusals({"amount-gas": "60000", "amount-vdgo": "40000,01", "amount-a": ""}) == dict.fromkeys(
        ("amount-gas", "amount-vdgo"), "Вместе не больше 100 000,00 ₽ за один платёж"
    )


def test_the_ceiling_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("LK_PAYMENT_LIMIT", "500")
        settings.cache_clear()
        assert refusals({"amount-gas": "500,01"}) == {"amount-gas": "Не больше 500,00 ₽ за один платёж"}
    settings.cache_clear()


@pytest.mark.parametrize("code", ["", "\0", "gas'--", "g" * 21, "gas vdgo", "gas\n", "%s", "❤"])
def test_a_field_that_names_no_division_is_none_of_ours(code: str) -> None:
    with pytest.raises(NotFound):
        read_amounts({f"amount-{code}": "1", "amount-gas": "1"})


# The contact.


@pytest.mark.parametrize(
    ("email", "phone", "typed", "contact"),
    [
        (EMAIL, "9120000001", "", (EMAIL, "9120000001")),
        (EMAIL, None, "other@example.ru", (EMAIL, "")),
        (None, "9120000001", "", ("", "9120000001")),
        (None, "9120000001", " Other@Example.ru ", ("Other@example.ru", "")),
        (None, None, "other@example.ru", ("other@example.ru", "")),
    ],
)
def test_the_receipt_goes_where_the_user_has_proven_first(
    here: World, email: str | None, phone: str | None, typed: str, contact: tuple[str, str]
) -> None:
    with writing() as session:
        session.execute(update(User).values(email=email, phone=phone))
    bank = Listening()

    paying.pay(here.who, here.number, {"gas": DEBT}, typed, bank, here.now)

    [order] = bank.opened
    assert (order.email, order.phone) == contact


@pytest.mark.parametrize(("typed", "reason"), [("", "Обязательное"), ("maria", "знак @")])
def test_without_any_place_for_the_receipt_one_is_asked_for(here: World, typed: str, reason: str) -> None:
    with writing() as session:
        session.execute(update(User).values(email=None, phone=None))

    with pytest.raises(FieldErrors) as refusal:
        paying.pay(here.who, here.number, {"gas": DEBT}, typed, here.bank, here.now)

    assert reason in refusal.value.errors["email"]
    assert here.attempts() == []


# Who, for what.


def test_the_bank_is_told_what_for_and_never_who(here: World) -> None:
    bank = Listening()

    page = paying.pay(here.who, here.number, {"vdgo": Kopecks(100), "gas": DEBT}, "", bank, here.now)

    [order] = bank.opened
    assert (page, order.number) == ("https://bank.example/1", here.attempt.order_number)
    assert [(item.code, item.name, item.amount) for item in order.items] == [
        ("gas", "Природный газ", DEBT),
        ("vdgo", "ВДГО", 100),
    ]
    assert order.description == f"Лицевой счёт {here.number}"
    assert order.return_url == f"http://localhost:3000/payments/return?order={order.number}"
    assert order.lives == timedelta(minutes=20)
    assert here.attempt.amount == order.amount == DEBT + 100
    with reading() as session:
        parts = session.exec(select(AttemptPart.division_code, AttemptPart.amount)).all()
    assert dict(parts) == {"gas": DEBT, "vdgo": 100}


def test_an_order_number_is_the_companys_day_and_what_nobody_guesses(here: World) -> None:
    here.now.passes(hours=12)
    bank = Listening()
    for kopecks in range(100, 130):
        paying.pay(here.who, here.number, {"gas": Kopecks(kopecks)}, "", bank, here.now)

    numbers = {attempt.order_number for attempt in here.attempts()}
    assert len(numbers) == 30
    assert {number[:7] for number in numbers} == {"261123-"}, "it is past midnight there"
    assert all(len(number) == 17 and not set("01IO") & set(number[7:]) for number in numbers)


@pytest.mark.parametrize("amounts", [{}, {"water": DEBT}, {"gas": DEBT, "water": DEBT}])
def test_what_the_company_does_not_sell_is_not_found(here: World, amounts: dict[str, Kopecks]) -> None:
    with pytest.raises(NotFound):
        paying.pay(here.who, here.number, amounts, "", here.bank, here.now)
    assert here.attempts() == []


def strangers(here: World) -> Consumer:
    with writing() as session:
        return factories.consumer(session, factories.account(session))


def detached(here: World) -> Consumer:
    with writing() as session:
        session.execute(delete(AccountLink))
    return here.who


@pytest.mark.parametrize("become", [strangers, detached])
def test_an_account_that_one_does_not_have_cannot_be_paid_for_nor_gone_on_with(
    here: World, become: Callable[[World], Consumer]
) -> None:
    here.pay()
    number = here.attempt.order_number
    who = become(here)

    with pytest.raises(NotFound):
        here.pay(who=who)
    with pytest.raises(NotFound):
        paying.resume(who, number, here.bank, here.now)
    with pytest.raises(NotFound):
        paying.repeat(who, number, "", here.bank, here.now)
    assert len(here.attempts()) == 1


def test_who_shares_an_account_pays_by_an_order_of_their_own(here: World) -> None:
    with writing() as session:
        spouse = factories.consumer(session, session.get_one(factories.Account, here.number))
        session.get_one(User, spouse.user_id).email = "spouse@example.ru"

    assert here.pay() != here.pay(who=spouse)

    mine, theirs = here.attempts()
    assert mine.user_id != theirs.user_id
    for who, number in ((spouse, mine.order_number), (here.who, theirs.order_number)):
        with pytest.raises(NotFound):
            paying.resume(who, number, here.bank, here.now)


@pytest.mark.parametrize("number", ["", "261122-ZZZZZZZZZZ", "'", "9" * 3_000, "\0"])
def test_an_order_there_never_was_is_not_found(here: World, number: str) -> None:
    with pytest.raises(NotFound):
        paying.resume(here.who, number, here.bank, here.now)
    with pytest.raises(NotFound):
        paying.repeat(here.who, number, "", here.bank, here.now)


def test_whose_session_has_ended_pays_no_more(here: World) -> None:
    with writing() as session:
        session.execute(update(UserSession).values(ended_at=here.now()))

    with pytest.raises(SignedOut):
        here.pay()
    assert here.attempts() == []


def test_only_so_many_orders_are_opened_and_one_that_is_open_costs_nothing(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paying, "BY_USER", Pace(burst=2, interval=timedelta(minutes=2)))
    bank = Listening()

    def order(kopecks: int) -> str:
        return paying.pay(here.who, here.number, {"gas": Kopecks(kopecks)}, "", bank, here.now)

    order(100)
    assert order(101) == order(101) == order(101)
    with pytest.raises(TooManyAttempts):
        order(102)
    assert len(bank.opened) == len(here.attempts()) == 2

    here.now.passes(minutes=2)
    order(102)


# Going on, and once more.


def test_an_open_attempt_goes_on_at_its_page(here: World) -> None:
    page = here.pay()
    here.now.passes(minutes=19)

    assert paying.resume(here.who, here.attempt.order_number, here.bank, here.now) == page


@pytest.mark.parametrize("card", [GOOD_CARD, DECLINED_CARD, None])
def test_one_that_has_ended_goes_on_at_our_page(here: World, card: str | None) -> None:
    page = here.pay()
    if card:
        pay(page, card)
    here.now.passes(minutes=20)

    number = here.attempt.order_number
    assert paying.resume(here.who, number, here.bank, here.now) == f"/payments/return?order={number}"


def test_a_page_whose_session_has_ended_is_given_to_nobody_though_the_bank_is_silent(here: World) -> None:
    bank = Listening()
    paying.pay(here.who, here.number, {"gas": DEBT}, "", bank, here.now)
    number = here.attempt.order_number
    here.now.passes(minutes=19, seconds=59)
    assert paying.resume(here.who, number, bank, here.now) == "https://bank.example/1"

    here.now.passes(seconds=1)
    assert paying.resume(here.who, number, bank, here.now) == f"/payments/return?order={number}"


def test_what_was_declined_is_repeated_by_an_order_of_its_own(here: World) -> None:
    pay(here.pay({"gas": 100_000, "vdgo": 50_000}), DECLINED_CARD)
    here.poll_for(minutes=1)
    first = here.attempt

    page = paying.repeat(here.who, first.order_number, "", here.bank, here.now)

    pay(page, GOOD_CARD)
    here.poll_for(minutes=1)
    again = here.attempts()[1]
    assert (again.amount, again.state, here.attempts()[0].state) == (150_000, AttemptState.PAID, AttemptState.DECLINED)
    assert here.credited() == here.taken() == 150_000


@pytest.mark.parametrize("known", [True, False], ids=["known already", "found by asking"])
def test_what_was_paid_after_all_is_not_paid_again(here: World, known: bool) -> None:
    """«Повторить» on a page that was opened before the money came."""
    page = here.pay()
    pay(page, GOOD_CARD)
    if known:
        here.poll_for(minutes=1)
    with writing() as session:
        if not known:
            session.execute(update(Attempt).values(state=AttemptState.EXPIRED))
    here.now.passes(minutes=30)
    number = here.attempts()[0].order_number

    led_to = paying.repeat(here.who, number, "", here.bank, here.now)

    assert led_to == f"/payments/return?order={number}"
    assert len(here.attempts()) == 1
