"""Confirmations of payments as PDF: all they say is on one page, and nothing stands on anything."""

from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from sqlmodel import Session

from lk_app.models import AttemptState, Channel
from lk_app.pdf import drawing
from lk_app.services.payments.confirmation import ConfirmationPage, of_document, of_order
from tests import attempts, factories
from tests.documents.reading import MM, collisions, fonts, letters, squeezed, texts
from tests.documents.test_statement_pdf import read, texts_in
from tests.factories import NOW

LARGE = "99\u00a0999\u00a0999,99"

# What stands in a document is tested on both databases with its service; paper does not know them.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture(params=["awaited", "returned", "elsewhere"])
def shown(request: pytest.FixtureRequest, session: Session) -> ConfirmationPage:
    return confirmation(session, request.param)


def test_everything_is_said_on_one_page(shown: ConfirmationPage) -> None:
    (text,) = read(drawn(shown))

    for said in texts_in(asdict(shown) | {"file_name": ""}):
        if said != "0,00":
            assert squeezed(said) in text, said
    assert "Страница1из1" in text
    assert "Документсформирован23.11.2026" in text


def test_nothing_stands_on_anything_or_beside_the_paper(shown: ConfirmationPage) -> None:
    check_layout(drawn(shown))


def test_each_division_stands_with_its_payee_and_sum(session: Session) -> None:
    (text,) = read(drawn(confirmation(session, "returned")))

    assert "ПриродныйгазООО«Демогаз»,ИНН/КПП7400000005/740001001Счёт40702810000000000001,Банк,БИК047501602" in text
    assert "1843,56100,00оплачено" in text
    assert "250,000,00оплачено" in text
    assert "Итого2093,56100,00" in text


def test_the_column_of_refunds_is_there_only_for_refunds(session: Session) -> None:
    (awaited,) = read(drawn(confirmation(session, "awaited")))

    assert "Возвращено" not in awaited
    assert "Итого2093,56Как" in awaited


def test_the_widest_texts_keep_apart(session: Session) -> None:
    page = confirmation(session, "returned")
    row = page.parts[0]
    payee = replace(row.payee, name="Щ" * 160, bank="Щ" * 45)
    wide = replace(row, division="Щ" * 100, payee=payee, document="Щ" * 40, amount=LARGE, refunded=LARGE)
    head = replace(page.head, holder="Щ" * 300, address="Ш" * 300, premises="Щ" * 300)

    pdf = drawn(replace(page, head=head, total=f"{LARGE}\u00a0₽", parts=[wide] * 5, sum=LARGE, refunded=LARGE))

    check_layout(pdf)
    text = "".join(read(pdf))
    assert text.count("Документврасчётах:" + "Щ" * 40) == 5
    assert text.count(squeezed(LARGE)) == 13


def test_names_from_billing_are_text_not_markup(session: Session) -> None:
    page = confirmation(session, "awaited")
    row = replace(page.parts[0], division="<b>ГАЗ</b> & Ко {{ 7 }}")

    (text,) = read(drawn(replace(page, parts=[row])))

    assert "<b>ГАЗ</b>&Ко{{7}}" in text


def test_its_fonts_come_with_the_file(shown: ConfirmationPage) -> None:
    found = fonts(drawn(shown))

    assert {name.partition("+")[2] for name in found} == {"PTSans-Regular", "PTSans-Bold"}
    assert all(found.values())


def confirmation(session: Session, which: str) -> ConfirmationPage:
    account = factories.account(session, "66010000017")
    factories.division(session, "vdgo", name="ВДГО", position=2, payee_name="ООО «Демогаз-Сервис»")
    who = factories.consumer(session, account)
    if which == "elsewhere":
        payment = factories.payment(session, account, 65_273, channel=Channel.OFFICE, id="2026-10/00017")
        return of_document(session, who, account.number, payment.id)
    state = AttemptState.PAID if which == "awaited" else AttemptState.POSTED
    attempt = attempts.attempt(session, who, account, {"gas": 184_356, "vdgo": 25_000}, state)
    if which == "returned":
        attempts.post(session, attempt)
        attempts.give_back(session, attempt, {"gas": 10_000}, at=NOW + timedelta(days=2))
    return of_order(session, who, account.number, attempt.order_number)


def drawn(page: ConfirmationPage) -> bytes:
    return drawing.draw("documents/payment.html", {"page": asdict(page), "made_on": "23.11.2026"})


def check_layout(pdf: bytes) -> None:
    for number in range(len(texts(pdf))):
        found = letters(pdf, number)
        assert collisions(found) == set()
        assert min(letter.left for letter in found) > 13 * MM - 1
        assert max(letter.right for letter in found) < 197 * MM + 1
