"""Plain JSON values, written so that they come back equal and read as if an enemy wrote them.

Every reader raises ValueError for a value of the wrong shape, and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Final, TypeAlias, TypeVar

from ...clock import unstamp

Record: TypeAlias = dict[str, object]
T = TypeVar("T")

_LARGEST: Final = 1 << 63


def dumps(value: object) -> bytes:
    """Write one line of pure ASCII without spaces."""
    try:
        text = _ENCODER.encode(value)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return text.encode("ascii")


def loads(line: bytes | str) -> object:
    """Read JSON; nesting that is too deep and numbers that are none are a ValueError too.

    What this reads `dumps` can write, and the other way round.
    """
    try:
        value: object = _DECODER.decode(line if isinstance(line, str) else _text_of(line))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _text_of(line: bytes) -> str:
    """Decode JSON (RFC 8259, section 8.1), and what other programs make of a file."""
    if line[:1] == b"{" and line[1:2] != b"\0":  # as `json.detect_encoding` finds, but later
        return line.decode("utf-8", "surrogatepass")
    return line.decode(json.detect_encoding(line), "surrogatepass")


def first_value(text: str, start: int = 0) -> tuple[object, int]:
    """Read the JSON value that begins at a place; returns it and where it ends; like `loads`."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    found: object = value
    return found, end


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError("a number beyond all bounds")
    return value


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)


_ENCODER: Final = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def one_of(value: object, known: Iterable[T], *, why: str) -> T:
    """Return the one of some values that this is; `why` says what is wrong if it is none."""
    for each in known:
        if each == value:
            return each
    raise ValueError(why)


def record(value: object) -> Record:
    """Read an object."""
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def rows(value: object) -> list[object]:
    """Read an array; an absent one is empty."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError("not an array")
    return value


def flag(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return value


def whole(value: object) -> int:
    """Read an integer of 64 bits."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= _LARGEST:
        raise ValueError("not a whole number")
    return value


def count(value: object) -> int:
    """Read an integer that is not negative."""
    found = whole(value)
    if found < 0:
        raise ValueError("negative")
    return found


def number(value: object) -> float:
    """Read a finite number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError("not a number")
    if isinstance(value, int):
        return float(whole(value))
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return value


def finite(value: float) -> float:
    """Return a number that JSON can hold."""
    if math.isnan(value):
        return 0.0
    return max(-sys.float_info.max, min(value, sys.float_info.max))


def to_ms(seconds: float) -> float:
    """Write a duration in milliseconds, to the microsecond."""
    return round(seconds * 1000, 3) if abs(seconds) < 1e12 else 0.0


def from_ms(value: object) -> float:
    """Read a duration, in seconds."""
    return round(number(value) / 1000, 6)


def to_text(text: str) -> object:
    """Write text: as it is, or as bytes when it stands for bytes that are no UTF-8."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        pass
    else:
        return text
    with suppress(UnicodeEncodeError):
        data = text.encode("utf-8", "surrogateescape")
        if data.decode("utf-8", "surrogateescape") == text:
            return {"b64": _b64(data)}
    # Half a character that never was bytes; other JSON readers would refuse it as it is.
    return {"wtf8": _b64(text.encode("utf-8", "surrogatepass"))}


def from_text(value: object) -> str:
    """Read what `to_text` wrote."""
    if isinstance(value, str):
        return value
    kept = record(value)
    if "b64" in kept:
        return from_b64(kept["b64"]).decode("utf-8", "surrogateescape")
    return from_b64(kept.get("wtf8")).decode("utf-8", "surrogatepass")


def texts(value: object) -> tuple[str, ...]:
    """Read an array of text."""
    return tuple(from_text(item) for item in rows(value))


def to_pairs(pairs: Iterable[tuple[str, str]]) -> list[object]:
    """Write pairs of text, such as headers."""
    return [[to_text(name), to_text(value)] for name, value in pairs]


def from_pairs(value: object) -> tuple[tuple[str, str], ...]:
    """Read pairs of text."""
    return tuple(_from_pair(rows(row)) for row in rows(value))


def _from_pair(row: list[object]) -> tuple[str, str]:
    if len(row) != 2:
        raise ValueError("a pair has two parts")
    return from_text(row[0]), from_text(row[1])


def to_bytes(data: bytes) -> Record:
    """Write bytes: as text when they are UTF-8 and come back equal."""
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"b64": _b64(data)}


def from_bytes(value: Record) -> bytes | None:
    """Read what `to_bytes` wrote; None when there is neither."""
    if "text" in value:
        text = value["text"]
        if not isinstance(text, str):
            raise ValueError("not text")
        return text.encode("utf-8", "surrogatepass")
    if "b64" in value:
        return from_b64(value["b64"])
    return None


def from_b64(value: object) -> bytes:
    """Read base64 (RFC 4648, section 4)."""
    if not isinstance(value, str):
        raise ValueError("not base64")
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def moment(value: object) -> datetime:
    """Read a wall time (RFC 3339)."""
    if not isinstance(value, str):
        raise ValueError("not a time")
    try:
        return unstamp(value)
    except OverflowError as error:
        raise ValueError("not a time") from error
