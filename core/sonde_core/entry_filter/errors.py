"""A filter that cannot be understood."""

from __future__ import annotations

from ..errors import SondeError


class FilterError(SondeError):
    """Text that is no filter.

    Attributes:
        start: Where in the text the trouble begins, in characters.
        end: Where it ends; never before `start`.
    """

    hint = "Put quotes around text that is to be looked for as it stands."
    kind = "syntax"

    def __init__(self, message: str, start: int, end: int, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.start = start
        self.end = max(start, end)


class ValueRefused(Exception):  # noqa: N818 - it becomes a FilterError, with a place
    """What a term cannot take.

    Attributes:
        hint: What it takes.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
