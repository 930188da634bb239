"""JSON read so that it can be compared fast, and nothing is lost: numbers keep their digits.

A number is the bytes it was written with, which no other value is: so equal values are found by
the interpreter itself, `1` is not `true`, and of `1.0` beside `1` it can be told how they differ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, NoReturn, TypeAlias

from ..secrets import MASK, is_secret_name
from .change import LIMIT
from .places import Key, Path

# A name that its object repeats is there each time, with which time it is.
Name: TypeAlias = str | tuple[str, int]
Value: TypeAlias = "str | bytes | bool | list[Value] | dict[Name, Value] | None"
Pairs: TypeAlias = list[tuple[str, Value]]

_NUMBER: Final = re.compile(rb"(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?")
# Numbers that may be spelled in another way; a string that looks so does no harm. Each by itself
# is found ten times as fast.
_ODD: Final = tuple(map(re.compile, (rb"\.\d*0(?!\d)", rb"[eE](?<=\d.)[+-]?\d", rb"-0(?![.\d])")))
# An exponent of more digits is compared as it is written.
_EXPONENT: Final = 18
_NAMED: Final = 4


class Reader:
    """Reads JSON texts that are compared with each other.

    Attributes:
        repeated: Some of the names that stand in one object more than once.
        odd: Whether a number may be spelled otherwise and mean the same.
    """

    def __init__(self) -> None:
        self.repeated: dict[str, None] = {}
        self.odd = False
        self._orders: dict[tuple[Name, ...], tuple[Name, ...] | None] = {}
        self._first: dict[frozenset[Name], tuple[Name, ...]] = {}

    def read(self, data: bytes) -> Value:
        """Return the value; raises ValueError or RecursionError."""
        self.odd = self.odd or any(odd.search(data) for odd in _ODD)
        value: Value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=self._object,
            parse_int=str.encode,
            parse_float=str.encode,
            parse_constant=_refuse,
        )
        return value

    def _object(self, pairs: Pairs) -> dict[Name, Value]:
        """Return an object, with its names in the order in which they were met first.

        So objects that are equal have the same bytes when they are written down.
        """
        found: dict[Name, Value] = dict(pairs)
        if len(found) != len(pairs):
            found = self._repeating(pairs)
        names = tuple(found)
        try:
            order = self._orders[names]
        except KeyError:
            first = self._first.setdefault(frozenset(names), names)
            order = self._orders[names] = None if first == names else first
        return found if order is None else {name: found[name] for name in order}

    def _repeating(self, pairs: Pairs) -> dict[Name, Value]:
        found: dict[Name, Value] = {}
        times: dict[str, int] = {}
        for name, value in pairs:
            number = times[name] = times.get(name, 0) + 1
            found[name if number == 1 else (name, number)] = value
            if number > 1 and len(self.repeated) < _NAMED:
                self.repeated[name] = None
        return found


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def number_of(spelled: bytes) -> tuple[bytes, bytes, int] | bytes:
    """Return sign, digits without zeros around them, and exponent: exact, whatever the size."""
    match = _NUMBER.fullmatch(spelled)
    if match is None or len(match[4] or b"") > _EXPONENT:
        return spelled
    digits = (match[2] + (match[3] or b"")).lstrip(b"0")
    if not digits:
        return b"", b"", 0
    bare = digits.rstrip(b"0")
    exponent = int(match[4] or 0) - len(match[3] or b"") + len(digits) - len(bare)
    return match[1], bare, exponent


def same_number(before: bytes, after: bytes) -> bool:
    """Whether two numbers are equal by value."""
    return before == after or number_of(before) == number_of(after)


def onward(paths: tuple[Path, ...], name: Name | int) -> tuple[tuple[Path, ...], bool]:
    """Go one step along paths: what is left of those that fit, and whether one of them ends."""
    if not paths:
        return paths, False
    plain = name[0] if isinstance(name, tuple) else name
    left = [path[1:] for path in paths if _fits(path[0], plain)]
    return tuple(path for path in left if path), () in left


def _fits(key: Key, name: str | int) -> bool:
    return key is None or (type(key) is type(name) and key == name)


def without(value: Value, paths: tuple[Path, ...]) -> Value:
    """Return a value without what paths lead to; what they do not touch is shared."""
    if not paths:
        return value
    if isinstance(value, dict):
        steps = ((name, item, onward(paths, name)) for name, item in value.items())
        return {name: without(item, rest) for name, item, (rest, ends) in steps if not ends}
    if isinstance(value, list):
        places = ((item, onward(paths, place)) for place, item in enumerate(value))
        # The items behind one that is left out keep their places.
        return [None if ends else without(item, rest) for item, (rest, ends) in places]
    return value


def items_without(items: list[Value], paths: tuple[Path, ...]) -> list[Value]:
    """Return the items of a list without what paths lead to."""
    found = without(items, paths)
    return found if isinstance(found, list) else items


def by_value(value: Value, known: dict[bytes, bytes]) -> Value:
    """Return a value with its numbers spelled alike; those that were seen before are in `known`."""
    if isinstance(value, dict):
        return {name: by_value(item, known) for name, item in value.items()}
    if isinstance(value, list):
        return [by_value(item, known) for item in value]
    if not isinstance(value, bytes):
        return value
    if value not in known:
        found = number_of(value)
        known[value] = found if isinstance(found, bytes) else b"%b|%b|%d" % found
    return known[value]


def veiled(name: Name, value: Value) -> Value:
    """Return what is shown of a member: stars for a string or a number that gives access."""
    bare = name[0] if isinstance(name, tuple) else name
    return MASK if value and isinstance(value, str | bytes) and is_secret_name(bare) else value


def shown(value: Value, *, hides: bool = False) -> str:
    """Write a value in one line, as far as it is shown; with stars over what gives access."""
    parts: list[str] = []
    size = 0
    for part in _parts(value, hides):
        parts.append(part)
        size += len(part)
        if size > LIMIT:
            break
    return "".join(parts)


def _parts(value: Value, hides: bool) -> Iterator[str]:
    if isinstance(value, dict):
        yield "{"
        for number, (name, item) in enumerate(value.items()):
            bare = name[0] if isinstance(name, tuple) else name
            yield f"{', ' if number else ''}{quoted(bare)}: "
            yield from _parts(veiled(name, item) if hides else item, hides)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for number, item in enumerate(value):
            yield ", " if number else ""
            yield from _parts(item, hides)
        yield "]"
    elif isinstance(value, bytes):
        yield value.decode("ascii")
    elif isinstance(value, str):
        yield quoted(value)
    else:
        yield "null" if value is None else "true" if value else "false"


def quoted(text: str) -> str:
    """Write the beginning of a string as JSON does."""
    return json.dumps(text[: LIMIT + 1], ensure_ascii=False)
