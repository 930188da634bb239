"""Pieces of a recording in arrays, and what finds them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ..lenses.cutter import Flag
from ..model import Event
from .timeline import Run

_FLAGS: Final = tuple(Flag)


class Unit(NamedTuple):
    """A piece of the recording.

    Attributes:
        first: Number of the moment in which it begins.
        offset: Its first byte there.
        size: Its bytes; -1 for an event.
        way: As in `marks`.
        at: Seconds since the start when its last byte was there.
    """

    first: int
    offset: int
    size: int
    way: int
    at: float
    flag: Flag = Flag.WHOLE


@dataclass(slots=True)
class Table:
    """Pieces in order, without an object for each."""

    firsts: array[int] = field(default_factory=lambda: array("I"))
    offsets: array[int] = field(default_factory=lambda: array("I"))
    sizes: array[int] = field(default_factory=lambda: array("i"))
    ways: bytearray = field(default_factory=bytearray)
    ats: array[float] = field(default_factory=lambda: array("d"))
    flags: bytearray = field(default_factory=bytearray)

    def add(self, unit: Unit) -> None:
        """Add a piece after all others."""
        self.firsts.append(unit.first)
        self.offsets.append(unit.offset)
        self.sizes.append(unit.size)
        self.ways.append(unit.way)
        self.ats.append(unit.at)
        self.flags.append(unit.flag)

    def insert(self, index: int, unit: Unit) -> None:
        """Put a piece before another one, or after all of them."""
        self.firsts.insert(index, unit.first)
        self.offsets.insert(index, unit.offset)
        self.sizes.insert(index, unit.size)
        self.ways.insert(index, unit.way)
        self.ats.insert(index, unit.at)
        self.flags.insert(index, unit.flag)

    def extend(self, other: Table) -> None:
        """Add all pieces of another one after all others."""
        self.firsts.extend(other.firsts)
        self.offsets.extend(other.offsets)
        self.sizes.extend(other.sizes)
        self.ways.extend(other.ways)
        self.ats.extend(other.ats)
        self.flags.extend(other.flags)

    def get(self, index: int) -> Unit:
        """Return a piece."""
        return Unit(
            self.firsts[index],
            self.offsets[index],
            self.sizes[index],
            self.ways[index],
            self.ats[index],
            _FLAGS[self.flags[index]],
        )

    def part(self, first: int, last: int) -> Table:
        """Return the pieces from one to before another."""
        return Table(
            self.firsts[first:last],
            self.offsets[first:last],
            self.sizes[first:last],
            self.ways[first:last],
            self.ats[first:last],
            self.flags[first:last],
        )

    def drop(self, first: int, last: int) -> None:
        """Let go of pieces."""
        for column in (self.firsts, self.offsets, self.sizes, self.ways, self.ats, self.flags):
            del column[first:last]

    def __len__(self) -> int:
        return len(self.sizes)


class Grouping(ABC):
    """Finds pieces in moments that it is given in order.

    Attributes:
        table: The pieces that will not change any more.
        with_data: Whether it looks at the bytes.
    """

    with_data = True

    def __init__(self) -> None:
        self.table = Table()

    @property
    def busy(self) -> bool:
        """Whether it has not finished with what it took."""
        return False

    @abstractmethod
    def take(self, run: Run, number: int, event: Event | None) -> int:
        """Take moments, and return how many it took.

        Args:
            run: The moments; they begin with the event if there is one.
            number: Of the first one.
            event: The first one, if it is an event.
        """

    def go_on(self, seconds: float) -> None:  # noqa: B027 - most are never busy
        """Go on with what was taken, for about so many seconds."""

    @abstractmethod
    def open(self) -> list[Unit]:
        """Return what may go on: pieces after all others, for now."""

    def take_late(self) -> list[Unit]:
        """Hand over pieces that ended after others which came later; they are in no table yet."""
        return []

    @abstractmethod
    def reset(self) -> None:
        """End what may go on: what comes now does not follow it."""
