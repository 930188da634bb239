"""The ways in which one secret is written: as it is, in a URL, in a form, in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import quote, quote_plus, unquote_to_bytes

# By the word in a stand-in. A number of JSON stands without the quotes that its stand-in has.
NUMBER: Final = "number"


def _in_json(value: bytes) -> bytes:
    text = value.decode("utf-8", "surrogateescape")
    return json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "surrogateescape")


_WAYS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "": bytes,
    "url": lambda value: quote(value, safe="").encode("ascii"),
    "form": lambda value: quote_plus(value).encode("ascii"),
    "json": _in_json,
    NUMBER: bytes,
}


def write(value: bytes, form: str) -> bytes:
    """Write a secret as its stand-in asks for; an unknown form is as it is."""
    return _WAYS.get(form, bytes)(value)


def ways(value: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the different ways to write a secret, each with its form."""
    seen: set[bytes] = set()
    for form, way in _WAYS.items():
        written = way(value)
        if written not in seen:
            seen.add(written)
            yield form, written


def plain(written: bytes) -> bytes:
    """Return the secret that is written so, where that can be told; else what is written."""
    for read in (_from_url, _from_json):
        value = read(written)
        if value != written and any(written == other for _, other in ways(value)):
            return value
    return written


def _from_url(written: bytes) -> bytes:
    return unquote_to_bytes(written) if b"%" in written else written


def _from_json(written: bytes) -> bytes:
    if b"\\" not in written:
        return written
    try:
        text = json.loads(b'"' + written + b'"')
    except ValueError:
        return written
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else written
