"""What is known of a payment in words for people who are no programmers."""

import re

import pytest

from lk_app.models import AttemptState, ConcernReason, MessageKind, RefundState
from lk_app.services.acquiring import words
from lk_app.services.acquiring.words import explained, said
from tests.texts import plain

DIVISIONS = {"gas": "Природный газ"}


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        (MessageKind.STATUS, {"errorCode": "0", "orderStatus": 2, "amount": 184356}, "деньги списаны: 1 843,56 ₽"),
        (
            MessageKind.STATUS,
            {"orderStatus": 4, "amount": 184356, "refundedAmount": 10_000, "actionCode": 0},
            "деньги возвращались, возвращено 100,00 ₽",
        ),
        (MessageKind.STATUS, {"orderStatus": 6, "actionCode": 116}, "оплата отклонена, код причины 116"),
        (MessageKind.STATUS, {"orderStatus": 0}, "заказ открыт и не оплачен"),
        (MessageKind.STATUS, {"orderStatus": 17}, "состояние 17"),
        (MessageKind.STATUS, {"errorCode": "6"}, "такого заказа в банке нет"),
        (MessageKind.REGISTRATION, {"orderId": "x"}, "заказ открыт"),
        (
            MessageKind.REGISTRATION,
            {"errorCode": "5", "errorMessage": "Доступ запрещён"},
            "отказ, код 5: Доступ запрещён",
        ),
        (MessageKind.REFUND, {"errorCode": 0}, "возврат принят"),
        (MessageKind.REFUND, {"errorCode": "7"}, "отказ, код 7"),
        (MessageKind.CALLBACK, {"operation": "deposited", "status": "1"}, "деньги списаны"),
        (MessageKind.CALLBACK, {"operation": "deposited", "status": "0"}, "деньги списаны (не удалось)"),
        (MessageKind.CALLBACK, {"operation": "something"}, "something"),
        (MessageKind.CALLBACK, {}, "без содержания"),
    ],
)
def test_what_the_bank_said(kind: MessageKind, content: dict[str, object], expected: str) -> None:
    assert plain(said(kind, content)) == expected


@pytest.mark.parametrize(
    ("reason", "detail", "expected"),
    [
        (
            ConcernReason.ANSWER_DIFFERS,
            "amount: ours 184356, theirs 184300, currency: ours 643, theirs 840",
            "сумма: у нас 1 843,56 ₽, у банка 1 843,00 ₽, валюта: у нас 643, у банка 840",
        ),
        (
            ConcernReason.POSTED_DIFFERENTLY,
            "gas: paid 100000, posted 90000 kopecks",
            "Природный газ: оплачено 1 000,00 ₽, учтено 900,00 ₽",
        ),
        (
            ConcernReason.POSTED_DIFFERENTLY,
            "to another account or division: gas, water",
            "на другой лицевой счёт или раздел: Природный газ, water",
        ),
        (ConcernReason.NOT_POSTED, "week 2", "неделя 2-я"),
        (ConcernReason.REFUND_UNCLEAR, "refund 3, 10050 kopecks", "возврат на 100,50 ₽"),
        (ConcernReason.REFUNDED_AFTER_EXPORT, "refunded 10050 kopecks in all", "всего возвращено 100,50 ₽"),
        (
            ConcernReason.REFUNDED_ELSEWHERE,
            "100 of 300 kopecks in all: of which division?",
            "1,00 ₽ из возвращённых 3,00 ₽",
        ),
        (ConcernReason.STILL_OPEN, "orderStatus 0", "банк отвечает: заказ открыт и не оплачен"),
        (
            ConcernReason.ANSWER_CONTRADICTS,
            "paid here, orderStatus 6 there",
            "у нас «оплачен, биллингу ещё не передан», а банк отвечает: оплата отклонена",
        ),
        (
            ConcernReason.ANSWER_CONTRADICTS,
            "exported here, refundedAmount 0 there",
            "у нас «оплачен, передан в биллинг», а банк отвечает, что возвращено 0,00 ₽",
        ),
        (ConcernReason.BANK_SILENT, "", ""),
        (ConcernReason.STILL_OPEN, "something new", "something new"),
    ],
)
def test_what_exactly_a_concern_is_about(reason: ConcernReason, detail: str, expected: str) -> None:
    assert plain(explained(reason, detail, DIVISIONS)) == expected


def test_everything_has_words() -> None:
    assert set(words.STATES) == set(AttemptState)
    assert set(words.REASONS) == set(words.WHAT_TO_DO) == set(ConcernReason)
    assert set(words.REFUNDS) == set(RefundState)
    assert set(words.KINDS) == set(MessageKind)
    assert all(re.fullmatch(r"[А-ЯЁ].*\.", advice) for advice in words.WHAT_TO_DO.values())
