"""The audit log in words that people understand, on the screen and in files."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lk_app.formats import NBSP
from lk_app.models import Action, Role
from lk_app.services.office.audit_log import Entry
from lk_app.services.staff.members import ROLES

GROUPS: tuple[tuple[str, dict[Action, str]], ...] = (
    (
        "Вход",
        {
            Action.SIGNED_IN: "Вход",
            Action.SIGNED_OUT: "Выход",
            Action.SIGN_IN_REFUSED: "Неверный логин, пароль или код",
            Action.EVENT_REFUSED: "Отказ: действие не для этой роли",
        },
    ),
    (
        "Показания",
        {
            Action.QUEUE_SEEN: "Просмотр очереди показаний",
            Action.READING_SEEN: "Просмотр показания",
            Action.PHOTO_SEEN: "Просмотр фото счётчика",
            Action.READING_ACCEPTED: "Показание принято",
            Action.READING_REFUSED: "В показании отказано",
        },
    ),
    (
        "Обращения",
        {
            Action.APPEALS_SEEN: "Просмотр списка обращений",
            Action.APPEAL_SEEN: "Просмотр обращения",
            Action.ATTACHMENT_SEEN: "Просмотр вложения",
            Action.APPEAL_TAKEN: "Обращение взято в работу",
            Action.APPEAL_RELEASED: "Обращение возвращено в очередь",
            Action.APPEAL_ANSWERED: "Ответ на обращение",
            Action.APPEAL_NOTED: "Заметка к обращению",
            Action.APPEAL_HANDED_OVER: "Обращение передано другой службе",
            Action.APPEAL_CLOSED: "Обращение закрыто",
        },
    ),
    (
        "Потребители",
        {
            Action.CONSUMERS_SEARCHED: "Поиск потребителя",
            Action.CONSUMER_SEEN: "Просмотр лицевого счёта",
            Action.SESSIONS_ENDED: "Сеансы завершены",
            Action.ACCOUNT_DETACHED: "Лицевой счёт отсоединён",
            Action.CONSUMER_UNLOCKED: "Снято ограничение на попытки",
        },
    ),
    (
        "Платежи",
        {
            Action.PAYMENTS_SEEN: "Просмотр списка платежей",
            Action.PAYMENT_SEEN: "Просмотр платежа",
            Action.BANK_ASKED: "Запрос в банк о платеже",
            Action.REFUND_ASKED: "Запрошен возврат",
            Action.CONCERN_SETTLED: "Вопрос по платежу закрыт",
        },
    ),
    ("Материалы", {Action.CONTENT_CHANGED: "Изменены материалы"}),
    (
        "Сотрудники и журнал",
        {
            Action.CREATED: "Сотрудник создан",
            Action.CHANGED: "Сотрудник изменён",
            Action.DISABLED: "Сотрудник отключён",
            Action.ENABLED: "Сотрудник включён",
            Action.LISTED: "Просмотр списка сотрудников",
            Action.AUDIT_SEEN: "Просмотр журнала",
            Action.AUDIT_EXPORTED: "Выгрузка журнала",
        },
    ),
)
"""Every action, in groups to choose from."""

ACTIONS = {action: words for _, group in GROUPS for action, words in group.items()}

UNKNOWN = "неизвестный логин"
COMMAND = re.compile(r"(?:^|; )by (?P<user>\S.*)$")

Said = str | Callable[[re.Match[str]], str]


def _role(word: str) -> str:
    return ROLES[Role(word)] if word in list(Role) else word


_PATTERNS: tuple[tuple[str, Said], ...] = (
    (r"^role (\w+) to (\w+)$", lambda found: f"роль: {_role(found[1])} → {_role(found[2])}"),
    (r"^role (\w+)$", lambda found: f"роль: {_role(found[1])}"),
    (r"^password$", "новый пароль"),
    (r"^own password$", "сам сменил пароль"),
    (r"^second factor$", "новый второй фактор"),
    (r"^password again$", "при повторном вводе пароля"),
    (r"^first password$", "первый пароль больше не действует"),
    (r"^payments, page (\d+)$", r"платежи, страница \1"),
    (r"^phone of the contract$", "телефон из договора"),
    (r"^user (\d+)", rf"пользователь №{NBSP}\1"),
    (r"\bby account number or phone\b", "по номеру счёта или телефону"),
    (r"\bby account number\b", "по номеру счёта"),
    (r"\bby phone\b", "по телефону"),
    (r"\bby name\b", "по фамилии или имени"),
    (r"\bby number\b", "поиск по номеру"),
    (r"\bby surname\b", "поиск по фамилии"),
    (r"^all\b", "все"),
    (r"^attention\b", "требуют внимания"),
    (r"^photo\b", "с фото"),
    (r"\boffice (\S+?)(?=[,:]|$)", r"служба \1"),
    (r"\bmember 0\b", "без сотрудника"),
    (r"\bmember (\d+)\b", rf"сотрудник №{NBSP}\1"),
    (r"\bdays (\S+) to (\S+?)(?=,|$)", lambda found: f"дни: {found[1]} – {found[2]}".replace("any", "…")),
    (r"\brows (\d+)$", r"записей: \1"),
    *((rf"(?<![\w-]){re.escape(action)}(?![\w-])", f"«{words}»") for action, words in ACTIONS.items()),
)
"""What details say in English, and how people read it. Whatever is not here is shown as it is kept."""

PHRASES = tuple((re.compile(pattern), said) for pattern, said in _PATTERNS)


@dataclass(frozen=True)
class EntryWords:
    """A row in words."""

    who: str
    """The login of a member, the command's user, or that the login was unknown."""
    name: str
    action: str
    subject: str
    detail: str
    address: str


def words_of(entry: Entry) -> EntryWords:
    """Put a row into words."""
    who, detail = entry.login, entry.detail
    if not who:
        command = COMMAND.search(detail)
        who = f"команда: {command['user']}" if command else UNKNOWN
        detail = COMMAND.sub("", detail)
    return EntryWords(who, entry.name, ACTIONS[entry.action], entry.subject, detail_words(detail), entry.address)


def detail_words(detail: str) -> str:
    """Return the details of a row as people read them."""
    for pattern, said in PHRASES:
        detail = pattern.sub(said, detail)
    return detail
