"""Where the arrays and objects of indented JSON begin and end, found without parsing it.

The text is indented by two spaces a level and no string in it holds a line feed. So what follows a
node's first line down to the next line with as many spaces and a closing bracket is the node. All
searches go through windows and yield after each how far they are, so that whoever drives them can
look at the keyboard in between.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Final, NamedTuple, TypeAlias, TypeVar

from .folds import Fold, Hidden
from .line_index import Readable

_WINDOW: Final = 1 << 20
_BATCH: Final = 1 << 16  # bytes whose lines are looked at one by one
_STEP: Final = 2  # spaces a level
_OPENING: Final = {b"[": b"]", b"{": b"}"}
_LONGEST: Final = 1 << 12  # bytes of a line that begins a node; a longer one is taken for a value
T = TypeVar("T")
# Yields the place that is reached.
Steps: TypeAlias = Generator[int, None, T]


class Node(NamedTuple):
    """An array or an object: the line it begins in, its indentation, and what may be hidden."""

    line: int
    indent: int
    begin: int
    end: int


def node_at(source: Readable, offset: int) -> Steps[Node | None]:
    """Find the node that a line opens or closes, else the one around it; None for none.

    Args:
        source: The indented text.
        offset: Of a byte in that line.
    """
    line = yield from _line_start(source, offset)
    indent, opens, closes = _look(source, line)
    if not opens:
        line = yield from _opening(source, line, indent if closes else indent - _STEP)
    return (yield from _node(source, line)) if line >= 0 else None


def around(source: Readable, node: Node) -> Steps[Node | None]:
    """Find the node that another one lies in; None for the outermost."""
    line = yield from _opening(source, node.line, node.indent - _STEP)
    return (yield from _node(source, line)) if line >= 0 else None


def fold_of(source: Readable, node: Node) -> Steps[Fold]:
    """Count the rows that folding a node hides."""
    rows = -1
    for place in range(node.begin, node.end, _WINDOW):
        rows += source.read(place, min(_WINDOW, node.end - place)).count(b"\n")
        yield place
    return Fold(node.begin, node.end, max(rows, 0))


def children(source: Readable, parent: Node) -> Steps[Hidden]:
    """Find all arrays and objects that lie right in another one."""
    pattern = re.compile(rb"\n {%d}([^ \n])" % (parent.indent + _STEP))
    folds = Hidden()
    place, opened, rows = parent.begin, -1, 0
    while place < parent.end:
        data = source.read(place, min(_BATCH, parent.end - place))
        last = place + len(data) >= parent.end
        lines = len(data) if last else data.rfind(b"\n")
        if lines <= 0:  # a long line goes on
            place += len(data) or parent.end
            continue
        done = 0
        for hit in pattern.finditer(data, 0, lines):
            if opened >= 0 and hit[1] in b"]}":
                rows += data.count(b"\n", done, hit.start())
                folds.add(Fold(opened, place + hit.end() - 1, rows))
            ended = data.find(b"\n", hit.end())
            opened = place + ended if data[ended - 1 : ended] in _OPENING else -1
            done, rows = max(ended, 0), 0
        rows += data.count(b"\n", done, lines)
        place += lines
        yield place
    return folds


def _node(source: Readable, line: int) -> Steps[Node | None]:
    data = _line(source, line)
    indent, opens, _ = _look(source, line)
    if not opens:
        return None
    begin = line + len(data)
    end = yield from _find(source, b"\n" + b" " * indent + _OPENING[opens], begin)
    return Node(line, indent, begin, end + 1 + indent) if end >= 0 else None


def _line(source: Readable, line: int) -> bytes:
    return source.read(line, _LONGEST).partition(b"\n")[0]


def _look(source: Readable, line: int) -> tuple[int, bytes, bool]:
    """Return the indentation of a line, the bracket that it opens, and whether it closes one."""
    data = _line(source, line)
    words = data.lstrip(b" ")
    bracket = words[-1:] if len(data) < _LONGEST else b""
    return (
        len(data) - len(words),
        bracket if bracket in _OPENING else b"",
        words[:1] in (b"]", b"}"),
    )


def _find(source: Readable, needle: bytes, start: int) -> Steps[int]:
    for place in range(start, source.size, _WINDOW):
        found = source.read(place, _WINDOW + len(needle) - 1).find(needle)
        if found >= 0:
            return place + found
        yield place
    return -1


def _line_start(source: Readable, offset: int) -> Steps[int]:
    while offset > 0:
        place = max(offset - _WINDOW, 0)
        found = source.read(place, offset - place).rfind(b"\n")
        if found >= 0:
            return place + found + 1
        offset = place
        yield place
    return 0


def _opening(source: Readable, line: int, indent: int) -> Steps[int]:
    """Find the last line before another one with so many spaces, which opens what lies between."""
    if indent < 0:
        return -1
    needles = [b"\n" + b" " * indent + first for first in (b'"', b"[", b"{")]
    end = line
    while end > 0:
        place = max(end - _WINDOW, 0)
        data = source.read(place, min(end + indent + 2, line) - place)
        found = max(map(data.rfind, needles))
        if found >= 0:
            return place + found + 1
        end = place
        yield place
    return 0 if not indent and line else -1
