"""Keeps what the search finds in step with what help and the FAQ say."""

from sqlalchemy import delete
from sqlmodel import Session, col, select

from lk_app.formats import typeset
from lk_app.models import FaqEntry, SearchText, Source
from lk_app.services.help import pages
from lk_app.services.help.faq import address_of
from lk_app.services.help.stems import stems_of
from lk_app.services.markup import plain


def put_faq(session: Session, entry: FaqEntry) -> None:
    """Let an entry that is new or was edited be found as it is now; one that is not published is not found."""
    if entry.published:
        _put(session, _of_entry(entry))
    else:
        drop_faq(session, entry.id or 0)


def drop_faq(session: Session, entry_id: int) -> None:
    """Let an entry be found no more."""
    _drop(session, [address_of(entry_id)])


def renew(session: Session) -> None:
    """Bring everything up to date: the help pages of this release, and all of the FAQ. What is the same stays."""
    entries = session.exec(select(FaqEntry).where(col(FaqEntry.published)))
    texts = [*_of_help(), *(_of_entry(entry) for entry in entries)]
    for text in texts:
        _put(session, text)
    kept = {text.address for text in texts}
    _drop(session, [address for address in session.exec(select(SearchText.address)) if address not in kept])


def _of_help() -> list[SearchText]:
    return [
        _text(Source.HELP, section.address, section.title, section.text)
        for page in map(pages.read, pages.PAGES)
        for section in page.sections
    ]


def _of_entry(entry: FaqEntry) -> SearchText:
    return _text(Source.FAQ, address_of(entry.id or 0), typeset(entry.question), entry.answer, entry.type_code)


def _text(source: Source, address: str, title: str, text: str, type_code: str | None = None) -> SearchText:
    words = plain(text)
    return SearchText(
        source=source,
        address=address,
        type_code=type_code,
        title=title,
        text=words,
        title_stems=stems_of(title),
        text_stems=stems_of(words),
    )


def _put(session: Session, text: SearchText) -> None:
    # A row that is given the values it has is not written.
    row = session.exec(select(SearchText).where(SearchText.address == text.address)).first()
    if row:
        row.sqlmodel_update(text.model_dump(exclude={"id"}))
        text = row
    session.add(text)
    session.flush()


def _drop(session: Session, addresses: list[str]) -> None:
    session.execute(delete(SearchText).where(col(SearchText.address).in_(addresses)))
