r"""Text ⇄ bytes: escapes, hex, base64 and line endings as a person types them.

Input modes say how typed text becomes bytes; how bytes are drawn is another matter.
"""

from __future__ import annotations

import binascii
import re
from enum import StrEnum
from typing import Final

from .errors import PayloadSyntaxError
from .quoting import brief, quoted


class InputMode(StrEnum):
    """How typed text becomes bytes."""

    TEXT = "text"  # with escapes
    HEX = "hex"
    FILE = "file"
    BASE64 = "base64"
    RAW = "raw"  # text as it is


class LineEnding(StrEnum):
    """What is added after each message that is typed."""

    NONE = "none"
    LF = "LF"
    CRLF = "CRLF"
    NUL = "NUL"

    @property
    def data(self) -> bytes:
        return _ENDINGS[self]


_ENDINGS: Final = {
    LineEnding.NONE: b"",
    LineEnding.LF: b"\n",
    LineEnding.CRLF: b"\r\n",
    LineEnding.NUL: b"\0",
}
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.|$)", re.DOTALL)
_CONTROL = re.compile(r"\\[^\x00-\x1f\x7f]|\\?([\x00-\x1f\x7f])")
# Halves of characters but those by which bytes that are no UTF-8 are held.
_HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_SIMPLE: Final = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}
_NAMES: Final = {data[0]: "\\" + name for name, data in _SIMPLE.items()}


def unescape(text: str) -> bytes:
    r"""Turn text with escapes into bytes, all else as UTF-8.

    Escapes are `\r \n \t \0 \\ \xHH`.

    Raises:
        PayloadSyntaxError: An escape that is none of these.
    """
    parts: list[bytes] = []
    end = 0
    for match in _ESCAPE.finditer(text):
        parts.append(_encode(text[end : match.start()]))
        name = match[1]
        if name in _SIMPLE:
            parts.append(_SIMPLE[name])
        elif len(name) == 3:
            parts.append(bytes([int(name[1:], 16)]))
        else:
            raise PayloadSyntaxError(
                f"Unknown escape {quoted(match[0])} at character {match.start() + 1}.",
                hint=r"Escapes are \r \n \t \0 \\ and \xHH; write \\ for a backslash.",
            )
        end = match.end()
    parts.append(_encode(text[end:]))
    return b"".join(parts)


def escape(data: bytes) -> str:
    """Turn bytes into text that `unescape` reads back to the same bytes."""
    parts = []
    for char in data.decode("utf-8", "surrogateescape"):
        code = ord(char)
        if 0xDC80 <= code <= 0xDCFF:
            parts.append(f"\\x{code - 0xDC00:02x}")
        elif code in _NAMES:
            parts.append(_NAMES[code])
        elif code < 0x20 or code == 0x7F:
            parts.append(f"\\x{code:02x}")
        elif not char.isprintable():
            parts.extend(f"\\x{byte:02x}" for byte in char.encode())
        else:
            parts.append(char)
    return "".join(parts)


def parse_hex(text: str) -> bytes:
    r"""Turn pairs of hex digits into bytes, in any usual style.

    Spaces, line feeds, commas, colons and `0x` or `\x` before a pair may stand between pairs,
    never inside one: `0 1` is refused.

    Raises:
        PayloadSyntaxError: Odd digits, or something that is no hex.
    """
    parts: list[bytes] = []
    for word in re.split(r"[\s,:;]+|0[xX](?=[0-9A-Fa-f])|\\x(?=[0-9A-Fa-f])", text):
        if not word:
            continue
        bad = re.search(r"[^0-9A-Fa-f]", word)
        if bad:
            raise PayloadSyntaxError(
                f"{quoted(bad[0])} is no hex digit, in {quoted(brief(word, 24))}."
            )
        if len(word) % 2:
            raise PayloadSyntaxError(
                f"{quoted(brief(word, 24))} has an odd number of hex digits ({len(word)}).",
                hint="Each byte takes two digits: write 0a, not a.",
            )
        parts.append(bytes.fromhex(word))
    return b"".join(parts)


def parse_base64(text: str) -> bytes:
    """Turn base64 into bytes, in both alphabets (RFC 4648), with or without padding.

    Raises:
        PayloadSyntaxError: Something that is no base64.
    """
    digits = re.sub(r"\s+", "", text)
    bare = digits.rstrip("=")
    bad = re.search(r"[^A-Za-z0-9+/_-]", bare)
    if bad:
        raise PayloadSyntaxError(
            f"{quoted(bad[0])} is no base64 digit.",
            hint="There are A-Z a-z 0-9 + / and = at the end.",
        )
    padding = digits[len(bare) :]
    if len(bare) % 4 == 1 or (padding and len(digits) % 4):
        raise PayloadSyntaxError(
            f"Base64 of {len(digits)} digits is not whole.", hint="Four digits make three bytes."
        )
    usual = bare.replace("-", "+").replace("_", "/")
    return binascii.a2b_base64(usual + "=" * (-len(bare) % 4))


def encode(text: str, mode: InputMode, ending: LineEnding = LineEnding.NONE) -> bytes:
    """Turn what a person typed into the bytes to send; the ending follows text only.

    Raises:
        PayloadSyntaxError: The text does not fit its mode.
    """
    match mode:
        case InputMode.HEX:
            return parse_hex(text)
        case InputMode.BASE64:
            return parse_base64(text)
        case InputMode.RAW:
            return _encode(text) + ending.data
        case _:
            return unescape(text) + ending.data


def spread(text: str) -> str:
    r"""Write text with escapes over lines: each `\n` becomes a line feed; the bytes stay."""
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[0], text)


def one_line(text: str) -> str:
    r"""Write text with escapes on one line: line feeds and other controls as escapes.

    A backslash before a control, which is no escape, becomes one itself: nothing is lost.
    """
    return _CONTROL.sub(_control, text)


def _control(found: re.Match[str]) -> str:
    control = found[1]
    if control is None:
        return found[0]
    return ("\\\\" if found[0][0] == "\\" else "") + escape(control.encode())


def to_bytes(text: str) -> bytes:
    """Return text in UTF-8; what was no UTF-8 comes back, other halves of characters are U+FFFD."""
    return _HALVES.sub("\ufffd", text).encode("utf-8", "surrogateescape")


def _encode(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise PayloadSyntaxError(
            f"Character U+{ord(text[error.start]):04X} cannot be sent as UTF-8."
        ) from error
