"""What was said: every chunk and event in order, with direction, time and size, as text or hex."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import work
from textual.binding import Binding, BindingType

from sonde_core.errors import LensError

from ...key_order import held
from ..rows.line_source import Selected
from ..rows.row_canvas import SLICE
from .about import lenses_of
from .transcript_view import TranscriptView

_BEHIND: Final = 1000  # chunks and messages that a lens may be behind without a word


class Transcript(TranscriptView):
    """A conversation under keys: its forms, pieces, times and lenses."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "hex", "Text/hex/both", id="view.hex"),
        Binding("L", "lens", "Lens", id="view.lens"),
        Binding("J", "join", "Join", id="view.join", show=False),
        Binding("T", "times", "Times", id="view.times", show=False),
    ]

    def at_hand(self) -> tuple[Selected, str] | None:
        """Return what `y` copies, and its name: the selection, else the chunk under the cursor."""
        ends, selected = self.ends, self.selected_bytes()
        if ends is not None and ends[0] != ends[1] and selected is not None:
            return selected, "selection"
        return self.rows.at_hand(self.cursor_row)

    def bar_text(self) -> str:
        told = super().bar_text()
        if self.lens is not None:
            shown = self.lens.failure or f"lens {self.lens.label}"
            if (behind := self._behind) > _BEHIND:
                shown += f", {behind:,} behind"
        else:
            shown = "joined" if self._arranged[1] is not None else ""
        return " · ".join(filter(None, (told, shown)))

    @property
    def _behind(self) -> int:
        """How many chunks were not cut yet, and messages whose rows are not counted yet."""
        units = self._arranged[1]
        if units is None:
            return 0
        return units.behind + max(units.settled - self.rows.index.counted, 0)

    def begun(self) -> None:
        """Take the lens that was chosen for the same address before."""
        chosen = lenses_of(self.app).get(self.about.address, "") if self.about.address else ""
        self.lens = None
        if chosen:
            self._take_lens(chosen)

    def _take_lens(self, text: str) -> bool:
        """Look through a lens, or through none; False when there is no such lens."""
        if not text:
            self.lens = None
            return True
        from sonde_core.lenses.catalogue import lens_of

        try:
            self.lens = lens_of(text)
        except LensError as error:
            told = f"{error.message} {error.advice}"
            self.app.notify(told, severity="warning", markup=False)
            return False
        return True

    # keys

    def action_hex(self) -> None:
        """Show the same in the next form."""
        self.show_next_form()

    def action_times(self) -> None:
        """Tell times the next way."""
        self.times.next()
        self.app.notify(f"Times {self.times.since}", timeout=2, markup=False)
        self.show_times()

    def action_join(self) -> None:
        """Show what one side said in one go as one piece, or chunk by chunk; without a lens."""
        if self.about.is_message:
            told = "Each message is a piece of its own here: there is nothing to join."
            self.app.notify(told, severity="warning", markup=False)
            return
        self.joined = self.lens is not None or not self.joined
        self.lens = None
        self._remember("")
        self.rearrange()

    @work(group="lens", exclusive=True)
    async def action_lens(self) -> None:
        """Choose a lens for this address."""
        from ...screens.lens import LensScreen, sample_of

        sample = sample_of(self.timeline)
        label = self.lens.label if self.lens is not None else ""
        with held(self):
            screen = await LensScreen.prepared(sample, self.about, chosen=label)
        chosen = await self.app.push_screen_wait(screen)
        if chosen is None or not self._take_lens(chosen):
            return
        self._remember(chosen)
        self.rearrange()

    def _remember(self, chosen: str) -> None:
        if self.about.address:
            lenses_of(self.app)[self.about.address] = chosen

    def action_fold(self) -> None:
        self._fold(everything=False)

    def action_fold_all(self) -> None:
        self._fold(everything=True)

    def _fold(self, *, everything: bool) -> None:
        from .lens_rows import LensRows

        rows = self.rows
        if not isinstance(rows, LensRows) or not rows.count:
            return
        place = rows.byte_of(self.cursor_row)
        if everything:
            rows.turn_all()
        else:
            place = (rows.turn(self.cursor_row), 0)
        rows.count_some(SLICE)
        self.recount()
        self.go_to(rows.row_of(*place))
