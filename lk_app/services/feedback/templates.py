"""Templates: answers that staff often give, to begin theirs with."""

from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from lk_app.models import AnswerTemplate, AppealType
from lk_app.services.callers import StaffCaller, require_role
from lk_app.services.staff.duties import APPEALS

FIRST_TEMPLATES = (
    AnswerTemplate(
        type_code="charges",
        title="Из чего состоит сумма",
        text=(
            "Здравствуйте.\n\n"
            "Сумма в квитанции складывается из остатка на начало месяца, начисления за месяц, перерасчёта и пени "
            "за вычетом того, что вы заплатили. Начисление за газ — это расход по счётчику, умноженный на тариф.\n\n"
            "Подробности по каждой строке есть в разделе «Взаиморасчёты»: нажмите на нужную услугу. "
            "Если какая-то строка непонятна, напишите, какая именно, и мы объясним её."
        ),
        position=1,
    ),
    AnswerTemplate(
        type_code="charges",
        title="Сделаем перерасчёт",
        text=(
            "Здравствуйте.\n\n"
            "Мы проверили начисление: его нужно исправить. Перерасчёт появится отдельной строкой "
            "в следующей квитанции; до этого на экране остаётся прежняя сумма.\n\n"
            "Извините за неудобство."
        ),
        position=2,
    ),
    AnswerTemplate(
        type_code="payment",
        title="Платёж ещё в пути",
        text=(
            "Здравствуйте.\n\n"
            "Платёж по карте мы видим сразу, а на лицевой счёт он зачисляется обычно в течение одного рабочего дня. "
            "Через банк или почту деньги идут до пяти рабочих дней. Пока этого не произошло, в разделе "
            "«История платежей» стоит «в обработке».\n\n"
            "Если за это время ничего не изменится, пришлите в ответ чек или выписку: мы найдём платёж."
        ),
        position=3,
    ),
    AnswerTemplate(
        type_code="readings",
        title="Почему отказано в показании",
        text=(
            "Здравствуйте.\n\n"
            "Показание не принято: причина указана рядом с ним в разделе «Показания». Сверьте цифры со счётчиком: "
            "нужны только чёрные, до запятой, если на счётчике не отмечено иное. Затем передайте показание ещё раз, "
            "лучше с фотографией.\n\n"
            "Пока нового показания нет, расход считается по последнему принятому."
        ),
        position=4,
    ),
    AnswerTemplate(
        type_code="meter",
        title="Неисправен счётчик",
        text=(
            "Здравствуйте.\n\n"
            "Спасибо, что сообщили. Мастер осмотрит счётчик; о дне и времени с вами договорятся по телефону. "
            "До осмотра ничего не разбирайте и не снимайте пломбу. Расход за это время посчитают по среднему.\n\n"
            "Если пахнет газом, закройте кран, откройте окна, не включайте свет и звоните 104."
        ),
        position=5,
    ),
    AnswerTemplate(
        type_code="meter",
        title="Когда нужна поверка",
        text=(
            "Здравствуйте.\n\n"
            "День, до которого счётчик поверен, указан в разделе «Показания». Поверку делает организация, "
            "у которой есть на это аккредитация. После неё передайте нам копию свидетельства: в ответ на это "
            "сообщение или в абонентскую службу. Пока поверка просрочена, расход считают по нормативу."
        ),
        position=6,
    ),
    AnswerTemplate(
        type_code="cabinet",
        title="Не получается войти",
        text=(
            "Здравствуйте.\n\n"
            "Нажмите на странице входа «Восстановить пароль» и введите телефон, указанный при регистрации: "
            "придёт код, с которым можно задать новое имя и пароль. Проверьте язык клавиатуры и Caps Lock.\n\n"
            "Если телефон сменился, приходите с паспортом в абонентскую службу: номер изменят в договоре."
        ),
        position=7,
    ),
    AnswerTemplate(
        type_code=None,
        title="Нужны подробности",
        text=(
            "Здравствуйте.\n\n"
            "Чтобы ответить точно, нам не хватает подробностей. Напишите, пожалуйста, что именно произошло и когда. "
            "Если есть фотография или документ, приложите их к ответу."
        ),
        position=8,
    ),
)
"""What a new portal begins with; staff edit them."""


@dataclass(frozen=True)
class Template:
    """An answer to begin with."""

    id: int
    title: str
    text: str


def templates_for(session: Session, who: StaffCaller, type_code: str) -> tuple[Template, ...]:
    """Return the templates for appeals of a type, those of its own before those for all."""
    require_role(who, *APPEALS)
    rows = session.exec(
        select(AnswerTemplate)
        .where(
            col(AnswerTemplate.published),
            or_(col(AnswerTemplate.type_code) == type_code, col(AnswerTemplate.type_code).is_(None)),
        )
        .order_by(col(AnswerTemplate.type_code).is_(None), col(AnswerTemplate.position), col(AnswerTemplate.id))
    )
    return tuple(Template(row.id or 0, row.title, row.text) for row in rows)


def load_first(session: Session) -> None:
    """Store what a new portal begins with, of the types there are, unless there are templates already."""
    if session.exec(select(AnswerTemplate.id)).first() is not None:
        return
    types = {*session.exec(select(AppealType.code)), None}
    session.add_all(AnswerTemplate(**each.model_dump()) for each in FIRST_TEMPLATES if each.type_code in types)
    session.flush()
