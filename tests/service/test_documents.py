"""The store of documents: each is made by one, found by all, and forgotten after a week."""

from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import Session, select

from lk_app.models import Document
from lk_app.services.documents import store
from tests.cleaning import forgotten
from tests.factories import NOW

DIGEST = store.digest_of("documents/receipt.html", "what it says")


def test_who_asks_first_makes_it(session: Session):
    assert store.find(session, DIGEST) is None
    assert store.claim(session, DIGEST, NOW)
    assert not store.claim(session, DIGEST, NOW)
    assert store.find(session, DIGEST) is None


def test_what_was_made_is_found_and_never_claimed_again(session: Session):
    store.claim(session, DIGEST, NOW)
    store.keep(session, DIGEST, b"%PDF")

    assert store.find(session, DIGEST) == b"%PDF"
    assert not store.claim(session, DIGEST, NOW + timedelta(days=6))


def test_other_contents_are_another_document(session: Session):
    store.claim(session, DIGEST, NOW)

    assert store.claim(session, store.digest_of("documents/receipt.html", "what it says now"), NOW)
    assert store.digest_of("a", "bc") != store.digest_of("ab", "c")


def test_a_claim_is_given_up_after_a_while_and_goes_to_one(session: Session):
    store.claim(session, DIGEST, NOW)

    assert not store.claim(session, DIGEST, NOW + store.GIVEN_UP_AFTER - timedelta(seconds=1))
    assert store.claim(session, DIGEST, NOW + store.GIVEN_UP_AFTER)
    assert not store.claim(session, DIGEST, NOW + store.GIVEN_UP_AFTER)


def test_what_could_not_be_made_may_be_tried_at_once(session: Session):
    store.claim(session, DIGEST, NOW)
    store.give_up(session, DIGEST, NOW)

    assert store.claim(session, DIGEST, NOW)


def test_giving_up_late_does_not_lose_what_another_made(session: Session):
    store.claim(session, DIGEST, NOW)
    store.keep(session, DIGEST, b"%PDF")
    store.give_up(session, DIGEST, NOW)

    assert store.find(session, DIGEST) == b"%PDF"


def test_giving_up_late_leaves_what_another_took_over(session: Session):
    store.claim(session, DIGEST, NOW)
    store.claim(session, DIGEST, NOW + store.GIVEN_UP_AFTER)
    store.give_up(session, DIGEST, NOW)

    assert not store.claim(session, DIGEST, NOW + store.GIVEN_UP_AFTER)


def test_documents_are_forgotten_after_a_week(session: Session):
    store.claim(session, DIGEST, NOW)
    store.keep(session, DIGEST, b"%PDF")
    young = store.digest_of("young")
    store.claim(session, young, NOW + timedelta(seconds=1))

    forgotten(session, Document, NOW + timedelta(days=7, seconds=1))

    assert session.exec(select(Document.digest)).all() == [young]


def test_of_two_processes_one_claims(engine: Engine):
    with Session(engine) as first:
        claimed = store.claim(first, DIGEST, NOW)
        first.commit()
    with Session(engine) as second:
        assert (claimed, store.claim(second, DIGEST, NOW)) == (True, False)
