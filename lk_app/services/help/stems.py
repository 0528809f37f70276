"""Words as the search compares them: whatever form they have, and however «ё» is typed."""

import re

import snowballstemmer

WORD = re.compile(r"[^\W_]+")
LONGEST = 50
"""No word worth finding is longer."""

STOP_WORDS = frozenset(
    WORD.findall(
        "а в вам вас во вот вы где да для до его ее если еще же за и из или им их к как ко когда кто ли меня мне мой "
        "мы на надо не но ну о об он она они от по при про с сам со так там то тоже ты у уже чем что чтобы эта эти это "
        "этот я"
    )
)
"""Words that are everywhere, and so tell nothing."""


def plain_word(word: str) -> str:
    """Return a word in lower case, with «е» for «ё»."""
    return word.lower().replace("ё", "е")


def stem(word: str) -> str:
    """Return what all forms of a word have in common; words that are not Russian stay whole."""
    # A stemmer remembers the word it is at, so threads can't share one.
    return str(snowballstemmer.stemmer("russian").stemWord(plain_word(word)[:LONGEST]))


def stems_of(text: str) -> str:
    """Return the stems of all words of a text in their order, separated by spaces."""
    stemmer = snowballstemmer.stemmer("russian")
    return " ".join(stemmer.stemWords([plain_word(word)[:LONGEST] for word in WORD.findall(text)]))


def stems_asked(words: str, most: int) -> list[str]:
    """Return the stems of at most as many words somebody looks for, each once, the last word last.

    Words that are everywhere are left out.
    """
    telling = [word for word in map(plain_word, WORD.findall(words)) if word not in STOP_WORDS]
    stems = [stem(word) for word in telling[:most]]
    return [each for place, each in enumerate(stems) if each not in stems[place + 1 :]]
