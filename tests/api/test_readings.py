"""Readings over HTTP: sent, previewed as they are typed, taken back; of the caller's own meters, and all or none."""

from datetime import date, timedelta

import httpx
import pytest
from sqlmodel import Session, col, select, update

from lk_app.models import Account, Meter, MeterState, Reading, ReadingPhoto, ReadingState, TariffStep
from lk_app.models.values import Tariff, Volume
from lk_app.services.readings import sending
from lk_app.services.references import reference_of
from lk_app.services.session import reading, writing
from tests import factories
from tests.api.conftest import BrowserAt, Watch
from tests.api.test_profile import sign_in
from tests.factories import NOW, TODAY
from tests.texts import plain

NAME, STRANGER, OWN, OTHERS = "Мария Иванова", "Пётр Семёнов", "66010000017", "66010000041"
KITCHEN, BOILER, BROKEN, FOREIGN = "ПУ-17/1", "ПУ-17/2", "ПУ-17/3", "ПУ-41/1"
SEND, PREVIEW, WITHDRAW = "/api/readings", "/api/readings/preview", "/api/readings/withdrawal"
OCTOBER, A_YEAR_AGO = date(2026, 10, 20), date(2025, 11, 20)
PHOTO, FOREIGN_PHOTO = "p" * 22, "f" * 22


@pytest.fixture(autouse=True)
def household(portal: str, quick: None, watch: Watch) -> None:
    """A user with two working meters and a broken one, and a neighbour with one; on the day of the factories."""
    watch.now = NOW
    with writing() as session:
        account, foreign = factories.account(session, OWN), factories.account(session, OTHERS)
        user, stranger = factories.user(session, NAME), factories.user(session, STRANGER)
        factories.link(session, user, account)
        factories.link(session, stranger, foreign)
        add_meter(session, account, KITCHEN, 5_214_000)
        add_meter(session, account, BOILER, 2_790_000, serial="11830275", model="ВК-G6")
        add_meter(session, account, BROKEN, 100_000, state=MeterState.FAULTY)
        add_meter(session, foreign, FOREIGN, 100_000)
        add_step(session, 0, 814_000)
        for photo_id, owner, meter_id in ((PHOTO, user, KITCHEN), (FOREIGN_PHOTO, stranger, FOREIGN)):
            photo = ReadingPhoto(id=photo_id, user_id=owner.id, meter_id=meter_id, uploaded_at=NOW, content=b"jpeg")
            factories.store(session, photo)


def add_meter(session: Session, account: Account, meter_id: str, last: int, **values: object) -> None:
    """Store a meter with what it showed in October; last November it burned 88 m³."""
    meter = factories.meter(session, account, id=meter_id, **values)
    factories.reading(session, meter, max(0, last - 600_000), A_YEAR_AGO, consumption=88_000)
    factories.reading(session, meter, last, OCTOBER, consumption=60_000)


def add_step(session: Session, above: int, price: int) -> None:
    step = TariffStep(heating=True, starts_on=OCTOBER, above=Volume(above), price=Tariff(price))
    factories.store(session, step)


@pytest.fixture
async def hers(browser_at: BrowserAt) -> httpx.AsyncClient:
    """A browser in which Мария has signed in."""
    return await sign_in(browser_at(), NAME)


def fields(account: str = OWN, *confirmed: str, **typed: str) -> dict[str, str]:
    """Return the form as it is sent: `kitchen` and `boiler` are what was typed, `confirmed` boxes are ticked."""
    ids = {"kitchen": KITCHEN, "boiler": BOILER}
    values = {f"value-{ids[meter]}": text for meter, text in typed.items()}
    return {"account": reference_of(account)} | values | dict.fromkeys(confirmed, "yes")


async def errors_of(browser: httpx.AsyncClient, sent: dict[str, str]) -> dict[str, str]:
    answer = await browser.post(SEND, data=sent)
    assert answer.status_code == 422, answer.text
    return {name: plain(text) for name, text in answer.json()["errors"].items()}


async def places_of(browser: httpx.AsyncClient, sent: dict[str, str]) -> dict[str, str]:
    answer = await browser.post(PREVIEW, data=sent)
    assert answer.status_code == 200, answer.text
    return {name: plain(text) for name, text in answer.json()["places"].items()}


def stored() -> list[Reading]:
    """What was sent, meter by meter and in the order in which it came."""
    sent = select(Reading).where(col(Reading.sent_at).is_not(None))
    with reading() as session:
        return list(session.exec(sent.order_by(col(Reading.meter_id), col(Reading.sent_at))))


async def test_what_is_sent_waits_and_what_happens_next_is_said(hers: httpx.AsyncClient) -> None:
    answer = await hers.post(SEND, data=fields(kitchen="5 258", boiler="2800"))

    assert (answer.status_code, answer.json()) == (
        200,
        {"done": "Показания переданы. Обычно их проверяют в течение суток."},
    )
    assert [(row.meter_id, row.value, row.state) for row in stored()] == [
        (KITCHEN, 5_258_000, ReadingState.PENDING),
        (BOILER, 2_800_000, ReadingState.PENDING),
    ]


@pytest.mark.parametrize(
    ("day", "meaning"),
    [
        (5, "В квитанцию за ноябрь войдут показания, переданные с 15 по 25 ноября 2026 г. Передать их сейчас"),
        (28, "для квитанции за ноябрь закончился 25 ноября 2026 г. Передать их можно и сейчас: они войдут"),
    ],
)
async def test_outside_the_days_for_readings_they_are_taken_too_and_that_is_explained(
    browser_at: BrowserAt, watch: Watch, day: int, meaning: str
) -> None:
    watch.now = NOW.replace(day=day)
    hers = await sign_in(browser_at(), NAME)

    said = plain((await hers.post(SEND, data=fields(kitchen="5258"))).json()["done"])

    assert said.startswith("Показания переданы. Обычно их проверяют в течение суток. ")
    assert meaning in said
    assert [row.taken_on.day for row in stored()] == [day]


async def test_all_meters_are_stored_or_none(hers: httpx.AsyncClient) -> None:
    assert await errors_of(hers, fields(kitchen="5258", boiler="2789")) == {
        f"value-{BOILER}": "Меньше предыдущего показания 2 790"
    }
    assert stored() == []
    assert list(await places_of(hers, fields(boiler="2789"))) == ["heard"]


async def test_nothing_typed_is_an_error_and_not_a_success(hers: httpx.AsyncClient) -> None:
    for sent in (fields(), fields(kitchen=" ", boiler="")):
        assert await errors_of(hers, sent) == {f"value-{KITCHEN}": "Введите показание хотя бы одного счётчика"}


async def test_what_is_unusual_has_to_be_confirmed_by_the_box_and_nothing_else(hers: httpx.AsyncClient) -> None:
    box = f"confirm-{KITCHEN}"
    for tampered in ({}, {box: "true"}, {box: "да"}, {f"rollover-{KITCHEN}": "yes"}, {f"confirm-{BOILER}": "yes"}):
        assert list(await errors_of(hers, fields(kitchen="5628") | tampered)) == [box]
    assert stored() == []

    assert (await hers.post(SEND, data=fields(OWN, box, kitchen="5628"))).status_code == 200


async def test_the_same_form_sent_twice_stores_one_reading(hers: httpx.AsyncClient) -> None:
    for _ in range(2):
        assert (await hers.post(SEND, data=fields(kitchen="5258"))).status_code == 200

    assert [row.state for row in stored()] == [ReadingState.PENDING]


async def test_another_value_replaces_what_waits(hers: httpx.AsyncClient, watch: Watch) -> None:
    await hers.post(SEND, data=fields(kitchen="5258"))
    watch.move(timedelta(minutes=1))
    await hers.post(SEND, data=fields(kitchen="5259"))

    assert [(row.value, row.state) for row in stored()] == [
        (5_258_000, ReadingState.WITHDRAWN),
        (5_259_000, ReadingState.PENDING),
    ]


@pytest.mark.parametrize("path", [SEND, PREVIEW])
async def test_somebody_elses_account_is_like_one_that_does_not_exist(hers: httpx.AsyncClient, path: str) -> None:
    sent = fields(kitchen="5258") | {f"value-{FOREIGN}": "150"}
    answers = [
        await hers.post(path, data=sent | {"account": account}) for account in (reference_of(OTHERS), OTHERS, OWN, "")
    ]

    assert {answer.status_code for answer in answers} == {409}
    assert len({answer.text for answer in answers}) == 1
    assert "places" not in answers[0].json()
    assert stored() == []


async def test_somebody_elses_meter_and_a_broken_one_are_not_in_the_form(hers: httpx.AsyncClient) -> None:
    for meter_id in (FOREIGN, BROKEN, "nobody's", ""):
        alone = fields() | {f"value-{meter_id}": "150", f"confirm-{meter_id}": "yes"}
        assert list(await errors_of(hers, alone)) == [f"value-{KITCHEN}"]
        assert await places_of(hers, alone) == {"heard": ""}
        assert (await hers.post(SEND, data=alone | fields(kitchen="5258"))).status_code == 200

    assert {row.meter_id for row in stored()} == {KITCHEN}


async def test_strangers_and_other_sites_send_nothing(hers: httpx.AsyncClient, browser_at: BrowserAt) -> None:
    for path in (SEND, PREVIEW, WITHDRAW):
        stranger = await browser_at().post(path, data=fields(kitchen="5258"))
        assert (stranger.status_code, stranger.json()["sign_in"]) == (401, True)
        for origin in ("https://evil.example", "null"):
            answer = await hers.post(path, data=fields(kitchen="5258"), headers={"Origin": origin})
            assert answer.status_code == 403
    assert stored() == []


JUNK = ("\x00", "-1", "5258\x00", "1e9", "NaN", "٥٢٥٨", "५२५८", "9" * 12, "5258;", "<b>5258</b>", "5258.5", "🔥", "'--")


@pytest.mark.parametrize("junk", JUNK)
async def test_whatever_is_typed_gets_an_answer_that_says_what_to_do(hers: httpx.AsyncClient, junk: str) -> None:
    said = await errors_of(hers, fields(kitchen=junk))

    assert list(said) == [f"value-{KITCHEN}"]
    preview = (await hers.post(PREVIEW, data=fields(kitchen=junk))).json()
    assert {name: plain(text) for name, text in preview["errors"].items()} == said
    assert preview["places"] == {"heard": ""}


async def test_what_comes_in_place_of_ids_is_refused(hers: httpx.AsyncClient) -> None:
    for junk in ("\x00", "", "x" * 41, "R261122-7K3M9QX2TD", "' OR 1=1", "\ud7ff"):
        assert (await hers.post(WITHDRAW, data={"reading": junk})).status_code == 409
        sent = fields(kitchen="5258") | {f"photo-{KITCHEN}": junk or "-"}
        assert (await hers.post(SEND, data=sent)).status_code == 409
    assert stored() == []


async def test_thirty_meters_with_long_ids_fit_and_no_more_than_a_form_has(hers: httpx.AsyncClient) -> None:
    ids = [f"Ж{'ж' * 36}-{number:02}" for number in range(28)]
    with writing() as session:
        for meter_id in ids:
            factories.meter(session, session.get_one(Account, OWN), id=meter_id)
    sent = fields(kitchen="5258")
    for meter_id in ids:
        sent |= {f"value-{meter_id}": "100", f"confirm-{meter_id}": "yes", f"rollover-{meter_id}": "yes"}

    assert (await hers.post(SEND, data=sent | {f"photo-{meter_id}": "" for meter_id in ids})).status_code == 200
    assert len(stored()) == 29
    assert (await hers.post(SEND, data={"value": "1" * 33_000})).status_code == 413
    assert (await hers.post(WITHDRAW, data={"reading": "1" * 5_000})).status_code == 413


async def test_a_preview_shows_what_sending_stores_and_changes_nothing(hers: httpx.AsyncClient) -> None:
    sent = fields(OWN, f"confirm-{BOILER}", kitchen="5258", boiler="3204")

    places = await places_of(hers, sent)

    assert stored() == []
    assert (await hers.post(SEND, data=sent)).status_code == 200
    assert [places[f"consumption-{row.meter_id}"] for row in stored()] == [
        f"Расход {row.consumption // 1000} м³" for row in stored()
    ]
    assert places[f"cost-{KITCHEN}"] == "≈ 358,16 ₽"
    assert places[f"cost-{BOILER}"] == "≈ 3 369,96 ₽"
    assert places["total"] == "≈ 3 728,12 ₽"
    assert places["estimate"] == "Предварительный расчёт по тарифу 8,14 ₽ за м³. Точная сумма будет в квитанции."
    assert places["heard"].endswith(". Всего примерно 3 728,12 ₽")


async def test_an_unusual_consumption_is_compared_as_it_is_typed(hers: httpx.AsyncClient) -> None:
    places = await places_of(hers, fields(boiler="3204"))

    assert places[f"confirm-{BOILER}"] == (
        "Это в 4,7 раза больше вашего обычного расхода (88 м³ за то же время год назад). Проверьте цифры; если всё "
        "верно, отметьте это и отправляйте."
    )
    assert places["heard"] == (
        "ВК-G6: расход 414 м³, примерно 3 369,96 ₽. Это в 4,7 раза больше вашего обычного расхода (88 м³ за то же "
        "время год назад). Проверьте цифры; если всё верно, отметьте это и отправляйте"
    )
    assert f"confirm-{BOILER}" not in await places_of(hers, fields(boiler="3054"))
    assert "в 3,2 раза больше" in (await places_of(hers, fields(boiler="3068")))[f"confirm-{BOILER}"]
    assert "в 5 раз больше" in (await places_of(hers, fields(boiler="3230")))[f"confirm-{BOILER}"]


async def test_without_last_year_the_ceiling_is_named(hers: httpx.AsyncClient) -> None:
    with writing() as session:
        session.exec(update(Reading).where(col(Reading.taken_on) == A_YEAR_AGO).values(consumption=None))

    places = await places_of(hers, fields(boiler="4800"))

    assert places[f"confirm-{BOILER}"].startswith("Это больше 2 000 м³: столько газа за такое время")


async def test_a_dial_that_passed_zero_is_asked_about(hers: httpx.AsyncClient) -> None:
    with writing() as session:
        factories.reading(session, session.get_one(Meter, KITCHEN), 99_990_000, TODAY, consumption=10_000)

    places = await places_of(hers, fields(kitchen="00020"))

    assert places[f"consumption-{KITCHEN}"] == "Расход 30 м³"
    assert places[f"rollover-{KITCHEN}"] == (
        "Если счётчик дошёл до 99 999 и начал счёт с нуля, отметьте это: расход получится 30 м³. Если нет, исправьте "
        "цифры."
    )
    assert list(await errors_of(hers, fields(kitchen="00020"))) == [f"rollover-{KITCHEN}"]


async def test_a_first_reading_has_no_consumption_and_no_cost(hers: httpx.AsyncClient) -> None:
    with writing() as session:
        factories.meter(session, session.get_one(Account, OWN), id="new")

    places = await places_of(hers, fields() | {"value-new": "12"})

    assert places["consumption-new"] == "Первое показание этого счётчика: расход посчитают со следующего"
    assert not {"cost-new", "total", "estimate"} & set(places)


async def test_several_prices_are_named(hers: httpx.AsyncClient) -> None:
    with writing() as session:
        add_step(session, 3_000_000, 1_058_000)
        add_step(session, 6_000_000, 2_000_000)

    said = (await places_of(hers, fields(kitchen="5258")))["estimate"]

    assert said == (
        "Предварительный расчёт по тарифу 8,14 ₽ за м³, сверх 3 000 м³ с начала года — 10,58 ₽, сверх 6 000 м³ с "
        "начала года — 20,00 ₽. Точная сумма будет в квитанции."
    )


async def test_without_a_tariff_there_is_no_estimate(hers: httpx.AsyncClient) -> None:
    with writing() as session:
        session.delete(session.exec(select(TariffStep)).one())

    places = await places_of(hers, fields(kitchen="5258"))

    assert places[f"consumption-{KITCHEN}"] == "Расход 44 м³"
    assert not {f"cost-{KITCHEN}", "total", "estimate"} & set(places)


async def test_a_photo_goes_with_its_reading(hers: httpx.AsyncClient) -> None:
    sent = fields(kitchen="5258") | {f"photo-{KITCHEN}": PHOTO}
    assert (await hers.post(SEND, data=sent)).status_code == 200
    assert (await hers.post(SEND, data=sent)).status_code == 200

    with reading() as session:
        assert session.get_one(ReadingPhoto, PHOTO).reading_id == stored()[0].id


async def test_somebody_elses_photo_goes_with_nothing(hers: httpx.AsyncClient) -> None:
    answer = await hers.post(SEND, data=fields(kitchen="5258", boiler="2800") | {f"photo-{KITCHEN}": FOREIGN_PHOTO})

    assert (answer.status_code, "Приложите его ещё раз" in answer.json()["message"]) == (409, True)
    assert stored() == []


async def test_a_reading_is_taken_back_by_who_sent_it(hers: httpx.AsyncClient, browser_at: BrowserAt) -> None:
    await hers.post(SEND, data=fields(kitchen="5258"))
    [sent] = stored()
    his = await sign_in(browser_at("203.0.113.8"), STRANGER)

    assert (await his.post(WITHDRAW, data={"reading": sent.id})).status_code == 409
    assert [row.state for row in stored()] == [ReadingState.PENDING]
    answer = await hers.post(WITHDRAW, data={"reading": sent.id})
    assert (answer.status_code, answer.json()) == (200, {"done": "Показание отозвано."})
    assert [row.state for row in stored()] == [ReadingState.WITHDRAWN]


async def test_what_was_decided_meanwhile_is_not_taken_back(hers: httpx.AsyncClient) -> None:
    await hers.post(SEND, data=fields(kitchen="5258"))
    with writing() as session:
        session.exec(update(Reading).where(col(Reading.sent_at).is_not(None)).values(state=ReadingState.ACCEPTED))

    answer = await hers.post(WITHDRAW, data={"reading": stored()[0].id})

    assert (answer.status_code, answer.json()["message"]) == (
        409,
        "Это показание уже проверили или отозвали. Обновите страницу.",
    )
    assert [row.state for row in stored()] == [ReadingState.ACCEPTED]


async def test_who_was_signed_out_meanwhile_sends_nothing(hers: httpx.AsyncClient) -> None:
    await hers.post("/api/session/end")

    answer = await hers.post(SEND, data=fields(kitchen="5258"))

    assert (answer.status_code, answer.json()["sign_in"]) == (401, True)
    assert stored() == []


async def test_who_sends_without_end_is_told_to_wait(hers: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PER_USER", sending.Window(most=1, period=timedelta(hours=1)))
    assert (await hers.post(SEND, data=fields(kitchen="5258"))).status_code == 200

    answer = await hers.post(SEND, data=fields(kitchen="5259"))

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
