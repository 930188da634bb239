"""A message or datagram of the peer, held against the one that is expected."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..comparing.change import common_start
from ..words import count
from .finding import Finding
from .results import SHOWN, Verdict, shown


class MessageAnswer:
    """One message that fits; one that does not stands in its place, or is passed over."""

    def __init__(
        self,
        wanted: bytes,
        fits: Callable[[bytes], bool],
        *,
        exact: bool,
        early: int = 0,
        opened: bool = False,
        later: Sequence[bytes] = (),
    ) -> None:
        """Begin to compare.

        Args:
            wanted: What is expected, to be shown.
            fits: Tells whether a message is it.
            exact: Only this one message is expected: another one stands in its place.
            early: So many messages were there before we asked.
            opened: What was before may have gone on for any length.
            later: What is expected after it without our doing anything between.
        """
        self.matched = False
        self.differs = self.enough = self.refused = False
        self._wanted = wanted
        self._fits = fits
        self._exact = exact
        self._early = early
        self._opened = opened
        self._later = frozenset(later)
        self._passed = 0
        self._other: bytes | None = None
        self._other_kind = ""
        self._head = b""

    def take(self, data: bytes, *, other_kind: str = "") -> bytes | None:
        if not other_kind and self._fits(data):
            self.matched = True
            return None
        if self._exact and not other_kind and data in self._later:
            self.differs = self.enough = self.refused = True
            return data
        if self._exact and self._other is not None and not self._opened:
            self.refused = True
            return data
        self._passed += 1
        if self._passed > self._early and self._other is None:
            self._other, self._other_kind = data, other_kind
            self.differs = self.enough = self._exact and not self._opened
        elif self._passed <= self._early:
            self._head = data
        return None

    def finding(self) -> Finding:
        passed = 0 if self._opened else self._passed
        before = min(passed, self._early)
        own = passed - before
        if self.matched and not own:
            return Finding(Verdict.SAME, before=before, before_shown=self._head)
        got = self._other or b""
        if self.matched:
            told = f"{count(own, 'message')} more came before it: {shown(got)}"
            return Finding(Verdict.EXTRA, told, 0, self._wanted[:SHOWN], got[:SHOWN], before)
        if self._other is None:
            told = f"no such message came, expected {shown(self._wanted)}"
            return Finding(Verdict.MISSING, told, 0, self._wanted[:SHOWN], before=before, left=1)
        alike = common_start(self._wanted, got)
        wanted, came = self._wanted[alike : alike + SHOWN], got[alike : alike + SHOWN]
        told = f"at byte {alike}: {shown(wanted)} expected, {shown(came)} came"
        if self._other_kind:
            told = f"a {self._other_kind} message came: {shown(got)}"
        elif not self._exact:
            told = f"{count(own, 'message')} came that {'is' if own == 1 else 'are'} not it"
        return Finding(Verdict.DIFFERS, told, alike, wanted, came, before, self._head)
