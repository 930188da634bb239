"""Reads what a list shows of a whole history file; run with `python -m`, see `ahead`.

On stdout it tells messages: four bytes of length, most significant first, then a value as `marshal`
writes it. The first is the file's device and inode, then come lists of `Told`, the newest line
first, and at the end an empty one.
"""

from __future__ import annotations

import gc
import marshal
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from queue import Queue
from typing import Any, Final

from .ahead import LENGTH
from .disk import Disk
from .lines import trimmed
from .snapshot import Snapshot
from .usual_line import ChangeParts, Parts, Told, usual_parts

TOGETHER: Final = 2000  # lines
_NICE: Final = 5  # whoever answers keys goes first
_WAITING: Final = 250  # messages, some 100 MB, before it waits for whoever reads


def main() -> int:
    """Read the file that is named."""
    gc.disable()
    os.nice(_NICE)
    disk = Disk()
    snapshot = Snapshot(disk.open_following(Path(sys.argv[1])), disk)
    waiting: Queue[bytes] = Queue(_WAITING)
    writer = threading.Thread(target=_write, args=(waiting,), daemon=True)
    writer.start()
    lines = _lines(snapshot, snapshot.size)
    waiting.put(_message(snapshot.identity))
    while together := list(islice(lines, TOGETHER)):
        waiting.put(_message(together))
    waiting.put(_message([]))
    waiting.put(b"")
    writer.join()
    return 0


def _write(waiting: Queue[bytes]) -> None:
    """Hand messages over until an empty one comes; end at once when nobody reads any more."""
    try:
        while message := waiting.get():
            sys.stdout.buffer.write(message)
            sys.stdout.buffer.flush()
    except OSError:
        os._exit(1)


def _message(value: Any) -> bytes:
    data = marshal.dumps(value)
    return len(data).to_bytes(LENGTH, "big") + data


def _lines(snapshot: Snapshot, end: int) -> Iterator[Told]:
    for offset, data, first, last in snapshot.spans_backwards(end):
        stop = last - 1 if data[last - 1 : last] == b"," else last
        if parts := usual_parts(data, first, stop):
            yield offset, stop - first, parts
        elif line := trimmed(offset, data[first:last]):
            yield line.offset, len(line.data), _any(line.data)


def _any(data: bytes) -> Parts | ChangeParts | None:
    """Read a line that is not as usual; what that needs is imported with the first of them."""
    from .index import Change, read
    from .quick import parts_of

    try:
        found = read(data)
    except ValueError:
        return None
    if isinstance(found, Change):
        return found.of, found.values, found.at.isoformat() if found.at else "", found.version
    return parts_of(found)


if __name__ == "__main__":
    with suppress(OSError):
        sys.exit(main())
    sys.exit(1)
