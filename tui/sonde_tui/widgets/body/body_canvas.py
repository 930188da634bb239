"""One body on the screen, in one of its forms; a place in it stays while they change."""

from __future__ import annotations

import asyncio

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical

from sonde_core.body import EMPTY, Body
from sonde_core.errors import BodyError
from sonde_core.words import size

from ..answer.answer_lines import Row, Rows, said
from ..rows.line_source import LineSource
from ..rows.row_canvas import PAUSE, SLICE
from .body_head import BodyHead, BodyNote, described, places_of
from .body_looks import Looks
from .body_places import Place
from .body_rows import BodyRows
from .body_source import ByteRows


class BodyCanvas(Vertical):
    """Draws what `Looks` gives for a mode, with a head above; `BodyView` adds keys and work.

    Attributes:
        label: What is shown where it is no answer's body, such as what was picked out of it.
    """

    DEFAULT_CSS = """
    BodyCanvas { height: 1fr; }
    BodyCanvas BodyRows { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._head, self._note = BodyHead(), BodyNote()
        self._rows = BodyRows(id="body-rows")
        self._looks: Looks | None = None
        self._place = Place()
        self._said = ""
        self.label = ""

    def compose(self) -> ComposeResult:
        yield self._head
        yield self._note
        yield self._rows

    def on_unmount(self) -> None:
        self._looks = None  # what is under way ends there

    @property
    def rows(self) -> BodyRows:
        """What draws the rows and takes their keys."""
        return self._rows

    @property
    def mode(self) -> str:
        """One of `MODES`; it stays what was chosen while bodies come and go."""
        return self._head.mode

    @property
    def body(self) -> Body:
        """What is shown, as it was received; empty where words stand in its place."""
        return self._looks.body if self._looks else EMPTY

    # what is shown

    def say(self, text: str) -> None:
        """Show words in the place of a body."""
        if text == self._said:
            return
        self._forget()
        self._said = text
        self._tell(head="", note="")
        self._show_words(Rows([said(text, "muted")]))

    def forget(self) -> None:
        """Take what comes next for another body, whatever it begins with."""
        self._forget()

    def _draw(self) -> None:
        """Show the rows of the mode; raises BodyError."""
        looks = self._looks
        if looks is None:
            return
        if not looks.body.size:
            self._show_words(Rows([said("The body is empty.", "muted")]))
            return
        before, offset = self.rows.source, self._offset(looks)
        after = looks.rows(self.mode, at=offset)
        self.rows.fit(after)
        if before is after:
            self.rows.grown()
        elif looks.is_known(after, offset):
            self._swap(looks, after, looks.row_at(after, offset))
        else:
            self._find_place(after)

    def _offset(self, looks: Looks) -> int:
        """Return which byte is looked at; raises BodyError."""
        source = self.rows.source
        if isinstance(source, ByteRows) and looks.has(source):
            row, top = self.rows.looked_at, self.rows.top
            self._place.look(row, row - top, lambda row: looks.back(source, row))
        return self._place.offset

    def _swap(self, looks: Looks, rows: LineSource, row: int) -> None:
        """Show other rows with the same byte in the same line of the screen."""
        view, before = self.rows, self.rows.source
        goes_on = isinstance(before, ByteRows) and looks.has(before)
        # Once all is there, a place at the end is one as any other.
        view.follow = view.follow and (looks.arriving or not goes_on)
        follows = view.follow and (view.is_at_end or not goes_on)
        view.show_cursor = isinstance(rows, ByteRows)
        view.show(rows, row=row)
        if follows:
            view.follow_end()
        else:
            view.scroll_to(y=max(row - self._place.line, 0), animate=False, force=True)
        self._place.put(view.looked_at)

    @work(group="place", exclusive=True)
    async def _find_place(self, rows: LineSource) -> None:
        """Count the rows as far as the place that is looked at, which then is shown."""
        looks = self._looks
        while looks is not None and looks is self._looks:
            offset = self._offset(looks)
            if rows is not looks.rows(self.mode, at=offset):
                return
            if looks.is_known(rows, offset) or rows.build(SLICE):
                self._redraw()
                return
            await asyncio.sleep(PAUSE)

    def _show_words(self, rows: LineSource) -> None:
        self.rows.show_cursor = False
        self.rows.show(rows)
        self._head.places = ()

    def _forget(self) -> None:
        for group in ("shape", "place", "charset", "picture"):
            self.workers.cancel_group(self, group)
        self._looks = None
        self._said = ""
        self._place = Place()

    def _refuse(self, body: Body, error: BodyError) -> None:
        """Tell why a body cannot be shown, and what is known of it."""
        self._forget()
        self._tell(head=described(body, "", arriving=False), note=f"{error.message} {error.advice}")
        self._show_words(Rows([Row(said(f"sha256  {body.sha256}").parts, body.sha256)]))

    def _redraw(self) -> None:
        try:
            self._draw()
        except BodyError as error:
            self._refuse(self.body, error)

    # what is told

    def _describe(self) -> None:
        looks = self._looks
        if looks is None:
            return
        body = looks.body
        if self.label:
            head = f"{self.label} · {size(body.size)}"
        else:
            head = described(body, looks.kind, arriving=looks.arriving, charset=looks.charset)
        if looks.can_be_stopped and looks.shaped is not None:
            head = f"{looks.shaped.progress()}, escape stops · {head}"
        self._head.pictured = looks.kind == "image"
        self._tell(head=head, note=" ".join(filter(None, looks.notes())))

    def _tell(self, *, head: str, note: str) -> None:
        self._head.text = head
        self._note.text = note

    @on(BodyRows.CursorMoved)
    @on(BodyRows.Counted)
    def _place_changed(self) -> None:
        rows, looks = self.rows, self._looks
        if looks is None or not isinstance(rows.source, ByteRows):
            self._head.places = ()
            return
        row = rows.cursor_row
        try:
            offset = looks.back(rows.source, row) if looks.knows_bytes(rows.source) else -1
        except BodyError:
            offset = -1
        self._head.places = places_of(row, rows.source.count, offset)
