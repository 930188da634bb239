"""What a crash or a power cut leaves of a write: every prefix, and subsets of its sectors.

The writes are those that the store really makes, taken where they reach the disk.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sonde_core.errors import HistoryError
from sonde_core.history.disk import Disk
from sonde_core.history.store import Store
from tests.histories import ids, line, write

from .report import Result, folder

_SECTOR: Final = 512
_HISTORY: Final = "history.json"


@dataclass(frozen=True, slots=True)
class Write:
    """One change of the file: bytes at a place, or with None a new size."""

    place: int
    data: bytes | None


class Recorder(Disk):
    """Keeps what is written into the history file, in order, up to each wait for the disk."""

    def __init__(self, path: Path) -> None:
        self.synced: list[list[Write]] = []
        self.writes: list[Write] = []
        self._path = path
        self._ours: set[int] = set()

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        handle = Disk.open(self, path, flags, mode)
        (self._ours.add if path == self._path else self._ours.discard)(handle)
        return handle

    def pwrite(self, handle: int, data: memoryview | bytes, offset: int) -> int:
        if handle in self._ours:
            self.writes.append(Write(offset, bytes(data)))
        return Disk.pwrite(self, handle, data, offset)

    def fdatasync(self, handle: int) -> None:
        if handle in self._ours:
            self.synced.append(self.writes)
            self.writes = []
        Disk.fdatasync(self, handle)

    def ftruncate(self, handle: int, size: int) -> None:
        if handle in self._ours:
            self.writes.append(Write(size, None))
        Disk.ftruncate(self, handle, size)


@dataclass(frozen=True, slots=True)
class Story:
    """A change of a file: what it was, what was written, and what was acknowledged before.

    Attributes:
        may: What may be in the file besides, in order.
    """

    before: bytes
    writes: Sequence[Write]
    kept: Sequence[str]
    may: Sequence[str]


def applied(before: bytes, writes: Sequence[Write]) -> bytes:
    """Return a file after some writes."""
    data = bytearray(before)
    for each in writes:
        if each.data is None:
            del data[each.place :]
        else:
            data[len(data) : each.place] = bytes(max(0, each.place - len(data)))
            data[each.place : each.place + len(each.data)] = each.data
    return bytes(data)


def prefixes(story: Story) -> Iterator[bytes]:
    """Yield the file as it is when a program dies after each byte that it wrote."""
    yield story.before
    for number, each in enumerate(story.writes):
        before = story.writes[:number]
        whole = each.data if each.data is not None else b"."
        for length in range(1, len(whole)):
            yield applied(story.before, [*before, Write(each.place, whole[:length])])
        yield applied(story.before, [*before, each])


def sectors(story: Story, dice: random.Random, number: int) -> Iterator[bytes]:
    """Yield the file with any of its new sectors on the disk, as a power cut leaves it."""
    after = applied(story.before, story.writes)
    sizes = [len(story.before), len(after)]
    for _ in range(number):
        size = max(sizes) if dice.random() < 0.8 else dice.choice(sizes)
        image = bytearray()
        for start in range(0, size, _SECTOR):
            source = after if dice.random() < 0.5 else story.before
            image += source[start : start + _SECTOR].ljust(min(_SECTOR, size - start), b"\0")
        yield bytes(image[:size])


def stories(path: Path, dice: random.Random, number: int) -> Iterator[Story]:
    """Yield appends of many sizes, of one line and of some."""
    for turn in range(number):
        kept = [f"k{count}" for count in range(turn % 4)]
        write(path, *(line(each, note="x" * dice.randrange(700)) for each in kept))
        if not kept:
            path.write_bytes(b"[\n]\n" if turn % 8 else b"")
        unsure = [f"u{count}" for count in range(dice.choice((1, 1, 1, 2, 3)))]
        notes = [dice.choice(("]\\n}", "},\n]", "y" * dice.randrange(1800))) for _ in unsure]

        def append(store: Store, unsure: list[str] = unsure, notes: list[str] = notes) -> None:
            store.append([line(each, note=note) for each, note in zip(unsure, notes, strict=True)])

        yield from _told(path, append, kept, unsure)


def repairs(path: Path, dice: random.Random, number: int) -> Iterator[Story]:
    """Yield the mending of torn files: that may be cut short too."""
    for _ in range(number):
        write(path, line("k0"), line("k1", note="x" * dice.randrange(900)))
        whole = path.read_bytes()
        torn = (b",\n" + line("u0", note="y" * dice.randrange(900)))[: dice.randrange(1, 900)]
        path.write_bytes(whole[:-3] + torn)
        yield from _told(path, lambda store: store.prepare(), ["k0", "k1"], ["u0"])


def _told(
    path: Path, change: Callable[[Store], None], kept: Sequence[str], may: Sequence[str]
) -> Iterator[Story]:
    before = path.read_bytes()
    disk = Recorder(path)
    store = Store(path, disk)
    change(store)
    store.close()
    for writes in disk.synced:
        yield Story(before, writes, kept, may)
        before = applied(before, writes)
    assert path.read_bytes() == before
    assert not disk.writes


def check(path: Path, story: Story, image: bytes, result: Result) -> None:
    """Open a file as it was left, append, and look that all is there that was acknowledged."""
    path.write_bytes(image)
    result.cases += 1
    result.kept += len(story.kept)
    store = Store(path)
    try:
        store.append([line("next")])
        found = ids(path)
    except (HistoryError, OSError, ValueError) as error:
        result.faults.append(f"unreadable: {error} in {image!r}")
        return
    finally:
        store.close()
    kept, rest = found[: len(story.kept)], found[len(story.kept) :]
    result.check(kept == list(story.kept), f"lost of {story.kept}: {found} in {image!r}")
    result.check(rest[-1:] == ["next"], f"the next is not there: {found} in {image!r}")
    result.check(set(rest[:-1]) <= set(story.may), f"foreign: {found} in {image!r}")
    result.check(len(set(found)) == len(found), f"twice: {found} in {image!r}")


def images(scale: float = 1.0, seed: int = 5) -> Result:
    """Try all prefixes and many subsets of sectors of many writes."""
    result = Result("prefixes and sectors of a write")
    dice = random.Random(seed)  # noqa: S311 - a choice of cases
    with result.timed(), folder() as where:
        path, made = where / _HISTORY, where / "made.json"
        told = [*stories(made, dice, max(4, int(40 * scale)))]
        told += repairs(made, dice, max(2, int(20 * scale)))
        for story in told:
            all_of = list(prefixes(story))
            some = all_of if scale >= 1 else dice.sample(all_of, min(len(all_of), 120))
            for image in (*some, *sectors(story, dice, int(100 * max(scale, 0.2)))):
                check(path, story, image, result)
    return result
