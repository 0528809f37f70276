"""Content: its lists and its editors. What is typed stays in the page, and is published by `api.content`."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from lk_app import clock
from lk_app.services import live as topics
from lk_app.services.content import KINDS, editing
from lk_app.services.content.editing import Editor, Listing
from lk_app.services.content.hours import typed_days
from lk_app.services.content.offices import BY_DAYS
from lk_app.services.content.window import KEY
from lk_app.services.errors import FieldErrors
from lk_app.services.session import in_session, in_transaction
from lk_app.services.staff.duties import CONTENT
from lk_app.settings import settings
from lk_app.state import live
from lk_app.state.access import staff, staff_caller
from lk_app.state.office.content_preview import NOTHING, Preview, preview_of
from lk_app.state.office.content_words import ALL_TYPES, EntryRow, VersionLine, label_of, lines_of, row_of
from lk_app.state.office.desk import DONE, REFUSED, Desk
from lk_app.state.screen import message_of

FIRST_SCREEN = "/office/content/faq"
PREVIEW = "preview"
"""The title of the preview, which gets the focus when it is asked for."""

LONGEST = 20_000
"""More than any form of content has."""
UP, DOWN = -1, 1

USUAL_WEEK = {"hours_by": BY_DAYS} | (typed_days("1-5 08:00-17:00") or {})
NEW: dict[str, dict[str, str]] = {"offices": USUAL_WEEK}
"""What the form of something new begins with."""

SHOWN_AGAIN, TAKEN_AWAY, ADDED = "Снова на портале", "Убрано с портала", "Добавлено"
REFILLED = "Форма заполнена версией от {}. Она подействует, когда вы её опубликуете."


class ContentEntranceState(rx.State):
    """`/office/content` is where the menu leads."""

    @rx.event
    @staff(*CONTENT)
    async def load(self):
        """Lead on to the first kind."""
        return rx.redirect(FIRST_SCREEN, replace=True)


class ContentState(Desk, rx.State):
    """The list of a kind, or the editor of one of it, by the page's address."""

    kind: str = ""
    """The kind that is shown: until a page's own is, it shows nothing of another's."""
    rows: list[EntryRow] = []
    editing: bool = False
    key: str = ""
    values: dict[str, str] = {}
    """What the form is filled with."""
    filling: int = 0
    """Each filling makes the form anew: what is typed into it, React does not know."""
    revision: str = "0"
    """The newest version when the form was filled, or last published."""
    seen: str = "0"
    """The newest version in the history on the screen."""
    published: bool = True
    types: list[tuple[str, str]] = []
    versions: list[VersionLine] = []
    preview: Preview = NOTHING
    wrong: list[str] = []
    """Why there is no preview of what is typed."""
    has_typed: bool = False
    """Whether what was typed before a version filled the form can come back."""
    _typed: dict[str, str] = {}
    _made: dict[int, Any] = {}
    """The fields of versions, to fill the form with again."""

    @rx.event
    @staff(*CONTENT)
    async def load(self):
        """Show the list, or the editor that the address asks for."""
        asked = self.router.url.query_parameters
        self.kind = ""
        slug = self.router.url.path.rstrip("/").rpartition("/")[2]
        if slug not in KINDS:
            return
        self.editing = KINDS[slug].is_single or "edit" in asked or "add" in asked
        self._say("")
        async with self._failures_shown():
            self.kind = slug
            if self.editing:
                await self._fill(KEY if KINDS[slug].is_single else asked.get("edit", ""))
            else:
                await self._show_list(added=asked.get("added", ""))

    @rx.event
    @staff(*CONTENT)
    async def move(self, key: str, step: int):
        """Let a row change places with its neighbour."""
        if self.kind in KINDS and isinstance(key, str) and step in (UP, DOWN):
            await self._act(editing.move, key, step, clock.now())

    @rx.event
    @staff(*CONTENT)
    async def put_away(self, key: str):
        """Hide something from consumers."""
        await self._show(key, False, TAKEN_AWAY)

    @rx.event
    @staff(*CONTENT)
    async def bring_back(self, key: str):
        """Let consumers see again what was put away."""
        await self._show(key, True, SHOWN_AGAIN)

    @rx.event
    @staff(*CONTENT)
    async def look(self, form: dict):
        """Show what the form would be for consumers."""
        if self.kind not in KINDS or not _is_form(form):
            return None
        try:
            fields = await in_session(editing.check, await staff_caller(self), KINDS[self.kind], form)
            self.preview, self.wrong = preview_of(self.kind, fields, _now()), []
        except FieldErrors as refusal:
            self.wrong = [f"{label_of(self.kind, name)}: {text}" for name, text in refusal.errors.items()]
        except Exception as error:
            self._say(message_of(error), REFUSED)
        return rx.set_focus(PREVIEW)

    @rx.event
    @staff(*CONTENT)
    async def restore(self, version: int, form: dict):
        """Fill the form with an earlier version; what was typed into it can come back."""
        line = next((each for each in self.versions if each.id == version), None)
        if line is not None:
            self._refill(self._made[line.id])
            self._keep_typed(dict(form) if _is_form(form) else {})
            self._say(REFILLED.format(line.when), DONE)

    @rx.event
    @staff(*CONTENT)
    async def retype(self):
        """Fill the form with what was typed before a version was."""
        if self.has_typed:
            self.values, self.filling = self._typed, self.filling + 1
            self._keep_typed({})
            self._say("")

    @rx.event
    @staff(*CONTENT)
    async def saved(self):
        """Go on from what was just published."""
        if self.kind in KINDS and self.key:
            self._say("")
            await self._refresh(published=True)

    @rx.event
    @staff(*CONTENT)
    async def refresh(self):
        """Show in the history what a colleague has published; the form stays as it is."""
        if self.kind in KINDS and self.editing and self.key:
            await self._refresh(published=False)

    async def _show(self, key: object, published: bool, told: str) -> None:
        if self.kind in KINDS and isinstance(key, str) and key in [row.key for row in self.rows]:
            title = await self._act(editing.show, key, published, clock.now())
            if title is not None:
                self._say(f"{told}: {title}", DONE)

    async def _act(self, service: Any, *args: Any) -> Any:
        """Do something about a row, and show the list as it is then; returns None for what was refused."""
        try:
            done = await in_transaction(service, await staff_caller(self), KINDS[self.kind], *args)
            self._say("")
            await self._show_list()
        except Exception as error:
            self._say(message_of(error), REFUSED)
            return None
        return done

    async def _show_list(self, added: str = "") -> None:
        found: Listing = await in_session(editing.open_list, await staff_caller(self), KINDS[self.kind])
        self.rows = [row_of(entry, self.kind, found.types) for entry in found.entries]
        title = next((row.title for row in self.rows if row.key == added), "")
        if title:
            self._say(f"{ADDED}: {title}", DONE)

    async def _fill(self, key: str) -> None:
        editor = await self._open(key)
        self.key = editor.key
        self._put(editor)
        self.revision = self.seen
        self._refill(editor.fields)
        if key:
            live.watch(self, topics.content_of(KINDS[self.kind].content, key), ContentState.refresh)

    async def _refresh(self, *, published: bool) -> None:
        try:
            editor = await self._open(self.key)
            self._put(editor)
            if published:
                self.revision, self.wrong = self.seen, []
                self._keep_typed({})
                self.preview = preview_of(self.kind, editor.fields, _now())
        except Exception as error:
            self._say(message_of(error), REFUSED)

    async def _open(self, key: str) -> Editor:
        return await in_session(editing.open_editor, await staff_caller(self), KINDS[self.kind], key)

    def _keep_typed(self, form: dict[str, str]) -> None:
        self._typed, self.has_typed = form, bool(form)

    def _put(self, editor: Editor) -> None:
        kind = KINDS[self.kind]
        self.seen, self.published = str(editor.latest), editor.published
        self.types = [("", ALL_TYPES)] if self.kind == "templates" else []
        self.types += list(editor.types.items())
        self.versions = lines_of(editor.versions, self.kind, editor.types)
        self._made = {each.id: kind.fields(**each.fields) for each in editor.versions}

    def _refill(self, fields: Any | None) -> None:
        """Fill the form and the preview with what was made before, or with nothing."""
        self.filling += 1
        self.wrong = []
        self._keep_typed({})
        if fields is None:
            self.values, self.preview = NEW.get(self.kind, {}), NOTHING
        else:
            self.values, self.preview = KINDS[self.kind].typed(fields), preview_of(self.kind, fields, _now())


def _is_form(form: object) -> bool:
    return (
        isinstance(form, Mapping)
        and all(isinstance(part, str) for pair in form.items() for part in pair)
        and sum(len(value) for value in form.values()) <= LONGEST
    )


def _now() -> Any:
    return clock.now().astimezone(settings().zone)
