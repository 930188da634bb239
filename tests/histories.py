"""What the tests of the history share: exchanges, lines, and a disk whose calls fail on demand."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sonde_core.body import Body
from sonde_core.history.disk import Disk
from sonde_core.history.entry import Entry, to_json
from sonde_core.http_request import Field, HttpRequest
from sonde_core.model import Chunk, Direction, Exchange, HttpResponse, Outcome
from sonde_core.session_request import SessionRequest

T = TypeVar("T")

STARTED = datetime(2026, 11, 24, 12, 0, 0, 123000, tzinfo=UTC)


def http(
    number: int = 0, *, body: bytes = b"hello", started: datetime = STARTED, status: int = 200
) -> Exchange:
    """Return an HTTP exchange that can be told from others by its URL."""
    return Exchange(
        HttpRequest(url=f"http://127.0.0.1/{number}", headers=(Field("Accept", "*/*"),)),
        started,
        Outcome.DONE,
        "http",
        response=HttpResponse(status, "OK", body=Body.of(body)),
        timeline=(Chunk(0.25, Direction.SENT, b"GET"), Chunk(0.5, Direction.RECEIVED, body[:99])),
        sent=3,
        received=len(body),
    )


def session(data: bytes = b"Hello, client!") -> Exchange:
    """Return a session in which the peer said something."""
    return Exchange(
        SessionRequest("tcp://127.0.0.1:8888"),
        STARTED,
        Outcome.DONE,
        "tcp",
        timeline=(Chunk(0.001, Direction.RECEIVED, data),),
        received=len(data),
    )


def line(identity: str, **more: object) -> bytes:
    """Return the line of an entry, as a writer makes it."""
    value: dict[str, object] = {
        "v": 1,
        "id": identity,
        "t": "2026-11-24T12:00:00.123Z",
        "kind": "tcp",
        "outcome": "done",
        "target": "tcp://127.0.0.1:1",
    }
    large = {"req": {"address": "tcp://127.0.0.1:1"}, "io": [], "events": []}
    value |= {name: item for name, item in more.items() if name not in (*large, "res")}
    return json.dumps(value | large | more, separators=(",", ":")).encode()


def write(path: Path, *lines: bytes) -> None:
    """Write a history file of ours."""
    path.write_bytes(b"[\n" + b",\n".join(lines) + b"\n]\n")
    path.chmod(0o600)


def finished(path: Path) -> list[dict[str, object]]:
    """Return the lines of what is over, without those that note what is under way."""
    return [value for value in values(path) if "begun" not in value]


def values(path: Path) -> list[dict[str, object]]:
    """Return what is in a file, read as any JSON reader would."""
    found: list[dict[str, object]] = json.loads(path.read_bytes())
    return found


def ids(path: Path) -> list[str]:
    """Return the ids in a file, read as any JSON reader would."""
    return [str(entry["id"]) for entry in values(path)]


def bodies(path: Path) -> list[Path]:
    """Return the files of bodies beside a history file."""
    return sorted((path.parent / "bodies").glob("*/*"))


def contents(entry: Entry) -> object:
    """Return all of an entry as plain values, wherever its bytes lie."""
    return to_json(replace(entry, saved=True))


def received(entry: Entry) -> Body:
    """Return the body of the answer."""
    assert entry.exchange.response
    return entry.exchange.response.body


def open_files(folder: Path) -> list[str]:
    """Return the files in a folder that this process holds open, removed ones too.

    All other descriptors are left out: threads of earlier tests may let theirs go at any time.
    """
    gc.collect()
    found = []
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # that of the listing itself, or of another thread
            found.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    return sorted(path for path in found if Path(path).is_relative_to(folder.resolve()))


class FaultyDisk(Disk):
    """A disk on which one call of one kind fails, or all from that one on.

    Attributes:
        calls: How often each call was made.
    """

    def __init__(
        self, name: str = "", at: int = 1, code: int = 0, *, lasting: bool = False
    ) -> None:
        self._name = name
        self._at = at
        self._code = code
        self._lasting = lasting
        self.calls: dict[str, int] = {}
        self.short = 0  # bytes that a write takes before it fails

    def fail(self, name: str, code: int) -> None:
        """Let every call of a kind fail from here on."""
        self._name, self._at, self._code, self._lasting = name, 1, code, True
        self.calls.pop(name, None)

    def heal(self) -> None:
        """Let every call succeed from here on."""
        self._name = ""

    def _call(self, name: str, work: Callable[[], T]) -> T:
        done = self.calls[name] = self.calls.get(name, 0) + 1
        if name == self._name and (done == self._at or (self._lasting and done > self._at)):
            raise OSError(self._code, os.strerror(self._code))
        return work()

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        return self._call("open", lambda: Disk.open(self, path, flags, mode))

    def open_following(self, path: Path) -> int:
        return self._call("open_following", lambda: Disk.open_following(self, path))

    def flock(self, handle: int, operation: int) -> None:
        self._call("flock", lambda: Disk.flock(self, handle, operation))

    def pread(self, handle: int, size: int, offset: int) -> bytes:
        return self._call("pread", lambda: Disk.pread(self, handle, size, offset))

    def pwrite(self, handle: int, data: memoryview | bytes, offset: int) -> int:
        if self._name == "pwrite" and self.short:
            # Real disks take a part of a write before they are full.
            part = memoryview(data)[: self.short]
            if self.calls.get("pwrite", 0) + 1 == self._at and part:
                Disk.pwrite(self, handle, part, offset)
        return self._call("pwrite", lambda: Disk.pwrite(self, handle, data, offset))

    def fdatasync(self, handle: int) -> None:
        self._call("fdatasync", lambda: Disk.fdatasync(self, handle))

    def ftruncate(self, handle: int, size: int) -> None:
        self._call("ftruncate", lambda: Disk.ftruncate(self, handle, size))

    def fstat(self, handle: int) -> os.stat_result:
        return self._call("fstat", lambda: Disk.fstat(self, handle))

    def stat(self, path: Path) -> os.stat_result:
        return self._call("stat", lambda: Disk.stat(self, path))

    def replace(self, source: Path, target: Path) -> None:
        self._call("replace", lambda: Disk.replace(self, source, target))

    def link(self, source: Path, target: Path) -> None:
        self._call("link", lambda: Disk.link(self, source, target))

    def unlink(self, path: Path) -> None:
        self._call("unlink", lambda: Disk.unlink(self, path))

    def sync_folder(self, path: Path) -> None:
        self._call("sync_folder", lambda: Disk.sync_folder(self, path))

    def make_folder(self, path: Path) -> None:
        self._call("make_folder", lambda: Disk.make_folder(self, path))


class KilledError(BaseException):
    """The program is dead: nothing it does reaches the disk any more."""


class DyingDisk(Disk):
    """A disk whose program is killed once it has done so much, and which then lets go of its files.

    Attributes:
        left: Bytes that may still be written, or other changes, which count as one byte each; None
            for a program that lives.
    """

    def __init__(self) -> None:
        self.left: int | None = None
        self._held: set[int] = set()

    def bury(self) -> None:
        """Let go of all that is open, as the system does."""
        for handle in self._held:
            os.close(handle)
        self._held.clear()

    def _spend(self, cost: int = 1) -> int:
        """Return how much of it may be done; raises KilledError when that is nothing."""
        if self.left is None:
            return cost
        may = min(self.left, cost)
        self.left -= may
        if cost and not may:
            raise KilledError
        return may

    def _alive(self) -> None:
        if self.left == 0:
            raise KilledError

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        self._spend(1 if flags & os.O_CREAT else 0)
        self._held.add(handle := Disk.open(self, path, flags, mode))
        return handle

    def open_following(self, path: Path) -> int:
        self._alive()
        self._held.add(handle := Disk.open_following(self, path))
        return handle

    def close(self, handle: int) -> None:
        if handle in self._held:
            self._held.discard(handle)
            Disk.close(self, handle)

    def flock(self, handle: int, operation: int) -> None:
        self._alive()
        Disk.flock(self, handle, operation)

    def pwrite(self, handle: int, data: memoryview | bytes, offset: int) -> int:
        done = self._spend(len(data))
        Disk.pwrite(self, handle, data[:done], offset)
        if done < len(data):
            raise KilledError
        return done

    def fdatasync(self, handle: int) -> None:
        self._spend()
        Disk.fdatasync(self, handle)

    def ftruncate(self, handle: int, size: int) -> None:
        self._spend()
        Disk.ftruncate(self, handle, size)

    def replace(self, source: Path, target: Path) -> None:
        self._spend()
        Disk.replace(self, source, target)

    def link(self, source: Path, target: Path) -> None:
        self._spend()
        Disk.link(self, source, target)

    def unlink(self, path: Path) -> None:
        self._spend()
        Disk.unlink(self, path)

    def sync_folder(self, path: Path) -> None:
        self._spend()
        Disk.sync_folder(self, path)
