"""An answer of the peer, held against what is expected: fed piece by piece, in bounded memory.

A stream is compared joined, whatever the reads were. After what differs the expected bytes are
still looked for, so that more than was expected does not make all that follows differ.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ..comparing.change import common_start
from ..expecting import WINDOW
from ..words import count
from .finding import Finding
from .results import SHOWN, Verdict, shown

if TYPE_CHECKING:
    import regex


class EqualAnswer:
    """A stream that is, or begins with, these bytes."""

    def __init__(self, wanted: bytes, *, early: int = 0, opened: bool = False) -> None:
        """Begin to compare.

        Args:
            wanted: What is expected.
            early: So many bytes were there before we asked: they may belong to what was before.
            opened: What was before may have gone on for any length.
        """
        self.matched = not wanted
        self._wanted = wanted
        self._early = early
        self._opened = opened
        self._same = 0  # bytes that are as expected
        self._differs = False
        self._size = 0
        self._window = bytearray()
        self._gone = 0  # bytes that fell out of the window
        self._searched = 0
        self._before = 0
        self._head = bytearray()
        self.refused = False

    @property
    def enough(self) -> bool:
        return self.differs and self._size >= len(self._wanted) + self._early

    @property
    def differs(self) -> bool:
        return self._differs and not self._opened

    def take(self, data: bytes, *, other_kind: str = "") -> bytes | None:
        self._size += len(data)
        if not self._differs:
            part = self._wanted[self._same : self._same + len(data)]
            alike = common_start(part, data)
            self._same += alike
            if self._same == len(self._wanted):
                self.matched = True
                return data[alike:]
            if alike == len(data):
                return None
            self._differs = True
            self._window += self._wanted[: self._same - alike]
        self._window += data
        self._keep_head()
        return self._search()

    def _keep_head(self) -> None:
        """Keep the bytes from where it differs on, to be shown."""
        end = max(self._same, self._early) + SHOWN + 1
        if not self._gone and len(self._head) < end:
            self._head[:] = self._window[:end]

    def _search(self) -> bytes | None:
        found = self._window.find(self._wanted, self._searched)
        if found >= 0:
            self.matched = True
            self._before = self._gone + found
            return bytes(self._window[found + len(self._wanted) :])
        self._searched = max(0, len(self._window) - len(self._wanted) + 1)
        over = len(self._window) - WINDOW - len(self._wanted)
        if over > 0:
            del self._window[:over]
            self._gone += over
            self._searched = max(0, self._searched - over)
        return None

    def finding(self) -> Finding:
        if self.matched:
            return self._after(self._before)
        if not self._differs:
            came = self._same
            left = count(len(self._wanted) - came, "byte")
            told = f"{left} missing of {len(self._wanted):,}" if came else "nothing came"
            rest = self._wanted[came:]
            return Finding(
                Verdict.MISSING,
                f"{told}; expected {shown(rest)}" if came else f"{told}, expected {shown(rest)}",
                came,
                rest[:SHOWN],
                left=len(rest),
            )
        skipped = self._skipped()
        begin = bytes(self._head[skipped:])
        alike = self._same if not skipped else common_start(self._wanted, begin)
        wanted, got = self._wanted[alike : alike + SHOWN], begin[alike : alike + SHOWN]
        size = self._size - skipped
        longer = size - len(self._wanted)
        much = (
            f", {count(abs(longer), 'byte')} {'more' if longer > 0 else 'less'}" if longer else ""
        )
        return Finding(
            Verdict.DIFFERS,
            f"at byte {alike}: {shown(wanted)} expected, {shown(got)} came{much}",
            alike,
            wanted,
            got,
            before=skipped,
            before_shown=bytes(self._head[:skipped]),
            left=max(0, -longer),
        )

    def _skipped(self) -> int:
        """Return how many early bytes are left out, where the rest fits better without them."""
        if not self._early or self._gone or self._size <= self._early:
            return 0
        rest = bytes(self._head[self._early :])
        return self._early if common_start(self._wanted, rest) > self._same else 0

    def _after(self, before: int) -> Finding:
        head = bytes(self._head[:before])
        if not before or self._opened:
            return Finding(Verdict.SAME)
        if before <= self._early:
            return Finding(Verdict.SAME, before=before, before_shown=head)
        detail = f"{count(before, 'byte')} more came before it: {shown(head[: SHOWN + 1])}"
        return Finding(Verdict.EXTRA, detail, 0, self._wanted[:SHOWN], head[:SHOWN])


class CountAnswer:
    """So many bytes of a stream, or messages; with a digest, just these bytes."""

    def __init__(self, number: int, digest: bytes = b"", *, messages: bool = False) -> None:
        self.matched = number <= 0
        self.differs = self.enough = self.refused = False
        self._number = number
        self._messages = messages
        self._left = number
        self._digest = digest
        self._seen = hashlib.sha256()

    def take(self, data: bytes, *, other_kind: str = "") -> bytes | None:
        if other_kind:
            return None
        part = data if self._messages else data[: self._left]
        self._seen.update(part)
        self._left -= 1 if self._messages else len(part)
        self.matched = self._left <= 0
        return data[len(part) :] if len(part) < len(data) else None

    def finding(self) -> Finding:
        noun = "message" if self._messages else "byte"
        if not self.matched:
            told = f"{count(self._left, noun)} missing of {self._number:,}"
            return Finding(Verdict.MISSING, told, self._number - self._left, left=self._left)
        if self._digest and self._seen.digest() != self._digest:
            told = f"other bytes came: their SHA-256 is not {self._digest.hex()[:16]}…"
            return Finding(Verdict.DIFFERS, told)
        return Finding(Verdict.SAME)


class AnyAnswer:
    """Something: all that is there, or one message."""

    def __init__(self) -> None:
        self.matched = False
        self.differs = self.enough = self.refused = False

    def take(self, data: bytes, *, other_kind: str = "") -> bytes | None:
        self.matched = not other_kind
        return None

    def finding(self) -> Finding:
        return Finding(Verdict.SAME) if self.matched else Finding(Verdict.MISSING, "nothing came")


class PatternAnswer:
    """A stream in which a regular expression is found; who feeds it searches `window`.

    Attributes:
        fresh: Something came since `window` was looked at.
        tries: How often a hit was left to take in more.
    """

    def __init__(self, pattern: regex.Pattern[bytes]) -> None:
        self.matched = False
        self.differs = self.enough = self.refused = False
        self.pattern = pattern
        self._window = bytearray()
        self._size = 0
        self.fresh = False
        self.tries = 0

    @property
    def window(self) -> bytes:
        """What is to be searched."""
        self.fresh = False
        return bytes(self._window)

    def take(self, data: bytes, *, other_kind: str = "") -> bytes | None:
        self._window += data
        self._size += len(data)
        self.fresh = True
        if len(self._window) > WINDOW:
            del self._window[: len(self._window) - WINDOW]
        return None

    def found(self, end: int) -> bytes:
        """Take it that the pattern was found in the window; returns what stands behind it."""
        self.matched = True
        return bytes(self._window[end:])

    def finding(self) -> Finding:
        if self.matched:
            return Finding(Verdict.SAME)
        verdict = Verdict.DIFFERS if self._size else Verdict.MISSING
        got = bytes(self._window[-SHOWN:])
        told = f"not found in {count(self._size, 'byte')}, which end with {shown(got)}"
        return Finding(verdict, told if self._size else "nothing came", None, b"", got)
