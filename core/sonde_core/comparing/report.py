"""What differs, as values: the first changes are listed, all of them are counted up to a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ..safetext import SafeText, line
from ..words import count

# So many changes of one sort are listed; the rest is counted, and above the second not even that.
LISTED: Final = 100
COUNTED: Final = 10_000
# Longer values are shown in part, from where they begin to differ.
LIMIT: Final = 400
_CONTEXT: Final = 40
_INLINE: Final = 90


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs.

    Attributes:
        where: `outcome`, `status`, `version`, `header`, `trailer`, `redirect`, `body`, `sent`,
            `received`, `end` or `kind`.
        path: Which one: a header's name, `users[2].name`, `line 12`, `bytes 16-31`; may be empty.
        before: What was there, shortened, not safe to draw; None when there was nothing.
        after: What is there.
        note: What the two texts do not show.
        block: Whether they are several lines, or one that is best seen under the other.
    """

    where: str
    path: str = ""
    before: str | None = None
    after: str | None = None
    note: str = ""
    block: bool = False

    @property
    def place(self) -> str:
        """Where it is; a path in JSON is written so that a comparison can leave it out."""
        if self.where != "body" or self.block:
            return f"{self.where} {self.path}".rstrip()
        return f"body{'' if self.path.startswith('[') or not self.path else '.'}{self.path}"

    def lines(self) -> Iterator[SafeText]:
        """Yield it as people read it: the first character is `+`, `-` or `~`."""
        place = self.place
        note = f" ({self.note})" if self.note else ""
        if self.block or len(self.before or "") + len(self.after or "") > _INLINE:
            yield line(f"~ {place}{note}:")
            before, after = _aligned(self.before, self.after)
            yield from _block("-", before)
            yield from _block("+", after)
        elif self.before is None:
            yield line(f"+ {place}: {self.after}{note}")
        elif self.after is None:
            yield line(f"- {place}: {self.before}{note}")
        else:
            yield line(f"~ {place}: {self.before} → {self.after}{note}")


def _aligned(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """Leave out most of a long common start, so that a narrow screen shows what differs."""
    if before is None or after is None or "\n" in before + after:
        return before, after
    start = common_start(before, after) - _CONTEXT
    if start < _CONTEXT:
        return before, after
    return f"…{before[start:]}", f"…{after[start:]}"


def _block(sign: str, text: str | None) -> Iterator[SafeText]:
    if text is not None:
        yield from (line(f"{sign}   {row}") for row in text.split("\n"))


class Report:
    """Takes what differs; bounded, whatever is compared.

    Attributes:
        reveal: Secrets are shown; else that they differ is all that is told of them.
        changes: The first ones of each sort.
        notes: Sentences about how it was compared.
        parts: What differs, in a few words each, for the summary.
    """

    def __init__(self, *, reveal: bool = False) -> None:
        self.reveal = reveal
        self.changes: list[Change] = []
        self.notes: list[str] = []
        self._told: dict[str, int] = {}  # words, or noun and rest of a count → how many

    def tell(self, words: str, change: Change) -> None:
        """Take a change that the summary names in words of its own."""
        self._told[words] = 0
        self.changes.append(change)

    def add(self, noun: str, change: Change | Callable[[], Change]) -> None:
        """Take one of many, such as a `header` or a `place in the body`; made if it is listed."""
        number = self._told[noun] = self._told.get(noun, 0) + 1
        if number <= LISTED:
            self.changes.append(change if isinstance(change, Change) else change())

    def note(self, sentence: str) -> None:
        """Take a sentence about how it was compared."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def full(self, noun: str) -> bool:
        """Whether it is enough: looking for more would only cost time."""
        return self._told.get(noun, 0) >= COUNTED

    @property
    def parts(self) -> list[str]:
        return [
            self._counted(words, number) if number else words
            for words, number in self._told.items()
        ]

    @property
    def unlisted(self) -> list[str]:
        """What is counted and not listed, in words."""
        return [
            f"{self._counted(noun, number)} in all, {LISTED} of them listed"
            for noun, number in self._told.items()
            if number > LISTED
        ]

    def _counted(self, words: str, number: int) -> str:
        noun, space, rest = words.partition(" ")
        number_of = f"{COUNTED:,} or more {noun}s" if self.full(words) else count(number, noun)
        return f"{number_of}{space}{rest}"


def excerpts(before: str, after: str) -> tuple[str, str]:
    """Shorten two texts so that what differs is seen."""
    if len(before) <= LIMIT and len(after) <= LIMIT:
        return before, after
    start = max(0, common_start(before, after) - _CONTEXT)
    start = 0 if start < _CONTEXT else start
    return _excerpt(before, start), _excerpt(after, start)


def shortened(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """Shorten what is there of two texts so that what differs is seen."""
    if before is not None and after is not None:
        return excerpts(before, after)
    return before and excerpt(before), after and excerpt(after)


def excerpt(text: str) -> str:
    """Shorten one text."""
    return _excerpt(text, 0)


def _excerpt(text: str, start: int) -> str:
    end = start + LIMIT
    return ("…" if start else "") + text[start:end] + ("…" if len(text) > end else "")


def common_start(before: str | bytes, after: str | bytes) -> int:
    """Return how many characters two texts, or bytes of the same kind, begin with in common."""
    low, high = 0, min(len(before), len(after))
    if before[:high] == after[:high]:
        return high
    while low < high:  # before[:low] is the same; before[:high + 1] is not
        middle = (low + high) // 2
        if before[low : middle + 1] == after[low : middle + 1]:
            low = middle + 1
        else:
            high = middle
    return low


def common_end(before: bytes, after: bytes) -> int:
    """Return how many bytes two pieces end with in common."""
    most = min(len(before), len(after))
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if (
            before[len(before) - middle : len(before) - low]
            == (after[len(after) - middle : len(after) - low])
        ):
            low = middle
        else:
            high = middle - 1
    return low
