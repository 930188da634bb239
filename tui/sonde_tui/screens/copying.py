"""The copy key of a screen that is all rows."""

from __future__ import annotations

from typing import ClassVar, cast

from textual.dom import DOMNode

from ..messages import CopyAsked
from ..widgets.rows.row_view import RowView


class Copying:
    """For a screen: what is selected in its views is copied, else all that it has.

    Attributes:
        copied_as: What that is, for the message.
    """

    copied_as: ClassVar[str]

    def copied(self) -> str:
        """Return all that there is to copy, without a last line feed; empty for nothing."""
        raise NotImplementedError

    def on_row_view_copy_requested(self, message: RowView.CopyRequested) -> None:
        message.stop()
        self._copy(message.selected)

    def action_copy(self) -> None:
        self._copy("")

    def _copy(self, selected: str) -> None:
        if text := selected or self.copied():
            what = "selection" if selected else self.copied_as
            asked = CopyAsked(f"{text}\n".encode("utf-8", "replace"), what)
            cast("DOMNode", self).app.post_message(asked)
