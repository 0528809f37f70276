"""«Обратная связь» as a consumer uses it: looked up, asked, answered while they look; nothing typed is lost."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlmodel import Session, col, delete, select, update

from lk_app import clock
from lk_app.models import Appeal, AppealMessage, Attachment, FaqEntry, Staff, UserSession
from lk_app.services import first_content
from lk_app.services.feedback import machine
from lk_app.services.help import index
from tests.e2e.conftest import behind
from tests.e2e.steps import NAME, PASSWORD, let_in
from tests.e2e.test_accessibility import LOOKS, dress, examine
from tests.papers import pdfs
from tests.photos import pictures
from tests.servers import Portal

TEXT = "В сентябре было 1 200 рублей, а в октябре 3 600.\n\nПроверьте, пожалуйста."
SUBJECT = "Сумма за октябрь"
QUESTION = "Почему сумма больше обычной?"
ANSWER = "Проверили: показание ввели с ошибкой."


@pytest.fixture(autouse=True)
def nothing_asked(portal: Portal, unhurried: None) -> Iterator[None]:
    """Forget what other tests have asked; two questions are answered already, in place of all that others know."""

    def prepare(session: Session) -> None:
        for table in (Attachment, AppealMessage, Appeal, FaqEntry):
            session.exec(delete(table))
        answer = "Чаще всего потому, что начался **отопительный сезон**.\n\n- Сравните [расход](/readings)."
        for position, question in enumerate((QUESTION, "Когда будет квитанция?")):
            entry = FaqEntry(
                type_code="charges", question=question, answer=answer, position=position, changed_at=clock.now()
            )
            session.add(entry)
            answer = "До 5 числа."
        index.renew(session)

    def restore(session: Session) -> None:
        session.exec(delete(FaqEntry))
        first_content.load(session, clock.now())

    behind(portal, prepare)
    yield
    behind(portal, restore)


@pytest.fixture
def screen(page: Page, base_url: str) -> Page:
    """«Обратная связь» of the demo's consumer."""
    return open_screen(page, base_url)


def open_screen(page: Page, base_url: str, who: tuple[str, str] = (NAME, PASSWORD)) -> Page:
    let_in(page, base_url, "/feedback", *who)
    expect(page.get_by_role("heading", name="Ваши обращения")).to_be_visible()
    return page


def open_dialog(page: Page) -> Locator:
    page.get_by_label("Тип обращения").select_option("charges")
    page.get_by_role("button", name="Продолжить").click()
    dialog = page.get_by_role("dialog", name="Новый вопрос")
    expect(dialog).to_be_visible()
    return dialog


def fill(dialog: Locator, subject: str = SUBJECT) -> None:
    dialog.get_by_label("Тема").fill(subject)
    dialog.get_by_label("Вопрос").fill(TEXT)


def send(dialog: Locator) -> None:
    dialog.get_by_role("button", name="Отправить вопрос").click()


def ask(page: Page, subject: str = SUBJECT) -> None:
    dialog = open_dialog(page)
    fill(dialog, subject)
    send(dialog)
    expect(page.get_by_role("status").filter(has_text="Вопрос отправлен.")).to_be_visible()


def appeals(page: Page) -> Locator:
    return page.get_by_role("region", name="Ваши обращения").get_by_role("listitem")


def open_appeal(page: Page, subject: str = SUBJECT) -> None:
    appeals(page).get_by_role("link", name=subject).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(subject)


def messages(page: Page) -> Locator:
    return page.get_by_role("list", name="Переписка").locator(":scope > li")


def asked(portal: Portal) -> list[tuple[str, str]]:
    """What there is in the database: subjects with first texts."""

    def read(session: Session) -> list[tuple[str, str]]:
        rows = select(Appeal.subject, AppealMessage.text).join(AppealMessage, col(AppealMessage.appeal_id) == Appeal.id)
        return [(subject, text) for subject, text in session.exec(rows)]

    return behind(portal, read)


def let_staff_answer(portal: Portal, text: str = ANSWER) -> None:
    """Let somebody of the staff answer the one appeal, and note something for colleagues."""

    def answer(session: Session) -> None:
        now, appeal = clock.now(), session.exec(select(Appeal)).one()
        member = session.exec(select(Staff.id)).first()
        for internal, words in ((False, text), (True, "Только для своих")):
            message = AppealMessage(
                appeal_id=appeal.id, staff_id=member, text=words, internal=internal, at=now, key=f"{internal} {now}"
            )
            session.add(message)
        machine.answered(session, appeal, member or 0, now)

    behind(portal, answer)


def test_answers_are_found_before_a_question_is_asked(screen: Page) -> None:
    expect(screen.get_by_role("button", name="Продолжить")).to_have_count(0)
    screen.get_by_label("Тип обращения").select_option("charges")

    screen.get_by_text(QUESTION).click()
    expect(screen.get_by_text("отопительный сезон")).to_be_visible()
    expect(screen.get_by_role("main").get_by_role("link", name="расход")).to_have_attribute("href", "/readings")
    screen.get_by_role("searchbox").fill("квитанция")
    screen.get_by_role("searchbox").press("Enter")

    expect(screen.get_by_role("status").filter(has_text="Найдено: 1")).to_be_visible()
    expect(screen.get_by_text(QUESTION)).to_have_count(0)
    screen.get_by_role("button", name="Сбросить").click()
    expect(screen.get_by_text(QUESTION)).to_be_visible()
    expect(screen.get_by_role("searchbox")).to_have_value("")


def test_by_keyboard_a_question_is_asked_with_a_photo_and_a_document(screen: Page, portal: Portal) -> None:
    # From now on files are asked for here and not by the system, which may take a moment to begin.
    screen.on("filechooser", lambda chooser: None)
    screen.get_by_label("Тип обращения").focus()
    screen.keyboard.press("ArrowDown")
    expect(screen.get_by_text(QUESTION)).to_be_visible()
    tab_to(screen, screen.get_by_role("button", name="Продолжить"))
    screen.keyboard.press("Enter")
    dialog = screen.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_be_focused()
    expect(dialog).to_contain_text("О лицевом счёте 66010000017".replace("О ", "О\u00a0"))
    tab_to(screen, dialog.get_by_label("Тема"))
    screen.keyboard.type(SUBJECT)
    screen.keyboard.press("Tab")
    screen.keyboard.insert_text(TEXT)
    for name, content, kept in (
        ("../снимок.png", pictures.png(), "снимок.jpg"),
        ("Акт.pdf", pdfs.pdf(), "Акт.pdf"),
    ):
        adds = dialog.get_by_role("button", name="Приложить файл")
        expect(adds).to_have_count(1)
        tab_to(screen, adds)
        with screen.expect_file_chooser() as chooser:
            screen.keyboard.press("Enter")
        chooser.value.set_files({"name": name.rpartition("/")[2], "mimeType": "text/html", "buffer": content})
        expect(dialog.get_by_role("status").filter(has_text=f"Приложен {kept}")).to_be_visible()
    tab_to(screen, dialog.get_by_role("button", name="Отправить вопрос"))
    screen.keyboard.press("Enter")

    expect(dialog).to_be_hidden()
    expect(screen.get_by_role("status").filter(has_text="Вопрос отправлен.")).to_be_visible()
    expect(screen.get_by_role("heading", name="Ваши обращения")).to_be_focused()
    expect(appeals(screen)).to_contain_text([re.compile(rf"{SUBJECT}.*Начисления.*новое")])
    tab_to(screen, appeals(screen).get_by_role("link"))
    screen.keyboard.press("Enter")
    expect(messages(screen)).to_have_count(1)
    assert messages(screen).locator(".message-text").inner_text() == TEXT
    links = messages(screen).get_by_role("link")
    expect(links).to_have_text(["снимок.jpg", "Акт.pdf"])
    photo = screen.request.get(links.first.get_attribute("href") or "")
    assert (photo.status, photo.headers["content-type"]) == (200, "image/jpeg")
    assert asked(portal) == [(SUBJECT, TEXT)]


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until something has the focus."""
    for _ in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not lead there")


def test_what_is_typed_stays_when_it_cannot_be_sent_and_is_kept_once_when_its_answer_is_lost(
    screen: Page, portal: Portal
) -> None:
    dialog = open_dialog(screen)
    fill(dialog)
    screen.route("**/api/feedback", lambda route: route.abort())
    send(dialog)
    expect(dialog).to_contain_text("Всё, что вы ввели, осталось на месте.")
    expect(dialog.get_by_label("Вопрос")).to_have_value(TEXT)
    assert asked(portal) == []

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    screen.unroute("**/api/feedback")
    screen.route("**/api/feedback", lose_the_answer)
    send(dialog)
    expect(dialog).to_contain_text("Нет связи с порталом")
    screen.unroute("**/api/feedback")
    send(dialog)

    expect(dialog).to_be_hidden()
    assert asked(portal) == [(SUBJECT, TEXT)]
    expect(open_dialog(screen).get_by_label("Вопрос")).to_have_value("")


def test_what_is_typed_stays_in_a_dialog_that_is_closed_and_when_something_is_wrong(screen: Page) -> None:
    dialog = open_dialog(screen)
    dialog.get_by_label("Вопрос").fill("я" * 4_010)
    expect(dialog.get_by_text("Лишних знаков: 10").first).to_be_visible()
    send(dialog)
    expect(dialog.get_by_role("alert").filter(has_text="Проверьте")).to_be_hidden()
    expect(dialog.get_by_label("Тема")).to_be_focused()
    dialog.get_by_label("Тема").fill(SUBJECT)
    send(dialog)
    expect(dialog).to_contain_text(re.compile(r"Не больше 4\s000 знаков, а здесь 4\s010"))

    screen.keyboard.press("Escape")

    expect(open_dialog(screen).get_by_label("Вопрос")).to_have_value("я" * 4_010)


def test_who_is_signed_out_signs_in_beside_and_sends_what_was_typed(
    page: Page, base_url: str, portal: Portal, other_user: tuple[str, str]
) -> None:
    # Somebody else than in the other tests: told of what those have changed, a page without a session is led away.
    screen = open_screen(page, base_url, other_user)
    dialog = open_dialog(screen)
    fill(dialog)
    behind(portal, lambda session: session.exec(update(UserSession).values(ended_at=clock.now())))
    send(dialog)
    expect(dialog).to_contain_text("Войти в новой вкладке")

    with screen.expect_popup() as opened:
        dialog.get_by_role("link", name="Войти в новой вкладке").click()
    beside = opened.value
    beside.get_by_label("Имя пользователя").fill(other_user[0])
    beside.get_by_label("Пароль", exact=True).fill(other_user[1])
    beside.get_by_role("button", name="Войти").click()
    expect(beside.get_by_role("heading", name="Ваши обращения")).to_be_visible()
    beside.close()
    send(dialog)

    expect(dialog).to_be_hidden()
    assert asked(portal) == [(SUBJECT, TEXT)]


def test_an_answer_appears_while_a_reply_is_typed_and_takes_nothing_away(screen: Page, portal: Portal) -> None:
    ask(screen)
    open_appeal(screen)
    reply = screen.get_by_label("Сообщение")
    reply.fill("Ещё хочу спросить")

    let_staff_answer(portal)

    expect(messages(screen)).to_have_count(2)
    expect(messages(screen).last).to_contain_text(re.compile(f"Абонентская служба.*{ANSWER}"))
    expect(screen.get_by_role("status").filter(has_text="Пришёл ответ.")).to_be_visible()
    expect(reply).to_be_focused()
    expect(reply).to_have_value("Ещё хочу спросить")
    assert "Только для своих" not in screen.content()

    screen.get_by_role("button", name="Отправить сообщение").click()
    expect(messages(screen)).to_have_count(3)
    expect(reply).to_have_value("")
    screen.get_by_role("link", name="Все обращения").click()
    expect(appeals(screen)).to_contain_text(["новое"])
    expect(screen.get_by_text("новый ответ")).to_have_count(0)


def test_an_answer_that_came_meanwhile_is_marked_until_it_is_read(screen: Page, portal: Portal) -> None:
    ask(screen)
    let_staff_answer(portal)

    expect(appeals(screen)).to_contain_text([re.compile("новый ответ.*отвечено")])
    open_appeal(screen)
    expect(messages(screen)).to_have_count(2)
    screen.go_back()

    expect(appeals(screen)).to_contain_text(["отвечено"])
    expect(screen.get_by_text("новый ответ")).to_have_count(0)


def test_what_is_typed_for_one_appeal_is_not_offered_to_another(screen: Page) -> None:
    ask(screen, "Первый")
    ask(screen, "Второй")
    open_appeal(screen, "Первый")
    screen.get_by_label("Сообщение").fill("Для первого")
    screen.get_by_role("link", name="Все обращения").click()
    open_appeal(screen, "Первый")
    expect(screen.get_by_label("Сообщение")).to_have_value("Для первого")
    screen.get_by_role("link", name="Все обращения").click()

    open_appeal(screen, "Второй")

    expect(screen.get_by_label("Сообщение")).to_have_value("")


def test_whoever_has_their_answer_closes_the_appeal(screen: Page) -> None:
    ask(screen)
    open_appeal(screen)

    screen.get_by_role("button", name="Вопрос решён").click()
    screen.get_by_role("dialog").get_by_role("button", name="Закрыть обращение").click()

    expect(screen.get_by_role("main")).to_contain_text("дописать в него уже нельзя")
    expect(screen.get_by_label("Сообщение")).to_be_hidden()
    screen.get_by_role("link", name="Задать новый вопрос").click()
    expect(appeals(screen)).to_contain_text(["закрыто"])


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing(page: Page, base_url: str, portal: Portal, scheme: str, width: int) -> None:
    dress(page, scheme, width)
    open_screen(page, base_url)
    page.get_by_label("Тип обращения").select_option("charges")
    page.get_by_text(QUESTION).click()
    examine(page)
    dialog = open_dialog(page)
    send(dialog)
    examine(page)
    fill(dialog, "Длинное-слово-без-пробелов-" * 6)
    dialog.locator("[type=file]").first.set_input_files(
        {"name": "ж" * 90 + ".png", "mimeType": "image/png", "buffer": pictures.png()}
    )
    expect(dialog.get_by_role("status").filter(has_text="Приложен")).to_be_visible()
    examine(page)
    send(dialog)
    expect(appeals(page)).to_have_count(1)
    let_staff_answer(portal)
    expect(appeals(page)).to_contain_text(["новый ответ"])
    examine(page)
    appeals(page).get_by_role("link").click()
    expect(messages(page).first).to_be_visible()
    examine(page)
    page.get_by_role("button", name="Вопрос решён").click()
    examine(page)
