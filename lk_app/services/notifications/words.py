"""What notifications say: short by SMS, which costs by the piece, and at more length by letter.

No account number stands in them in full, and no address in an SMS: such a link looks like what swindlers send.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from lk_app import formats
from lk_app.formats import tied
from lk_app.models import Topic, Way
from lk_app.models.values import Volume
from lk_app.settings import settings

SHORT = 134
"""Characters that two pieces of an SMS hold in Russian."""

MORE = "Подробнее в личном кабинете."
REASON = "Причина в личном кабинете."
ANSWER = "Ответ в личном кабинете."
APPEALS = ("обращение", "обращения", "обращений")
ONE_OR_MORE = ("лицевому счёту", "лицевым счетам", "лицевым счетам")

TOPICS = {
    Topic.DECISIONS: "Решение о показании",
    Topic.WINDOW: "Приём показаний",
    Topic.VERIFICATION: "Поверка счётчика",
    Topic.ANSWERS: "Ответ на обращение",
}
WAYS = {Way.SMS: "SMS", Way.EMAIL: "Письмо"}
OCCASIONS = {
    "window opens": "Идёт приём показаний",
    "window ends": "Приём показаний заканчивается",
    "verification": "Подходит срок поверки",
    "accepted": "Показание принято",
    "refused": "Показание не принято",
    "answered": "Ответ на обращение",
}
"""What occasions begin with, and what a person reads instead."""

GREETING = "Здравствуйте."
WHY = "Вы получили это письмо, потому что попросили о нём в личном кабинете. Отвечать на него не нужно."
SWITCH_OFF = "Отказаться от уведомлений или получать их по SMS"
SIGNATURE = "личный кабинет потребителя газа"


@dataclass(frozen=True)
class Text:
    """One notification in both forms."""

    short: str
    subject: str
    letter: str


@dataclass(frozen=True)
class AccountName:
    """An account as its user recognises it and nobody else does."""

    number: str
    title: str
    """What the user calls it; may be empty."""

    @property
    def short(self) -> str:
        # Somebody may have called it by its own number.
        return f"«{self.title}»" if self._has_title else self._end

    @property
    def full(self) -> str:
        return f"«{self.title}» ({self._end})" if self._has_title else self._end

    @property
    def _has_title(self) -> bool:
        return bool(self.title) and self.number not in self.title

    @property
    def _end(self) -> str:
        return f"ЛС …{self.number[-4:]}"


@dataclass(frozen=True)
class MeterName:
    """A meter that must be verified."""

    account: AccountName
    serial: str
    place: str
    due_on: date


@dataclass(frozen=True)
class Decision:
    """What was decided about a reading."""

    account: AccountName
    value: Volume
    decimals: int
    taken_on: date
    reason: str
    """Why it was refused; empty when it was accepted."""


def window_opens(accounts: Sequence[AccountName], last_day: date) -> Text:
    """Say that readings count from now on."""
    until = day(last_day)
    return Text(
        _of_accounts(f"передайте показания не позднее {until}", accounts),
        _subject(f"Передайте показания не позднее {until}"),
        _letter(
            f"Идёт приём показаний. Передайте их до {formats.long_date(last_day)} включительно, чтобы они вошли "
            "в квитанцию за этот месяц.",
            _list(account.full for account in accounts),
            _way("Передать показания", "/readings"),
        ),
    )


def window_ends(accounts: Sequence[AccountName], last_day: date) -> Text:
    """Say that soon readings will count no more, and some are missing."""
    until = day(last_day)
    return Text(
        _of_accounts(f"показания не переданы, последний день {until}", accounts),
        _subject(f"Показания ещё не переданы, последний день {until}"),
        _letter(
            f"Приём показаний заканчивается {formats.long_date(last_day)}, а показания переданы не все. "
            "Переданные позже не войдут в квитанцию за этот месяц.",
            _list(account.full for account in accounts),
            _way("Передать показания", "/readings"),
        ),
    )


def verification(meters: Sequence[MeterName]) -> Text:
    """Say that meters must be verified soon; the first of them first."""
    in_order = sorted(meters, key=lambda meter: (meter.due_on, meter.serial))
    first = in_order[0]
    if len(in_order) == 1:
        short = f"поверка счётчика №{formats.NBSP}{first.serial} нужна до {day(first.due_on)}, {first.account.short}."
    else:
        short = f"нужна поверка {len(in_order)} счётчиков, первого до {day(first.due_on)}. {MORE}"
    return Text(
        _signed(short),
        _subject("Скоро срок поверки счётчика" if len(in_order) == 1 else "Скоро срок поверки счётчиков"),
        _letter(
            "Подходит срок поверки. Договоритесь о ней заранее: свободного дня у мастера можно ждать несколько недель.",
            _list(f"{_meter(meter)}, {meter.account.full}: до {formats.long_date(meter.due_on)}" for meter in in_order),
            _way("Куда обратиться", "/contacts"),
        ),
    )


def decided(decisions: Sequence[Decision]) -> Text:
    """Say what was decided about readings."""
    refused = [decision for decision in decisions if decision.reason]
    several = len(decisions) > 1
    return Text(
        _decided_short(decisions, refused),
        _subject("Показания рассмотрены" if several else f"Показание {_result(decisions[0])}"),
        _letter(
            "Переданные вами показания рассмотрены:",
            _list(_decision_line(decision) for decision in decisions),
            *(["Если показание не принято, проверьте счётчик и передайте показание ещё раз."] if refused else []),
            _way("Ваши показания", "/readings"),
        ),
    )


def answered(asked_on: Sequence[date]) -> Text:
    """Say that appeals made on some days are answered, not what was asked or answered."""
    if len(asked_on) == 1:
        which, subject = f"обращение от {asked_on[0]:%d.%m}", "Вам ответили на обращение"
    else:
        which, subject = formats.counted(len(asked_on), *APPEALS), "Вам ответили на обращения"
    return Text(
        _signed(f"вам ответили на {which}. {ANSWER}"),
        _subject(subject),
        _letter(
            f"{subject}:",
            _list(f"обращение от {formats.short_date(day_asked)}" for day_asked in sorted(asked_on)),
            _way("Прочитать ответ", "/feedback"),
        ),
    )


def occasion(stored: str) -> str:
    """Return what an occasion of `notifications` was, in words."""
    return next(words for beginning, words in OCCASIONS.items() if stored.startswith(beginning))


def day(when: date) -> str:
    """Return a day of this year, or of the next months: «25 ноября»."""
    return f"{when.day}{formats.NBSP}{formats.MONTHS_OF_DATES[when.month - 1]}"


def _decided_short(decisions: Sequence[Decision], refused: Sequence[Decision]) -> str:
    if len(decisions) > 1:
        results = ((len(decisions) - len(refused), "принято"), (len(refused), "не принято"))
        return _signed(f"показания: {', '.join(f'{word} {many}' for many, word in results if many)}. {MORE}")
    [decision] = decisions
    said = f"показание {_value(decision)} от {decision.taken_on:%d.%m} {_result(decision)}, {decision.account.short}."
    if not decision.reason:
        return _signed(said)
    with_reason = _signed(f"{said} {_sentence(decision.reason)}")
    return with_reason if len(with_reason) <= SHORT else _signed(f"{said} {REASON}")


def _decision_line(decision: Decision) -> str:
    what = f"{_value(decision)} от {formats.short_date(decision.taken_on)}, {decision.account.full}"
    return f"{what}: {_result(decision)}{f'. Причина: {decision.reason}' if decision.reason else ''}"


def _value(decision: Decision) -> str:
    return formats.volume(decision.value, decision.decimals)


def _result(decision: Decision) -> str:
    return "не принято" if decision.reason else "принято"


def _of_accounts(what: str, accounts: Sequence[AccountName]) -> str:
    """Return an SMS that names the accounts, or only counts them if that would make it longer than two pieces."""
    named = _signed(f"{what}, {', '.join(account.short for account in accounts)}.")
    if len(named) <= SHORT or len(accounts) == 1:
        return named
    return _signed(f"{what}, по {formats.counted(len(accounts), *ONE_OR_MORE)}.")


def _signed(text: str) -> str:
    return f"{settings().company_name}: {text}"


def _subject(text: str) -> str:
    return f"{settings().company_name}. {text}"


def _letter(*paragraphs: str) -> str:
    farewell = [WHY, _way(SWITCH_OFF, "/settings"), f"{settings().company_name}, {SIGNATURE}"]
    return "\n\n".join([GREETING, *map(tied, paragraphs), *farewell]) + "\n"


def _way(where: str, path: str) -> str:
    """Return a line that says under which address something can be done."""
    return f"{where}: {settings().origin}{path}"


def _meter(meter: MeterName) -> str:
    number = f"счётчик №{formats.NBSP}{meter.serial}"
    return f"{number}, {meter.place}" if meter.place else number


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"— {formats.capital(line)}" for line in lines)


def _sentence(text: str) -> str:
    return text if text[-1:] in ".!?…" else f"{text}."
