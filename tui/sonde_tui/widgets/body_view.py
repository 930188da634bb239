"""A body of any size: pretty, raw or hex; it may still be arriving."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from sonde_core.body import EMPTY, Body
from sonde_core.errors import BodyError
from sonde_core.line_index import LineIndex
from sonde_core.pretty import Pretty, prettify
from sonde_core.words import size

from .answer_lines import Row, Rows, said
from .body_head import BodyHead, BodyNote, described
from .body_looks import MODES, Looks, Places
from .body_source import ByteRows
from .line_view import LineView
from .row_canvas import PAUSE

_SLICE: Final = 1 << 20  # bytes indexed between two looks at the keyboard


class BodyView(Vertical):
    """Shows a body: the raw text at once, the formatted in its place as soon as it is made.

    Attributes:
        label: What is shown where it is no answer's body, such as what was picked out of it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "next_mode", "Pretty/raw/hex", id="body.mode"),
        Binding("x", "hex", "Text/hex", id="view.hex", show=False),
    ]

    DEFAULT_CSS = """
    BodyView { height: 1fr; }
    BodyView LineView { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._looks: Looks | None = None
        self._places = Places()
        self._said = ""
        self._text_mode = MODES[0]
        self.label = ""

    def compose(self) -> ComposeResult:
        yield BodyHead()
        yield BodyNote()
        yield LineView(id="body-rows")

    @property
    def rows(self) -> LineView:
        """What draws the rows and takes their keys."""
        return self.query_one("#body-rows", LineView)

    @property
    def mode(self) -> str:
        """One of `MODES`; it stays what was chosen while bodies come and go."""
        return self.query_one(BodyHead).mode

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
        self.rows.show(Rows([said(text, "muted")]))

    def grow(self, body: Body) -> None:
        """Show so much of a body as has arrived; each time it begins with the same bytes."""
        if body.size == self.body.size:
            return
        self.label = ""
        # Whoever has gone to the end wants to stay there; all others want to stay where they are.
        self.rows.follow = self.rows.top > 0
        self._take(body, arriving=True)

    def show(self, body: Body, *, label: str = "") -> None:
        """Show a body that is whole, or all of it that came, and format it meanwhile.

        Args:
            body: What arrived before is kept in view.
            label: What it is, where it is no answer's body.
        """
        self.label = label
        self.rows.follow = False
        self._take(body, arriving=False)
        looks = self._looks
        if looks is not None and looks.shows_text and body.stored == body.size:
            self._format(looks)

    def _take(self, body: Body, *, arriving: bool) -> None:
        """Go on with what is arriving, or begin with another body."""
        self.workers.cancel_group(self, "format")
        try:
            if self._looks is not None and self._looks.goes_on(body):
                self._looks.grow(body, arriving=arriving)
            else:
                self._forget()
                self._looks = Looks(body, arriving=arriving)
            self._tell(head=self._described(body), note=_partly(body))
            self._draw()
        except BodyError as error:
            self._refuse(body, error)

    def _draw(self) -> None:
        """Show the rows of the mode; raises BodyError."""
        looks = self._looks
        if looks is None:
            return
        if not looks.body.size:
            self.rows.show(Rows([said("The body is empty.", "muted")]))
            return
        before, after = self.rows.source, looks.rows(self.mode)
        if before is after:
            self.rows.grown()
            return
        row = 0
        if isinstance(before, ByteRows):
            row = self._places.moved(before, self.rows.top, after)
        self.rows.show(after)
        self.rows.scroll_to(y=row, animate=False, force=True)
        self._places.put(self.rows.top)

    def _forget(self) -> None:
        self.workers.cancel_group(self, "format")
        self._looks = None
        self._said = ""
        self._places = Places()

    def _refuse(self, body: Body, error: BodyError) -> None:
        """Tell why a body cannot be shown, and what is known of it."""
        self._forget()
        self._tell(head=self._described(body), note=f"{error.message} {error.advice}")
        self.rows.show(Rows([Row(said(f"sha256  {body.sha256}").parts, body.sha256)]))

    def _described(self, body: Body) -> str:
        if self.label:
            return f"{self.label} · {size(body.size)}"
        kind, arriving = (self._looks.kind, self._looks.arriving) if self._looks else ("", False)
        return described(body, kind, arriving=arriving)

    def _tell(self, *, head: str, note: str) -> None:
        self.query_one(BodyHead).text = head
        self.query_one(BodyNote).text = note

    # formatting

    @work(group="format", exclusive=True)
    async def _format(self, looks: Looks) -> None:
        """Format a body off the event loop; a newer body ends this."""
        try:
            made = await prettify(looks.body)
            index = await _indexed(made, looks.body)
        except BodyError as error:
            made, index = Pretty(looks.body, error.message, error.advice), None
        if looks is not self._looks:
            return
        if made.note:
            self.query_one(BodyNote).text = f"{made.note} {made.hint}".rstrip()
        if index is not None:
            looks.format(index)
            self._redraw()

    def _redraw(self) -> None:
        try:
            self._draw()
        except BodyError as error:
            self._refuse(self.body, error)

    # modes

    def choose(self, mode: str) -> None:
        """Show a body in another mode."""
        self._text_mode = mode if mode != "hex" else self._text_mode
        self.query_one(BodyHead).mode = mode
        self._redraw()

    @on(BodyHead.Chosen)
    def _mode_clicked(self, message: BodyHead.Chosen) -> None:
        message.stop()
        self.choose(message.mode)

    def action_next_mode(self) -> None:
        self.choose(MODES[(MODES.index(self.mode) + 1) % len(MODES)])

    def action_hex(self) -> None:
        """Show the bytes in hex, or go back to what was shown before."""
        self.choose("hex" if self.mode != "hex" else self._text_mode)


def _partly(body: Body) -> str:
    if body.stored == body.size:
        return ""
    return f"Only the first {size(body.stored)} of {size(body.size)} are kept."


async def _indexed(made: Pretty, received: Body) -> LineIndex | None:
    """Index formatted text, so that the place in it is known before it is shown."""
    if made.body is received:
        return None
    index = LineIndex(made.body)
    done = False
    while not done:
        done = index.build(_SLICE)
        await asyncio.sleep(PAUSE)
    return index
