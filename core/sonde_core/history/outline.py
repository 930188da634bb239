"""Entries under headings of host and path, and those that say the same as one; for looking only."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from .summary import Summary

# Headings below each other; what is deeper stands in the label of the last one.
DEEPEST: Final = 12
# So many entries are put in their places between two looks at the keyboard: some 3 ms.
SLICE: Final = 2000
_WITH_PATHS: Final = ("http", "https", "ws", "wss")


@dataclass(slots=True, eq=False)
class Repeated:
    """Entries that differ in nothing that a list tells apart, newest first; two at least."""

    entries: deque[Summary]

    @property
    def key(self) -> str:
        """What stays the same while more come."""
        return f"same:{self.entries[-1].id}"


@dataclass(slots=True, eq=False)
class Heading:
    """A host, or a part of a path.

    Attributes:
        key: The address down to here.
        label: Its own part of that.
        parent: None for the root, which isn't shown.
        children: By their part of the path.
        items: What lies right below it, newest first.
        count: Entries in all below it.
        latest: Grows with each entry that comes; 0 for what was there at first.
    """

    key: str
    label: str
    parent: Heading | None = None
    children: dict[str, Heading] = field(default_factory=dict)
    items: dict[Hashable, Summary | Repeated] = field(default_factory=dict)
    count: int = 0
    latest: int = 0

    @property
    def single(self) -> Heading | None:
        """The only heading below one that has nothing else: both are one row."""
        if self.items or len(self.children) != 1:
            return None
        return next(iter(self.children.values()))

    @property
    def title(self) -> str:
        """The label, after those of the headings that are one row with it."""
        parts, heading = [self.label], self
        while (above := heading.parent) and above.parent and above.single is heading:
            parts.append(above.label)
            heading = above
        return "".join(reversed(parts))

    def child(self, part: str) -> Heading:
        """Return the heading of a part of the path, made when it is new."""
        found = self.children.get(part)
        if found is None:
            found = self.children[part] = Heading(self.key + part, part, self)
        return found

    def entries(self) -> Iterator[Summary]:
        """Yield all entries below it."""
        for item in self.items.values():
            yield from item.entries if isinstance(item, Repeated) else (item,)
        for child in self.children.values():
            yield from child.entries()


Item: TypeAlias = Summary | Repeated | Heading


@dataclass(slots=True)
class Folds:
    """Which headings and which repeated entries are unfolded, by their keys.

    Attributes:
        all_open: Whether headings are unfolded unless they are turned.
        turned: Those that aren't as the others.
    """

    all_open: bool = False
    turned: set[str] = field(default_factory=set)

    def shows(self, item: Heading | Repeated) -> bool:
        """Whether what lies below is shown."""
        usual = self.all_open and isinstance(item, Heading)
        return (item.key in self.turned) is not usual

    def turn(self, item: Heading | Repeated, *, show: bool) -> None:
        """Unfold or fold one."""
        if self.shows(item) is not show:
            self.turned ^= {item.key}

    def turn_all(self) -> None:
        """Unfold all headings, or fold all."""
        self.all_open, self.turned = not self.all_open, set()


class Outline:
    """Entries as they are looked at: in a tree or in a list, repeated ones as one or each.

    Attributes:
        tree: Headings of host and path.
        together: Repeated entries are one row: those of the same kind, direction, method, address,
            status, outcome and bytes sent. What was named or pinned stands alone.
    """

    def __init__(self, *, tree: bool, together: bool) -> None:
        self.tree = tree
        self.together = together
        self.root = Heading("", "")
        self._places: dict[str, Heading] = {}
        self._base: Sequence[Summary] = ()
        self._came = 0

    def fill(self, entries: Sequence[Summary]) -> Iterator[None]:
        """Take the entries, newest first, once; stops for a moment after each slice of them."""
        for first in range(0, len(entries), SLICE):
            self._put_after(entries[first : first + SLICE])
            yield
        self._base = entries

    def add_newer(self, entries: Sequence[Summary]) -> bool:
        """Take those that came since, if these are those of before with a few newer ones.

        Returns:
            Whether they are; if not, nothing was done.
        """
        more = len(entries) - len(self._base)
        if not 0 <= more <= SLICE or (self._base and entries[more:] != self._base):
            return False
        self._put_before(entries[:more])
        self._base = entries
        return True

    def _put_after(self, entries: Iterable[Summary]) -> None:
        """Put in entries that are older than all that are in."""
        key_of = said if self.together else _id
        for entry in entries:
            heading = self.heading_of(entry)
            key = key_of(entry)
            there = heading.items.get(key)
            if there is None:
                heading.items[key] = entry
            elif isinstance(there, Repeated):
                there.entries.append(entry)
            else:
                heading.items[key] = Repeated(deque((there, entry)))
            _count(heading)

    def _put_before(self, entries: Sequence[Summary]) -> None:
        """Put in entries that are newer than all that are in."""
        key_of = said if self.together else _id
        fresh: dict[Heading, dict[Hashable, Summary | Repeated]] = {}
        for entry in reversed(entries):
            heading = self.heading_of(entry)
            key = key_of(entry)
            newest = fresh.setdefault(heading, {})
            there = newest.pop(key, None) or heading.items.pop(key, None)
            newest[key] = _with(there, entry)
            _count(heading)
            self._came += 1
            self._touch(heading)
        for heading, newest in fresh.items():
            heading.items = dict(reversed(newest.items())) | heading.items

    def _touch(self, heading: Heading) -> None:
        above: Heading | None = heading
        while above is not None:
            above.latest = self._came
            above = above.parent

    def heading_of(self, entry: Summary) -> Heading:
        """Return the heading right above an entry."""
        if not self.tree:
            return self.root
        address = entry.target.partition("?")[0]
        found = self._places.get(address)
        if found is None:
            found = self.root
            for part in parts_of(address):
                found = found.child(part)
            self._places[address] = found
        return found

    def open_to(self, entry: Summary, folds: Folds) -> None:
        """Unfold what hides an entry; repeated ones stay one row."""
        heading = self.heading_of(entry)
        while heading.parent is not None:
            folds.turn(heading, show=True)
            heading = heading.parent

    def rows(self, folds: Folds) -> tuple[list[Item], list[int]]:
        """Return what is shown and how deep each lies, newest first."""
        rows: list[Item] = []
        depths: list[int] = []
        self._add_below(self.root, 0, folds, (rows, depths))
        return rows, depths

    def _add_below(
        self, heading: Heading, depth: int, folds: Folds, into: tuple[list[Item], list[int]]
    ) -> None:
        rows, depths = into
        for child in sorted(heading.children.values(), key=_newest_first):
            lowest = child
            while not lowest.items and (below := lowest.single):
                lowest = below
            if not lowest.children and len(lowest.items) == 1:
                self._add_items(lowest, depth, folds, into)
                continue
            rows.append(lowest)
            depths.append(depth)
            if folds.shows(lowest):
                self._add_below(lowest, depth + 1, folds, into)
        self._add_items(heading, depth, folds, into)

    def _add_items(
        self, heading: Heading, depth: int, folds: Folds, into: tuple[list[Item], list[int]]
    ) -> None:
        rows, depths = into
        if not self.together:
            rows.extend(heading.items.values())
            depths.extend([depth] * len(heading.items))
            return
        for item in heading.items.values():
            rows.append(item)
            depths.append(depth)
            if isinstance(item, Repeated) and folds.shows(item):
                older = list(item.entries)[1:]
                rows.extend(older)
                depths.extend([depth + 1] * len(older))


def newest(item: Item) -> Summary | None:
    """Return the entry that a row stands for; None for a heading."""
    if isinstance(item, Repeated):
        return item.entries[0]
    return None if isinstance(item, Heading) else item


def below(item: Item) -> list[Summary]:
    """Return all entries that a row stands for."""
    if isinstance(item, Heading):
        return list(item.entries())
    return list(item.entries) if isinstance(item, Repeated) else [item]


def key_of(item: Item) -> str:
    """Return what tells a row from all others."""
    return item.id if isinstance(item, Summary) else item.key


def parts_of(target: str) -> list[str]:
    """Cut an address into what the headings above an entry say; joined, they are its start."""
    scheme, sep, rest = target.partition("://")
    if not sep or scheme not in _WITH_PATHS:
        return [target]
    host, *path = rest.partition("?")[0].split("/", DEEPEST - 1)
    return [f"{scheme}://{host}", *(f"/{part}" for part in path if part)]


def said(entry: Summary) -> Hashable:
    """Return what repeated entries have in common."""
    if entry.name or entry.pinned:
        return entry.id
    return (
        entry.kind,
        entry.role,
        entry.method,
        entry.target,
        entry.status,
        entry.outcome,
        entry.sent,
    )


def _id(entry: Summary) -> Hashable:
    return entry.id


def _with(there: Summary | Repeated | None, entry: Summary) -> Summary | Repeated:
    if there is None:
        return entry
    if isinstance(there, Repeated):
        there.entries.appendleft(entry)
        return there
    return Repeated(deque((entry, there)))


def _count(heading: Heading) -> None:
    above: Heading | None = heading
    while above is not None:
        above.count += 1
        above = above.parent


def _newest_first(heading: Heading) -> int:
    return -heading.latest
