"""Receipts as they leave the press: nothing lost, nothing on top of anything, and a code that a bank's app reads."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from lk_app.models import Account, Premises
from lk_app.models.values import Month, Tariff, Volume, next_month
from lk_app.pdf import DrawingFailed, drawing
from lk_app.pdf.drawing import draw
from lk_app.services.callers import Consumer
from lk_app.services.payment_qr import MAX_BYTES
from lk_app.services.receipts import ReceiptPage, open_receipt, receipt_page
from lk_app.services.session import WRITES, make_engine
from lk_app.settings import ROOT
from lk_app.settings import settings as lk_settings
from tests import factories
from tests.documents import reading
from tests.documents.reading import MM, squeezed
from tests.factories import TODAY

OCTOBER = Month(202610)
LONG_AGO = datetime(2025, 1, 15, 9, 0, tzinfo=UTC)
MADE_ON = "23.11.2026"
LONG_WORD = "Константинопольская" * 5
HYPHENATED = "-".join(["Мусина"] * 14)
ADDRESS = "Республика Башкортостан, Благоварский район, деревня Ҡыҙыл Яр, улица Ҙур, дом 5, корпус 2, квартира 117 " * 3

LEFT, RIGHT = 13 * MM, 197 * MM
TOP, BOTTOM = (297 - 12) * MM, (297 - 290) * MM
CUT = (297 - 212) * MM
"""The line to cut along, from the bottom of the page."""
A_PHONE_READS = 42 * MM


# Everything that is to be said is there.

LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВЁЖЯәөүҗңһғҡҙҫӘӨҮҖҢҺҒҠҘҪAz09«»“”„'’\"&<>-–—.,()/№%+;: \u00a0\u202f"


def words(longest: int) -> st.SearchStrategy[str]:
    """Text as billing may send it: up to the column's limit, without spaces at the ends."""
    return st.text(LETTERS, min_size=1, max_size=longest).map(str.strip).filter(bool)


names = words(100) | st.sampled_from((LONG_WORD[:100], HYPHENATED, "О’Коннор-Ғәлиев", "<b>Ян</b> & «Ко»", "&amp;"))
sums = st.sampled_from((0, -1, 99_999_999)) | st.integers(-(10**11), 10**11)
charges = st.fixed_dictionaries(
    {"opening": sums, "accrued": sums, "recalculation": sums, "penalty": sums, "paid": sums},
    optional={"volume": st.integers(0, 12_000_000).map(Volume)},
)
households = st.fixed_dictionaries(
    {
        "last_name": names,
        "first_name": names,
        "middle_name": names | st.just(""),
        "address": words(300) | st.just(ADDRESS[:300].strip()),
        "equipment": st.lists(words(60), max_size=5),
        "division": names,
        "payee": words(40),
        "bank": words(20),
        "divisions": st.integers(1, 5),
        "kinds": st.lists(st.tuples(names, charges), min_size=1, max_size=8, unique_by=lambda kind: kind[0]),
        "payments": st.lists(st.integers(1, 10**10), max_size=8),
        "paid_after": st.integers(0, 10**10),
        "places": st.lists(names | st.just(""), max_size=3),
    }
)

WIDEST: dict[str, Any] = {
    "last_name": "Щ" * 100,
    "first_name": "Ж" * 100,
    "middle_name": "-".join(["Ю" * 9] * 10),
    "address": "Ш" * 300,
    "equipment": ["Проточный газовый водонагреватель с открытой камерой сгорания"] * 5,
    "division": "Щ" * 100,
    "payee": "Щ" * 81,
    "bank": "Щ" * 22,
    "divisions": 5,
    "kinds": [
        ("Щ" * 99 + str(number), dict.fromkeys(("opening", "accrued", "recalculation", "penalty", "paid"), -(10**11)))
        for number in range(8)
    ],
    "payments": [10**10] * 8,
    "paid_after": 10**10,
    "places": ["Щ" * 100] * 3,
}
MARKUP = "<b>Ян</b> &amp; «Ко» <br/> {{ 7 }}"
LIKE_MARKUP = WIDEST | {
    **dict.fromkeys(("last_name", "first_name", "middle_name", "address", "division", "payee"), MARKUP),
    "bank": "<i>Банк</i> & Ко",
    "equipment": [MARKUP],
    "kinds": [(MARKUP, WIDEST["kinds"][0][1])],
    "places": [MARKUP],
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(households)
@example(WIDEST)
@example(LIKE_MARKUP)
def test_everything_is_said_and_nothing_stands_on_anything(books: Engine, household: dict[str, Any]):
    with ledger(books) as session:
        page = page_of(session, household_of(session, household))
    pdf = drawn(page)

    text = squeezed(*reading.texts(pdf))
    for words in said(page):
        assert squeezed(*words) in text
    assert "■" not in text
    check_layout(pdf)
    assert reading.code(pdf, 150) == page.payment


def said(page: ReceiptPage) -> list[list[str]]:
    """All that a receipt says, each with what must stand right beside it."""
    head, payee = page.head, page.head.payee
    assert payee is not None
    rows = [
        [
            *([row.kind, row.volume, row.tariff] if page.measured else [row.kind]),
            *(row.accrued, row.recalculation, row.penalty, row.total),
        ]
        for row in [*page.charges, page.total]
    ]
    return [
        [head.company],
        [head.office, ", ", head.office_address, head.phones, " · ", head.portal],
        [head.title, head.subtitle, "Документ сформирован ", MADE_ON],
        ["Лицевой счёт", head.account, "Потребитель", head.holder],
        ["Адрес", head.address, "Объект газификации", head.premises],
        [page.due, page.to_pay, page.advice],
        [page.explanation],
        [page.past],
        *rows,
        *([row.name, row.text] for row in page.balance),
        [page.to_pay_words, page.to_pay],
        [page.minus],
        *([row.meter, row.place, row.before, row.after, row.consumption, row.taken_on] for row in page.readings),
        [page.no_readings],
        *([bar.label] for bar in page.bars),
        *([bar.words] for bar in page.bars),
        [page.payment_hint],
        ["Извещение", head.subtitle],
        ["Получатель", payee.name, "ИНН / КПП", payee.inn_and_kpp],
        ["Расчётный счёт", payee.account, ", ", payee.bank],
        ["БИК, корр. счёт", payee.bic, ", ", payee.bank_account],
        ["Лицевой счёт", head.account, " · ", head.holder, "Адрес", head.address, "Назначение", page.purpose],
    ]


def check_layout(pdf: bytes) -> None:
    """No letter stands on another, on the code, or where a printer does not print."""
    for number in range(len(reading.texts(pdf))):
        letters = reading.letters(pdf, number)
        assert reading.collisions(letters) == set()
        assert min(letter.left for letter in letters) > LEFT - 1
        assert max(letter.right for letter in letters) < RIGHT + 1
        assert max(letter.top for letter in letters) < TOP + 1
        assert min(letter.bottom for letter in letters) > BOTTOM - 1
        pictures = reading.pictures(pdf, number)
        assert len(pictures) == (1 if number == 0 else 0)
        for code in pictures:
            assert not any(code.covers(letter) for letter in letters)
            assert min(code.right - code.left, code.top - code.bottom) >= A_PHONE_READS
            assert code.top < CUT
        if number == 0:
            assert not any(letter.bottom < CUT < letter.top for letter in letters)
            assert reading.place(pdf, "Извещение").top < CUT < reading.place(pdf, "Документ сформирован").bottom


# More than a page holds.


@pytest.mark.parametrize(("lines", "pages"), [(40, 2), (120, 4)])
def test_a_long_bill_goes_on_overleaf_and_keeps_its_slip_in_front(session: Session, lines: int, pages: int):
    account = factories.account(session)
    for number in range(lines):
        gas = {"volume": Volume(1_000), "tariff": Tariff(1)}
        factories.charge(session, account, kind=f"Услуга № {number:03}", closing=number, **gas)
    page = page_of(session, account)

    pdf = drawn(page)

    texts = [squeezed(text) for text in reading.texts(pdf)]
    assert len(texts) == pages
    assert [text.count("линияотреза") for text in texts] == [1] + [0] * (pages - 1)
    assert [text.count("Извещение") for text in texts] == [1] + [0] * (pages - 1)
    found = [squeezed(row.kind, row.volume, row.tariff, row.accrued) for row in page.charges]
    places = ["".join(texts).index(row) for row in found]
    assert len(places) == lines
    assert places == sorted(places)
    assert all("".join(texts).count(squeezed(row.kind)) == 1 for row in page.charges)
    with_rows = [text for text in texts if "Услуга№" in text]
    assert len(with_rows) >= 2
    assert all(text.count("ВидначисленияОбъём,м³Тарифзам³") == 1 for text in with_rows)
    assert all(squeezed(*words) in "".join(texts) for words in said(page))
    check_layout(pdf)
    assert reading.code(pdf, 150) == page.payment


# Fonts.


def test_all_fonts_come_with_the_file(session: Session):
    fonts = reading.fonts(drawn(page_of(session, ordinary_account(session))))

    assert {name.partition("+")[2] for name in fonts if fonts[name]} == {"PTSans-Regular", "PTSans-Bold"}
    assert not [name for name, embedded in fonts.items() if not embedded]


def test_letters_of_all_our_peoples_are_there(session: Session):
    holder = "Ғәҙелша Һөйөндөков Җәүһәр Ңүҡ Ҫәғит Ёлкин Ѳедоровъ ӟӥӧӵ ӱӹ ӗӑҫӳ"
    page = page_of(session, account_of_holder(session, holder))

    assert squeezed(holder) in squeezed(*reading.texts(drawn(page)))


@pytest.mark.parametrize("letter", ["\u0301", "и\u0306", "″", "‐", "😀"])
def test_a_letter_the_font_lacks_does_not_cost_the_document(session: Session, letter: str):
    page = page_of(session, account_of_holder(session, f"Иванова{letter}"))

    assert "Иванова" in squeezed(*reading.texts(drawn(page)))


def account_of_holder(session: Session, last_name: str) -> Account:
    account = factories.account(session, last_name=last_name)
    factories.charge(session, account, OCTOBER, closing=154_320)
    return account


# The code.


def test_an_app_reads_the_code_off_paper(session: Session):
    page = page_of(session, ordinary_account(session))
    pdf = drawn(page)

    for dpi in (100, 150, 300):
        text = reading.code(pdf, dpi)
        assert text == page.payment
        assert "|Sum=37297|" in text


def test_an_app_reads_the_longest_code(session: Session):
    account = ordinary_account(session)
    page = page_of(session, account)
    room = MAX_BYTES - len(page.payment.encode())
    premises = session.get_one(Premises, account.number)
    premises.address += "Ж" * (room // 2) + "5" * (room % 2)
    factories.store(session, premises)
    page = page_of(session, account)

    assert len(page.payment.encode()) == MAX_BYTES
    assert reading.code(drawn(page), 150) == page.payment


def test_an_app_reads_even_a_code_that_can_leave_nothing_more_out(session: Session):
    factories.division(session, name="Ж" * 100, payee_name="Ж" * 81, bank_name="Ж" * 22)
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, closing=10**12)
    page = page_of(session, account)

    assert len(page.payment.encode()) > MAX_BYTES
    assert reading.code(drawn(page), 150) == page.payment


@pytest.mark.parametrize("closing", [0, -154_320])
def test_where_nothing_is_owed_nobody_is_asked_to_pay(session: Session, closing: int):
    account = factories.account(session)
    factories.charge(session, account, OCTOBER, closing=closing)
    pdf = drawn(page_of(session, account))

    text = squeezed(*reading.texts(pdf))
    assert "Оплатанетребуется" in text
    assert "Коплатедо" not in text
    assert "Sum=" not in reading.code(pdf, 150)


def test_where_something_is_owed_it_says_until_when(session: Session):
    text = squeezed(*reading.texts(drawn(page_of(session, ordinary_account(session)))))

    assert "Коплатедо25.11.2026372,97₽" in text
    assert "Оплатанетребуется" not in text


def test_what_is_not_known_is_said_to_be_so(session: Session):
    account = factories.account(session)
    session.delete(session.get_one(Premises, account.number))
    factories.charge(session, account, OCTOBER, closing=1)

    text = squeezed(*reading.texts(drawn(page_of(session, account))))

    assert "АдреснетсведенийОбъектгазификациинетсведений" in text
    assert "АдреснетсведенийНазначение" in text


# How it looks.


def test_it_looks_as_approved(session: Session):
    """A picture of a fixed account's receipt, approved by eye.

    After a change that is meant: `LK_APPROVE_PICTURES=1 pytest tests/documents`, look at
    tests/documents/approved/receipt.png, commit it.
    """
    assert reading.looks_as_approved(drawn(fixed_page(session)), "receipt")


def changed(**values: Any) -> Callable[[ReceiptPage], ReceiptPage]:
    return lambda page: replace(page, **values)


@pytest.mark.parametrize(
    "change",
    [
        changed(to_pay="372,91 ₽"),
        changed(due="К оплате до 26.11.2026"),
        changed(advice="Оплата не требуется"),
        changed(bars=[]),
        changed(past="Это квитанция за прошлый период."),
        lambda page: replace(page, balance=page.balance[1:]),
        lambda page: replace(page, total=replace(page.total, penalty="18,86")),
        lambda page: replace(page, head=replace(page.head, holder="Иванова Марина Петровна")),
        lambda page: replace(page, payment=page.payment.replace("37297", "37298")),
    ],
)
def test_another_document_looks_different(session: Session, change: Callable[[ReceiptPage], ReceiptPage]):
    page = fixed_page(session)

    one, other = (reading.picture(drawn(each), 75) for each in (page, change(page)))
    assert reading.difference(one, other) >= reading.NOTICEABLE


@pytest.mark.parametrize("change", [("#0b5d6b", "#0b7d6b"), ("13pt", "12pt"), ("dashed", "solid"), ("128mm", "127mm")])
def test_another_layout_looks_different(session: Session, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str]):
    page = fixed_page(session)
    before = reading.picture(drawn(page), 75)
    render = drawing.pisa.CreatePDF
    monkeypatch.setattr(drawing.pisa, "CreatePDF", lambda html, **rest: render(html.replace(*change), **rest))

    assert reading.difference(before, reading.picture(drawn(page), 75)) >= reading.NOTICEABLE


# What can't be drawn.


def test_the_same_receipt_is_the_same_file(session: Session):
    page = fixed_page(session)
    pdf = drawn(page)

    assert drawn(page) == pdf
    elsewhere = draw_apart(page, "")
    assert elsewhere.returncode == 0, elsewhere.stderr
    assert elsewhere.stdout == pdf


def test_no_document_without_its_fonts(session: Session, tmp_path: Path):
    failed = draw_apart(fixed_page(session), f"drawing.FONTS = Path({str(tmp_path)!r})")

    assert failed.returncode == 1
    assert b"DrawingFailed: documents/receipt.html: 0 errors, " in failed.stderr
    assert failed.stdout == b""


def test_no_document_without_its_code(session: Session, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(drawing._templates().filters, "qr", lambda text: "data:image/png;base64,AAAA")

    with pytest.raises(DrawingFailed) as failed:
        drawn(fixed_page(session))
    assert "Иванова" not in str(failed.value)


DRAW = """
import json, logging, sys
from pathlib import Path
from lk_app.pdf import drawing
{}
logging.disable()
sys.stdout.buffer.write(drawing.draw("documents/receipt.html", json.load(sys.stdin)))
"""


def draw_apart(page: ReceiptPage, before: str) -> subprocess.CompletedProcess[bytes]:
    """Draw a receipt in a process of its own, in which something was done before."""
    return subprocess.run(
        [sys.executable, "-c", DRAW.format(before)],
        input=json.dumps({"page": asdict(page), "made_on": MADE_ON}).encode(),
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=30,
    )


# Makers.


@pytest.fixture(scope="module")
def books(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An SQLite database: what a receipt says of the same rows elsewhere is tested with the services."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("books") / "lk.db")
    engine = make_engine(f"sqlite:///{path}", pool_size=1)
    yield engine
    engine.dispose()


@contextmanager
def ledger(books: Engine) -> Iterator[Session]:
    """A session whose rows are gone afterwards."""
    with books.connect().execution_options(**WRITES) as connection, Session(connection) as session:
        yield session
        session.rollback()


@pytest.fixture
def session(books: Engine) -> Iterator[Session]:
    with ledger(books) as session:
        yield session


@pytest.fixture(autouse=True)
def portal_address() -> Iterator[None]:
    """The same in all pictures, whatever the machine's own settings say."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LK_PUBLIC_URL", "https://lk.example.ru")
        patch.setenv("LK_COMPANY_NAME", "Демогаз")
        lk_settings.cache_clear()
        yield
    lk_settings.cache_clear()


def drawn(page: ReceiptPage) -> bytes:
    return draw("documents/receipt.html", {"page": asdict(page), "made_on": MADE_ON})


def page_of(session: Session, account: Account, month: Month = OCTOBER) -> ReceiptPage:
    user = factories.user(session)
    factories.link(session, user, account, attached_at=LONG_AGO)
    assert user.id is not None
    return receipt_page(open_receipt(session, Consumer(user.id, 1), account.number, "gas", month, TODAY))


def household_of(session: Session, values: dict[str, Any]) -> Account:
    account = factories.account(
        session,
        "66010000017",
        last_name=values["last_name"],
        first_name=values["first_name"],
        middle_name=values["middle_name"],
        address=values["address"],
    )
    premises = session.get_one(Premises, account.number)
    premises.equipment = values["equipment"]
    factories.store(session, premises)
    factories.division(session, name=values["division"], payee_name=values["payee"], bank_name=values["bank"])
    for number in range(1, values["divisions"]):
        factories.charge(session, account, OCTOBER, kind="Другое", division_code=f"other {number}", accrued=77)
    for kind, charge in values["kinds"]:
        tariff = {"tariff": Tariff(814_125)} if "volume" in charge else {}
        factories.charge(session, account, OCTOBER, kind=kind, **charge, **tariff)
    for amount in values["payments"]:
        factories.payment(session, account, amount, OCTOBER)
    if values["paid_after"]:
        factories.payment(session, account, values["paid_after"], next_month(OCTOBER))
    for place in values["places"]:
        add_reading(session, account, place=place, model=place or "ВК-G4")
    return account


def ordinary_account(session: Session) -> Account:
    """Mary's house: thirteen months of gas, a penalty, two payments, two meters."""
    account = factories.account(session, "66010000017", address="г. Ясный, ул. Садовая, д. 5")
    for back in range(13):
        paid = {"opening": 99_900, "paid": 99_900} if back == 0 else {}
        factories.charge(
            session,
            account,
            next_month(OCTOBER, -back),
            volume=Volume(43_500 + back * 7_123),
            tariff=Tariff(814_000),
            closing=35_409 + back,
            **paid,
        )
    factories.charge(session, account, OCTOBER, kind="Пени", penalty=1_888)
    factories.payment(session, account, 50_000, paid_on=date(2026, 10, 5))
    factories.payment(session, account, 49_900, paid_on=date(2026, 10, 15))
    add_reading(session, account)
    add_reading(session, account, place="", decimals=3, serial="00417733")
    return account


def fixed_page(session: Session) -> ReceiptPage:
    return page_of(session, ordinary_account(session))


def add_reading(session: Session, account: Account, **values: Any) -> None:
    meter = factories.meter(session, account, **values)
    factories.reading(session, meter, 1_234_567, date(2026, 10, 24), consumption=Volume(43_500))
