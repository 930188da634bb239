"""The private files of recordings, written in a thread of their own.

Who writes to a file waits while too much is on its way to the disk, for some 200 ms a call (Linux,
`balance_dirty_pages`): an event loop must not. So what is written waits in memory until the thread
has put it into its file, and is read from there meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeAlias

from ..body import PrivateFile

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Piece: TypeAlias = tuple[int, bytes | bytearray]

BLOCK: Final = 1 << 16  # small pieces are put together up to this
BATCH: Final = 1 << 20  # a file is written to once so much waits for it
MOST: Final = 16 << 20  # above this, of all files together, all wait
_CALL: Final = 4 << 20  # bytes that are written in one call
_PARTS: Final = 256  # pieces likewise; a system takes 1024


class Writer:
    """Writes for all files, in one thread that is there when it is needed.

    Args:
        most: So many bytes wait at most; who brings more is held up. From half of it on, who can
            wait is asked to.
    """

    def __init__(self, most: int = MOST) -> None:
        self.changed = threading.Condition(threading.Lock())
        self._most = most
        self._behind_from = most // 2
        self._waiting = 0
        self._files: deque[RecordFile] = deque()
        self._is_running = False
        self._is_behind = False
        self._callbacks: list[Callable[[], object]] = []
        self._executor: ThreadPoolExecutor | None = None

    @property
    def is_behind(self) -> bool:
        """Whether much waits, until most of it was written."""
        return self._is_behind

    def add(self, file: RecordFile, pieces: list[Piece], *, may_wait: bool) -> None:
        """Take pieces; waits while there is too much, unless they are in memory anyhow."""
        size = _size(pieces)
        with self.changed:
            while may_wait and self._is_running and self._waiting + size > self._most:
                self.changed.wait()
            file.pieces.extend(pieces)
            file.size += size
            self._waiting += size if file.is_queued else file.size
            self._is_behind = self._is_behind or self._waiting > self._behind_from
            start = self._queued(file)
        if start:
            self._start()

    def again(self, file: RecordFile) -> None:
        """Try once more to write what could not be written."""
        with self.changed:
            if file.is_queued:
                return
            self._waiting += file.size
            start = self._queued(file)
        if start:
            self._start()

    def when_caught_up(self, callback: Callable[[], object]) -> None:
        """Call back once it is not behind, in any thread."""
        with self.changed:
            if self._is_behind:
                self._callbacks.append(callback)
                return
        callback()

    def _queued(self, file: RecordFile) -> bool:
        """Have the thread come to a file; tell whether it must be started for that."""
        if not file.is_queued:
            file.is_queued = True
            self._files.append(file)
        start, self._is_running = not self._is_running, True
        return start

    def _start(self) -> None:
        from concurrent.futures import ThreadPoolExecutor  # most recordings are short

        try:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(1, thread_name_prefix="sonde-record")
            self._executor.submit(self._run)
        except RuntimeError:  # the interpreter is ending, or there is no thread to be had
            self._run()

    def _run(self) -> None:
        while (found := self._next()) is not None:
            file, batch = found
            try:
                file.put(batch)
            except OSError as error:
                self._failed(file, error)
            else:
                self._written(file, batch)

    def _next(self) -> tuple[RecordFile, list[Piece]] | None:
        with self.changed:
            if not self._files:
                self._is_running = False
                self.changed.notify_all()
                return None
            file = self._files[0]
            self._files.rotate(-1)
            return file, _row(file.pieces)

    def _written(self, file: RecordFile, batch: list[Piece]) -> None:
        with self.changed:
            for _ in batch:
                file.pieces.popleft()
            file.error = None
            size = _size(batch)
            file.size -= size
            if not file.pieces:
                self._unqueue(file)
            callbacks = self._less(size)
        _call(callbacks)

    def _failed(self, file: RecordFile, error: OSError) -> None:
        """Leave a file's pieces in memory: nothing that was taken is lost."""
        with self.changed:
            file.error = error
            self._unqueue(file)
            callbacks = self._less(file.size)
        _call(callbacks)

    def _unqueue(self, file: RecordFile) -> None:
        file.is_queued = False
        self._files.remove(file)

    def _less(self, size: int) -> list[Callable[[], object]]:
        self._waiting -= size
        self.changed.notify_all()
        if self._waiting > self._behind_from // 4:
            return []
        self._is_behind = False
        callbacks, self._callbacks = self._callbacks, []
        return callbacks


WRITER: Final = Writer()


class RecordFile:
    """Bytes by address in a private file; what was not written yet is read from memory.

    It is written in one thread, and may be read in others.

    Attributes:
        pieces: What was handed to the writer, the oldest first; changed under its lock.
        size: Bytes of these.
        is_queued: Whether the writer will come to them.
        error: Why they could not be written.
    """

    def __init__(self, writer: Writer = WRITER) -> None:
        self._writer = writer
        self._file: PrivateFile | None = None  # made in the writer's thread
        self._held: list[Piece] = []  # not handed over yet
        self._held_size = 0
        self.pieces: deque[Piece] = deque()
        self.size = 0
        self.is_queued = False
        self.error: OSError | None = None

    @property
    def is_behind(self) -> bool:
        """Whether who brings more should wait for the disk, see `caught_up`."""
        return self._writer.is_behind and bool(self.pieces)

    def write(self, address: int, data: bytes, *, may_wait: bool = True) -> None:
        """Take bytes; may wait for the disk.

        Args:
            address: Where they belong.
            data: The bytes.
            may_wait: False for what lies in memory anyhow: it is taken at once.

        Raises:
            OSError: What was taken before cannot be written; these are not taken.
        """
        if self.error is not None:
            code, text = self.error.errno, self.error.strerror
            self._writer.again(self)
            raise OSError(code, text)
        at, last = self._held[-1] if self._held else (0, b"")
        is_next = address == at + len(last) and len(last) + len(data) <= BLOCK
        if is_next and isinstance(last, bytearray):
            last += data
        else:
            self._held.append((address, data if len(data) >= BLOCK else bytearray(data)))
        self._held_size += len(data)
        if self._held_size >= BATCH or not may_wait:
            self._writer.add(self, self._held, may_wait=may_wait)
            self._held, self._held_size = [], 0

    def read(self, address: int, size: int) -> bytes:
        """Return bytes that were written, maybe fewer; raises OSError."""
        with self._writer.changed:
            pieces = [*self.pieces, *self._held]
            file = self._file
        # Looked at afterwards: what is not among the pieces by now is in it.
        data = os.pread(file.stream.fileno(), size, address) if file else b""
        end = address + size
        fresh = [each for each in pieces if each[0] < end and address < each[0] + len(each[1])]
        return _laid_over(data, address, size, fresh) if fresh else data

    def put(self, pieces: list[Piece]) -> None:
        """Write pieces that lie in a row, in the writer's thread; raises OSError."""
        if self._file is None:
            self._file = PrivateFile()
        _write_all(self._file.stream.fileno(), [data for _, data in pieces], pieces[0][0])


def when_caught_up(callback: Callable[[], object]) -> None:
    """Call back in the running loop once the disk has most of what waits for it."""
    loop = asyncio.get_running_loop()

    def tell() -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(callback)

    WRITER.when_caught_up(tell)


async def caught_up() -> None:
    """Wait until then."""
    there = asyncio.Event()
    when_caught_up(there.set)
    await there.wait()


def _size(pieces: list[Piece]) -> int:
    return sum(len(data) for _, data in pieces)


def _row(pieces: deque[Piece]) -> list[Piece]:
    """Return the first pieces as far as each begins where the one before ends."""
    row: list[Piece] = []
    end, size = pieces[0][0], 0
    for piece in pieces:
        if piece[0] != end or size >= _CALL or len(row) >= _PARTS:
            break
        row.append(piece)
        size += len(piece[1])
        end += len(piece[1])
    return row


def _laid_over(data: bytes, address: int, size: int, pieces: list[Piece]) -> bytes:
    whole = bytearray(data)
    for start, held in pieces:
        piece = bytes(held)  # it may grow meanwhile
        first, last = max(start, address), min(start + len(piece), address + size)
        if len(whole) < last - address:
            whole.extend(bytes(last - address - len(whole)))
        whole[first - address : last - address] = piece[first - start : last - start]
    return bytes(whole)


def _write_all(handle: int, parts: list[bytes | bytearray], offset: int) -> None:
    # Not every system has it.
    done = os.pwritev(handle, parts, offset) if hasattr(os, "pwritev") else 0
    if done == sum(map(len, parts)):
        return
    view, offset = memoryview(b"".join(parts))[done:], offset + done
    while view:
        done = os.pwrite(handle, view, offset)
        view, offset = view[done:], offset + done


def _call(callbacks: list[Callable[[], object]]) -> None:
    for callback in callbacks:
        callback()
