"""Values of a JSON document as the bytes they are written in, taken apart a level at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from ..errors import BodyError
from ..text.json_check import check, parts
from . import spelled

if TYPE_CHECKING:
    from msgspec import Raw
    from msgspec.json import Decoder

Part: TypeAlias = "Raw | bytes"

# Up to here the place of a fault is looked for token by token, and odd JSON walked so.
CHECKED: Final = 8 << 20


def first(raw: Part) -> bytes:
    """Return the first byte of a value."""
    return bytes(memoryview(raw)[:1])


def check_whole(data: bytes) -> bool:
    """Return whether the fast library reads bytes as one value.

    Raises:
        BodyError: They are no JSON, or nested too deeply.
    """
    import msgspec

    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except msgspec.DecodeError as error:
        if len(data) > CHECKED:
            _check_large(data)
        elif fault := check(data):
            raise BodyError(fault.sentence(data), hint=fault.hint) from error
        return False
    except RecursionError:
        raise too_deep() from None
    return True


def _check_large(data: bytes) -> None:
    """Raise BodyError unless it is only the fast library that refuses a body."""
    try:
        spelled.check(data)
    except json.JSONDecodeError as error:
        reason = f"{error.msg[:1].lower()}{error.msg[1:]}".removesuffix(" at")
        where = f"line {error.lineno:,}, column {error.colno:,}"
        raise BodyError(f"Not valid JSON: {reason} at {where}.") from error
    except ValueError as error:
        raise BodyError(f"Not valid JSON: {error}.") from error
    except RecursionError:
        raise too_deep() from None


@cache
def _objects() -> Decoder[dict[str, Raw]]:
    import msgspec

    return msgspec.json.Decoder(dict[str, msgspec.Raw])


@cache
def _lists() -> Decoder[list[Raw]]:
    import msgspec

    return msgspec.json.Decoder(list[msgspec.Raw])


def members(raw: Part) -> Mapping[str, Part] | None:
    """Return the members of an object by name; None for another value."""
    import msgspec

    if first(raw) != b"{":
        return None
    try:
        return _objects().decode(raw)
    except msgspec.DecodeError:  # a lone surrogate as an escape, which the grammar allows
        return {str(json.loads(name)): value for name, value in parts(bytes(raw))}
    except RecursionError:
        raise too_deep() from None


def items(raw: Part) -> Sequence[Part] | None:
    """Return the items of a list; None for another value."""
    import msgspec

    if first(raw) != b"[":
        return None
    try:
        return _lists().decode(raw)
    except msgspec.DecodeError:
        return [value for _, value in parts(bytes(raw))]
    except RecursionError:
        raise too_deep() from None


def too_deep() -> BodyError:
    """Say that JSON has more levels than can be walked."""
    return BodyError("The JSON is nested too deeply to filter.", hint="Copy it as it is.")
