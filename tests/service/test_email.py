"""The address for letters: what proves it, what limits it, and what becomes of it."""

import re
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from lk_app.models import EmailProof, Letter, LetterState, Purpose, SecurityEvent, SecurityEventKind, User
from lk_app.services import deletion, email, mail, personal_data, recovery, security, verification
from lk_app.services.callers import Consumer
from lk_app.services.codes import CODE_LIVES, RESENT_AFTER
from lk_app.services.errors import FieldErrors, NotFound, RequestOver, TooManyAttempts
from lk_app.services.places import Place
from lk_app.settings import Environment, settings
from tests import factories
from tests.cleaning import forgotten
from tests.codes import another, newest_code, outbox
from tests.factories import NOW

ADDRESS, OTHER = "maria@example.ru", "masha@почта.рф"
PHONE = "9120000001"
PLACE = Place("203.0.113.7", "Chrome, Windows")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def who(session: Session) -> Consumer:
    return somebody(session)


def somebody(session: Session) -> Consumer:
    """A consumer whose phone is PHONE."""
    caller = factories.consumer(session)
    session.get_one(User, caller.user_id).phone = PHONE
    session.flush()
    return caller


def letters(session: Session, address: str = ADDRESS) -> list[Letter]:
    """What was sent to an address, newest first."""
    session.flush()
    session.expire_all()
    to_address = select(Letter).where(Letter.address == address)
    return list(session.exec(to_address.order_by(col(Letter.id).desc())).all())


def code(session: Session, address: str = ADDRESS) -> str:
    """The code in the newest letter, which only the owner of the mailbox reads."""
    found = re.search(r"\b\d{6}\b", letters(session, address)[0].text)
    assert found is not None
    return found.group()


def set_address(session: Session, who: Consumer, address: str = ADDRESS, now: datetime = NOW) -> None:
    email.start(session, who, address, now)
    assert email.confirm(session, who, code(session, address), PLACE, now).done
    session.flush()


def address_of(session: Session, who: Consumer) -> str | None:
    session.flush()
    return session.get_one(User, who.user_id).email


def events(session: Session, who: Consumer) -> list[SecurityEvent]:
    session.flush()
    return security.own_events(session, who)


def test_the_right_code_sets_the_address(session: Session, who: Consumer) -> None:
    email.start(session, who, ADDRESS, NOW)
    assert address_of(session, who) is None

    assert email.confirm(session, who, code(session), PLACE, NOW).done

    assert address_of(session, who) == ADDRESS
    assert email.pending(session, who, NOW) is None
    assert session.exec(select(EmailProof)).all() == []


def test_the_letter_says_who_writes_and_what_to_do_and_names_nobody(session: Session, who: Consumer) -> None:
    email.start(session, who, ADDRESS, NOW)

    [letter] = letters(session)
    assert letter.subject == "Код подтверждения адреса"
    for words in ("Демогаз", "http://localhost:3000", "10 минут", "ничего делать не нужно"):
        assert words in letter.text
    assert session.get_one(User, who.user_id).name not in letter.text
    assert "{" not in letter.text


def test_the_database_holds_no_code_but_in_the_letter_that_waits(session: Session, who: Consumer) -> None:
    email.start(session, who, ADDRESS, NOW)
    given, proof = code(session), session.exec(select(EmailProof)).one()

    assert given not in str(proof.model_dump())
    assert len(proof.code_hash) == 64


def test_who_waits_is_told_for_how_long(session: Session, who: Consumer) -> None:
    email.start(session, who, ADDRESS, NOW)

    waiting = email.pending(session, who, NOW + timedelta(seconds=18))
    assert waiting == email.PendingEmail(ADDRESS, resend_in=42, minutes_left=10)
    assert ADDRESS not in repr(waiting)
    late = email.pending(session, who, NOW + CODE_LIVES)
    assert late == email.PendingEmail(ADDRESS, resend_in=0, minutes_left=0)
    assert email.pending(session, who, NOW + timedelta(hours=1)) is None


def test_a_code_serves_once(session: Session, who: Consumer) -> None:
    email.start(session, who, ADDRESS, NOW)
    given = code(session)
    email.confirm(session, who, given, PLACE, NOW)

    with pytest.raises(RequestOver):
        email.confirm(session, who, given, PLACE, NOW)


def test_a_code_lives_for_ten_minutes(session: Session, who: Consumer) -> None:
    email.start(session, who, ADDRESS, NOW)
    given = code(session)

    late = email.confirm(session, who, given, PLACE, NOW + CODE_LIVES)
    assert late.errors == {"code": "Код устарел. Запросите новый"}
    assert email.confirm(session, who, given, PLACE, NOW + CODE_LIVES - timedelta(seconds=1)).done


def test_after_five_wrong_tries_the_right_code_is_of_no_use(session: Session, who: Consumer) -> None:
    email.start(session, who, ADDRESS, NOW)
    right = code(session)

    said = [email.confirm(session, who, another(right), PLACE, NOW).errors["code"] for _ in range(5)]

    assert said == ["Код не подходит. Проверьте цифры"] * 4 + ["Слишком много неверных кодов. Запросите новый"]
    assert not email.confirm(session, who, right, PLACE, NOW).done
    assert address_of(session, who) is None


def test_a_new_code_can_be_tried_five_times_again_up_to_ten_an_hour(session: Session, who: Consumer) -> None:
    now = NOW
    email.start(session, who, ADDRESS, now)
    for _ in range(2):
        for _ in range(5):
            email.confirm(session, who, another(code(session)), PLACE, now)
        now += RESENT_AFTER
        email.resend(session, who, now)

    with pytest.raises(TooManyAttempts):
        email.confirm(session, who, code(session), PLACE, now)
    set_address(session, who, OTHER, now + timedelta(hours=1))


def test_right_codes_use_nothing_up(session: Session, who: Consumer) -> None:
    for day in range(12):
        set_address(session, who, f"maria{day}@example.ru", NOW + timedelta(days=day))


def test_another_code_comes_after_a_minute_and_ends_the_one_before(session: Session, who: Consumer) -> None:
    email.start(session, who, ADDRESS, NOW)
    first = code(session)
    with pytest.raises(TooManyAttempts):
        email.resend(session, who, NOW + RESENT_AFTER - timedelta(seconds=1))

    email.resend(session, who, NOW + RESENT_AFTER)

    newer, older = letters(session)
    assert (newer.state, older.state) == (LetterState.QUEUED, LetterState.CANCELLED)
    assert older.text == ""
    if first != code(session):
        assert not email.confirm(session, who, first, PLACE, NOW + RESENT_AFTER).done
    assert email.confirm(session, who, code(session), PLACE, NOW + RESENT_AFTER).done


def test_another_address_can_be_given_at_once_and_replaces_the_first(session: Session, who: Consumer) -> None:
    email.start(session, who, "mraia@example.ru", NOW)
    mistyped = code(session, "mraia@example.ru")
    email.start(session, who, ADDRESS, NOW)

    assert letters(session, "mraia@example.ru")[0].state is LetterState.CANCELLED
    if mistyped != code(session):
        assert not email.confirm(session, who, mistyped, PLACE, NOW).done
    assert email.confirm(session, who, code(session), PLACE, NOW).done
    assert address_of(session, who) == ADDRESS


def test_a_code_of_one_user_does_not_fit_another(session: Session, who: Consumer) -> None:
    other = somebody(session)
    email.start(session, who, ADDRESS, NOW)
    hers = code(session)
    email.start(session, other, ADDRESS, NOW)

    if hers != code(session):
        assert not email.confirm(session, other, hers, PLACE, NOW).done
    assert email.confirm(session, who, hers, PLACE, NOW).done


def test_an_address_gets_three_letters_a_day_whoever_asks_and_however_it_is_written(
    session: Session, who: Consumer
) -> None:
    email.start(session, who, ADDRESS, NOW)
    email.start(session, somebody(session), ADDRESS, NOW)
    email.start(session, somebody(session), ADDRESS.upper(), NOW)

    with pytest.raises(TooManyAttempts):
        email.start(session, somebody(session), ADDRESS, NOW + timedelta(hours=23))
    email.start(session, somebody(session), ADDRESS, NOW + timedelta(days=1))


def test_a_user_sends_five_letters_a_day(session: Session, who: Consumer) -> None:
    for number in range(5):
        email.start(session, who, f"maria{number}@example.ru", NOW)

    with pytest.raises(TooManyAttempts):
        email.start(session, who, ADDRESS, NOW + timedelta(hours=23))
    email.start(session, who, ADDRESS, NOW + timedelta(days=1))


def test_the_address_one_has_is_not_proven_again(session: Session, who: Consumer) -> None:
    set_address(session, who)

    with pytest.raises(FieldErrors) as refused:
        email.start(session, who, ADDRESS, NOW + MINUTE)
    assert refused.value.errors == {"email": "Этот адрес уже указан"}


def test_several_users_may_have_one_address(session: Session, who: Consumer) -> None:
    other = somebody(session)
    set_address(session, who)
    set_address(session, other)

    assert address_of(session, who) == address_of(session, other) == ADDRESS


def test_where_no_letters_are_sent_no_address_is_taken(
    session: Session, who: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "env", Environment.PRODUCTION)

    with pytest.raises(NotFound):
        email.start(session, who, ADDRESS, NOW)
    assert letters(session) == []


def test_changing_and_removing_is_logged_and_told(session: Session, who: Consumer) -> None:
    set_address(session, who)
    email.remove(session, who, PLACE, NOW + MINUTE)

    removed, changed = events(session, who)
    assert (changed.kind, removed.kind) == (SecurityEventKind.EMAIL_CHANGED, SecurityEventKind.EMAIL_REMOVED)
    assert changed.subject == removed.subject == "m•••a@example.ru"
    assert (changed.address, changed.browser) == ("203.0.113.*", "Chrome, Windows")
    told = [message.text for message in outbox(session, PHONE)]
    assert "адрес электронной почты удалён" in told[0]
    assert "адрес электронной почты в вашем личном кабинете изменён" in told[1]
    assert not any(ADDRESS in text for text in told)


def test_a_long_address_fits_into_the_log(session: Session, who: Consumer) -> None:
    long = f"maria@{'a' * 60}.{'b' * 60}.example.ru"
    set_address(session, who, long)

    [changed] = events(session, who)
    assert changed.subject.startswith("m•••a@aaa")


def test_removing_what_is_not_there_leaves_no_trace(session: Session, who: Consumer) -> None:
    email.remove(session, who, PLACE, NOW)

    assert events(session, who) == []
    assert outbox(session, PHONE) == []


@pytest.mark.parametrize("how", ["removed", "changed"])
def test_letters_that_wait_for_an_address_that_is_given_up_are_not_sent(
    session: Session, who: Consumer, how: str
) -> None:
    set_address(session, who)
    mail.enqueue(session, who.user_id, ADDRESS, "Квитанция", "К оплате", NOW)

    if how == "removed":
        email.remove(session, who, PLACE, NOW)
    else:
        set_address(session, who, OTHER)

    assert {letter.state for letter in letters(session)} == {LetterState.CANCELLED}
    assert {letter.text for letter in letters(session)} == {""}


@pytest.mark.parametrize("how", ["removed", "changed"])
def test_of_an_address_that_somebody_else_has_too_only_ones_own_letters_are_not_sent(
    session: Session, who: Consumer, how: str
) -> None:
    other = somebody(session)
    for user in (who, other):
        set_address(session, user)
        mail.enqueue(session, user.user_id, ADDRESS, "Квитанция", "К оплате", NOW)

    if how == "removed":
        email.remove(session, who, PLACE, NOW)
    else:
        set_address(session, who, OTHER)

    receipts = {letter.user_id: letter for letter in letters(session) if letter.state is not LetterState.CANCELLED}
    assert receipts.keys() == {other.user_id}
    assert receipts[other.user_id].state is LetterState.QUEUED
    own = [letter for letter in letters(session) if letter.user_id == who.user_id]
    assert {(letter.state, letter.subject, letter.text) for letter in own} == {(LetterState.CANCELLED, "", "")}


def test_a_code_for_a_new_address_is_sent_though_the_old_one_is_removed(session: Session, who: Consumer) -> None:
    set_address(session, who)
    email.start(session, who, OTHER, NOW)

    email.remove(session, who, PLACE, NOW)

    assert letters(session, OTHER)[0].state is LetterState.QUEUED
    assert email.confirm(session, who, code(session, OTHER), PLACE, NOW).done


def test_what_waits_can_be_given_up(session: Session, who: Consumer) -> None:
    email.start(session, who, ADDRESS, NOW)
    given = code(session)
    email.give_up(session, who)
    email.give_up(session, who)

    assert letters(session)[0].state is LetterState.CANCELLED
    for call in (lambda: email.confirm(session, who, given, PLACE, NOW), lambda: email.resend(session, who, NOW)):
        with pytest.raises(RequestOver):
            call()


def test_a_recovery_ends_what_waits(session: Session, who: Consumer) -> None:
    email.start(session, who, ADDRESS, NOW)
    token = recovery.apply(session, PHONE, PLACE, NOW)
    session.flush()
    assert verification.of_token(session, Purpose.RECOVERY, token, NOW)
    recovery.prove(session, token, newest_code(session, PHONE), NOW)

    assert recovery.complete(session, token, "Мария Новая", factories.PASSWORD_HASH, PLACE, NOW).done

    assert email.pending(session, who, NOW) is None
    assert letters(session)[0].state is LetterState.CANCELLED


@pytest.fixture
def recovered(session: Session, who: Consumer) -> Consumer:
    """A user who had an address, with a receipt on its way there, and lost it to a recovery a minute later."""
    set_address(session, who)
    mail.enqueue(session, who.user_id, ADDRESS, "Квитанция", "К оплате", NOW)
    token = recovery.apply(session, PHONE, PLACE, NOW + MINUTE)
    session.flush()
    recovery.prove(session, token, newest_code(session, PHONE), NOW + MINUTE)
    hash_ = factories.PASSWORD_HASH
    assert recovery.complete(session, token, "Мария Новая", hash_, PLACE, NOW + MINUTE).done
    return who


def test_a_recovery_removes_the_address_which_its_code_does_not_prove(session: Session, recovered: Consumer) -> None:
    assert address_of(session, recovered) is None
    assert {(letter.state, letter.text) for letter in letters(session)} == {(LetterState.CANCELLED, "")}


def test_that_a_recovery_removed_the_address_is_in_the_log_and_no_message_more_is_sent(
    session: Session, recovered: Consumer
) -> None:
    recorded = events(session, recovered)

    assert {event.kind for event in recorded[:2]} == {SecurityEventKind.RECOVERED, SecurityEventKind.EMAIL_REMOVED}
    [removed] = [event for event in recorded if event.kind is SecurityEventKind.EMAIL_REMOVED]
    assert (removed.subject, removed.address) == ("m•••a@example.ru", "203.0.113.*")
    told = [message.text for message in outbox(session, PHONE)]
    assert sum("имя и пароль" in text for text in told) == 1
    assert not any("адрес электронной почты удалён" in text for text in told)


def test_nothing_of_the_address_is_left_of_a_deleted_user(session: Session, who: Consumer) -> None:
    set_address(session, who)
    email.start(session, who, OTHER, NOW)
    delete(session, who)

    assert address_of(session, who) is None
    assert session.exec(select(EmailProof)).all() == []
    assert (letters(session, ADDRESS), letters(session, OTHER)) == ([], [])


def test_of_an_address_that_others_share_only_the_letters_of_a_deleted_user_are_forgotten(
    session: Session, who: Consumer
) -> None:
    other = somebody(session)
    for user in (who, other):
        set_address(session, user)
        mail.enqueue(session, user.user_id, ADDRESS, "Квитанция", "К оплате", NOW)
    delete(session, who)

    assert {letter.user_id for letter in letters(session)} == {other.user_id}
    assert letters(session)[0].state is LetterState.QUEUED


def test_letters_to_an_address_given_up_before_are_forgotten_with_the_user(session: Session, who: Consumer) -> None:
    set_address(session, who)
    email.remove(session, who, PLACE, NOW)
    delete(session, who)

    assert letters(session) == []


def delete(session: Session, who: Consumer) -> None:
    deletion.ask(session, who, PLACE, NOW)
    session.flush()
    assert deletion.delete_due(session, NOW + timedelta(days=7)) == 1
    session.flush()


def test_the_address_is_in_ones_data(session: Session, who: Consumer) -> None:
    set_address(session, who)

    [user] = next(section for section in personal_data.collect(session, who) if section.key == "user").as_json()
    assert user["email"] == ADDRESS


def test_addresses_that_were_never_proven_are_forgotten(session: Session, who: Consumer) -> None:
    email.start(session, who, ADDRESS, NOW)
    forgotten(session, EmailProof, NOW + timedelta(minutes=59))
    assert session.exec(select(EmailProof)).all() != []

    forgotten(session, EmailProof, NOW + timedelta(hours=1, seconds=1))
    assert session.exec(select(EmailProof)).all() == []


def test_an_address_is_read_by_the_rules_of_forms() -> None:
    assert email.read({"email": " Maria@Example.RU "}) == "Maria@example.ru"
    with pytest.raises(FieldErrors):
        email.read({})
