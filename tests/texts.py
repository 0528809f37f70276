"""Texts as people read them."""

from lk_app import formats


def plain(text: str) -> str:
    """Return the text with spaces that are spaces, and without what only keeps a line together."""
    return text.replace(formats.NBSP, " ").replace(formats.WORD_JOINER, "")
