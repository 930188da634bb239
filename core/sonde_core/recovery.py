"""Putting a history file right: after a crash, a power cut, or an editor.

A write covers only the last three bytes, so a torn one damages no entry. What is cut goes to a
file beside; what someone formatted is rewritten, never cut; what is not ours is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .disk import Disk
from .errors import HistoryError
from .lines import (
    EMPTY,
    FOOT,
    HEAD,
    Line,
    first_object,
    is_ours,
    salvaged,
    trimmed,
    whole_record,
)
from .schema.values import Record, dumps, loads
from .snapshot import Snapshot
from .troubles import ForeignError

_WHOLE_TAIL: Final = b"}\n]\n"
_LARGEST: Final = 1 << 31


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


def _is_ours(data: bytes) -> bool:
    try:
        return is_ours(whole_record(data))
    except ValueError:
        return False


def torn_at(snapshot: Snapshot, size: int) -> int | None:
    """Find where the last whole line ends in a file of our form.

    Returns:
        The place to cut at; None when the file is not of our form, and must be read whole.
    """
    if HEAD.startswith(snapshot.read(0, len(HEAD))[:size]) and size <= len(EMPTY):
        return 1 if EMPTY.startswith(snapshot.read(0, size)) else None
    if snapshot.read(0, len(HEAD)) != HEAD:
        return None
    broken = 0
    lines = pairwise(snapshot.physical_backwards(size))
    for (offset, data), (before, separator) in lines:
        line = trimmed(offset, data)
        if line is not None:
            end = _whole_end(line)
            if end is not None and (separator.endswith(b",") or separator == b"["):
                return end
            broken += 1
        if broken > 1:
            return None
        if before == 0:
            return 1 if separator == b"[" else None
    return None


def _whole_end(line: Line) -> int | None:
    """Return where an object at the start of a line ends, be there rubbish behind it or not."""
    if not line.data.startswith(b"{"):
        return None
    try:
        text = line.data.decode("ascii")
        value, end = first_object(text)
    except ValueError:
        text = line.data.decode("utf-8", "surrogateescape")
        try:
            value, end = first_object(text)
        except ValueError:
            return None
        end = len(text[:end].encode("utf-8", "surrogateescape"))
    return line.offset + end if is_ours(value) else None


@dataclass(frozen=True, slots=True)
class Rescued:
    """What a file that is not of our form holds.

    Attributes:
        objects: In the file's order; those that are not ours too, when all of it was readable.
        whole: False when part of the file could not be read.
    """

    objects: list[Record]
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
        value = loads(data)
    except ValueError:
        text = data.decode("utf-8", "replace")
        found = Rescued([value for _, _, value in salvaged(text)], whole=False)
    else:
        found = _of_array(value)
    if not any(is_ours(value) for value in found.objects) and data.strip(b"[] \t\r\n"):
        raise ForeignError(f"{name} is not a history file of Sonde, so it is left alone.")
    return found


def _of_array(value: object) -> Rescued:
    items = value if isinstance(value, list) else []
    objects = [item for item in items if isinstance(item, dict)]
    return Rescued(objects, whole=isinstance(value, list) and len(objects) == len(items))


def canonical(objects: list[Record]) -> list[bytes]:
    """Write objects as lines of our form; raises HistoryError for one that cannot be written."""
    try:
        return [dumps(value) for value in objects]
    except ValueError as error:
        raise HistoryError(f"The history file holds what cannot be written: {error}.") from error
