"""What is said of appeals, by the rules and on several screens."""

from lk_app.models import AppealState

STATES = {
    AppealState.NEW: "новое",
    AppealState.TAKEN: "в работе",
    AppealState.ANSWERED: "отвечено",
    AppealState.CLOSED: "закрыто",
}

SENT = "Вопрос отправлен. Ответ появится на этой странице."
REPLIED = "Сообщение отправлено."
CLOSED = "Обращение закрыто. Переписка остаётся в списке ваших обращений."
