"""Which bytes the characters of a text stand for, in any codec that a body may be read in.

Text is decoded so that nothing is lost: a byte that cannot be read becomes U+DC00 + byte, which
`safetext` draws as `‹81›`, so a place in the text is always a place in the bytes.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from typing import Final, Literal

_ESCAPE: Final = "sonde-escape"
_ESCAPED: Final = re.compile("[\udc00-\udcff]")


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in bad), error.end


codecs.register_error(_ESCAPE, _escape)


@lru_cache(64)
def unit_of(codec: str) -> int:
    """Return how many bytes a character takes at least, and how they are aligned."""
    name = codecs.lookup(codec).name
    return 2 if name.startswith("utf-16") else 4 if name.startswith("utf-32") else 1


@lru_cache(64)
def shape_of(codec: str) -> Literal["utf-8", "wide", "single", "other"]:
    """Say how a codec makes characters; `single` has one byte for each of them."""
    name = codecs.lookup(codec).name
    if name == "utf-8":
        return "utf-8"
    if unit_of(codec) > 1:
        return "wide"
    if name in ("ascii", "iso8859-1"):
        return "single"
    module = import_module(f"encodings.{name.replace('-', '_')}")
    return "single" if hasattr(module, "decoding_table") else "other"


def feed_of(codec: str) -> bytes:
    """Return the bytes of a line feed."""
    return "\n".encode(codec) if unit_of(codec) > 1 else b"\n"


def text_of(data: bytes, codec: str) -> str:
    """Read bytes; never raises."""
    shape = shape_of(codec)
    if shape in ("utf-8", "single"):
        return data.decode(codec, "surrogateescape")
    if shape == "other":
        return data.decode(codec, _ESCAPE)
    whole = len(data) - len(data) % unit_of(codec)
    errors = "surrogatepass" if unit_of(codec) == 2 else _ESCAPE
    tail = "".join(chr(0xDC00 + byte) for byte in data[whole:])
    return data[:whole].decode(codec, errors) + tail


def bytes_before(data: bytes, codec: str, text: str, index: int) -> int:
    """Return how many bytes the first characters of a text stand for.

    Args:
        data: What was read.
        codec: Of the bytes.
        text: As `text_of` read it.
        index: Characters.
    """
    shape = shape_of(codec)
    if index >= len(text):
        return len(data)
    if shape == "single" or (shape == "utf-8" and text.isascii()):
        return index
    if shape == "utf-8":
        return len(text[:index].encode(codec, "surrogateescape"))
    if shape == "other":
        return _ends(data, codec)[index - 1] if index else 0
    return _wide_bytes(data, codec, text[:index])


def _wide_bytes(data: bytes, codec: str, text: str) -> int:
    unit = unit_of(codec)
    whole = len(data) - len(data) % unit
    if unit == 4:
        return min(4 * len(text) - 3 * len(_ESCAPED.findall(text)), whole)
    size = len(text.encode(codec, "surrogatepass"))
    return size if size <= whole else whole + (size - whole) // 2


def chars_before(data: bytes, codec: str, offset: int) -> int:
    """Return how many whole characters end at or before an offset."""
    shape = shape_of(codec)
    if shape == "single":
        return min(offset, len(data))
    if shape == "other":
        return bisect_right(_ends(data, codec), offset)
    if offset >= len(data):
        return len(text_of(data, codec))
    if shape == "utf-8":
        return len(data[: _begin(data, offset)].decode(codec, "surrogateescape"))
    return len(text_of(data[: _wide_begin(data, codec, offset)], codec))


def _begin(data: bytes, offset: int) -> int:
    """Return where the UTF-8 character begins that an offset lies in."""
    for begin in range(offset - 1, max(offset - 4, -1), -1):
        if data[begin] & 0xC0 == 0x80:
            continue
        taken = 2 + (data[begin] >= 0xE0) + (data[begin] >= 0xF0)
        if begin + taken <= offset or data[begin] < 0xC0:
            return offset
        whole = len(data[begin : begin + taken].decode("utf-8", "surrogateescape")) == 1
        return begin if whole else offset
    return offset


def _wide_begin(data: bytes, codec: str, offset: int) -> int:
    unit = unit_of(codec)
    begin = offset - offset % unit
    if unit == 2 and begin >= 2 and len(text_of(data[begin - 2 : begin + 2], codec)) == 1:
        begin -= 2
    return begin


def whole(data: bytes, codec: str) -> int:
    """Return where the last character ends that is not cut by the end of the bytes."""
    shape = shape_of(codec)
    if shape == "single" or not data:
        return len(data)
    if shape == "utf-8":
        for back in range(1, min(4, len(data) + 1)):
            byte = data[-back]
            if byte & 0xC0 != 0x80:
                taken = 1 + (byte >= 0xC2) + (byte >= 0xE0) + (byte >= 0xF0)
                return len(data) - back if taken > back else len(data)
        return len(data)
    if shape == "wide":
        unit = unit_of(codec)
        size = len(data) - len(data) % unit
        high = unit == 2 and size and "\ud800" <= text_of(data[size - 2 : size], codec) <= "\udbff"
        return size - 2 if high else size
    decoder = codecs.getincrementaldecoder(codec)(_ESCAPE)
    decoder.decode(data)
    return len(data) - len(decoder.getstate()[0])


@lru_cache(256)
def _ends(data: bytes, codec: str) -> list[int]:
    """Return where each character ends; for codecs whose bytes cannot be told apart."""
    decoder = codecs.getincrementaldecoder(codec)(_ESCAPE)
    ends: list[int] = []
    size = len(data)
    with suppress(UnicodeError):  # a decoder with states may give up on a long nonsense
        for place in range(size):
            made = decoder.decode(data[place : place + 1], place == size - 1)
            first = ends[-1] if ends else 0
            # Several at once are bytes that cannot be read, each by itself, and what follows.
            ends.extend(min(first + number, place + 1) for number in range(1, len(made)))
            if made:
                ends.append(place + 1)
    missing = len(text_of(data, codec)) - len(ends)
    return ends[:missing] if missing < 0 else ends + [size] * missing
