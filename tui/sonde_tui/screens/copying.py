"""The copy key of a screen that is all rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual.dom import DOMNode

from ..messages import CopyAsked
from ..widgets.rows.row_view import RowView

if TYPE_CHECKING:
    from sonde_core.outlets.saving import Slices


@dataclass(frozen=True, slots=True)
class LaterText:
    """A text that is written, in a thread, when it is wanted: of many rows it takes a while.

    Attributes:
        write: Returns it, without its end.
        end: A line feed, unless it is written, too.
    """

    write: Callable[[], str]
    end: str = "\n"

    def read(self) -> bytes:
        """Return all of it."""
        return f"{self.write()}{self.end}".encode("utf-8", "replace")

    @property
    def slices(self) -> Slices:
        """Gives it to be saved."""
        return lambda: iter((self.read(),))


class Copying:
    """For a screen: what is selected in its views is copied, else all that it has.

    Attributes:
        copied_as: What that is, for the message.
    """

    copied_as: ClassVar[str]

    def copied(self) -> LaterText | None:
        """Return all that there is to copy; None for nothing."""
        raise NotImplementedError

    def on_row_view_copy_requested(self, message: RowView.CopyRequested) -> None:
        message.stop()
        self._copy(message.selected)

    def action_copy(self) -> None:
        self._copy("")

    def _copy(self, selected: str) -> None:
        app = cast("DOMNode", self).app
        if selected:
            app.post_message(CopyAsked(f"{selected}\n".encode("utf-8", "replace"), "selection"))
        elif (written := self.copied()) is not None:
            app.post_message(CopyAsked(written, self.copied_as))
