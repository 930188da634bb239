"""JSON compared by structure: names in any order, numbers by value however they are spelled.

Nothing is lost by reading: numbers keep their digits, and a name that an object repeats is kept
each time. `1.0` and `1` are the same number; a digit that a float could not hold still counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, NoReturn, TypeAlias

from ..text.json_check import depth
from .places import Key, Path, Places, join
from .report import LIMIT, Change, Report, excerpt, excerpts
from .sequences import Block, blocks

# Reading holds the interpreter, and takes many times the size in memory: so many bytes, and signs
# that stand between values, are read as JSON.
MOST: Final = 8 << 20
VALUES: Final = 400_000
DEEPEST: Final = 150

_NUMBER: Final = re.compile(r"(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?")
_NOUN: Final = "place in the JSON body"
# An exponent of more digits is compared as it is written.
_EXPONENT: Final = 18


class Number:
    """A number as it was written, equal to others by value."""

    __slots__ = ("_value", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._value: tuple[str, str, int] | str = ""

    @property
    def value(self) -> tuple[str, str, int] | str:
        """Sign, digits without zeros around them, and exponent: exact, whatever the size."""
        if not self._value:
            self._value = _value_of(self.text)
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


def _value_of(text: str) -> tuple[str, str, int] | str:
    match = _NUMBER.fullmatch(text)
    if match is None or len(match[4] or "") > _EXPONENT:
        return text
    digits = (match[2] + (match[3] or "")).lstrip("0")
    if not digits:
        return "", "", 0
    bare = digits.rstrip("0")
    exponent = int(match[4] or 0) - len(match[3] or "") + len(digits) - len(bare)
    return match[1], bare, exponent


class Again(tuple[str, int]):
    """A name that stands in its object a second time, or more often: name and which time."""

    __slots__ = ()


Name: TypeAlias = str | Again
Value: TypeAlias = "str | Number | bool | list[Value] | dict[Name, Value] | None"


def compare(before: bytes, after: bytes, report: Report, places: Places) -> bool:
    """Compare two JSON texts in UTF-8; False when they cannot be read as JSON, or only in part.

    They may have up to `MOST` bytes each and `DEEPEST` levels; a name or number may be long.
    """
    if not (_readable(before) and _readable(after)):
        return False
    numbers: dict[str, Number] = {}
    try:
        old, new = _load(before, numbers), _load(after, numbers)
    except (ValueError, RecursionError):
        return False
    for path in places.paths:
        old, new = _without(old, path), _without(new, path)
    _Comparison(report).value("", old, new)
    return True


def _readable(data: bytes) -> bool:
    if len(data) > MOST or sum(map(data.count, (b",", b"[", b"{"))) > VALUES:
        return False
    opened = data.count(b"[") + data.count(b"{")
    return opened <= DEEPEST or depth(data) <= DEEPEST


def _load(data: bytes, numbers: dict[str, Number]) -> Value:
    """Read JSON; raises ValueError."""

    def number(text: str) -> Number:
        found = numbers.get(text)
        if found is None:
            found = numbers[text] = Number(text)
        return found

    value: Value = json.loads(
        data.decode("utf-8"),
        object_pairs_hook=_object,
        parse_int=number,
        parse_float=number,
        parse_constant=_refuse,
    )
    return value


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _object(pairs: list[tuple[str, Value]]) -> dict[Name, Value]:
    found: dict[Name, Value] = dict(pairs)
    if len(found) == len(pairs):
        return found
    found = {}
    times: dict[str, int] = {}
    for name, value in pairs:
        times[name] = times.get(name, 0) + 1
        found[name if times[name] == 1 else Again((name, times[name]))] = value
    return found


def _without(value: Value, path: Path) -> Value:
    """Return a value with what a path leads to left out; what the path does not touch is shared."""
    if not path:
        return None
    key, rest = path[0], path[1:]
    if isinstance(value, list) and not isinstance(key, str):
        return [
            _without(item, rest) if key is None or key == place else item
            for place, item in enumerate(value)
        ]
    if isinstance(value, dict) and not isinstance(key, int):
        found = {name: item for name, item in value.items() if rest or not _named(name, key)}
        return {
            name: _without(item, rest) if _named(name, key) else item
            for name, item in found.items()
        }
    return value


def _named(name: Name, key: Key) -> bool:
    return key is None or (name[0] if isinstance(name, Again) else name) == key


class _Comparison:
    """Walks two values side by side, and into nothing that is the same."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._prints: dict[int, int] = {}

    def value(self, path: str, before: Value, after: Value) -> None:
        if self._report.full(_NOUN) or self._same(before, after):
            return
        if isinstance(before, dict) and isinstance(after, dict):
            self._objects(path, before, after)
        elif isinstance(before, list) and isinstance(after, list):
            self._lists(path, before, after)
        else:
            self._add(path, *_shown_both(before, after))

    def _objects(self, path: str, before: dict[Name, Value], after: dict[Name, Value]) -> None:
        for name, value in before.items():
            if name in after:
                self.value(_join(path, name), value, after[name])
            else:
                self._add(_join(path, name), excerpt(_shown(value)), None)
        for name, value in after.items():
            if name not in before:
                self._add(_join(path, name), None, excerpt(_shown(value)))

    def _lists(self, path: str, before: list[Value], after: list[Value]) -> None:
        """Line up the items that are the same, and compare the others one by one."""
        skip = _same_start(before, after)
        old = [self._print(item) for item in before[skip:]]
        new = [self._print(item) for item in after[skip:]]
        for block in blocks(old, new):
            self._items(path, before, after, Block(*(place + skip for place in block)))

    def _items(self, path: str, before: list[Value], after: list[Value], block: Block) -> None:
        start, end, new_start, new_end = block
        both = min(end - start, new_end - new_start)
        for step in range(both):
            here = join(path, new_start + step)
            self.value(here, before[start + step], after[new_start + step])
        for place in range(start + both, end):
            if self._report.full(_NOUN):
                return
            self._add(join(path, place), excerpt(_shown(before[place])), None)
        for place in range(new_start + both, new_end):
            if self._report.full(_NOUN):
                return
            self._add(join(path, place), None, excerpt(_shown(after[place])))

    def _add(self, path: str, before: str | None, after: str | None) -> None:
        self._report.add(_NOUN, Change("body", path, before, after))

    def _same(self, before: Value, after: Value) -> bool:
        return self._print(before) == self._print(after) and before == after

    def _print(self, value: Value) -> int:
        """Return a number that equal values share; made once, from the leaves up."""
        if not isinstance(value, dict | list):
            return hash((type(value), value))
        found = self._prints.get(id(value))
        if found is None:
            if isinstance(value, list):
                found = hash(tuple(self._print(item) for item in value))
            else:
                found = hash(frozenset((name, self._print(item)) for name, item in value.items()))
            self._prints[id(value)] = found
        return found


def _same_start(before: list[Value], after: list[Value]) -> int:
    return next(
        (place for place, (old, new) in enumerate(zip(before, after, strict=False)) if old != new),
        min(len(before), len(after)),
    )


def _join(path: str, name: Name) -> str:
    return (
        f"{join(path, name[0])} (time {name[1]})" if isinstance(name, Again) else join(path, name)
    )


def _shown_both(before: Value, after: Value) -> tuple[str, str]:
    if isinstance(before, str) and isinstance(after, str):
        return _quoted(*excerpts(before, after))
    if isinstance(before, Number) and isinstance(after, Number):
        return excerpts(before.text, after.text)
    return excerpt(_shown(before)), excerpt(_shown(after))


def _quoted(before: str, after: str) -> tuple[str, str]:
    return json.dumps(before, ensure_ascii=False), json.dumps(after, ensure_ascii=False)


def _shown(value: Value) -> str:
    """Write a value in one line, as far as it is shown."""
    parts: list[str] = []
    size = 0
    for part in _parts(value):
        parts.append(part)
        size += len(part)
        if size > LIMIT:
            break
    return "".join(parts)


def _parts(value: Value) -> Iterator[str]:
    if isinstance(value, dict):
        yield "{"
        for number, (name, item) in enumerate(value.items()):
            plain = name[0] if isinstance(name, Again) else name
            yield f"{', ' if number else ''}{json.dumps(plain[: LIMIT + 1], ensure_ascii=False)}: "
            yield from _parts(item)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for number, item in enumerate(value):
            yield ", " if number else ""
            yield from _parts(item)
        yield "]"
    elif isinstance(value, Number):
        yield value.text
    elif isinstance(value, str):
        yield json.dumps(value[: LIMIT + 1], ensure_ascii=False)
    else:
        yield "null" if value is None else "true" if value else "false"
