"""Values as Python literals that read back equal, in lines of a readable length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ..safetext import has_controls

_WIDTH: Final = 88
# A line with its end, or a part of a long one.
_TEXT: Final = re.compile(r"[^\n]{0,79}\n|[^\n]{1,80}")
_BYTES: Final = re.compile(rb"[^\n]{0,31}\n|[^\n]{1,32}")


def literal(value: str | bytes | float | None, *, indent: int = 0) -> str:
    """Write a value, over several lines in parentheses when it is long.

    Args:
        value: Text is written with escapes for what cannot be seen.
        indent: How many spaces stand before the line that it begins in.
    """
    short = _short(value)
    if not isinstance(value, str | bytes) or len(short) + indent <= _WIDTH:
        return short
    margin = " " * (indent + 4)
    parts = "".join(f"{margin}{_short(part)}\n" for part in _parts(value))
    return f"(\n{parts}{' ' * indent})"


def text_or_bytes(value: str) -> str | bytes:
    """Return text as it is when it is pure ASCII, else as the bytes that go out."""
    return value if value.isascii() else value.encode("utf-8", "surrogateescape")


def readable(data: bytes) -> str | bytes:
    """Return bytes as text where that is the same to a client that encodes it as UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data


def _parts(value: str | bytes) -> Iterator[str | bytes]:
    if isinstance(value, str):
        yield from _TEXT.findall(value)
    else:
        yield from _BYTES.findall(value)


def _short(value: str | bytes | float | None) -> str:
    if isinstance(value, str):
        return _double_quoted(repr(value) if _is_plain(value) else ascii(value))
    return _double_quoted(repr(value)) if isinstance(value, bytes) else repr(value)


def _double_quoted(text: str) -> str:
    """Prefer double quotes where the text between holds none, as formatters do."""
    if '"' in text:
        return text
    start = text.index("'")
    return f'{text[:start]}"{text[start + 1 : -1]}"'


def _is_plain(text: str) -> bool:
    return text.isascii() or not has_controls(text.encode("utf-8", "surrogatepass"))
