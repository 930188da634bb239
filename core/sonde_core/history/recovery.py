"""Putting a history file right: after a crash, a power cut, or an editor.

A write covers only the last three bytes, so a torn one damages no entry. What is cut goes to a
file beside; what someone formatted is rewritten, never cut; what is not ours is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Final

from ..errors import HistoryError
from ..text.json_check import check
from .disk import Disk
from .lines import (
    EMPTY,
    FOOT,
    HEAD,
    Line,
    is_ours,
    salvaged,
    trimmed,
    whole_record,
)
from .schema.values import dumps, first_value, loads
from .snapshot import Snapshot
from .troubles import ForeignError

_WHOLE_TAIL: Final = b"}\n]\n"
_BEGINNING: Final = b'{"v":'
_NEAR: Final = 1 << 20  # bytes in which what was written at once is looked for
_SECTOR: Final = 512
_LARGEST: Final = 1 << 31
_LOOKED_AT: Final = 1 << 22  # bytes of a line that cannot be read, looked at token by token


def ends_well(disk: Disk, handle: int, size: int) -> bool:
    """Look at the last bytes only: enough when the file is as we left it."""
    tail = disk.pread(handle, len(_WHOLE_TAIL), max(0, size - len(_WHOLE_TAIL)))
    return tail == _WHOLE_TAIL or (size == len(EMPTY) and tail == EMPTY)


def is_sound(disk: Disk, handle: int, snapshot: Snapshot, size: int) -> bool:
    """Look at head, tail and the last line."""
    if not ends_well(disk, handle, size):
        return False
    if size == len(EMPTY):
        return True
    if disk.pread(handle, 3, 0) != HEAD + b"{":
        return False
    lines = snapshot.physical_backwards(size - len(FOOT))
    offset, data = next(lines)
    return _is_ours(data) and (offset == len(HEAD) or next(lines)[1].endswith(b"},"))


def has_gaps(snapshot: Snapshot, size: int) -> bool:
    """Look at the last lines for what a power cut leaves of some that were written at once.

    Where a sector is missing there are zeros, or the end of the file as it was before. Any other
    line that cannot be read is somebody else's doing, and is left.
    """
    last = True
    lines = snapshot.physical_backwards(size - len(FOOT))
    for offset, data in takewhile(lambda line: line[0] > max(0, size - _NEAR), lines):
        ended = data[:1] in (b"", b"]") or (data.endswith(b"}") and not last)
        if ended or not looks_whole(Line(offset, data.removesuffix(b","))):
            return True
        last = False
    return False


def looks_whole(line: Line) -> bool:
    """Look for a missing sector in a line, without parsing it as a rule."""
    if _has_zeros(line.data):
        return False
    return not _may_be_of_two(line.offset, line.data) or _is_object(line.data)


def _has_zeros(data: bytes) -> bool:
    """Tell a line with a missing sector; a single zero stands for one too long to be held."""
    return b"\0" in data and len(data) > 1


def _may_be_of_two(offset: int, data: bytes) -> bool:
    """Tell whether an older line may end within this one: with a sector, as the next is missing."""
    first = _SECTOR - offset % _SECTOR
    return b"}" in data[first - 1 : -2 : _SECTOR]


def _is_object(data: bytes) -> bool:
    try:
        whole_record(data)
    except ValueError:
        return _is_beyond_us(data)
    return True


def _is_ours(data: bytes) -> bool:
    try:
        return is_ours(whole_record(data))
    except ValueError:
        return _is_beyond_us(data)


def _is_beyond_us(data: bytes) -> bool:
    """Whether a line is whole JSON of our form that Python will not read: 5,000 digits, say."""
    return data.startswith(_BEGINNING) and len(data) <= _LOOKED_AT and check(data) is None


def torn_at(snapshot: Snapshot, size: int) -> int | None:
    """Find where the last whole line ends in a file of our form.

    Returns:
        The place to cut at; None when the file is not of our form, and must be read whole.
    """
    start = snapshot.read(0, min(size, len(EMPTY)))
    if EMPTY.startswith(start):
        return 1
    if not start.startswith(HEAD):
        return None
    broken: list[bytes] = []
    separator = b""
    for (offset, data), (_, separator) in pairwise(snapshot.physical_backwards(size)):
        line = trimmed(offset, data)
        if line is not None:
            end = _whole_end(line)
            if end is not None:  # one that stands behind a gap must not be cut
                return end if separator.endswith(b",") or separator == b"[" else None
            broken.append(line.data)
        if len(broken) > 1 and not any(map(_has_zeros, broken)):
            return None  # no power cut did that
    return 1 if separator == b"[" and all(map(_is_begun, broken)) else None


def _is_begun(data: bytes) -> bool:
    """Tell the torn first line of a new file of ours from the one line of somebody else's.

    Ours begins like every line of ours, or holds what a power cut leaves of a sector.
    """
    return b"\0" in data or data.startswith(_BEGINNING) or _BEGINNING.startswith(data)


def _whole_end(line: Line) -> int | None:
    """Return where an object at the start of a line ends, be there rubbish behind it or not."""
    if not line.data.startswith(b"{"):
        return None
    try:
        text = line.data.decode("ascii")
        value, end = first_value(text)
    except ValueError:
        text = line.data.decode("utf-8", "surrogateescape")
        try:
            value, end = first_value(text)
        except ValueError:
            return line.offset + len(line.data) if _is_beyond_us(line.data) else None
        end = len(text[:end].encode("utf-8", "surrogateescape"))
    return line.offset + end if is_ours(value) else None


@dataclass(frozen=True, slots=True)
class Rescued:
    """What a file that is not of our form holds.

    Attributes:
        lines: Its objects in our form and its order; those that are not ours too, when all of it
            was readable.
        whole: False when part of the file could not be read.
    """

    lines: list[bytes]
    whole: bool


def rescue(snapshot: Snapshot, size: int, name: str) -> Rescued:
    """Read a file that someone formatted, or that is damaged.

    Raises:
        ForeignError: It is no history of ours.
        HistoryError: It is too large to be read whole.
    """
    if size > _LARGEST:
        raise HistoryError(f"{name} is damaged and too large to be read whole.")
    data = snapshot.read(0, size)
    if not data.strip(b" \t\r\n\0"):
        return Rescued([], whole=not data.strip(b" \t\r\n"))
    try:
        items = loads(data)
    except ValueError:
        text = data.decode("utf-8", "replace")
        items, whole = [value for _, _, value in salvaged(text)], False
    else:
        whole = isinstance(items, list) and all(isinstance(item, dict) for item in items)
    objects = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    if not any(map(is_ours, objects)) and data.strip(b"[] \t\r\n"):
        raise ForeignError(f"{name} is not a history file of Sonde, so it is left alone.")
    return Rescued([dumps(value) for value in objects], whole)
