"""One step: what was expected, and what came."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from sonde_core.safetext import line
from sonde_core.script.came import Sides
from sonde_core.script.results import StepResult, is_expectation
from sonde_core.script.writing import write_step
from sonde_core.steps import SendStep

from ..widgets.answer.answer_lines import Row, Rows, said
from ..widgets.key_bar import KeyBar
from ..widgets.rows.line_view import LineView
from ..widgets.side_rows import piece_rows, side_rows
from .copying import Copying, LaterText
from .dialog import Dialog

_STEP: Final = 300


class StepResultScreen(Dialog[None], Copying):
    """Both sides as text and as hex, with a mark at the first difference."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "leave", "Close", id="step.close", show=False),
        Binding("y", "copy", "Copy", id="step.copy"),
    ]

    DEFAULT_CSS = """
    StepResultScreen > .box { height: 90%; max-width: 100%; }
    StepResultScreen #step { height: auto; max-height: 3; }
    StepResultScreen LineView { height: 1fr; border-top: solid $panel; }
    """

    copied_as = "step"

    def __init__(self, number: int, result: StepResult, sides: Sides) -> None:
        """Show a step, the first of which is number 1, and both sides of its answer."""
        super().__init__()
        self._number = number
        self._result = result
        self._sides = sides
        self._width = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            title = line(f"Step {self._number}: {_told(self._result)}")
            yield Static(title, classes="title", markup=False)
            yield Static(line(self._result.detail), id="step", markup=False)
            yield LineView(cursor=True, id="sides")
        yield KeyBar()

    @property
    def view(self) -> LineView:
        """What shows both sides."""
        return self.query_one(LineView)

    def on_mount(self) -> None:
        self.view.focus()

    def on_resize(self, _: events.Resize) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        """Draw for the width that there is."""
        width = self.view.size.width
        if width and width != self._width:
            self._width = width
            self.view.show(Rows(self._rows(width)))

    def _rows(self, width: int) -> list[Row]:
        step = self._result.step
        if is_expectation(step):
            return side_rows(self._sides, width)
        first = [said(write_step(step, limit=_STEP), "strong")]
        if not isinstance(step, SendStep):
            return first
        told = "what is sent, before {{…}} is filled in" if step.template else "what is sent"
        return [*first, said(""), *piece_rows(told, step.data, width)]

    def copied(self) -> LaterText | None:
        source = self.view.source
        if not isinstance(source, Rows):
            return None
        return LaterText(lambda: "\n".join(row.copied for row in source.rows))


def _told(result: StepResult) -> str:
    return f"{write_step(result.step)} · {result.verdict}"
