"""«Показания» in words: meters, their readings, the days for them, the chart; and what changes by itself."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, update

from lk_app import clock
from lk_app.models import Account, Meter, MeterState, Reading, ReadingPhoto, ReadingSource, ReadingState
from lk_app.models.values import Month, Volume, next_month
from lk_app.services import accounts
from lk_app.services.callers import Consumer
from lk_app.services.readings import overview
from lk_app.services.readings.overview import MonthOfUse
from lk_app.services.readings.window import Days, window_within
from lk_app.services.references import reference_of
from lk_app.services.session import writing
from lk_app.state import live
from lk_app.state.consumption import HAIRLINE, HEIGHT, LOWEST, use_of
from lk_app.state.readings import SHOWN_FIRST, ReadingsState
from lk_app.state.screen import TRY_AGAIN
from lk_app.state.sending import terms_of
from tests import factories
from tests.factories import NOW, TODAY
from tests.state.test_accounts import state_for
from tests.texts import plain

OWN = "66010000017"
METER = "ПУ-17/1"
OCTOBER = date(2026, 10, 25)
THIS = Month(202611)


@pytest.fixture
def who(portal: str, monkeypatch: pytest.MonkeyPatch) -> Consumer:
    """A consumer with a meter that stood at 5,214 m³ in October, on the day of the factories."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(clock, "today", lambda: TODAY)
    with writing() as session:
        account = factories.account(session, OWN)
        meter = factories.meter(session, account, id=METER)
        factories.reading(session, meter, 5_214_000, OCTOBER, consumption=43_000)
        return factories.consumer(session, account)


def add_meter(session: Session, **values: Any) -> Meter:
    """Store another meter, a younger one."""
    return factories.meter(session, session.get_one(Account, OWN), **{"installed_on": OCTOBER} | values)


def sent(who: Consumer, value: int = 5_258_000, taken_on: date = TODAY, **values: Any) -> str:
    """Store a reading that the consumer sent; return its id."""
    defaults = {"state": ReadingState.PENDING, "sent_at": NOW, "sent_by": who.user_id, "flags": ""}
    with writing() as session:
        row = factories.reading(session, session.get_one(Meter, METER), value, taken_on, **(defaults | values))
        return row.id


def decide(reading_id: str, state: ReadingState, reason: str = "") -> None:
    with writing() as session:
        session.exec(update(Reading).where(col(Reading.id) == reading_id).values(state=state, reason=reason))


async def opened(who: Consumer) -> Any:
    state = await state_for(ReadingsState, who)
    await ReadingsState.load.fn(state)
    assert (state.loaded, state.failure) == (True, "")
    return state


async def test_a_meter_is_shown_with_what_it_is_and_how_it_stands(who: Consumer) -> None:
    state = await opened(who)

    [meter] = state.meters
    assert (meter.title, meter.name, meter.badge, meter.why_not) == ("Счётчик газа ВК-G4", "ВК-G4", "", "")
    assert [(fact.term, fact.text) for fact in meter.facts] == [
        ("№", "02514876"),
        ("Место", "кухня"),
        ("Состояние", "исправен"),
    ]
    assert (plain(meter.verified_until), meter.verification, meter.advice) == ("1 июня 2030 г.", "", "")
    assert (meter.last_day, plain(meter.last_value), meter.newest.key) == ("Принято 25.10.2026", "5 214 м³", "")
    [row] = meter.rows
    assert (row.day, plain(row.value), plain(row.consumption)) == ("25.10.2026", "5 214", "43 м³")
    assert (row.source, row.state, row.tone, row.can_be_withdrawn) == ("Кабинет", "принято", "ok", False)
    assert (state.empty, state.account) == (False, reference_of(OWN))


async def test_what_became_of_the_newest_reading_stands_on_the_card(who: Consumer) -> None:
    sent(who, 51_500_000, date(2026, 11, 20), state=ReadingState.REFUSED, reason="Лишняя цифра")
    refused = (await opened(who)).meters[0].newest
    reading_id = sent(who)
    with writing() as session:
        photo = ReadingPhoto(id="p" * 22, user_id=who.user_id, meter_id=METER, uploaded_at=NOW, content=b"jpeg")
        factories.store(session, photo).reading_id = reading_id

    state = await opened(who)

    assert (refused.state, refused.tone, refused.reason) == ("отказано", "danger", "Лишняя цифра")
    newest = state.meters[0].newest
    assert (newest.key, newest.state, newest.tone) == (reading_id, "в обработке", "")
    assert plain(newest.what) == "5 258 м³ от 22.11.2026"
    assert newest.can_be_withdrawn
    assert newest.photo == f"/api/readings/photos/{'p' * 22}"
    assert plain(state.entries[0].replaces) == "Сегодня уже передано 5 258. Новое показание заменит его."


async def test_meters_that_are_not_read_by_people_say_why(who: Consumer) -> None:
    with writing() as session:
        add_meter(session, model="СГБ-4", state=MeterState.FAULTY, place="баня", serial="1")
        add_meter(session, model="СГК-4", state=MeterState.REMOVED, place="", serial="2")
        add_meter(session, model="СГ-Смарт", remote=True, serial="3")

    state = await opened(who)

    assert [entry.title for entry in state.entries] == ["Счётчик газа ВК-G4"]
    said = {plain(about): why for _, about, why in state.others}
    assert said == {
        "№ 1, баня": "Счётчик неисправен: показания не принимаются, пока его не починят или не заменят.",
        "№ 2": "Счётчик снят: его показания больше не нужны.",
        "№ 3, кухня": "Счётчик передаёт показания сам.",
    }
    badges = {meter.name: (meter.badge, meter.badge_tone) for meter in state.meters}
    assert badges == {
        "ВК-G4": ("", ""),
        "СГБ-4": ("неисправен", "danger"),
        "СГК-4": ("снят", ""),
        "СГ-Смарт": ("передаёт сам", ""),
    }
    assert {meter.why_not for meter in state.meters} == {"", *said.values()}


async def test_two_meters_of_one_model_are_told_apart(who: Consumer) -> None:
    with writing() as session:
        add_meter(session, serial="11830275")

    assert [plain(meter.name) for meter in (await opened(who)).meters] == ["ВК-G4 № 02514876", "ВК-G4 № 11830275"]


@pytest.mark.parametrize(
    ("due_on", "badge", "advice"),
    [
        (TODAY + timedelta(days=30), ("скоро истекает", "warn"), "Договоритесь о ней заранее"),
        (TODAY - timedelta(days=1), ("просрочена", "danger"), "Срок поверки прошёл"),
    ],
)
async def test_a_verification_that_is_due_is_shown_with_what_to_do(
    who: Consumer, due_on: date, badge: tuple[str, str], advice: str
) -> None:
    with writing() as session:
        session.get_one(Meter, METER).verification_due_on = due_on
        add_meter(session, state=MeterState.FAULTY, verification_due_on=due_on)

    working, faulty = (await opened(who)).meters

    assert (working.verification, working.verification_tone) == badge
    assert advice in plain(working.advice)
    assert (faulty.verification, faulty.advice) == (badge[0], "")


async def test_a_meter_with_decimals_shows_and_asks_for_them(who: Consumer) -> None:
    with writing() as session:
        meter = add_meter(session, decimals=3, model="Гранд-4")
        factories.reading(session, meter, 120_500, OCTOBER, consumption=7_250, source=ReadingSource.INSPECTOR)

    state = await opened(who)

    whole, fine = state.entries
    assert (whole.keyboard, fine.keyboard) == ("numeric", "decimal")
    assert (plain(whole.previous), plain(fine.previous)) == ("5 214", "120,500")
    assert plain(whole.digits) == "Только цифры до запятой, без красных"
    assert "после запятой" in fine.digits
    row = state.meters[1].rows[0]
    assert (row.value, plain(row.consumption), row.source) == ("120,500", "7,250 м³", "Контролёр")


async def test_a_new_meter_has_nothing_to_compare_with(who: Consumer) -> None:
    with writing() as session:
        add_meter(session, model="Гранд-4")

    state = await opened(who)

    new = state.meters[1]
    assert (new.last_day, new.last_value, new.rows) == ("Показаний ещё не было", "", [])
    assert (state.entries[1].previous, state.entries[1].previous_day) == ("нет", "")


async def test_a_year_is_shown_at_once_and_the_rest_on_demand(who: Consumer) -> None:
    with writing() as session:
        meter = session.get_one(Meter, METER)
        for back in range(1, SHOWN_FIRST + 2):
            factories.reading(session, meter, 5_000_000 - back * 1000, OCTOBER - timedelta(days=30 * back))

    [meter] = (await opened(who)).meters

    assert (len(meter.rows), len(meter.earlier)) == (SHOWN_FIRST, 2)
    assert meter.rows[0].day == "25.10.2026"


async def test_without_an_account_or_a_meter_there_is_nothing_to_send(who: Consumer) -> None:
    with writing() as session:
        nobody = factories.consumer(session)
        unmetered = factories.consumer(session, factories.account(session))

    state = await opened(nobody)
    assert (state.empty, state.account, state.meters, state.entries, state.use.rows) == (True, "", [], [], [])
    state = await opened(unmetered)
    assert (state.empty, state.meters, state.entries, state.use.rows) == (False, [], [], [])


async def test_the_number_of_the_account_is_nowhere_but_where_it_is_chosen(who: Consumer) -> None:
    sent(who)

    state = await opened(who)

    assert OWN not in repr((state.meters, state.entries, state.others, state.account, state.terms, state.use))


async def test_an_open_page_says_what_was_decided(who: Consumer) -> None:
    first, second = sent(who), sent(who, 5_250_000, TODAY - timedelta(days=1))
    state = await opened(who)
    assert state.told == ""

    decide(first, ReadingState.ACCEPTED)
    await ReadingsState.refresh.fn(state)
    assert (plain(state.told), state.told_badly) == ("ВК-G4: показание 5 258 принято", False)
    assert plain(state.meters[0].last_value) == "5 258 м³"

    decide(second, ReadingState.REFUSED, "Лишняя цифра")
    await ReadingsState.refresh.fn(state)
    assert (plain(state.told), state.told_badly) == ("ВК-G4: показание 5 250 отказано: Лишняя цифра", True)


async def test_what_did_not_change_or_was_only_sent_is_not_said(who: Consumer) -> None:
    state = await opened(who)
    sent(who)

    await ReadingsState.refresh.fn(state)

    assert (state.told, state.meters[0].rows[0].state) == ("", "в обработке")


async def test_of_another_account_nothing_is_said(who: Consumer) -> None:
    reading_id = sent(who)
    with writing() as session:
        other = factories.account(session)
        factories.link(session, session.get_one(factories.User, who.user_id), other)
        number = other.number
    state = await opened(who)
    decide(reading_id, ReadingState.ACCEPTED)
    with writing() as session:
        accounts.choose(session, who, number)

    await ReadingsState.refresh.fn(state)

    assert (state.told, state.account, state.meters) == ("", reference_of(number), [])


async def test_what_is_on_the_screen_stays_when_it_cannot_be_refreshed(
    who: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = await opened(who)
    monkeypatch.setattr(overview, "open_readings", broken)

    await ReadingsState.refresh.fn(state)

    assert (state.loaded, state.failure, len(state.meters)) == (True, "", 1)


async def test_a_page_that_cannot_be_loaded_says_so(who: Consumer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "open_readings", broken)
    state = await state_for(ReadingsState, who)

    await ReadingsState.load.fn(state)

    assert (state.loaded, state.failure) == (False, TRY_AGAIN)


def broken(*_: Any) -> None:
    raise RuntimeError("no database")


async def test_the_page_watches_the_readings_of_the_account_that_it_shows(
    who: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched: list[tuple[str, Any]] = []
    monkeypatch.setattr(live, "watch", lambda _, topic, handler: watched.append((topic, handler)))

    await opened(who)

    assert watched == [(f"readings {OWN}", ReadingsState.refresh)]


UNTIL, LAST = "до 25 ноября 2026 г.", "сегодня последний день"


@pytest.mark.parametrize(
    ("day", "span", "today", "outside"),
    [
        (5, "за ноябрь с 15 по 25 ноября 2026 г., начнётся через 10 дней", "5 ноября 2026 г.", "В квитанцию за ноябрь"),
        (14, "за ноябрь с 15 по 25 ноября 2026 г., начнётся завтра", "14 ноября 2026 г.", "В квитанцию за ноябрь"),
        (15, f"за ноябрь {UNTIL}, осталось 11 дней", "15 ноября 2026 г. Приём за ноябрь, осталось 11 дней", ""),
        (22, f"за ноябрь {UNTIL}, осталось 4 дня", "22 ноября 2026 г. Приём за ноябрь, осталось 4 дня", ""),
        (25, f"за ноябрь {UNTIL}, {LAST}", f"25 ноября 2026 г. Приём за ноябрь, {LAST}", ""),
        (26, "за декабрь с 15 по 25 декабря 2026 г., начнётся через 19 дней", "26 ноября 2026 г.", "за декабрь."),
    ],
)
def test_the_days_for_readings_are_counted(day: int, span: str, today: str, outside: str) -> None:
    on = date(2026, 11, day)

    terms = terms_of(window_within(Days(15, 25), on), on)

    assert plain(terms.span) == f"Приём показаний {span}"
    assert plain(terms.today) == f"На сегодня, {today}"
    assert outside in plain(terms.outside)
    assert bool(terms.outside) == bool(outside)


def months(*volumes: tuple[int | None, int | None]) -> list[MonthOfUse]:
    """The last months up to November: what was burned in m³, and a year before."""
    first = next_month(THIS, 1 - len(volumes))
    return [
        MonthOfUse(next_month(first, place), *(None if burned is None else Volume(burned * 1000) for burned in both))
        for place, both in enumerate(volumes)
    ]


def test_a_year_is_compared_with_the_year_before() -> None:
    use = use_of(months(*[(50, 55)] * 11, (73, 50)))

    assert plain(use.summary) == "За 12 месяцев: 623 м³, годом раньше 655 м³"
    assert [(row.short_month, row.figure) for row in use.rows[-2:]] == [("окт", "50"), ("ноя", "73")]
    assert [plain(row.month) for row in use.latest_first[:2]] == ["Ноябрь 2026 г.", "Октябрь 2026 г."]
    assert use.has_year_before
    assert not use.is_tight


@pytest.mark.parametrize(
    ("volumes", "summary"),
    [
        ([(50, 60), (None, 70)], "За 1 месяц: 50 м³, за те же месяцы годом раньше 60 м³"),
        ([(50, None), (20, 70)], "За 2 месяца: 70 м³"),
        ([(None, 60), (None, 70)], "За последний год показаний не было, годом раньше израсходовано 130 м³"),
    ],
)
def test_what_is_not_known_is_not_compared(volumes: list[tuple[int | None, int | None]], summary: str) -> None:
    assert plain(use_of(months(*volumes)).summary) == summary


def test_a_month_of_which_nothing_is_known_differs_from_one_in_which_nothing_was_burned() -> None:
    use = use_of(months((None, None), (0, 100), (100, None)))

    unknown, nothing, most = use.rows
    assert (unknown.volume, unknown.figure, unknown.is_known) == ("нет данных", "—", False)
    assert (nothing.volume, nothing.figure, nothing.is_known) == ("0", "0", True)
    assert (unknown.own, nothing.own) == ("0", str(HAIRLINE))
    bars = [(bar.kind, int(bar.x) // 100, int(bar.height)) for bar in use.bars]
    assert [(kind, place) for kind, place, _ in bars] == [("before", 1), ("now", 1), ("now", 2)]
    assert all(int(bar.y) + int(bar.height) == HEIGHT for bar in use.bars)
    assert most.year_before == "нет данных"


def test_bars_are_as_high_as_what_was_burned_and_never_too_low_to_be_seen() -> None:
    use = use_of(months((1, 1), (1000, 500)))

    least, most = use.rows
    assert least.own == str(LOWEST)
    assert most.highest == most.own
    before, now = (int(bar.height) for bar in use.bars[2:])
    assert now == pytest.approx(2 * before, abs=2)
    assert HEIGHT * 0.9 < now < HEIGHT
    assert use.is_tight


def test_without_any_reading_there_is_no_chart() -> None:
    assert use_of(()).rows == []
