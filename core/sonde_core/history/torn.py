"""What recovery took out of a history file, kept beside it: nothing is thrown away unasked."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import Final

from .disk import Disk

TORN_KEPT: Final = 16 << 20


class Torn:
    """The files `history.json.torn`, with ends that were cut, and `history.json.damaged-N`.

    Every method needs the lock, and raises OSError.
    """

    def __init__(self, path: Path, disk: Disk) -> None:
        self._path = path
        self._disk = disk
        self._torn = path.with_name(path.name + ".torn")

    def keep(self, data: bytes) -> str:
        """Keep bytes that are about to be cut; returns the name of the file."""
        if len(data) < TORN_KEPT:
            self.add(data)
            return self._torn.name
        name = self._free_name()
        self._disk.write_file(name, [data])
        return name.name

    def add(self, data: bytes) -> None:
        """Put bytes into the file of cut ends.

        It holds 16 MiB at most: when it is full, what came before gives way.
        """
        data = data[: TORN_KEPT - 1] + b"\n"
        handle = self._disk.open(self._torn, os.O_RDWR | os.O_CREAT)
        try:
            size = self._disk.fstat(handle).st_size
            if size + len(data) > TORN_KEPT:
                self._disk.ftruncate(handle, 0)
                size = 0
            self._disk.write_all(handle, data, size)
            self._disk.fdatasync(handle)
        finally:
            self._disk.close(handle)

    def drop(self) -> int:
        """Remove cut ends; returns the bytes freed."""
        try:
            size = self._disk.stat(self._torn).st_size
        except FileNotFoundError:
            return 0
        self._disk.unlink(self._torn)
        return size

    def set_aside(self) -> str:
        """Keep a damaged history under another name as well; returns that."""
        name = self._free_name()
        self._disk.link(self._path, name)
        return name.name

    def damaged(self) -> list[str]:
        """Return the names of damaged files that are kept."""
        found = self._path.parent.glob(f"{glob.escape(self._path.name)}.damaged-*")
        return sorted(path.name for path in found)

    def _free_name(self) -> Path:
        number = 1
        while os.path.lexists(name := self._path.with_name(f"{self._path.name}.damaged-{number}")):
            number += 1
        return name
