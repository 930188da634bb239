"""The views of an answer: body, headers, timing, TLS, wire, cookies; built when first shown."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from textual.widget import Widget
from textual.widgets import ContentSwitcher

from sonde_core.model import Moment

from ...services import Services
from ..mounting import made_once
from ..rows.line_source import Selected
from ..rows.line_view import LineView
from ..transcript.transcript import Transcript
from .answer import Answer
from .answer_body import AnswerBody
from .answer_lines import Rows


class AnswerViews(ContentSwitcher):
    """Shows one view of one answer, under way or over."""

    DEFAULT_CSS = """
    AnswerViews { height: 1fr; }
    """

    def __init__(self, services: Services) -> None:
        super().__init__(id="answer-views")
        self._services = services
        self._answer = Answer()
        self._stale: set[str] = set()
        self._built: set[str] = set()
        self._building = asyncio.Lock()
        self._stage: tuple[str, bool] = ("", False)
        self._wire: Sequence[Moment] = ()
        self._revealed = False

    @property
    def shown(self) -> str:
        """Name of the view that is shown; empty before the first."""
        return (self.current or "").removeprefix("answer-")

    @property
    def body(self) -> AnswerBody:
        """The view of the body, once it was shown."""
        return self.query_one("#answer-body", AnswerBody)

    @property
    def wire(self) -> Transcript:
        """What went over the wire, once it was shown."""
        return self.query_one("#answer-wire", Transcript)

    @property
    def rows(self) -> LineView:
        """The rows of the view that is shown."""
        if self.shown == "body":
            return self.body.rows
        return self.query_one(f"#answer-{self.shown}", LineView)

    def take(self, answer: Answer) -> None:
        """Take another answer; what is shown is filled by `show`."""
        self._answer = answer

    def forget(self, names: set[str]) -> None:
        """Take views as out of date."""
        self._stale |= names

    async def show(self, name: str) -> None:
        """Bring a view to the front; one after the other, in the order they were asked for."""
        async with self._building:
            if name not in self._built:
                await made_once(self, Widget, f"answer-{name}", lambda: self._make(name))
                self._built.add(name)
            self.current = f"answer-{name}"
            if name in self._stale:
                self._stale.discard(name)
                self._fill(name)

    def grow(self) -> None:
        """Take in what came since."""
        name, answer = self.shown, self._answer
        if name not in self._built or name in self._stale:
            return
        if name == "body":
            self.body.fill(answer)
        elif name == "wire":
            self.wire.refresh_lines()
        elif answer.stage != self._stage:
            self._fill(name)

    def _make(self, name: str) -> Widget:
        if name == "body":
            return AnswerBody(id="answer-body")
        if name == "wire":
            return Transcript(id="answer-wire")
        return LineView(cursor=True, id=f"answer-{name}")

    def _fill(self, name: str) -> None:
        """Show in a view what is known now."""
        answer = self._answer
        self._stage = answer.stage
        reveal = self._services.reveal
        if name == "body":
            self.body.fill(answer)
        elif name == "wire":
            self._fill_wire(answer, reveal=reveal)
        else:
            view = self.query_one(f"#answer-{name}", LineView)
            view.show(Rows(answer.rows(name, reveal=reveal)), row=view.cursor_row)

    def _fill_wire(self, answer: Answer, *, reveal: bool) -> None:
        view = self.wire
        same, before = self._wire is answer.recording, self._revealed
        self._wire, self._revealed = answer.recording, reveal
        if same and reveal == before:  # what was followed is over: the place in it stays
            view.refresh_lines()
        else:
            row = view.cursor_row if same else 0
            view.show(answer.timeline(reveal=reveal), row=row, about=answer.about)

    def pick(self) -> None:
        """Ask for a path into the body, once that was shown."""
        if "body" in self._built:
            self.body.pick()

    def at_hand(self) -> tuple[Selected, str] | None:
        """Return what is at hand and what it is: the selection, the row, or the body."""
        if not self.shown:
            return None
        if self.shown == "wire":
            return self.wire.at_hand()
        if (selected := self.rows.selected_bytes()) is not None:
            return selected, "selection"
        if (row := self.rows.begun_row()) is not None:
            return row, "row"
        return self.body.at_hand() if self.shown == "body" else self._row()

    def page(self) -> str:
        """Return the rows of facts that are shown, as text; empty for a view of another kind."""
        source = self.rows.source if self.shown else None
        if not isinstance(source, Rows) or self.shown == "body":
            return ""
        return "".join(f"{source.text(row)}\n" for row in range(source.count))

    def _row(self) -> tuple[bytes, str] | None:
        source = self.rows.source
        if not isinstance(source, Rows) or not source.rows:
            return None
        copied = source.rows[self.rows.cursor_row].copied
        return (_bytes(copied), "row") if copied else None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
