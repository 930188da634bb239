"""The rows of a body under a cursor, which tell how many they are."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from ..rows.line_view import LineView


class BodyRows(LineView):
    """Shows one form of a body, with a cursor."""

    @dataclass
    class Counted(Message):
        """There are other rows than before, or more."""

        view: BodyRows

        @property
        def control(self) -> BodyRows:
            return self.view

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, BodyRows.Counted) and message.view is self.view

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(cursor=True, id=id)

    @property
    def looked_at(self) -> int:
        """The row that is looked at: the one under the cursor where that is seen, or the top."""
        row = self.cursor_row
        seen = self.show_cursor and self.top <= row < self.top + self.rows_seen
        return row if seen else self.top

    def rows_changed(self, row: int) -> None:
        super().rows_changed(row)
        if self.is_attached:
            self.post_message(self.Counted(self))

    def action_last_row(self) -> None:
        self.follow_end()
