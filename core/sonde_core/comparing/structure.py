"""JSON compared by structure: names in any order, numbers by value however they are spelled.

Nothing is lost by reading: numbers keep their digits, and a name that an object repeats is kept
each time. `1.0` and `1` are the same number, which is told; a digit that a float could not hold
still counts. An item of a list that is elsewhere among the others has moved.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import Final, TypeVar

from .change import Change, excerpt, excerpts
from .hidden import MASKED
from .items import line_up
from .json_values import (
    Name,
    Reader,
    Value,
    by_value,
    items_without,
    onward,
    quoted,
    same_number,
    shown,
    veiled,
)
from .places import Path, Places, join
from .report import Report

# It takes many times the size in memory.
MOST: Final = 48 << 20
VALUES: Final = 4_000_000

_NOUN: Final = "place in the JSON body"
_MOVED: Final = "move in the JSON body"
_SPELLED: Final = "the same number, spelled differently"
# Of one list or object with so many members it is told how far it is.
_MANY: Final = 50

Item = TypeVar("Item")


def compare(before: bytes, after: bytes, report: Report, places: Places) -> bool:
    """Compare two JSON texts in UTF-8; False when they cannot be read as JSON, or only in part.

    Raises:
        StoppedError: Somebody did.
    """
    if not (_readable(before) and _readable(after)):
        return False
    known = report.found.copy()
    reader = Reader()
    try:
        report.watch.tell("reading JSON")
        old = reader.read(before)
        report.watch.check()
        new = reader.read(after)
        report.watch.tell("comparing")
        _Comparison(report, odd=reader.odd).run(old, new, places.paths)
    except (ValueError, RecursionError, MemoryError):  # no JSON, or nested too deeply
        report.found = known
        return False
    if reader.repeated:
        names = ", ".join(map(quoted, reader.repeated))
        report.note(f"Names that an object repeats were compared each time: {excerpt(names)}.")
    return True


def _readable(data: bytes) -> bool:
    return len(data) <= MOST and sum(map(data.count, (b",", b"[", b"{"))) <= VALUES


class _LateError(Exception):
    """The time is over."""


class _Comparison:
    """Walks two values side by side, and into nothing that is the same."""

    def __init__(self, report: Report, *, odd: bool) -> None:
        self._report = report
        self._odd = odd
        self._hides = not report.reveal
        self._numbers: dict[bytes, bytes] = {}
        self._here = ""
        self._steps = 0
        self._tells = False

    def run(self, before: Value, after: Value, paths: tuple[Path, ...]) -> None:
        """Report what differs, as far as the time lasts."""
        try:
            self._value("", before, after, paths)
        except _LateError:
            here = Change("body", self._here).place
            self._report.unfinished(f"the rest of the JSON, from {here} on")

    def _value(self, path: str, before: Value, after: Value, paths: tuple[Path, ...]) -> None:
        if before == after or self._report.full(_NOUN):
            return
        self._look(path)
        if isinstance(before, dict) and isinstance(after, dict):
            self._objects(path, before, after, paths)
        elif isinstance(before, list) and isinstance(after, list):
            self._lists(path, before, after, paths)
        elif isinstance(before, bytes) and isinstance(after, bytes) and same_number(before, after):
            spelled = before.decode("ascii"), after.decode("ascii")
            self._report.fact(
                "number spelled differently", Change("body", path, *excerpts(*spelled), _SPELLED)
            )
        else:
            self._report.add(_NOUN, self._changed(path, before, after))

    def _changed(self, path: str, before: Value, after: Value) -> Callable[[], Change]:
        return partial(_changed, path, before, after, hides=self._hides)

    def _veiled(self, name: Name, value: Value) -> Value:
        return veiled(name, value) if self._hides else value

    def _look(self, path: str) -> None:
        self._here = path
        self._steps += 1
        if self._steps % 64 == 0 and self._report.watch.late:
            raise _LateError

    def _objects(
        self,
        path: str,
        before: dict[Name, Value],
        after: dict[Name, Value],
        paths: tuple[Path, ...],
    ) -> None:
        names = [name for name in before if name not in after or before[name] != after[name]]
        names += [name for name in after if name not in before]
        for name in self._measured(names):
            rest, ends = onward(paths, name)
            here = _join(path, name)
            if name not in after:
                self._gone(here, self._veiled(name, before[name]), ignored=ends)
            elif name not in before:
                self._come(here, self._veiled(name, after[name]), ignored=ends)
            else:
                self._member(here, name, (before[name], after[name]), rest, ends)

    def _member(
        self,
        path: str,
        name: Name,
        both: tuple[Value, Value],
        paths: tuple[Path, ...],
        ends: bool,
    ) -> None:
        before, after = (self._veiled(name, value) for value in both)
        if (before, after) == both and ends:
            self._left_out(path, before, after)
        elif (before, after) == both:
            self._value(path, before, after, paths)
        elif not _equal(*both):
            self._report.add(_NOUN, self._changed(path, before, after), ignored=ends)

    def _lists(
        self, path: str, before: list[Value], after: list[Value], paths: tuple[Path, ...]
    ) -> None:
        lists = items_without(before, paths), items_without(after, paths)
        lines = line_up(*lists, self._by_value if self._odd else None)
        for place, there in lines.moved:
            if self._report.full(_MOVED):
                break
            self._report.add(
                _MOVED, partial(_moved, path, before[place], place, there, hides=self._hides)
            )
        pairs = lines.pairs
        if paths or self._odd:
            pairs = sorted([*pairs, *_spelled(lines.staying(len(before)), before, after)])
        in_order: list[tuple[int, int | None, int | None]] = [
            *((new, old, new) for old, new in pairs),
            *((old, old, None) for old in lines.gone),
            *((new, None, new) for new in lines.come),
        ]
        in_order.sort(key=itemgetter(0))
        for number, one, other in self._measured(in_order):
            rest, ends = onward(paths, number)
            here = join(path, number)
            if one is None:
                self._come(here, after[number], ignored=ends)
            elif other is None:
                self._gone(here, before[one], ignored=ends)
            elif ends:
                self._left_out(here, before[one], after[other])
            else:
                self._value(here, before[one], after[other], rest)

    def _by_value(self, value: Value) -> Value:
        return by_value(value, self._numbers)

    def _measured(self, items: Sequence[Item]) -> Iterator[Item]:
        """Yield members while they are of use, and of the first many tell how far it is."""
        tells = not self._tells and len(items) >= _MANY
        self._tells = self._tells or tells
        for number, item in enumerate(items):
            if self._report.full(_NOUN):
                return
            if tells and number % (len(items) // _MANY) == 0:
                self._report.watch.tell(f"comparing JSON, {100 * number // len(items)} %")
            yield item

    def _gone(self, path: str, value: Value, *, ignored: bool) -> None:
        change = partial(_alone, path, value, hides=self._hides)
        self._report.add(_NOUN, change, ignored=ignored)

    def _come(self, path: str, value: Value, *, ignored: bool) -> None:
        change = partial(_alone, path, value, new=True, hides=self._hides)
        self._report.add(_NOUN, change, ignored=ignored)

    def _left_out(self, path: str, before: Value, after: Value) -> None:
        if before != after:
            self._report.add(_NOUN, self._changed(path, before, after), ignored=True)


def _equal(before: Value, after: Value) -> bool:
    if isinstance(before, bytes) and isinstance(after, bytes):
        return same_number(before, after)
    return before == after


def _moved(path: str, item: Value, place: int, there: int, *, hides: bool) -> Change:
    to = Change("body", join(path, there)).place
    return Change("body", join(path, place), excerpt(shown(item, hides=hides)), to=to)


def _spelled(
    staying: Iterable[tuple[int, int]], before: list[Value], after: list[Value]
) -> Iterator[tuple[int, int]]:
    """Yield which of the items that stay are not written alike."""
    return ((old, new) for old, new in staying if before[old] != after[new])


def _alone(path: str, value: Value, *, new: bool = False, hides: bool) -> Change:
    text = excerpt(shown(value, hides=hides))
    return Change("body", path, None, text) if new else Change("body", path, text, None)


def _changed(path: str, before: Value, after: Value, *, hides: bool) -> Change:
    old, new = _shown_both(before, after, hides)
    return Change("body", path, old, new, MASKED if hides and old == new else "")


def _join(path: str, name: Name) -> str:
    return (
        f"{join(path, name[0])} (time {name[1]})" if isinstance(name, tuple) else join(path, name)
    )


def _shown_both(before: Value, after: Value, hides: bool) -> tuple[str, str]:
    if isinstance(before, str) and isinstance(after, str):
        old, new = excerpts(before, after)
        return json.dumps(old, ensure_ascii=False), json.dumps(new, ensure_ascii=False)
    if isinstance(before, bytes) and isinstance(after, bytes):
        return excerpts(before.decode("ascii"), after.decode("ascii"))
    return excerpt(shown(before, hides=hides)), excerpt(shown(after, hides=hides))
