"""The second line of defence: what a terminal would obey never leaves the app as text."""

from __future__ import annotations

import re
from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

# C0, DEL, C1, bidi controls and what else turns a line around; cells that hold one stay one cell.
_OBEYED: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f]")
STAND_IN: Final = "�"


class SafeFilter(LineFilter):
    """Replaces control characters in every segment that is drawn, whoever made it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the same segments when all are harmless, which is nearly always."""
        if not any(_OBEYED.search(segment.text) for segment in segments if not segment.control):
            return segments
        return [segment if segment.control else _cleaned(segment) for segment in segments]


def _cleaned(segment: Segment) -> Segment:
    return Segment(_OBEYED.sub(STAND_IN, segment.text), segment.style)
