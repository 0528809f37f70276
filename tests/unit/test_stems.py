"""Which words count as the same."""

import pytest

from lk_app.services.help.stems import stem, stems_asked, stems_of


@pytest.mark.parametrize("word", ["счётчик", "счетчик", "Счётчики", "СЧЁТЧИКА", "счетчиками"])
def test_all_forms_of_a_word_have_one_stem(word: str) -> None:
    assert stem(word) == "счетчик"


@pytest.mark.parametrize(("word", "same"), [("Chrome", "chrome"), ("SMS", "sms"), ("104", "104"), ("3D", "3d")])
def test_words_that_are_not_russian_stay_whole(word: str, same: str) -> None:
    assert stem(word) == same


def test_the_stems_of_a_text_keep_the_order_of_its_words() -> None:
    assert stems_of("Квитанцию не прислали: что делать?") == "квитанц не присла что дела"


def test_words_that_are_everywhere_are_not_looked_for() -> None:
    assert stems_asked("Что делать, если не приходит SMS?", 12) == ["дела", "приход", "sms"]
    assert stems_asked("если не и на", 12) == stems_asked("ещё её", 12) == []


def test_a_word_that_is_typed_twice_is_looked_for_once_where_it_was_typed_last() -> None:
    assert stems_asked("газ счёт газа", 12) == ["счет", "газ"]


def test_only_so_many_words_are_looked_for() -> None:
    assert len(stems_asked(" ".join(f"слово{number}" for number in range(50)), 12)) == 12
