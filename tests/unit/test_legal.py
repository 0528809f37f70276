"""The consent that people gave must stay the one they read."""

import hashlib

from lk_app.pages.legal import consent, privacy, terms
from lk_app.services.consents import CONSENT_VERSION

CONSENTS = {"2026-11-23": "ed93c432d19a4c73"}
"""Digests of the text by version. A changed text gets a new version here; the old ones stay."""


def test_the_text_of_the_consent_belongs_to_its_version() -> None:
    digest = hashlib.sha256(consent.TEXT.words().encode()).hexdigest()[:16]

    assert consent.TEXT.version == CONSENT_VERSION
    assert CONSENTS[CONSENT_VERSION] == digest


def test_every_text_names_the_company() -> None:
    for text in (consent.TEXT, privacy.TEXT, terms.TEXT):
        assert "{company}" in text.words()


def test_words_hold_every_part_of_a_text() -> None:
    words = consent.TEXT.words()

    assert "номер мобильного телефона;" in words
    assert "Как отозвать согласие" in words
    assert consent.TEXT.opening in words
