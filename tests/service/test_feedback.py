"""Appeals as their owner writes and reads them: kept once, within limits, seen by nobody else, without staff notes."""

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from lk_app.models import Account, Appeal, AppealMessage, AppealState, Attachment, AttachmentKind, LiveChange
from lk_app.services import deletion, personal_data
from lk_app.services.callers import Consumer
from lk_app.services.errors import FieldErrors, NotFound, ServiceError, TooManyAttempts
from lk_app.services.feedback import appeals, attachments, machine, writing
from lk_app.services.feedback.appeals import After
from lk_app.services.feedback.attachments import File
from lk_app.services.feedback.conversation import messages_of
from lk_app.services.places import Place
from lk_app.services.references import reference_of
from tests import factories, plans
from tests.cleaning import cleaned, forgotten
from tests.factories import NOW
from tests.texts import plain

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
KEY = "0" * 32
JUNK = ("", "\0", "'", "Q261122-", "Q261122-0000000000\n", "a" * 900, "❤" * 18)


@pytest.fixture
def account(session: Session) -> Account:
    return factories.account(session)


@pytest.fixture
def who(session: Session, account: Account) -> Consumer:
    factories.appeal_type(session)
    return factories.consumer(session, account)


@pytest.fixture
def spouse(session: Session, account: Account) -> Consumer:
    """Another user who has the same account."""
    return factories.consumer(session, account)


def question(**typed: str) -> dict[str, str]:
    """The form as it is sent."""
    return {"type": "charges", "subject": "Квитанция", "text": "Почему так много?", "key": KEY} | typed


def ask(session: Session, who: Consumer, at=NOW, **typed: str) -> str:
    return writing.ask(session, who, question(**typed), at)


def reply(session: Session, who: Consumer, appeal_id: str, at=NOW, **typed: str) -> None:
    writing.reply(session, who, {"appeal": appeal_id, "text": "Добавлю.", "key": KEY} | typed, at)


def keep(session: Session, who: Consumer, at=NOW, name: str = "фото.jpg") -> str:
    return attachments.keep(session, who, File(name, AttachmentKind.JPEG, b"jpeg"), at)


def answer(session: Session, appeal_id: str, at=NOW, **fields: object) -> AppealMessage:
    member = factories.staff(session)
    return factories.appeal_message(session, session.get_one(Appeal, appeal_id), at=at, staff_id=member.id, **fields)


def texts(session: Session, who: Consumer, appeal_id: str) -> list[str]:
    return [message.text for message in appeals.conversation_of(session, who, appeal_id).messages]


def refusals(session: Session, who: Consumer, fields: Mapping[str, str]) -> dict[str, str]:
    with pytest.raises(FieldErrors) as refused:
        writing.ask(session, who, fields, NOW)
    assert session.exec(select(Appeal)).all() == []
    return {name: plain(said) for name, said in refused.value.errors.items()}


def test_a_question_is_kept_with_its_account_and_waits(session: Session, who: Consumer, account: Account) -> None:
    appeal_id = ask(session, who, account=reference_of(account.number), text=" Первая строка\r\n\r\nвторая \n")

    appeal = session.get_one(Appeal, appeal_id)
    assert appeals.ID.fullmatch(appeal_id)
    assert (appeal.user_id, appeal.account_number, appeal.type_code) == (who.user_id, account.number, "charges")
    assert (appeal.state, appeal.waiting_since, appeal.changed_at) == (AppealState.NEW, NOW, NOW)
    assert texts(session, who, appeal_id) == ["Первая строка\n\nвторая"]
    assert set(session.exec(select(LiveChange.topic))) == {f"appeals {who.user_id}", "appeal queue"}


def test_a_question_may_be_about_no_account_but_not_about_one_of_others(session: Session, who: Consumer) -> None:
    assert session.get_one(Appeal, ask(session, who)).account_number is None
    with pytest.raises(NotFound):
        ask(session, who, account=reference_of(factories.account(session).number), key="another")


def test_what_is_missing_or_too_long_is_said_of_its_field(session: Session, who: Consumer) -> None:
    factories.appeal_type(session, "old", published=False)

    assert refusals(session, who, {}) == {
        "type": "Выберите тип обращения",
        "subject": "Обязательное поле",
        "text": "Обязательное поле",
    }
    for code in ("old", "no such type", "\0"):
        assert refusals(session, who, question(type=code)) == {"type": "Выберите тип обращения"}
    assert refusals(session, who, question(subject="т" * 201, text="я" * 4001)) == {
        "subject": "Не больше 200 знаков, а здесь 201",
        "text": "Не больше 4 000 знаков, а здесь 4 001",
    }
    assert refusals(session, who, question(text="\0\r\n\t ")) == {"text": "Обязательное поле"}


def test_the_longest_text_is_kept_whole_however_its_lines_end(session: Session, who: Consumer) -> None:
    longest = "\n".join("😀" * 99 for _ in range(40))
    assert len(longest) == 3999

    appeal_id = ask(session, who, text=longest.replace("\n", "\r\n") + "!", subject="т" * 200)

    assert texts(session, who, appeal_id) == [longest + "!"]


def test_what_can_not_be_kept_is_left_out(session: Session, who: Consumer) -> None:
    appeal_id = ask(session, who, subject="Те\0ма\nдва", text="а\0б\x1bв\tг")

    assert session.get_one(Appeal, appeal_id).subject == "Те ма два"
    assert texts(session, who, appeal_id) == ["абв\tг"]


def test_a_question_sent_again_because_its_answer_was_lost_is_kept_once(session: Session, who: Consumer) -> None:
    photo = keep(session, who)
    first = ask(session, who, **{"attachment-1": photo})

    again = ask(session, who, NOW + MINUTE, **{"attachment-1": photo})

    assert again == first
    assert len(session.exec(select(AppealMessage)).all()) == 1


def test_a_question_changed_before_it_is_sent_again_is_another(session: Session, who: Consumer) -> None:
    assert ask(session, who) != ask(session, who, text="Почему так мало?")


def test_the_same_question_of_another_form_or_without_a_key_is_another(session: Session, who: Consumer) -> None:
    asked = {ask(session, who), ask(session, who, key="1"), ask(session, who, key=""), ask(session, who, key="")}

    assert len(asked) == 4


def test_a_key_of_others_is_in_nobodys_way(session: Session, who: Consumer, spouse: Consumer) -> None:
    hers, his = ask(session, who), ask(session, spouse)

    assert hers != his
    assert session.get_one(Appeal, his).user_id == spouse.user_id
    assert KEY not in "".join(session.exec(select(AppealMessage.key)).all())


def test_five_questions_at_once_and_then_one_in_ten_minutes(session: Session, who: Consumer) -> None:
    for number in range(5):
        ask(session, who, key=str(number))

    with pytest.raises(TooManyAttempts):
        ask(session, who, key="another")
    ask(session, who, NOW + MINUTE, key="4")
    ask(session, who, NOW + 10 * MINUTE, key="another")
    with pytest.raises(TooManyAttempts):
        ask(session, who, NOW + 10 * MINUTE, key="one more")


def test_twenty_questions_a_day(session: Session, who: Consumer) -> None:
    for number in range(20):
        ask(session, who, NOW + number * 10 * MINUTE, key=str(number))

    with pytest.raises(TooManyAttempts):
        ask(session, who, NOW + DAY - MINUTE, key="another")
    ask(session, who, NOW + DAY, key="another")


def test_replies_are_limited_too(session: Session, who: Consumer) -> None:
    appeal_id = ask(session, who)
    for number in range(writing.REPLIES.burst):
        reply(session, who, appeal_id, key=str(number))

    with pytest.raises(TooManyAttempts):
        reply(session, who, appeal_id, key="another")


def test_a_reply_makes_an_answered_appeal_wait_again(session: Session, who: Consumer) -> None:
    appeal_id = ask(session, who)
    machine.answered(session, session.get_one(Appeal, appeal_id), factories.staff(session).id or 0, NOW)

    for _ in range(2):
        reply(session, who, appeal_id, NOW + MINUTE)

    appeal = session.get_one(Appeal, appeal_id)
    assert (appeal.state, appeal.waiting_since) == (AppealState.NEW, NOW + MINUTE)
    assert texts(session, who, appeal_id) == ["Почему так много?", "Добавлю."]


def test_a_closed_appeal_takes_no_reply_but_one_that_came_before(session: Session, who: Consumer) -> None:
    appeal_id = ask(session, who)
    reply(session, who, appeal_id)
    writing.close(session, who, appeal_id, NOW)

    with pytest.raises(ServiceError, match="создайте новое"):
        reply(session, who, appeal_id, key="another")
    reply(session, who, appeal_id)
    writing.close(session, who, appeal_id, NOW + MINUTE)

    assert session.get_one(Appeal, appeal_id).closed_at == NOW
    assert texts(session, who, appeal_id) == ["Почему так много?", "Добавлю."]


def test_an_appeal_of_others_is_not_there_even_with_the_same_account(
    session: Session, who: Consumer, spouse: Consumer, account: Account
) -> None:
    appeal_id = ask(session, who, account=reference_of(account.number))

    for attempt in (
        lambda: appeals.conversation_of(session, spouse, appeal_id),
        lambda: appeals.open_feedback(session, spouse, appeal_id, None),
        lambda: reply(session, spouse, appeal_id),
        lambda: writing.close(session, spouse, appeal_id, NOW),
    ):
        with pytest.raises(NotFound):
            attempt()
    appeals.mark_seen(session, spouse, appeal_id, NOW + DAY)
    assert session.get_one(Appeal, appeal_id).seen_at == NOW
    assert appeals.page_of(session, spouse, None).lines == ()
    assert texts(session, who, appeal_id) == ["Почему так много?"]


@pytest.mark.parametrize("junk", JUNK)
def test_what_can_be_no_appeal_is_not_found(session: Session, who: Consumer, junk: str) -> None:
    for attempt in (
        lambda: appeals.conversation_of(session, who, junk),
        lambda: reply(session, who, junk),
        lambda: writing.close(session, who, junk, NOW),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_notes_among_staff_reach_nobody_else(session: Session, who: Consumer) -> None:
    appeal_id = ask(session, who)
    answer(session, appeal_id, text="Проверили, всё верно.")
    answer(session, appeal_id, text="Сложный человек", internal=True, at=NOW + MINUTE)
    for_staff = messages_of(session, appeal_id, with_notes=True)

    shown = appeals.conversation_of(session, who, appeal_id)

    assert [(message.by_staff, message.author, message.text) for message in shown.messages] == [
        (False, "", "Почему так много?"),
        (True, "Абонентская служба", "Проверили, всё верно."),
    ]
    assert not any(message.internal for message in shown.messages)
    assert [(message.author, message.internal) for message in for_staff] == [
        ("", False),
        ("Ольга Ветрова", False),
        ("Ольга Ветрова", True),
    ]


def test_an_answer_is_new_until_its_appeal_is_opened_and_a_note_never(session: Session, who: Consumer) -> None:
    appeal_id = ask(session, who)
    [line] = appeals.page_of(session, who, None).lines
    assert not line.is_unread
    answer(session, appeal_id, NOW + MINUTE, internal=True)
    assert not appeals.page_of(session, who, None).lines[0].is_unread

    answer(session, appeal_id, NOW + 2 * MINUTE)
    assert appeals.page_of(session, who, None).lines[0].is_unread
    appeals.mark_seen(session, who, appeal_id, NOW + 2 * MINUTE)
    assert not appeals.page_of(session, who, None).lines[0].is_unread
    appeals.mark_seen(session, who, appeal_id, NOW)
    assert not appeals.page_of(session, who, None).lines[0].is_unread


def test_the_list_has_the_latest_change_first_page_after_page(
    session: Session, who: Consumer, spouse: Consumer
) -> None:
    mine = [factories.appeal(session, who, at=NOW + (number // 2) * MINUTE).id for number in range(45)]
    factories.appeal(session, spouse)

    pages, after = [], None
    while True:
        page = appeals.page_of(session, who, after)
        pages.append([line.id for line in page.lines])
        if page.after is None:
            break
        after = page.after

    assert [len(page) for page in pages] == [20, 20, 5]
    listed = [appeal_id for page in pages for appeal_id in page]
    assert sorted(listed) == sorted(mine)
    assert pages[0][0] == mine[-1]
    changed = [session.get_one(Appeal, appeal_id).changed_at for appeal_id in listed]
    assert changed == sorted(changed, reverse=True)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("after", [None, After(NOW, "Q261122-0000000000")])
def test_an_index_has_the_list_in_its_order(session: Session, who: Consumer, after: After | None) -> None:
    with plans.statements_about(session, "appeals") as seen:
        appeals.page_of(session, who, after)

    [statement] = seen
    plan = plans.steps(session, *statement)
    until = " AND changed_at<?" if after else ""
    assert f"SEARCH appeals USING INDEX ix_appeals_user_id_changed_at (user_id=?{until})" in plan
    assert not [step for step in plan if step.startswith("SCAN") or step == "USE TEMP B-TREE FOR ORDER BY"]


def test_files_go_with_the_message_they_were_sent_with(session: Session, who: Consumer) -> None:
    first, second, third = (keep(session, who, NOW + n * MINUTE, f"{n}.jpg") for n in range(3))
    appeal_id = ask(session, who, **{"attachment-1": first, "attachment-3": second})

    reply(session, who, appeal_id, **{"attachment-2": third})

    asked, added = appeals.conversation_of(session, who, appeal_id).messages
    assert [(file.id, file.name, file.kind, file.size) for file in asked.attachments] == [
        (first, "0.jpg", AttachmentKind.JPEG, 4),
        (second, "1.jpg", AttachmentKind.JPEG, 4),
    ]
    assert [file.id for file in added.attachments] == [third]


def test_only_ones_own_file_goes_with_a_message_and_only_once(
    session: Session, who: Consumer, spouse: Consumer
) -> None:
    sent = keep(session, who)
    ask(session, who, **{"attachment-1": sent})

    for attachment_id in (keep(session, spouse), sent, "A" * 22, "junk", "\0"):
        with pytest.raises(NotFound, match="Приложите"):
            ask(session, who, key="another", **{"attachment-1": attachment_id})
    assert attachments.shown_to_consumer(session, who, sent).content == b"jpeg"


def test_a_file_is_shown_to_who_uploaded_it_alone(session: Session, who: Consumer, spouse: Consumer) -> None:
    alone, sent = keep(session, who), keep(session, who)
    ask(session, who, **{"attachment-1": sent})

    for attachment_id in (alone, sent):
        assert attachments.shown_to_consumer(session, who, attachment_id).name == "фото.jpg"
        with pytest.raises(NotFound):
            attachments.shown_to_consumer(session, spouse, attachment_id)


def test_twenty_files_a_day_may_go_with_no_message(session: Session, who: Consumer) -> None:
    ids = [keep(session, who) for _ in range(20)]
    with pytest.raises(TooManyAttempts):
        keep(session, who)

    ask(session, who, **{"attachment-1": ids[0]})

    keep(session, who)
    with pytest.raises(TooManyAttempts):
        keep(session, who)


def test_a_file_alone_is_kept_for_a_day(session: Session, who: Consumer) -> None:
    alone, sent = keep(session, who), keep(session, who)
    ask(session, who, **{"attachment-1": sent})

    cleaned(session, NOW + DAY)
    assert set(session.exec(select(Attachment.id))) == {alone, sent}
    forgotten(session, Attachment, NOW + DAY + MINUTE)
    assert set(session.exec(select(Attachment.id))) == {sent}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Квитанция за октябрь.jpeg", "Квитанция за октябрь.jpg"),
        ("IMG_0001.HEIC", "IMG_0001.jpg"),
        ("Акт от 22.11.2026", "Акт от 22.11.2026.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\Мария\\фото.png", "фото.jpg"),
        ("фото\u202egpj.exe", "фотоgpj.exe.jpg"),
        ('<img src=x onerror="alert(1)">', "img src=x onerror= alert(1).jpg"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie x.jpg"),
        ("..", "Фото.jpg"),
        ("", "Фото.jpg"),
        ("\0\u200b\ufeff", "Фото.jpg"),
        ("ж" * 300 + ".pdf", "ж" * 96 + ".jpg"),
        ("  a   b  .jpg", "a b.jpg"),
    ],
)
def test_of_a_name_only_what_is_harmless_is_left(name: str, kept: str) -> None:
    assert attachments.harmless_name(name, AttachmentKind.JPEG) == kept
    assert len(kept) <= 100


def test_a_name_ends_with_what_the_file_is() -> None:
    assert attachments.harmless_name("смета.exe", AttachmentKind.PDF) == "смета.exe.pdf"
    assert attachments.harmless_name("", AttachmentKind.PDF) == "Документ.pdf"


def test_ones_data_holds_ones_appeals_and_no_notes(session: Session, who: Consumer, spouse: Consumer) -> None:
    appeal_id = ask(session, who, **{"attachment-1": keep(session, who)})
    answer(session, appeal_id, text="Проверили.")
    answer(session, appeal_id, text="Сложный человек", internal=True)
    ask(session, spouse, text="Чужой вопрос")

    with zipfile.ZipFile(io.BytesIO(personal_data.archive(session, who, NOW))) as files:
        data, page = json.loads(files.read("data.json")), files.read("data.html").decode()

    assert [(appeal["id"], appeal["subject"], appeal["state"]) for appeal in data["appeals"]] == [
        (appeal_id, "Квитанция", "new")
    ]
    assert [(message["author"], message["text"]) for message in data["appeal_messages"]] == [
        ("Вы", "Почему так много?"),
        ("Абонентская служба", "Проверили."),
    ]
    assert [(file["appeal"], file["name"], file["size_bytes"]) for file in data["attachments"]] == [
        (appeal_id, "фото.jpg", 4)
    ]
    assert "новое" in page
    assert not any(secret in page + json.dumps(data, ensure_ascii=False) for secret in ("Сложный", "Чужой"))


def test_appeals_go_with_their_user(session: Session, who: Consumer, spouse: Consumer) -> None:
    appeal_id = ask(session, who, **{"attachment-1": keep(session, who)})
    answer(session, appeal_id, text="Проверили.", internal=True)
    keep(session, who)
    spouses = ask(session, spouse, **{"attachment-1": keep(session, spouse)})
    deletion.ask(session, who, Place(""), NOW)
    session.flush()

    deletion.delete_due(session, NOW + 7 * DAY)

    assert session.exec(select(Appeal.id)).all() == [spouses]
    assert {message.appeal_id for message in session.exec(select(AppealMessage))} == {spouses}
    assert {file.user_id for file in session.exec(select(Attachment))} == {spouse.user_id}
