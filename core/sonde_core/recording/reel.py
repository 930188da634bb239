"""The bytes of a recording by address: the first ones in memory, those after in a private file."""

from __future__ import annotations

from typing import Final

from .record_file import RecordFile

_WINDOW: Final = 1 << 18  # neighbours are mostly read one after the other: one call serves many


class Reel:
    """Bytes that are written anywhere, and read back.

    Args:
        in_memory: Addresses below this are kept in memory.
    """

    def __init__(self, in_memory: int) -> None:
        self._limit = in_memory
        self._memory = bytearray()
        self._file: RecordFile | None = None
        self._window = (0, b"")
        self._writes = 0

    @property
    def is_behind(self) -> bool:
        """Whether who writes should wait for the disk."""
        return self._file is not None and self._file.is_behind

    def write(self, address: int, data: bytes, *, may_wait: bool = True) -> None:
        """Write bytes; see `RecordFile.write`."""
        if address == len(self._memory) and address + len(data) <= self._limit:
            self._memory += data
            return
        inside = max(0, min(self._limit - address, len(data)))
        if inside:
            if address > len(self._memory):
                self._memory.extend(bytes(address - len(self._memory)))
            self._memory[address : address + inside] = data[:inside]
        if inside < len(data):
            if self._file is None:
                self._file = RecordFile()
            self._writes += 1
            start, known = self._window
            if address < start + len(known) and start < address + len(data):
                self._window = (0, b"")
            rest = data[inside:] if inside else data
            self._file.write(address + inside, rest, may_wait=may_wait)

    def read(self, address: int, size: int) -> bytes:
        """Return bytes that were written; raises OSError."""
        if address + size <= self._limit:
            return bytes(self._memory[address : address + size])
        if address < self._limit:
            inside = self._limit - address
            return self.read(address, inside) + self.read(self._limit, size - inside)
        start, known = self._window
        if not start <= address <= address + size <= start + len(known):
            writes = self._writes
            start, known = address, self._fetch(max(size, _WINDOW), address)
            if writes == self._writes:  # it may be read in one thread and written in another
                self._window = start, known
        return known[address - start : address - start + size]

    def _fetch(self, size: int, address: int) -> bytes:
        return self._file.read(address, size) if self._file else b""
