"""What people agreed to must stay what they read."""

import hashlib

import pytest

from lk_app.pages import PAGES
from lk_app.pages.legal import CODES
from lk_app.services import legal
from lk_app.services.consents import CONSENT_VERSION

DIGESTS = {
    ("consent", "2026-11-23"): "ed93c432d19a4c73",
    ("privacy", "2026-11-23"): "9a566ef0be389149",
    ("privacy", "2026-11-28"): "94ecfa0d55615ae3",
    ("privacy", "2026-11-29"): "c333430ecf3a16af",
    ("terms", "2026-11-23"): "c538640e2e695663",
    ("terms", "2026-11-28"): "410d0e7b150d7bf3",
}
"""Digests of every version. A changed text is a new version with a digest of its own; none is ever taken away."""


def digest(code: str, version: str) -> str:
    return hashlib.sha256(legal.words(code, version).encode()).hexdigest()[:16]


def test_no_version_was_changed_or_taken_away() -> None:
    kept = {(code, version): digest(code, version) for code in CODES for version in legal.versions(code)}

    assert kept == DIGESTS


def test_the_version_people_agree_to_is_the_one_they_read() -> None:
    assert legal.read("consent").version == CONSENT_VERSION


@pytest.mark.parametrize(("code", "version"), DIGESTS)
def test_every_version_has_a_page_of_its_own_or_is_the_one_that_holds(code: str, version: str) -> None:
    newest = version == legal.versions(code)[0]
    address = f"/legal/{code}" if newest else f"/legal/{code}/{version}"

    assert address in {page.address for page in PAGES}


def test_every_text_names_the_company() -> None:
    for code in CODES:
        assert "{company}" in legal.words(code, legal.versions(code)[0])
        assert "{company}" not in repr(legal.read(code))


def test_words_hold_every_part_of_a_text() -> None:
    words = legal.words("consent", "2026-11-23").split("\n")

    assert words[0] == "Согласие на обработку персональных данных"
    assert words[1].startswith("Ставя отметку")
    assert {"Как отозвать согласие", "номер мобильного телефона;"} <= set(words)
