"""Statements as PDF: every figure is on paper, and a long act breaks where it may."""

from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from lk_app.models import Account, Channel
from lk_app.models.values import Month, next_month
from lk_app.pdf import drawing
from lk_app.services.statements import BalancePage, ReconciliationPage, balance_page, reconciliation_page
from tests import factories
from tests.documents.reading import collisions, letters, squeezed, texts
from tests.factories import TODAY

FIRST, LAST, OPEN = Month(202311), Month(202610), Month(202611)
HEADS = "МесяцилидатаОперацияНачисленоПерерасчётПениОплаченоОстаток"

# What stands in a document is tested on both databases with its service; paper does not know them.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_a_balance_is_one_page_with_everything_it_says(session: Session) -> None:
    page = balance_of(session)

    (text,) = read(drawn("balance", page))

    for said in texts_in(asdict(page) | {"file_name": ""}):
        assert squeezed(said) in text, said
    assert "Страница1из1" in text


def test_large_sums_stand_beside_each_other(session: Session) -> None:
    page = balance_of(session)
    figures = dict.fromkeys(("opening", "charged", "paid", "closing", "paid_after"), "−9\u00a0999\u00a0999,99")
    wide = replace(page.standings[0], **figures, standing="Задолженность 9\u00a0999\u00a0999,99\u00a0₽")

    assert collisions(letters(drawn("balance", replace(page, standings=[wide, wide])))) == set()


def test_an_act_of_three_years_has_every_line_on_its_pages(session: Session) -> None:
    account = with_history(session, payments=4)
    factories.payment(session, account, 12_345, OPEN, paid_on=date(2026, 11, 12), channel=Channel.ONLINE)
    act = act_of(session, account)

    pages = read(drawn("reconciliation", act))

    assert len(act.rows) == 36 * 5
    assert len(pages) == 5
    text = "".join(pages)
    for row in act.rows:
        line = squeezed(row.day, row.text, row.accrued, row.recalculation, row.penalty, row.paid, row.balance)
        assert line in text, line
    # Nobody pays by an act: of the payee it needs what the preamble says.
    for said in texts_in(asdict(act) | {"file_name": "", "rows": [], "head": asdict(act.head) | {"payee": None}}):
        assert squeezed(said) in text, said
    for number, page in enumerate(pages, start=1):
        assert f"Страница{number}из5" in page
        assert HEADS in page, "rows stand under their heads"


def test_lines_of_an_act_with_large_sums_and_notes_keep_apart(session: Session) -> None:
    act = act_of(session, with_history(session, payments=1))
    large = "−9\u00a0999\u00a0999,99"
    figures = dict.fromkeys(("accrued", "recalculation", "paid", "balance"), large)
    note = "Поступившие платежи: " + "; ".join(["05.09.2026, 30,00\u00a0₽, в абонентской службе"] * 3)
    wide = replace(act.rows[0], **figures, penalty="−999\u00a0999,99", note=note)
    sums = replace(act.turnover, accrued=large, recalculation=large, paid=large, charged=large, shift=large)

    pdf = drawn("reconciliation", replace(act, rows=[wide, wide], turnover=sums, opening=large, closing=large))

    assert collisions(letters(pdf)) == set()


@pytest.mark.parametrize("count", range(17, 30))
def test_the_end_of_an_act_stays_together(session: Session, count: int) -> None:
    """However the rows fall, the totals stand below one of them, and the result above the signatures."""
    act = act_of(session, with_history(session, payments=0))
    last = replace(act.rows[count], day="последняя строка")

    pages = read(drawn("reconciliation", replace(act, rows=[*act.rows[:count], last])))

    last_row, turnover, closing, conclusion, signature = (
        only_page(pages, words)
        for words in (
            "последняя строка",
            "Итого за период",
            "Остаток на конец",
            act.conclusion,
            "подпись, фамилия, печать",
        )
    )
    assert last_row == turnover == closing
    assert conclusion == signature == len(pages) - 1


def test_an_act_is_signed_by_both(session: Session) -> None:
    text = "".join(read(drawn("reconciliation", act_of(session, with_history(session, payments=0)))))

    assert "ОрганизацияООО«Демогаз»___" in text
    assert "ПотребительИвановаМарияПетровна___" in text


def test_names_from_billing_are_text_not_markup(session: Session) -> None:
    page = balance_of(session)
    row = replace(page.standings[0], division="<b>ГАЗ</b> & Ко")

    (text,) = read(drawn("balance", replace(page, standings=[row])))

    assert "<b>ГАЗ</b>&Ко" in text


def balance_of(session: Session) -> BalancePage:
    account = factories.account(session, "66020000097")
    factories.division(session, "vdgo", name="ВДГО", position=2, payee_name="ООО «Демогаз-Сервис»")
    factories.charge(session, account, LAST, opening=65_273, penalty=31, paid=65_273, closing=146_908)
    factories.charge(session, account, LAST, kind="ТО", division_code="vdgo", opening=-9_471, closing=-25_115)
    factories.payment(session, account, 123, OPEN, paid_on=date(2026, 11, 2), channel=Channel.POST)
    return balance_page(session, factories.consumer(session, account), account.number, TODAY)


def with_history(session: Session, *, payments: int) -> Account:
    """An account with 36 charged months and so many payments in each, all figures different."""
    account = factories.account(session)
    balance = 100_000
    for step in range(36):
        month = next_month(FIRST, step)
        amounts = [10_000 + step * 101 + each * 7 for each in range(payments)]
        for day, amount in enumerate(amounts, start=3):
            factories.payment(session, account, amount, month, paid_on=date(month // 100, month % 100, day))
        balance = factories.charge(
            session, account, month,
            opening=balance, accrued=40_000 + step * 503, recalculation=-step, penalty=step * 3, paid=sum(amounts),
        ).closing  # fmt: skip
    return account


def act_of(session: Session, account: Account) -> ReconciliationPage:
    return reconciliation_page(session, factories.consumer(session, account), account.number, "gas", FIRST, LAST, TODAY)


def drawn(name: str, page: BalancePage | ReconciliationPage) -> bytes:
    return drawing.draw(f"documents/{name}.html", {"page": asdict(page), "made_on": "22.11.2026"})


def read(pdf: bytes) -> list[str]:
    """Return the text of each page without spaces."""
    return [squeezed(text) for text in texts(pdf)]


def only_page(pages: list[str], words: str) -> int:
    (number,) = [number for number, text in enumerate(pages) if squeezed(words) in text]
    return number


def texts_in(values: Any) -> list[str]:
    """Return every text among the values of a page."""
    if isinstance(values, dict):
        return [text for value in values.values() for text in texts_in(value)]
    if isinstance(values, list):
        return [text for value in values for text in texts_in(value)]
    return [values] if isinstance(values, str) else []
