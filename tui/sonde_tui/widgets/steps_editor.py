"""Steps to be written: in an editor, or listed where they are too much for one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from textual import on
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import TextArea

from sonde_core.errors import RequestError
from sonde_core.outlets.editing import edit
from sonde_core.script.draft import Draft, Recorded, read_draft, write_large
from sonde_core.script.text import StepsSyntaxError
from sonde_core.steps import Step
from sonde_core.templates import Values

from ..external_editor import edit_outside
from ..handing_over import hand_over
from .rows.line_view import LineView
from .step_rows import PlainSteps
from .steps_area import StepsArea

# Characters of steps above which they are only listed: an editor takes a second for a megabyte.
EDITABLE: Final = 1 << 18
_SUFFIX: Final = ".steps"


class StepsEditor(Vertical):
    """Holds a text of steps, of any size.

    Attributes:
        text: What is written; empty for what is only listed, as it was recorded.
    """

    DEFAULT_CSS = """
    StepsEditor { height: 1fr; border-top: solid $panel; }
    """

    @dataclass
    class Changed(Message):
        """Something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._large: tuple[Step, ...] | None = None  # steps that are listed

    @property
    def is_list(self) -> bool:
        """Whether the steps are too much to be written in here."""
        return self._large is not None

    @property
    def _area(self) -> StepsArea | None:
        return next(iter(self.query(StepsArea).results(StepsArea)), None)

    async def show(self, text: str, steps: tuple[Step, ...]) -> None:
        """Show steps: their text in the editor, or they themselves as a list."""
        self.text = text
        await self.remove_children()
        if not _is_large(text, steps):
            self._large = None
            area = StepsArea(id="steps")
            await self.mount(area)
            area.load_text(text)
            area.move_cursor((0, 0))
            area.focus()
            return
        self._large = steps
        view = LineView(cursor=True, id="listed")
        await self.mount(view)
        view.show(PlainSteps(steps, width=self.size.width))
        view.focus()

    async def put(self, recorded: Recorded) -> None:
        """Write other steps; in the editor that can be undone."""
        area = self._area
        if area is not None and not _is_large(recorded.text, recorded.steps):
            area.replace(recorded.text, (0, 0), area.document.end)
        else:
            await self.show(recorded.text, recorded.steps)

    async def draft(self, values: Values) -> Draft:
        """Read what is written at this moment, and mark what is wrong in it.

        Raises:
            StepsSyntaxError: It cannot be performed with these values.
            RequestError: Nothing is there to be read yet.
        """
        if self._large is not None:
            return Draft(self._large, range(1, len(self._large) + 1))
        area = self._area
        if area is None:
            raise RequestError("There are no steps yet.")
        try:
            draft = await asyncio.to_thread(read_draft, area.text, values)
        except StepsSyntaxError as error:
            area.wrong = (error.line - 1, error.column - 1)
            raise
        area.wrong = None
        return draft

    def index_at_cursor(self, draft: Draft) -> int:
        """Return the step under the cursor."""
        if (area := self._area) is not None:
            return draft.index_at(area.head + 1)
        return next((view.cursor_row for view in self.query(LineView).results(LineView)), 0)

    def go_to_step(self, draft: Draft, index: int) -> None:
        """Put the cursor on a step, or behind the last one."""
        for view in self.query(LineView).results(LineView):
            view.go_to(index)
        if (area := self._area) is not None:
            last = area.document.line_count
            area.go_to((draft.lines[index] if index < len(draft.lines) else last) - 1)

    def go_to_error(self, error: StepsSyntaxError) -> None:
        """Put the cursor where something is wrong."""
        if (area := self._area) is not None:
            area.go_to(error.line - 1, error.column - 1)
            area.focus()

    async def open_outside(self, values: Values) -> None:
        """Open the steps in the person's own editor, and take what it saved.

        Raises:
            SondeError: It cannot be opened; or there are too many steps, and something is wrong in
                what it saved.
        """
        if (area := self._area) is not None:
            await edit_outside(self.app, area, suffix=_SUFFIX)
            return
        steps = self._large or ()
        before = self.text or await asyncio.to_thread(write_large, steps)
        after = await hand_over(
            self.app,
            lambda: edit(before, suffix=_SUFFIX),
            to="an editor",
            hint="`sonde replay --show-steps` writes them into a file.",
        )
        if after != before:
            draft = await asyncio.to_thread(read_draft, after, values)
            await self.show(after, draft.steps)
            self.post_message(self.Changed())

    @on(TextArea.Changed)
    def _text_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.text = event.text_area.text
        self.post_message(self.Changed())


def _is_large(text: str, steps: tuple[Step, ...]) -> bool:
    """Whether steps are too much to be written in here; no text means that it would be long."""
    return len(text) > EDITABLE or (bool(steps) and not text)
