"""JSON as Python values for JMESPath, and back: numbers keep the spelling they came in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from ..errors import BodyError

if TYPE_CHECKING:
    from msgspec.json import Decoder, Encoder

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"

# Above the first the interpreter refuses a plain `int`; above the second it takes too long.
_DIGITS: Final = 4000
_MAX_DIGITS: Final = 20_000
_MINUS_ZERO: Final = re.compile(rb"-0(?![.\deE])")  # a whole number that `int` has no sign for


class _Spelled(float):
    """A number that remembers how it was written; JMESPath knows types by their names."""

    __slots__ = ("text",)
    text: str


class _SpelledInt(int):
    """A whole number that remembers how it was written."""

    text: str


_Spelled.__name__ = "float"
_SpelledInt.__name__ = "int"


def _float(text: str) -> float:
    plain = float(text)
    if repr(plain) == text:  # it takes a third of the memory, and a large body has millions
        return plain
    number = _Spelled(text)
    number.text = text
    return number


def _int(text: str) -> int:
    if len(text) <= _DIGITS and text != "-0":
        return int(text)
    if len(text) > _MAX_DIGITS:
        raise BodyError(
            f"A number has {len(text):,} digits, too many for JMESPath.",
            hint="A plain path such as a.b[0] shows it exactly.",
        )
    number = _SpelledInt(Decimal(text))
    number.text = text
    return number


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def reader() -> Callable[[bytes], Value]:
    """Return what reads JSON in UTF-8; it raises ValueError, BodyError and RecursionError."""
    import msgspec

    quick: Decoder[Value] = msgspec.json.Decoder(float_hook=_float)
    slow = json.JSONDecoder(parse_float=_float, parse_int=_int, parse_constant=_refuse)

    def read(data: bytes) -> Value:
        if b"-0" not in data or not _MINUS_ZERO.search(data):
            # What the fast library refuses may be JSON, such as a lone surrogate.
            with suppress(msgspec.DecodeError):
                return quick.decode(data)
        found: Value = slow.decode(data.decode("utf-8", "replace"))
        return found

    return read


def check(data: bytes) -> None:
    """Raise ValueError for what is no JSON, and RecursionError for what is nested too deeply."""
    json.JSONDecoder(parse_int=len, parse_constant=_refuse).decode(data.decode("utf-8", "replace"))


def written(value: Value, indent: int) -> bytes:
    """Return a value as JSON: indented, or on one line with -1."""
    import msgspec

    try:
        data = _encoder().encode(value)
        return data if indent < 0 else msgspec.json.format(data, indent=indent)
    except (UnicodeEncodeError, ValueError):  # lone surrogates
        # What `json` writes is ASCII: a number loses its spelling, and nothing else.
        return json.dumps(value, indent=indent if indent >= 0 else None).encode()


@cache
def _encoder() -> Encoder:
    import msgspec

    return msgspec.json.Encoder(enc_hook=_number)


def _number(value: object) -> object:
    """Give msgspec, which knows no subclasses, a number as it was spelled."""
    import msgspec

    if isinstance(value, _Spelled | _SpelledInt):
        return msgspec.Raw(value.text.encode())
    raise TypeError(type(value).__name__)
