"""What notifications say, how long they are, and what never stands in them."""

from datetime import date

import pytest

from lk_app.models.values import Volume
from lk_app.services.notifications import words
from lk_app.services.notifications.words import AccountName, Decision, MeterName, Text
from lk_app.settings import settings
from tests.factories import TODAY
from tests.texts import plain

REASON = "Показание меньше предыдущего"
HOUSE = AccountName("66010000017", "")
DACHA = AccountName("66010000025", "Дача")
LAST_DAY = date(2026, 11, 25)


def texts_about(*accounts: AccountName) -> list[Text]:
    meters = [MeterName(account, "02514876", "кухня", date(2027, 1, 21)) for account in accounts]
    made = [Decision(account, Volume(5_214_125), 3, TODAY, REASON) for account in accounts]
    return [
        words.window_opens(accounts, LAST_DAY),
        words.window_ends(accounts, LAST_DAY),
        words.verification(meters),
        words.decided(made),
    ]


def test_what_reminders_say() -> None:
    assert [plain(text.short) for text in texts_about(HOUSE)[:3]] == [
        "Демогаз: передайте показания не позднее 25 ноября, ЛС …0017.",
        "Демогаз: показания не переданы, последний день 25 ноября, ЛС …0017.",
        "Демогаз: поверка счётчика № 02514876 нужна до 21 января, ЛС …0017.",
    ]
    assert [plain(text.short) for text in texts_about(HOUSE, DACHA)[:3]] == [
        "Демогаз: передайте показания не позднее 25 ноября, ЛС …0017, «Дача».",
        "Демогаз: показания не переданы, последний день 25 ноября, ЛС …0017, «Дача».",
        "Демогаз: нужна поверка 2 счётчиков, первого до 21 января. Подробнее в личном кабинете.",
    ]


def test_a_reminder_of_one_account_costs_one_sms() -> None:
    assert [len(text.short) <= 70 for text in texts_about(HOUSE)[:3]] == [True] * 3


@pytest.mark.parametrize("accounts", [(HOUSE,), (HOUSE, DACHA), (AccountName("66010000033", "Ы" * 45),) * 9])
def test_no_sms_takes_more_than_two_pieces(accounts: tuple[AccountName, ...]) -> None:
    assert [text.short for text in texts_about(*accounts) if len(text.short) > words.SHORT] == []


def test_many_accounts_are_counted() -> None:
    many = [AccountName(f"660100{index:05d}", "Бабушкина квартира") for index in range(21)]

    assert plain(words.window_opens(many, LAST_DAY).short) == (
        "Демогаз: передайте показания не позднее 25 ноября, по 21 лицевому счёту."
    )


def test_a_long_reason_stands_in_the_cabinet_only() -> None:
    long = "Показание не похоже на прежние, снимите его ещё раз и приложите фото шкалы, на котором видны все цифры"
    [said] = [words.decided([Decision(HOUSE, Volume(5_214_000), 0, TODAY, long)])]

    assert plain(said.short).endswith("не принято, ЛС …0017. Причина в личном кабинете.")
    assert long in plain(said.letter)


@pytest.mark.parametrize("title", ["", "66010000017", "ЛС 66010000017, дом", "Дом"])
def test_no_text_holds_a_whole_account_number(title: str) -> None:
    for text in texts_about(AccountName("66010000017", title)):
        for said in (text.short, text.subject, text.letter):
            assert "66010000017" not in said


def test_every_text_begins_with_the_company_and_letters_say_how_to_have_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings(), "public_url", "https://lk.example.ru")
    for text in texts_about(HOUSE):
        assert text.short.startswith("Демогаз: ")
        assert text.subject.startswith("Демогаз. ")
        assert "https://" not in text.short
        assert "Отказаться от уведомлений или получать их по SMS: https://lk.example.ru/settings\n" in text.letter
        assert "!" not in text.short + text.letter


def test_titles_are_not_templates() -> None:
    odd = AccountName("66010000017", "{portal} {0} %s")

    for text in texts_about(odd)[:2]:
        assert "{portal} {0} %s" in plain(text.short)
        assert "{portal} {0} %s" in plain(text.letter)
