"""A filter that cannot be understood."""

from __future__ import annotations

from typing import Final

from ..errors import SondeError
from ..safetext import line

_AROUND: Final = 60  # characters that are shown on either side of an error


class FilterError(SondeError):
    """Text that is no filter.

    Attributes:
        start: Where in the text the trouble begins, in characters.
        end: Where it ends; never before `start`.
        text: The whole filter.
    """

    hint = "Put quotes around text that is to be looked for as it stands."
    kind = "syntax"

    def __init__(self, message: str, start: int, end: int, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.start = start
        self.end = max(start, end)
        self.text = ""

    @property
    def pointed(self) -> str:
        """The filter, with a mark below the place, in two lines."""
        first = max(self.start - _AROUND, 0)
        before = line(self.text[first : self.start])
        marked = line(self.text[self.start : self.end][:_AROUND])
        rest = line(self.text[self.start + len(marked) :][:_AROUND]) if marked else ""
        return f"{before}{marked}{rest}\n{' ' * len(before)}{'^' * max(len(marked), 1)}"


class ValueRefused(Exception):  # noqa: N818 - it becomes a FilterError, with a place
    """What a term cannot take.

    Attributes:
        hint: What it takes.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
