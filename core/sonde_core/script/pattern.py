"""Regular expressions of steps: checked when they are compiled, bounded when they search."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from ..search.pattern import IN_PROMPT, Pattern
from ..search.query import PatternError, Query

if TYPE_CHECKING:
    import regex

# Seconds that a search may hold the loop, and that one in a thread of its own may take.
_AT_ONCE: Final = 0.01
_LONGEST: Final = 1.0
_MESSAGE: Final = 0.05  # the same, in one message
_AS_TEXT: Final = r"What a pattern means otherwise is text behind a backslash: \( \[ \? \* \+ \."
_SMALL: Final = 1 << 14  # bytes that are searched at once


def compiled(pattern: bytes) -> regex.Pattern[bytes]:
    """Compile a pattern; `^` and `$` stand at lines, too.

    Raises:
        PatternError: It is wrong, or too large.
    """
    import regex  # not before it is needed: it takes 30 ms

    try:
        Pattern(Query(pattern.decode("latin-1"), regex=True, case="exact"), "")
    except PatternError as error:
        hint = _AS_TEXT if error.advice == IN_PROMPT else error.advice
        raise PatternError(error.message, hint=hint) from error
    return regex.compile(pattern, regex.MULTILINE, cache_pattern=False)


def groups_of(pattern: bytes) -> tuple[str, ...]:
    """Return the names that a hit of a pattern gives values to; raises like `compiled`."""
    return tuple(compiled(pattern).groupindex)


async def search(pattern: regex.Pattern[bytes], data: bytes) -> regex.Match[bytes] | None:
    """Look for a pattern without holding the loop.

    Raises:
        PatternError: It takes too long.
    """
    if len(data) <= _SMALL:
        try:
            return pattern.search(data, timeout=_AT_ONCE)
        except TimeoutError:
            pass
    try:
        return await asyncio.to_thread(pattern.search, data, timeout=_LONGEST, concurrent=True)
    except TimeoutError:
        raise _too_slow(_LONGEST) from None


def search_at_once(pattern: regex.Pattern[bytes], data: bytes) -> regex.Match[bytes] | None:
    """Look for a pattern in one message; raises like `search`, sooner."""
    try:
        return pattern.search(data, timeout=_MESSAGE)
    except TimeoutError:
        raise _too_slow(_MESSAGE) from None


def _too_slow(seconds: float) -> PatternError:
    return PatternError(
        f"The pattern takes more than {seconds:g} s, and was stopped.",
        hint="Make it more exact: no repeat of a repeat.",
    )
