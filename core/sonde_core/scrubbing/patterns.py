"""Regular expressions of a person that tell what is secret: they may take for ever.

The library `regex` lets go of the interpreter's lock while it looks, and ends after a time.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from ..errors import PayloadSyntaxError, SondeError
from ..quoting import quoted
from ..search.weight import weight

if TYPE_CHECKING:
    import regex

# That one entry may take, and a second more for so many bytes.
SECONDS: Final = 4.0
_A_SECOND: Final = 8 << 20
_LONGEST: Final = 2000  # characters
_HEAVIEST: Final = 100_000
_LITERAL: Final = "Escape brackets, dots and stars that are meant as they stand: \\[ \\. \\*"
_SLOW: Final = "Make it more exact: no repeat of a repeat, and no `.*` where a class would do."


class SlowPatternError(SondeError):
    """A pattern did not come to an end in time."""

    hint = _SLOW


class Allowance:
    """The time that patterns may take for one entry."""

    def __init__(self) -> None:
        self.given = self._left = SECONDS

    def for_bytes(self, size: int) -> float:
        """Return the seconds that are left, with those for some more bytes."""
        self.given += size / _A_SECOND
        self._left += size / _A_SECOND
        return max(self._left, 0.001)

    def spend(self, seconds: float) -> None:
        """Take note of time that went by."""
        self._left -= seconds


class Pattern:
    """What it matches is secret; or its first group, where it has one.

    Raises:
        PayloadSyntaxError: It is wrong, or too large.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._compiled = _compiled(text)
        self._group = 1 if self._compiled.groups else 0

    def places(self, data: bytes, allowance: Allowance) -> list[tuple[int, int]]:
        """Return where secrets stand; raises SlowPatternError."""
        seconds, began = allowance.for_bytes(len(data)), time.monotonic()
        try:
            hits = self._compiled.finditer(data, concurrent=True, timeout=seconds)
            return [hit.span(self._group) for hit in hits if hit[self._group]]
        except (TimeoutError, MemoryError):
            raise SlowPatternError(
                f"The pattern {quoted(self._text)} takes more than {allowance.given:.0f} s for one "
                "entry."
            ) from None
        finally:
            allowance.spend(time.monotonic() - began)


def _compiled(text: str) -> regex.Pattern[bytes]:
    import regex  # it takes 30 ms

    if len(text) > _LONGEST or weight(text) > _HEAVIEST:
        raise PayloadSyntaxError("The pattern is too large.", hint=_SLOW)
    try:
        return regex.compile(text.encode("utf-8", "surrogateescape"), cache_pattern=False)
    except (
        regex.error,
        ValueError,
        OverflowError,
        RecursionError,
        MemoryError,
        LookupError,
    ) as error:
        raise PayloadSyntaxError(
            f"{quoted(text)} is no regular expression: {error}.", hint=_LITERAL
        ) from error
