"""The text of a payment QR, read back the way a bank's app reads it: ГОСТ Р 56042-2014."""

from dataclasses import replace

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from lk_app.models.values import Kopecks, Month
from lk_app.services.payment_qr import (
    MAX_BYTES,
    MAX_PURPOSE,
    SEPARATORS,
    Payee,
    Payer,
    RequisitesBroken,
    payment_text,
)

PAYEE = Payee(
    name="ООО «Демогаз»",
    account="40702810900000000001",
    bank_name="БАНК, Г. ЯСНЫЙ",
    bic="047501602",
    bank_account="30101810700000000602",
    inn="7400000005",
    kpp="740001001",
)
PAYER = Payer("Иванова", "Мария", "Петровна", "г. Ясный, ул. Садовая, д. 5")
ACCOUNT = "66010000017"
OCTOBER = Month(202610)

MANDATORY = ["Name", "PersonalAcc", "BankName", "BIC", "CorrespAcc"]
OF_PAYER = ["LastName", "FirstName", "MiddleName", "PayerAddress"]


def read(text: str) -> dict[str, str]:
    """Take a text apart without help from the code that made it; a key that comes twice is a fault."""
    assert text[:6] == "ST0001"
    assert text[6] == "2", "UTF-8"
    pairs = [pair.partition("=") for pair in text[8:].split(text[7])]
    assert all(key and equals and value for key, equals, value in pairs)
    values = {key: value for key, _, value in pairs}
    assert len(values) == len(pairs)
    return values


def made(payee: Payee = PAYEE, purpose: str = "Оплата: Природный газ", **values) -> str:
    return payment_text(payee, ACCOUNT, purpose, **({"amount": Kopecks(154_320)} | values))


def test_a_known_payment_letter_by_letter():
    text = payment_text(
        PAYEE,
        ACCOUNT,
        "Оплата: Природный газ, л/с 66010000017, октябрь 2026",
        amount=Kopecks(154_320),
        month=OCTOBER,
        payer=PAYER,
    )

    assert text == (
        "ST00012|Name=ООО «Демогаз»|PersonalAcc=40702810900000000001|BankName=БАНК, Г. ЯСНЫЙ|BIC=047501602"
        "|CorrespAcc=30101810700000000602|PayeeINN=7400000005|KPP=740001001|Sum=154320"
        "|Purpose=Оплата: Природный газ, л/с 66010000017, октябрь 2026|PersAcc=66010000017|PaymPeriod=102026"
        "|TechCode=02"
        "|LastName=Иванова|FirstName=Мария|MiddleName=Петровна|PayerAddress=г. Ясный, ул. Садовая, д. 5"
    )


def test_the_mandatory_values_come_first_in_the_standards_order():
    assert list(read(made(payer=PAYER, month=OCTOBER)))[:5] == MANDATORY


@pytest.mark.parametrize(("amount", "written"), [(1, "1"), (100, "100"), (1_234_567_890_12, "123456789012")])
def test_the_sum_is_in_whole_kopecks(amount: int, written: str):
    assert read(made(amount=Kopecks(amount)))["Sum"] == written


@pytest.mark.parametrize("amount", [0, -1, -154_320])
def test_without_anything_to_pay_the_app_asks_for_the_sum(amount: int):
    assert "Sum" not in read(made(amount=Kopecks(amount)))


@pytest.mark.parametrize(("month", "written"), [(202610, "102026"), (202601, "012026"), (202712, "122027")])
def test_the_period_is_month_then_year(month: int, written: str):
    assert read(made(month=Month(month)))["PaymPeriod"] == written


def test_what_is_not_known_is_not_there():
    known = read(made(replace(PAYEE, kpp=""), payer=Payer("Иванова", "Мария", "", "")))

    assert known.keys().isdisjoint({"KPP", "PaymPeriod", "MiddleName", "PayerAddress"})
    assert known["FirstName"] == "Мария"


@pytest.mark.parametrize(
    ("name", "separator"),
    [("ООО", "|"), ("А|Б", "~"), ("А|Б~В", "^"), ("|~^#@*;", "!"), ("~^#@*;!", "|")],
)
def test_a_separator_stands_in_no_value(name: str, separator: str):
    text = made(replace(PAYEE, name=name), payer=PAYER)

    assert text[7] == separator
    assert read(text)["Name"] == name


def test_a_separator_may_stand_in_any_value():
    assert made(purpose="А|Б")[7] == "~"
    assert made(payer=replace(PAYER, address="д. 5|7"))[7] == "~"


def test_a_payer_who_uses_up_all_separators_is_left_out_piece_by_piece():
    address = replace(PAYER, address=SEPARATORS)
    everything = replace(PAYER, last_name=SEPARATORS[:4], first_name=SEPARATORS[4:])

    assert read(made(payer=address)).keys() & set(OF_PAYER) == {"LastName", "FirstName", "MiddleName"}
    assert read(made(payer=everything)).keys().isdisjoint(OF_PAYER)


def test_no_separator_at_all_is_a_fault():
    with pytest.raises(RequisitesBroken, match="no character is left"):
        made(replace(PAYEE, name=SEPARATORS))


@pytest.mark.parametrize(
    "written",
    [
        "ООО  Газ",
        " ООО Газ ",
        "ООО\u00a0Газ",
        "ООО\u202fГаз",
        "ООО\nГаз",
        "ООО\tГаз",
        "ООО\r\n\x00Газ",
        "ООО\x1f\u2009Газ",
    ],
)
def test_every_value_is_one_line_with_single_spaces(written: str):
    values = read(made(replace(PAYEE, name=written, bank_name=written), written, payer=Payer(written, "", "", written)))

    assert {values[key] for key in ("Name", "BankName", "Purpose", "LastName", "PayerAddress")} == {"ООО Газ"}


def test_too_long_an_address_is_left_out_then_the_names():
    names = {"LastName", "FirstName", "MiddleName"}
    long = "щ" * 100

    assert read(made(payer=replace(PAYER, address=long * 3))).keys() & set(OF_PAYER) == names
    assert read(made(payer=Payer(long, long, long, "д. 5"))).keys().isdisjoint(OF_PAYER)


def test_the_limit_itself_is_still_allowed():
    room = MAX_BYTES - len(made(payer=replace(PAYER, address="5")).encode()) + 1
    exactly, more = ("5" * length for length in (room, room + 1))

    assert len(made(payer=replace(PAYER, address=exactly)).encode()) == MAX_BYTES
    assert "PayerAddress" not in read(made(payer=replace(PAYER, address=more)))


def test_a_purpose_is_cut_at_what_a_bank_passes_on():
    assert read(made(purpose="а" * 250))["Purpose"] == "а" * 210
    assert read(made(purpose="а" * 210))["Purpose"] == "а" * 210


BROKEN = [
    ("PersonalAcc", {"account": "4070281090000000000"}),
    ("PersonalAcc", {"account": "407028109000000000011"}),
    ("PersonalAcc", {"account": "4070281090000000000А"}),
    ("PersonalAcc", {"account": "4070281090000000000٣"}),
    ("PersonalAcc", {"account": " 4070281090000000001"}),
    ("PersonalAcc", {"account": ""}),
    ("BIC", {"bic": "04750160"}),
    ("BIC", {"bic": "0475016020"}),
    ("BIC", {"bic": "04750160x"}),
    ("CorrespAcc", {"bank_account": "3010181070000000060"}),
    ("CorrespAcc", {"bank_account": "3010181070000000060\n"}),
    ("CorrespAcc", {"bank_account": ""}),
    ("Name", {"name": ""}),
    ("Name", {"name": " \u00a0\n"}),
    ("Name", {"name": "a" * 161}),
    ("BankName", {"bank_name": ""}),
    ("BankName", {"bank_name": "a" * 46}),
    ("PayeeINN", {"inn": ""}),
    ("PayeeINN", {"inn": "74000000051"}),
    ("PayeeINN", {"inn": "740000000x"}),
    ("PayeeINN", {"inn": "740000000٣"}),
    ("PayeeINN", {"inn": "7400000 05"}),
    ("KPP", {"kpp": "74000100"}),
    ("KPP", {"kpp": "7400010011"}),
    ("KPP", {"kpp": "74000 001"}),
    ("KPP", {"kpp": "7400|1001"}),
]


@pytest.mark.parametrize(("key", "values"), BROKEN)
def test_broken_requisites_are_refused_by_name(key: str, values: dict[str, str]):
    with pytest.raises(RequisitesBroken, match=rf"^{key} must have "):
        made(replace(PAYEE, **values))


def test_requisites_at_their_limits_are_fine():
    for payee in (
        replace(PAYEE, name="a" * 160, bank_name="b" * 45),
        replace(PAYEE, inn="740000000005", kpp=""),
        replace(PAYEE, kpp="7400AB001"),
    ):
        made(payee)


def test_too_long_a_mandatory_part_says_what_to_shorten():
    # 94 bytes are keys, digits and separators; a Russian letter takes two.
    made(replace(PAYEE, name="я" * 81, bank_name="я" * 22))

    with pytest.raises(RequisitesBroken, match="301 bytes, 300 are allowed: shorten Name or BankName"):
        made(replace(PAYEE, name="я" * 81 + "a", bank_name="я" * 22))


letters = st.text("абвгёЯәҙ «»'&<>=,.-№/|~^#@*;!\u00a0\u202f\n\tAz19", max_size=120)
digits = st.text("0123456789", min_size=20, max_size=20)
payees = st.builds(
    Payee,
    name=letters.filter(str.strip),
    account=digits,
    bank_name=letters.map(lambda text: text[:45]).filter(str.strip),
    bic=digits.map(lambda text: text[:9]),
    bank_account=digits,
    inn=st.sampled_from((10, 12)).flatmap(lambda length: digits.map(lambda text: text[:length])),
    kpp=st.sampled_from((0, 9)).flatmap(lambda length: digits.map(lambda text: text[:length])),
)
payers = st.builds(Payer, *[st.text("абЁә '-|", max_size=100)] * 3, st.text("абЁә., 19", max_size=300))
amounts = st.integers(-(10**15), 10**15).map(Kopecks)
months = st.none() | st.integers(2000, 2100).flatmap(lambda year: st.integers(1, 12).map(lambda of: year * 100 + of))


@settings(deadline=None)
@given(payees, letters, amounts, months, st.none() | payers)
@example(PAYEE, "я" * 300, Kopecks(10**15), OCTOBER, PAYER)
def test_what_is_read_back_is_what_was_meant(payee, purpose, amount, month, payer):
    try:
        text = payment_text(payee, ACCOUNT, purpose, amount=amount, month=month, payer=payer)
    except RequisitesBroken as broken:
        assume("no character is left" not in broken.args[0])
        assert size_of_mandatory(payee) > 300
        return
    meant = {
        "Name": payee.name,
        "PersonalAcc": payee.account,
        "BankName": payee.bank_name,
        "BIC": payee.bic,
        "CorrespAcc": payee.bank_account,
        "PayeeINN": payee.inn,
        "KPP": payee.kpp,
        "Sum": str(amount) if amount > 0 else "",
        "Purpose": purpose[:MAX_PURPOSE],
        "PersAcc": ACCOUNT,
        "PaymPeriod": f"{month % 100:02}{month // 100}" if month else "",
        "TechCode": "02",
    }
    of_payer = {}
    if payer:
        of_payer = dict(
            zip(OF_PAYER, (payer.last_name, payer.first_name, payer.middle_name, payer.address), strict=True)
        )
    found = read(text)

    assert list(found)[:5] == MANDATORY
    assert size_of_mandatory(payee) <= 300
    for key, value in meant.items():
        assert found.pop(key, "") == " ".join(value.split())
    assert found == {key: flat for key in found if (flat := " ".join(of_payer[key].split()))}
    if found:
        assert len(text.encode()) <= MAX_BYTES
    if "PayerAddress" in found:
        assert all(found.get(key, "") == " ".join(of_payer[key].split()) for key in OF_PAYER)


def size_of_mandatory(payee: Payee) -> int:
    values = (payee.name, payee.account, payee.bank_name, payee.bic, payee.bank_account)
    return len(
        "|".join(f"{key}={' '.join(value.split())}" for key, value in zip(MANDATORY, values, strict=True)).encode()
    )
