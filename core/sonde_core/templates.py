"""Messages with `{{…}}` in them, filled in when they are sent.

Escapes come first: what a person types is turned into bytes, with the line ending, and only then
filled in. So a value is put in just as it is, whatever stands in it, and is never a template
itself: what a peer sent can be put into an answer without harm.

    {{name}}                     a value by its name
    {{counter}} {{counter:ID}}   1, 2, 3 … from message to message; with :start=10 :step=5
    {{now}} {{unix}} {{unix_ms}} the time: RFC 3339 in UTC, seconds or milliseconds since 1970
    {{uuid}}                     a random UUID, another each time
    {{random:N}}                 N random bytes; {{random_hex:N}} the same in hex digits
    {{random_int:1:6}}           a random whole number between two
    {{length}}                   how many bytes follow; with :+4 that many more
    {{length:PART}}              how many bytes are in a part of the message
    {{begin:PART}} {{end:PART}}  mark a part; without an end it goes to the message's
    {{crc32}} {{crc32:PART}}     CRC-32 of what stands before, or of a part: be, le or hex

Counter, time, length and random_int are digits unless a form follows: `hex`, `8d` and `4x` (so
many digits at least), `4be` and `2le` (so many bytes): `{{length:4be}}`, `{{counter:id:6d}}`.
Within one message a counter keeps its number, and the time is one time. `{{{{` is `{{` itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from .clock import Clock, SystemClock, stamp
from .errors import PayloadSyntaxError
from .template_fields import NAME, TemplateField, arguments, pieces
from .template_layout import Laid, Length, Mark, checksum, lay_out

BUILT_IN: Final = frozenset(
    {"begin", "counter", "crc32", "end", "length", "now", "random", "random_hex", "random_int"}
    | {"unix", "unix_ms", "uuid"}
)
MOST_RANDOM: Final = 1 << 20  # bytes of one field
MOST: Final = 64 << 20  # bytes of one message

_MAYBE: Final = re.compile(rb"\{\{([A-Za-z_][A-Za-z0-9_.-]*)(?::[^{}]{0,200})?\}\}")


@dataclass(frozen=True, slots=True)
class Values:
    """What fields are filled with.

    Attributes:
        names: Values by name; a built-in name cannot be given another meaning.
        clock: Tells the time.
        random: Gives so many random bytes.
        counters: The number that each counter gave last; it goes on with every message.
    """

    names: Mapping[str, bytes] = field(default_factory=dict)
    clock: Clock = field(default_factory=SystemClock)
    random: Callable[[int], bytes] = os.urandom
    counters: dict[str, int] = field(default_factory=dict)

    def with_names(self, more: Mapping[str, bytes]) -> Values:
        """Return values with more names; clock, random source and counters are shared."""
        return replace(self, names={**self.names, **more})

    def giving_back(self, before: Mapping[str, int]) -> Callable[[], None]:
        """Return what gives back the numbers that counters gave since they stood like this.

        A counter that has gone on meanwhile stays where it is then.
        """
        given = {name: last for name, last in self.counters.items() if before.get(name) != last}

        def give_back() -> None:
            for name, last in given.items():
                if self.counters.get(name) != last:
                    continue
                if name in before:
                    self.counters[name] = before[name]
                else:
                    del self.counters[name]

        return give_back


def fill(data: bytes, values: Values) -> bytes:
    """Fill in the fields of a message; counters go on only when that works.

    Raises:
        PayloadSyntaxError: A name that is not known, or a field that cannot be written.
    """
    if b"{{" not in data:
        return data
    filling = _Filling(values)
    filled = lay_out(list(filling.laid(data)))
    values.counters.update(filling.counters)
    return filled


def check(data: bytes, values: Values) -> None:
    """Raise what `fill` would raise, without counting."""
    fill(data, replace(values, counters=dict(values.counters)))


def names_in(data: bytes) -> tuple[str, ...]:
    """Return the names that must be given for a message, each once, in order; no built-in ones.

    Raises:
        PayloadSyntaxError: A field is not closed.
    """
    names = (piece.name for piece in pieces(data) if isinstance(piece, TemplateField))
    return tuple(dict.fromkeys(name for name in names if name not in BUILT_IN))


def is_template(data: bytes, values: Values) -> bool:
    """Whether a field stands in a message whose name is known: else it is likely just bytes."""
    return bool(named_in(data, {*BUILT_IN, *values.names}))


def named_in(data: bytes, known: Container[str]) -> tuple[str, ...]:
    """Return which of the names that are known stand in a message as fields, in order."""
    names = (match[1].decode() for match in _MAYBE.finditer(data))
    return tuple(dict.fromkeys(name for name in names if name in known))


class _Filling:
    """One message being filled in."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._now = values.clock.now()
        self._size = 0
        self.counters: dict[str, int] = {}

    def laid(self, data: bytes) -> Iterator[Laid]:
        for piece in pieces(data):
            laid = self._laid(piece) if isinstance(piece, TemplateField) else piece
            if isinstance(laid, bytes):
                self._size += len(laid)
                if self._size > MOST:
                    raise PayloadSyntaxError(
                        f"The message is filled in to more than {MOST >> 20} MiB.",
                        hint="Send it as a file.",
                    )
            yield laid

    def _laid(self, place: TemplateField) -> Laid:
        match place.name:
            case "length":
                told = arguments(place, plus=True)
                return Length(place, told.form, told.name, told.plus)
            case "crc32":
                return checksum(place)
            case "begin" | "end":
                return Mark(place, _part(place), place.name == "end")
            case _:
                return self._value(place)

    def _value(self, place: TemplateField) -> bytes:
        milliseconds = int(self._now.timestamp() * 1000)
        match place.name:
            case "counter":
                return self._count(place)
            case "now":
                return _alone(place, stamp(self._now).encode())
            case "unix":
                return arguments(place).form.write(milliseconds // 1000, place)
            case "unix_ms":
                return arguments(place).form.write(milliseconds, place)
            case "uuid":
                return _alone(place, _uuid(self._values.random(16)))
            case "random":
                return self._values.random(_many(place))
            case "random_hex":
                return self._values.random(_many(place)).hex().encode()
            case "random_int":
                return self._random_int(place)
            case _:
                return self._named(place)

    def _count(self, place: TemplateField) -> bytes:
        told = arguments(place, "start", "step")
        if told.name not in self.counters:
            last = self._values.counters.get(told.name)
            start, step = told.settings.get("start", 1), told.settings.get("step", 1)
            self.counters[told.name] = start if last is None else last + step
        return told.form.write(self.counters[told.name], place)

    def _random_int(self, place: TemplateField) -> bytes:
        try:
            low, high = map(int, place.arguments)
        except ValueError:
            low, high = 1, 0
        if not -(1 << 63) <= low <= high < 1 << 63:
            raise place.wrong("names no two numbers", "Write it like {{random_int:1:6}}.")
        return b"%d" % (low + int.from_bytes(self._values.random(16), "big") % (high - low + 1))

    def _named(self, place: TemplateField) -> bytes:
        found = self._values.names.get(place.name)
        if found is None:
            raise place.wrong(*self._unknown(place.name))
        return _alone(place, found)

    def _unknown(self, name: str) -> tuple[str, str]:
        from difflib import get_close_matches

        literal = "Write {{{{ to send {{ itself."
        if not NAME.fullmatch(name):
            return "is no name", literal
        near = get_close_matches(name, [*BUILT_IN, *self._values.names], 1)
        meant = f"Did you mean {{{{{near[0]}}}}}? " if near else ""
        return "is a name that is not known", meant + literal


def _alone(place: TemplateField, value: bytes) -> bytes:
    if place.arguments:
        raise place.wrong("takes no argument")
    return value


def _part(place: TemplateField) -> str:
    if len(place.arguments) != 1 or not NAME.fullmatch(place.arguments[0]):
        raise place.wrong("needs the name of a part", f"Write it like {{{{{place.name}:body}}}}.")
    return place.arguments[0]


def _many(place: TemplateField) -> int:
    told = place.arguments[0] if len(place.arguments) == 1 else ""
    if not (told.isascii() and told.isdigit() and len(told) < 8 and int(told) <= MOST_RANDOM):
        raise place.wrong(
            "needs a number of bytes", f"Write it like {{{{{place.name}:8}}}}; 1 MiB at most."
        )
    return int(told)


def _uuid(random: bytes) -> bytes:
    from uuid import UUID

    return str(UUID(bytes=random, version=4)).encode()
