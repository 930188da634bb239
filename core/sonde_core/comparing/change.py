"""One place that differs, and how long texts are shortened to be shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..safetext import SafeText, line
from ..text.cells import CELLS
from .wording import Spans, spans

# Longer values are shown in part, from where they begin to differ.
LIMIT: Final = 400
_CONTEXT: Final = 40
_INLINE: Final = 90
# Of two lines that are shorter together one sees what differs.
_SHORT: Final = 24


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
        to: The place to which an item moved whose `before` is at `path`.
    """

    where: str
    path: str = ""
    before: str | None = None
    after: str | None = None
    note: str = ""
    block: bool = False
    to: str = ""

    @property
    def place(self) -> str:
        """Where it is; a path in JSON is written so that a comparison can leave it out."""
        if self.where != "body" or self.block:
            return f"{self.where} {self.path}".rstrip()
        return f"body{'' if self.path.startswith('[') or not self.path else '.'}{self.path}"

    def told(self) -> SafeText:
        """Return it as a fact, which makes no difference: no sign begins the line."""
        name = f"{self.where} {self.path}".rstrip()
        note = f" ({self.note})" if self.note else ""
        return line(f"  {name}: {self.before or 'none'} → {self.after or 'none'}{note}")

    def lines(self) -> Iterator[SafeText]:
        """Yield it as people read it: the first character is `+`, `-`, `~` or `>`."""
        place = self.place
        note = f" ({self.note})" if self.note else ""
        if self.block or (not self.to and len(self.before or "") + len(self.after or "") > _INLINE):
            yield line(f"~ {place}{note}:")
            yield from _rows(*_aligned(self.before, self.after))
        elif self.to:
            yield line(f"> {place}: moved to {self.to}: {self.before}{note}")
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


def _rows(before: str | None, after: str | None) -> Iterator[SafeText]:
    """Yield the lines of both sides; below two lines that are alike, marks where they differ."""
    old = [] if before is None else [line(row) for row in before.split("\n")]
    new = [] if after is None else [line(row) for row in after.split("\n")]
    if len(old) == len(new) == 1 and len(old[0]) + len(new[0]) > _SHORT:
        marked, others = spans(old[0], new[0])
        yield from _marked("-", old[0], marked)
        yield from _marked("+", new[0], others)
        return
    yield from (line(f"-   {row}") for row in old)
    yield from (line(f"+   {row}") for row in new)


def _marked(sign: str, row: SafeText, places: Spans) -> Iterator[SafeText]:
    yield line(f"{sign}   {row}")
    if places:
        signs = [" "] * len(row)
        for start, end in places:
            signs[start:end] = "^" * (end - start)
        marks = (sign * CELLS[char] for sign, char in zip(signs, row, strict=True))
        yield line(f"    {''.join(marks)}".rstrip())


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
