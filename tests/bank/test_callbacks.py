"""What the bank tells a merchant by itself."""

import time
from pathlib import Path

import pytest

from lk_app.sandbox_bank import Merchant
from lk_app.sandbox_bank.checksum import checksum
from tests.bank.conftest import Clock
from tests.bank.merchant import called_merchant
from tests.bank.running import CALLBACK_KEY, pay, running_bank


def test_the_checksum_of_the_rule() -> None:
    said = {
        "amount": "123456",
        "mdOrder": "3ff6962a-7dcc-4283-ab50-a6d7dd3386fe",
        "operation": "deposited",
        "orderNumber": "10747",
        "status": "1",
    }
    expected = "81BF68537F3882AE28A6EF9A96D5F5919C907F0CB5243BF46F4F3B12933C2E2A"

    assert checksum(said, "k") == expected
    assert checksum(said | {"checksum": expected, "sign_alias": "SHA-256 with HMAC"}, "k") == expected


def test_a_payment_is_told_as_approved_and_deposited(tmp_path: Path) -> None:
    with called_merchant() as merchant, running_bank(tmp_path, callback_url=merchant.url) as bank:
        order_id, form_url = bank.register().values()
        pay(form_url, "4111 1111 1111 1111")

        assert merchant.wait_for(2) == ["approved", "deposited"]
        said = merchant.heard[1]
        covered = {name: value for name, value in said.items() if name not in ("checksum", "from")}
        assert said["from"] == "bank"
        assert said["checksum"] == checksum(covered, CALLBACK_KEY)
        assert covered == {
            "mdOrder": order_id,
            "orderNumber": "1001",
            "operation": "deposited",
            "status": "1",
            "amount": "123456",
        }

        bank.refund(order_id, 456)
        assert merchant.wait_for(3)[2] == "refunded"
        assert merchant.heard[2]["amount"] == "456"


def test_a_declined_payment_is_told_with_status_0(tmp_path: Path) -> None:
    with called_merchant() as merchant, running_bank(tmp_path, callback_url=merchant.url) as bank:
        pay(bank.register()["formUrl"], "4000 0000 0000 0002")

        assert merchant.wait_for(1) == ["deposited"]
        assert merchant.heard[0]["status"] == "0"


def test_a_card_whose_callbacks_are_repeated_and_muddled(tmp_path: Path) -> None:
    with called_merchant() as merchant, running_bank(tmp_path, callback_url=merchant.url) as bank:
        pay(bank.register()["formUrl"], "4000 0000 0000 0259")

        assert merchant.wait_for(4) == ["deposited", "deposited", "approved", "deposited"]


def test_a_card_after_which_the_bank_never_calls(tmp_path: Path) -> None:
    with called_merchant() as merchant, running_bank(tmp_path, callback_url=merchant.url) as bank:
        order_id, form_url = bank.register("1001").values()
        pay(form_url, "2200 0000 0000 0004")
        bank.refund(order_id, 0)
        pay(bank.register("1002")["formUrl"], "4111 1111 1111 1111")

        merchant.wait_for(2)
        assert {callback["orderNumber"] for callback in merchant.heard} == {"1002"}


def test_the_end_of_a_session_and_a_late_payment_are_told(tmp_path: Path, clock: Clock) -> None:
    with called_merchant() as merchant, running_bank(tmp_path, callback_url=merchant.url, clock=clock) as bank:
        order_id, form_url = bank.register().values()
        pay(form_url, "4000 0000 0000 0341")
        assert merchant.wait_for(1) == ["declinedByTimeout"]

        clock.move(seconds=30)
        bank.status(order_id)
        bank.status(order_id)
        assert merchant.wait_for(2) == ["declinedByTimeout", "deposited"]


def test_the_bank_tells_of_a_session_that_ended_without_being_asked(tmp_path: Path) -> None:
    with called_merchant() as merchant, running_bank(tmp_path, callback_url=merchant.url) as bank:
        bank.register(sessionTimeoutSecs=1)

        assert merchant.wait_for(1) == ["declinedByTimeout"]
        assert merchant.heard[0]["status"] == "0"


def test_a_callback_is_tried_until_it_is_taken(tmp_path: Path) -> None:
    with called_merchant(deaf=2) as merchant, running_bank(tmp_path, callback_url=merchant.url) as bank:
        pay(bank.register("1001")["formUrl"], "4111 1111 1111 1111")
        assert set(merchant.wait_for(4)) == {"approved", "deposited"}

        pay(bank.register("1002")["formUrl"], "4111 1111 1111 1111")
        merchant.wait_for(6)
        assert [callback["orderNumber"] for callback in merchant.heard] == ["1001"] * 4 + ["1002"] * 2


def test_a_callback_is_given_up_after_the_last_try(tmp_path: Path) -> None:
    with called_merchant(deaf=99) as merchant, running_bank(tmp_path, callback_url=merchant.url) as bank:
        pay(bank.register("1001")["formUrl"], "4000 0000 0000 0002")
        assert merchant.wait_for(3) == ["deposited"] * 3

        pay(bank.register("1002")["formUrl"], "4000 0000 0000 0002")
        merchant.wait_for(6)
        assert [callback["orderNumber"] for callback in merchant.heard] == ["1001"] * 3 + ["1002"] * 3


@pytest.mark.parametrize(("url", "given_up"), [("", 0), ("http://127.0.0.1:1/", 2), ("http://[", 2), ("nowhere", 2)])
def test_a_merchant_nobody_reaches_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, url: str, given_up: int
) -> None:
    with running_bank(tmp_path, callback_url=url) as bank:
        order_id, form_url = bank.register().values()

        assert pay(form_url, "4111 1111 1111 1111").status_code == 303
        assert bank.status(order_id)["orderStatus"] == 2
        deadline = time.monotonic() + 5
        while (said := len(told(caplog))) < given_up and time.monotonic() < deadline:
            time.sleep(0.005)
        assert said == given_up


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the bank itself wrote to the log."""
    return [record.message for record in caplog.records if record.name.startswith("lk_app.sandbox_bank")]


def test_secrets_are_not_printed() -> None:
    printed = repr(Merchant("login", "the password", "", "the key"))

    assert "the password" not in printed
    assert "the key" not in printed
