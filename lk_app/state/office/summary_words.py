"""How the portal stands in words: what waits, today's figures, and the charts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lk_app import formats
from lk_app.formats import NBSP
from lk_app.models.values import Kopecks
from lk_app.services.exchange.history import RunLine
from lk_app.services.staff.summary import Day, Duties, Today, Waiting
from lk_app.settings import settings
from lk_app.state.office.chart import Chart, chart_of, most_of
from lk_app.state.office.exchange_words import DIRECTIONS, TONES, outcome_words
from lk_app.state.office.payment_words import moment
from lk_app.state.office.queue_words import count_words, time_words

NOTHING = "0"
NOT_PAID = "картой не платили"
READINGS = ("показание", "показания", "показаний")
APPEALS = ("обращение", "обращения", "обращений")


@dataclass(frozen=True)
class Tile:
    """Something that waits, with the way to it."""

    name: str
    address: str
    figure: str
    tone: str
    """How the figure looks, where it is the outcome of a run."""
    about: str


def tiles_of(duties: Duties, now: datetime) -> list[Tile]:
    """Return what waits for the member."""
    tiles = [
        _tile("Показания ждут проверки", "/office/readings", duties.readings, now),
        _tile("Обращения ждут ответа", "/office/appeals", duties.appeals, now),
        _tile("Платежи требуют внимания", "/office/payments", duties.payments, now),
    ]
    found = [tile for tile in tiles if tile]
    return [*found, _exchange(duties.last_run)] if duties.sees_exchange else found


def figures_of(today: Today) -> list[tuple[str, str]]:
    """Return today's figures with what they are of."""
    counted = (
        ("Передано показаний", today.readings),
        ("Платежей картой", today.payments),
        ("Входов в кабинет", today.sign_ins),
        ("Регистраций", today.registrations),
        ("Новых обращений", today.asked),
        ("Ответов на обращения", today.answered),
    )
    figures = [(term, formats.decimal(number, 0, 0)) for term, number in counted]
    return [*figures[:2], ("Оплачено картой", formats.money(today.paid)), *figures[2:]]


def first_password_of(until: datetime | None) -> str:
    """Return what to do about a password that an administrator has given; nothing if it is one's own."""
    if until is None:
        return ""
    return f"Ваш пароль знает администратор, который его дал. Смените его на свой до {moment(until, seconds=False)}."


def charts_of(days: Sequence[Day], today: Today, now: datetime) -> list[Chart]:
    """Return the charts of the days before today, and of today so far."""
    present = now.astimezone(settings().zone).date()
    last = Day(present, today.readings, today.paid, today.asked)
    whole = [*days, last]
    return [
        _counted(
            "readings",
            "Переданные показания",
            "Показаний",
            [(day.day, day.readings) for day in whole],
            READINGS,
            "показаний не передавали",
        ),
        _paid([(day.day, day.paid) for day in whole]),
        _counted(
            "appeals",
            "Новые обращения",
            "Обращений",
            [(day.day, day.asked) for day in whole],
            APPEALS,
            "обращений не было",
        ),
    ]


def _tile(name: str, address: str, waiting: Waiting | None, now: datetime) -> Tile | None:
    if waiting is None:
        return None
    if waiting.oldest_at is None:
        return Tile(name, address, NOTHING, "", "Сейчас ничего нет")
    return Tile(name, address, count_words(waiting.count), "", f"Дольше всех {time_words(now - waiting.oldest_at)}")


def _exchange(run: RunLine | None) -> Tile:
    name, address = "Последний обмен с биллингом", "/office/exchange"
    if run is None:
        return Tile(name, address, "не было", "", "Пакеты ещё не загружали")
    about = f"{formats.capital(DIRECTIONS[run.direction])}, {moment(run.started_at, seconds=False)}"
    return Tile(name, address, outcome_words(run), TONES.get(run.outcome, "plain"), about)


def _counted(
    identifier: str, title: str, unit: str, days: list[tuple[date, int]], forms: tuple[str, str, str], nothing: str
) -> Chart:
    total = sum(figure for _, figure in days)
    summary = _summary(days, formats.counted(total, *forms), _number, nothing)
    return chart_of(identifier, title, unit, days, _number, _number, summary)


def _paid(days: list[tuple[date, Kopecks]]) -> Chart:
    total = Kopecks(sum(figure for _, figure in days))
    summary = _summary(days, formats.money(total), lambda figure: formats.money(Kopecks(figure)), NOT_PAID)
    return chart_of(
        "payments",
        "Оплата картой",
        "Оплачено, ₽",
        days,
        lambda figure: formats.roubles(Kopecks(figure)),
        lambda figure: formats.decimal(figure, 2, 0),
        summary,
    )


def _summary(days: Sequence[tuple[date, int]], total: str, words: Callable[[int], str], nothing: str) -> str:
    span = f"За{NBSP}{len(days)}{NBSP}дней"
    day, most = most_of(days)
    if not most:
        return f"{span} {nothing}"
    return f"{span} {total}, больше всего {formats.short_date(day)}: {words(most)}"


def _number(figure: int) -> str:
    return formats.decimal(figure, 0, 0)
