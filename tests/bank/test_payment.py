"""What a consumer meets on the bank's pages."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from lk_app.sandbox_bank.cards import CARDS, passes_luhn
from tests.bank.conftest import Clock
from tests.bank.running import FAIL_URL, RETURN_URL, RunningBank, browser, pay, running_bank

SUCCEEDS, ASKS_PASSWORD, DECLINED, SILENT, REPEATS, PAYS_LATE, NEVER_CALLS = (card.number for card in CARDS)


def test_all_test_cards_are_numbers_of_cards() -> None:
    assert all(passes_luhn(card.pan) for card in CARDS)
    assert not passes_luhn("4111111111111112")


@pytest.mark.parametrize("card", [SUCCEEDS, SILENT, REPEATS, NEVER_CALLS])
def test_a_card_that_pays(bank: RunningBank, card: str) -> None:
    order_id, form_url = bank.register().values()

    back = pay(form_url, card)

    assert (back.status_code, back.headers["Location"]) == (303, f"{RETURN_URL}&orderId={order_id}&lang=ru")
    [order] = bank.bank.orders()
    assert (order.state, order.deposited) == (2, 123456)


def test_a_card_that_is_declined(bank: RunningBank) -> None:
    order_id, form_url = bank.register().values()

    assert pay(form_url, DECLINED).headers["Location"] == f"{FAIL_URL}&orderId={order_id}&lang=ru"
    assert pay_again(form_url, SUCCEEDS).headers["Location"].startswith(FAIL_URL)
    [order] = bank.bank.orders()
    assert (order.state, order.deposited) == (6, 0)


def test_who_has_no_page_for_failures_gets_those_declined_at_the_usual_one(bank: RunningBank) -> None:
    order_id, form_url = bank.register(failUrl="", returnUrl="http://127.0.0.1/back#part").values()

    assert pay(form_url, DECLINED).headers["Location"] == f"http://127.0.0.1/back?orderId={order_id}&lang=ru#part"


def test_a_card_that_asks_for_a_password(bank: RunningBank) -> None:
    order_id, form_url = bank.register().values()

    page = pay(form_url, ASKS_PASSWORD)
    assert "Тестовый пароль" in page.text
    asking = bank.status(order_id)
    assert (asking["orderStatus"], asking["actionCode"]) == (5, -9000)
    assert asking["paymentAmountInfo"]["depositedAmount"] == 0

    assert get(form_url).headers["Location"] == f"acs_ru.html?mdOrder={order_id}"
    back = submit(str(page.url), password="123456")
    assert back.headers["Location"] == f"{RETURN_URL}&orderId={order_id}&lang=ru"
    assert bank.status(order_id)["orderStatus"] == 2


def test_a_wrong_password_may_be_typed_again_and_only_twice(bank: RunningBank) -> None:
    order_id, form_url = bank.register().values()
    page = str(pay(form_url, ASKS_PASSWORD).url)

    first, second = submit(page, password="000000"), submit(page, password="111111")
    assert "Осталось: 2\u00a0попытки" in first.text
    assert "Осталось: 1\u00a0попытка" in second.text
    assert "Введите пароль" in submit(page, password="").text
    assert submit(page, password="222222").headers["Location"].startswith(FAIL_URL)
    assert submit(page, password="123456").headers["Location"].startswith(FAIL_URL)
    status = bank.status(order_id)
    assert (status["orderStatus"], status["actionCode"]) == (6, -2006)


def test_the_whole_way_in_one_call(bank: RunningBank) -> None:
    assert pay(bank.register()["formUrl"], ASKS_PASSWORD, password="123456").headers["Location"].startswith(RETURN_URL)


def test_the_session_may_end_while_a_password_is_awaited(bank: RunningBank, clock: Clock) -> None:
    order_id, form_url = bank.register().values()
    page = str(pay(form_url, ASKS_PASSWORD).url)
    clock.move(minutes=20)

    assert "Время на оплату истекло" in get(page).text
    assert submit(page, password="123456").headers["Location"].startswith(FAIL_URL)
    assert bank.status(order_id)["orderStatus"] == 6


def test_a_card_that_pays_after_the_session_ended(bank: RunningBank, clock: Clock, tmp_path: Path) -> None:
    order_id, form_url = bank.register().values()

    assert pay(form_url, PAYS_LATE).headers["Location"].startswith(FAIL_URL)
    status = bank.status(order_id)
    assert (status["orderStatus"], status["actionCode"]) == (6, -2007)

    clock.move(seconds=30)
    with running_bank(tmp_path, clock=clock) as restarted:
        status = restarted.status(order_id)
        assert (status["orderStatus"], status["actionCode"]) == (2, 0)
        assert status["depositedDate"] == int(clock.now.timestamp() * 1000)
        assert bank.status(order_id) == status


def test_a_card_after_which_the_bank_is_silent(bank: RunningBank, clock: Clock) -> None:
    order_id, form_url = bank.register().values()
    pay(form_url, SILENT)

    with pytest.raises(httpx.ReadTimeout):
        bank.status(order_id, timeout=0.2)
    clock.move(seconds=60)
    assert bank.status(order_id)["orderStatus"] == 2


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"pan": "4111 1111 1111 1112"}, ["В номере карты ошибка"]),
        ({"pan": "4012 8888 8888 1881"}, ["Это не тестовая карта"]),
        ({"pan": "4111"}, ["от 13 до 19 цифр"]),
        ({"pan": "１２３４５６７８９０１２３"}, ["от 13 до 19 цифр"]),
        ({"expiry": "10/26"}, ["Срок действия карты истёк"]),
        ({"expiry": "13/30"}, ["Введите месяц и год"]),
        ({"cvc": "12"}, ["Введите три цифры"]),
        ({"pan": "", "expiry": "", "cvc": ""}, ["Введите номер", "Введите срок", "Введите три цифры"]),
    ],
)
def test_what_was_typed_wrong_is_said(bank: RunningBank, typed: dict[str, str], errors: list[str]) -> None:
    form_url = bank.register()["formUrl"]
    right = {"pan": "4111 1111 1111 1111", "expiry": "11/26", "cvc": "987"}

    page = submit(form_url, **(right | typed))

    assert page.status_code == 200
    assert page.text.count('aria-invalid="true"') == len(errors)
    assert all(error in page.text for error in errors)
    assert f'value="{(right | typed)["pan"]}"' in page.text
    assert 'value="987"' not in page.text
    assert bank.bank.orders()[0].state == 0


def test_what_people_type_and_merchants_send_is_escaped(bank: RunningBank) -> None:
    form_url = bank.register(description="<script>alert(1)</script>")["formUrl"]

    assert "<script" not in submit(form_url, pan='"><script>alert(2)</script>').text


def test_a_double_click_pays_once(bank: RunningBank, tmp_path: Path, clock: Clock) -> None:
    order_id, form_url = bank.register().values()
    with running_bank(tmp_path, clock=clock) as other, ThreadPoolExecutor(8) as threads:
        forms = [form_url, form_url.replace(bank.address, other.address)] * 4
        answers = list(threads.map(lambda form: pay_again(form, SUCCEEDS), forms))

    assert {answer.headers["Location"] for answer in answers} == {f"{RETURN_URL}&orderId={order_id}&lang=ru"}
    [order] = bank.bank.orders()
    assert order.deposited == 123456
    assert bank.status(order_id)["cardAuthInfo"]["approvalCode"] == order.approval_code


def test_two_processes_never_refund_more_than_was_paid(bank: RunningBank, tmp_path: Path, clock: Clock) -> None:
    order_id, form_url = bank.register(amount=100).values()
    pay(form_url, SUCCEEDS)
    with running_bank(tmp_path, clock=clock) as other, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda one: one.refund(order_id, 30), [bank, other] * 4))

    assert sorted(answer["errorCode"] for answer in answers) == ["0"] * 3 + ["7"] * 5
    assert bank.bank.orders()[0].refunded == 90


def test_two_processes_open_new_books_at_once(tmp_path: Path) -> None:
    with running_bank(tmp_path) as one, running_bank(tmp_path) as other, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: (one, other)[n % 2].register(str(n // 2)), range(16)))

    assert sum("orderId" in answer for answer in answers) == 8
    assert sum(answer.get("errorCode") == "1" for answer in answers) == 8


@pytest.mark.parametrize(("card", "words"), [(SUCCEEDS, "Заказ оплачен"), (DECLINED, "Оплата не прошла")])
def test_a_finished_order_says_so(bank: RunningBank, card: str, words: str) -> None:
    form_url = bank.register()["formUrl"]
    back = pay(form_url, card).headers["Location"]

    page = get(form_url)

    assert words in page.text
    assert back.replace("&", "&amp;") in page.text


def test_an_expired_and_an_unknown_order_say_so(bank: RunningBank, clock: Clock) -> None:
    form_url = bank.register()["formUrl"]
    clock.move(minutes=18, seconds=30)
    assert "осталось 2\u00a0минуты" in get(form_url).text
    clock.move(minutes=1)
    assert "осталось меньше минуты" in get(form_url).text
    clock.move(minutes=1)
    assert "Время на оплату истекло" in get(form_url).text

    unknown = get(f"{form_url}0")
    assert (unknown.status_code, "Заказ не найден" in unknown.text) == (404, True)
    assert submit(f"{form_url}0", pan="4111111111111111").status_code == 404


def test_nothing_of_a_card_is_kept(bank: RunningBank, tmp_path: Path) -> None:
    pay_again(bank.register()["formUrl"], SUCCEEDS)

    kept = b"".join(file.read_bytes() for file in (tmp_path / "bank").iterdir())
    assert b"411111**1111" in kept
    assert b"4111111111111111" not in kept
    assert SUCCEEDS.encode() not in kept


def test_the_overview_shows_cards_and_orders(bank: RunningBank) -> None:
    pay(bank.register("1001", amount=1234567)["formUrl"], SUCCEEDS)

    page = get(f"{bank.address}/").text

    assert all(card.number in page and card.does in page for card in CARDS)
    assert "1001" in page
    assert "12\u00a0345,67\u00a0₽" in page
    assert "22.11.2026, 12:30:00" in page


def get(url: str) -> httpx.Response:
    with browser() as consumer:
        return consumer.get(url)


def submit(url: str, **typed: str) -> httpx.Response:
    """Send a form without looking at its page."""
    with browser() as consumer:
        return consumer.post(url, data=typed)


def pay_again(form_url: str, card: str) -> httpx.Response:
    return submit(form_url, pan=card, expiry="12/39", cvc="123")
