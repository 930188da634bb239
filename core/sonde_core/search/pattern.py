"""Regular expressions of a person: they may be wrong, and they may take for ever.

The library `regex` lets go of the interpreter's lock while it looks, and ends after a time.
"""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING, Final

from ..text.characters import shape_of
from ..words import size as size_in_words
from .decoded import Decoded
from .matching import Bytes, Found, Matcher, Nothing, Window
from .query import PatternError, Query
from .weight import weight

if TYPE_CHECKING:
    import regex

SECONDS: Final = 1.0  # for one window
LONGEST: Final = 2000  # characters
HEAVIEST: Final = 100_000

_MUCH: Final = 1 << 20  # bytes that a pattern may look at beside its place: as many as there are
_RECURSIVE: Final = re.compile(r"\(\?(?:R|&|P>|\d)")
_RECURSIVE_SECONDS: Final = 0.25  # endless recursion takes half a gigabyte in a second
_TOKEN: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\w*:\]|[^\]\\])*\]?|\$|[^\\[$]+", re.DOTALL)
# What may match in a text and not in more of it: anchors, looks to the side, what never gives back.
_EDGES: Final = re.compile(r"\\[AZzGKXbBmM]|\(\?(?!:|P<)|[*+?}]\+|\\R")
# What a line end may be among, and what repeats: together they may go over any number of lines.
_LINES: Final = re.compile(r"\[\^|\\[nrsvDPWXRpxuUN0]|\n|\(\?[a-zA-Z]*s")
_REPEATS: Final = re.compile(r"[*+]|\{\d*,?\d*\}|\(\?(?:R|&|P>|\d)")
# What any character is among: such a hit ends where the last of all possible ends is.
_SWEEPS: Final = re.compile(
    r"\(\?[a-zA-Z]*s|\\s\\S|\\S\\s|\\w\\W|\\W\\w|\\d\\D|\\D\\d|\\n\s*\|\s*\.|\.\s*\|\\n"
)
# Letters that are another case of one of ASCII, in Unicode.
LETTERS: Final = {"i": "\u0130", "k": "\u212a", "s": "\u017f"}
_LONGEST_LETTER: Final = 3
IN_PROMPT: Final = "Press tab in the prompt to find it as it is written."
_SLOW: Final = "Make it more exact: no repeat of a repeat, and no `.*` where a class would do."


class Folded(Bytes):
    """Finds text of ASCII in both cases, also where one of them is not ASCII, as in a pattern."""

    def __init__(self, query: Query, codec: str) -> None:
        """Look for a text that is not empty; raises UnicodeError where the codec has none of it."""
        needle = query.text.encode(codec, "surrogateescape")
        super().__init__(needle, folds=True)
        self.behind = _LONGEST_LETTER * len(needle)
        wanted = (LETTERS[char] for char in LETTERS if char in query.text.lower())
        self._letters = [data for letter in wanted if (data := _written(letter, codec))]
        self._query, self._codec = query, codec
        self._pattern: Pattern | None = None

    def find(self, window: Window, *, keep: bool) -> Found:
        if not any(letter in window.data for letter in self._letters):
            return super().find(window, keep=keep)
        self._pattern = self._pattern or Pattern(self._query, self._codec)
        return self._pattern.find(window, keep=keep)


class Pattern:
    """Finds what a regular expression matches, in decoded text.

    Attributes:
        joins: Whether it matches in lines put together wherever it matches in one of them.
        crosses: Whether a hit may go over any number of lines.
        sweeps: Whether it may go on to the last place of all where it can end.
    """

    def __init__(self, query: Query, codec: str) -> None:
        """Compile a query; a plain one is found as it is written.

        Args:
            query: What to find.
            codec: Of the text; empty to look at bytes as they are.

        Raises:
            PatternError: The pattern is wrong, or too large.
        """
        self.before = self.behind = _MUCH
        self.joins = not query.regex or not _EDGES.search(query.text)
        self.crosses = bool(query.regex and _may_cross(query.text))
        self.sweeps = bool(self.crosses and _SWEEPS.search(query.text))
        self._codec = codec
        self._seconds = _RECURSIVE_SECONDS if _RECURSIVE.search(query.text) else SECONDS
        self._compiled = _compiled(query, codec)

    def find(self, window: Window, *, keep: bool) -> Found:
        text = window.text or Decoded(window.data, self._codec)
        begins, ends = array("I"), array("I")
        found = Found(0, window.first, begins, ends)
        try:
            self._look(text, window, found)
        except TimeoutError:
            raise _too_slow(len(window.data), self._seconds) from None
        except MemoryError:
            raise PatternError("The pattern takes too much memory.", hint=_SLOW) from None
        found.count = len(begins)
        if begins:
            found.cut = window.open and ends[-1] >= len(text.text)
            found.end = text.offset(ends[-1])
        found.begins = text.offsets(begins) if keep else array("I")
        found.ends = text.offsets(ends) if keep else array("I")
        return found

    def _look(self, text: Decoded, window: Window, found: Found) -> None:
        """Note the characters where hits begin and end."""
        last = -1
        hits = self._compiled.finditer(
            text.text,
            text.index(window.first),
            concurrent=True,
            timeout=self._seconds,
        )
        for hit in hits:
            last = text.index(window.last) if last < 0 else last
            begin, end = hit.span()
            if begin >= last:
                found.beyond = text.offset(begin)
                return
            found.begins.append(begin)
            found.ends.append(end)
        found.beyond = len(window.data)


def _may_cross(pattern: str) -> bool:
    return bool(_LINES.search(pattern) and _REPEATS.search(pattern))


def _compiled(query: Query, codec: str) -> regex.Pattern[str]:
    import regex  # not before the first search: it takes 30 ms

    flags = int(regex.IGNORECASE) if query.folds else 0
    if not query.regex:
        return regex.compile(regex.escape(query.text), flags, cache_pattern=False)
    if len(query.text) > LONGEST:
        told = f"The pattern has {len(query.text):,} characters; {LONGEST:,} are the most."
        raise PatternError(told, hint=IN_PROMPT)
    if weight(query.text) > HEAVIEST:
        raise PatternError("The repeats of the pattern make it too large.", hint=IN_PROMPT)
    flags |= regex.MULTILINE if codec else regex.MULTILINE | regex.ASCII
    try:
        # As it was typed, so that places in errors are true.
        _refuse_flags(regex.compile(query.text, flags, cache_pattern=False).flags)
        return regex.compile(_fitted(query.text, codec), flags, cache_pattern=False)
    except regex.error as error:
        what, _, place = str(error).rpartition(" at position ")
        told = f"The pattern is wrong at character {int(place) + 1}: {what}."
        raise PatternError(told, hint=IN_PROMPT) from None
    except RecursionError:
        raise PatternError("The groups of the pattern lie too deep.", hint=IN_PROMPT) from None
    except (ValueError, OverflowError, MemoryError, IndexError, KeyError) as error:
        # What the library says of flags that do not go together, and of some nonsense.
        raise PatternError(f"The pattern cannot be used: {error}.", hint=IN_PROMPT) from None


def _refuse_flags(flags: int) -> None:
    """Refuse what would find hits out of their order, or read the pattern by other rules."""
    import regex

    refused = {"r": regex.REVERSE, "b": regex.BESTMATCH, "e": regex.ENHANCEMATCH, "V1": regex.V1}
    for name, flag in refused.items():
        if flags & flag:
            told = f"The flag (?{name}) cannot be used: hits are found one behind the other."
            if name == "V1":
                told = "The flag (?V1) cannot be used: patterns are read by the rules of (?V0)."
            raise PatternError(told, hint="Leave it out.")


def _fitted(pattern: str, codec: str) -> str:
    """Let `$` stand before each kind of line end, and letters for their bytes among bytes."""

    def fit(token: re.Match[str]) -> str:
        if token[0] == "$":
            return r"(?=\r?$)"
        if codec or token[0].isascii() or token[0][0] in "\\[":
            return token[0]
        return "".join(char if char.isascii() else _bytes_of(char) for char in token[0])

    return _TOKEN.sub(fit, pattern)


def _bytes_of(char: str) -> str:
    digits = char.encode("utf-8", "surrogatepass").hex(" ").split()
    return "(?:" + "".join(rf"\x{pair}" for pair in digits) + ")"


def _too_slow(size: int, seconds: float) -> PatternError:
    told = f"The pattern takes more than {seconds:g} s for {size_in_words(size)}, and was stopped."
    return PatternError(told, hint=_SLOW)


def _written(letter: str, codec: str) -> bytes:
    """Return a letter in a charset; nothing where it has none."""
    try:
        return letter.encode(codec)
    except UnicodeError:
        return b""


def matcher(query: Query, codec: str) -> Matcher:
    """Return what finds a query in the bytes of a text.

    Args:
        query: What to find.
        codec: Of the text; empty for bytes, where hex digits are bytes too.

    Raises:
        PatternError: The pattern is wrong, or too large.
    """
    if query.regex:
        return Pattern(query, codec)
    if not codec:
        meant = query.hex
        needle = meant if meant is not None else query.text.encode("utf-8", "surrogatepass")
        return Bytes(needle, folds=query.folds and meant is None)
    if shape_of(codec) in ("wide", "other") or not (query.text.isascii() or not query.folds):
        return Pattern(query, codec)
    try:
        if query.folds:
            return Folded(query, codec)
        return Bytes(query.text.encode(codec, "surrogateescape"), folds=False)
    except UnicodeError:
        return Nothing()
