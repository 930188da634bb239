"""What a body is: from its media type, and from its first bytes where that says little."""

from __future__ import annotations

import codecs
import re
from typing import Final, Literal, TypeAlias

from ..body import Body
from ..pictures.signatures import format_of
from .charsets import reading

Kind: TypeAlias = Literal["json", "ndjson", "events", "xml", "html", "text", "image", "binary"]

MARK: Final = codecs.BOM_UTF8

_SNIFFED: Final = 1024
# The first of several JSON values, one a line, is looked for in so many bytes.
_FIRST_LINE: Final = 1 << 16
_HTML: Final = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
# What no text has; a terminal's bell, backspace, shifts and escape are in many a log.
_CONTROLS: Final = rb"[\x01-\x06\x10-\x1a\x1c-\x1f]"
# So much of them makes a body binary: as a part of its first bytes, and where its type says text.
_ODD: Final = 0.05
_ODD_IN_TEXT: Final = 0.3
_UNTOLD: Final = ("", "application/octet-stream")
_TEXT_TYPES: Final = ("javascript", "x-www-form-urlencoded", "yaml", "toml", "graphql", "x-sh")
_LINES_TYPES: Final = ("ndjson", "jsonl", "jsonlines", "json-seq", "/stream+json", "/x-json-stream")
# A value that stands whole on its line, and the begin of a second one (RFC 7464 marks each).
_SEVERAL: Final = re.compile(
    rb"[\s\x1e]*(?:\{[^\r\n]*\}|\[[^\r\n]*\])[ \t]*\r?\n\s*\x1e?[\[{\"\-0-9tfn]"
)


def kind_of(body: Body, charset: str = "") -> Kind:
    """Tell what a body is.

    Args:
        body: Its first bytes are looked at where its type says little.
        charset: What a person chose to read it in; empty to go by the body.

    Raises:
        BodyError: The bytes cannot be read.
    """
    main = body.media_type.partition(";")[0].strip().lower()
    if main.endswith(_LINES_TYPES):
        return "ndjson"
    if main.endswith(("/json", "+json")):
        return "json"
    if main.endswith(("/xml", "+xml")):
        return "xml"
    if main == "text/html":
        return "html"
    if main == "text/event-stream":
        return "events"
    if main.startswith("image/"):
        return "image"
    if main in _UNTOLD and format_of(_first(body, _SNIFFED)):
        return "image"
    if main in ("text/plain", *_UNTOLD):
        return _sniff(body, charset, _ODD_IN_TEXT if main == "text/plain" else _ODD)
    if main.startswith("text/") or main.endswith(_TEXT_TYPES):
        return "text"
    return "binary" if _is_binary(_first(body, _SNIFFED)) else "text"


def _first(body: Body, size: int) -> bytes:
    return body.read(0, size) if body.kept else b""


def _sniff(body: Body, charset: str, odd: float) -> Kind:
    codec = reading(body, charset).codec
    first = _in_utf8(_first(body, _SNIFFED), codec)
    if _is_binary(first, odd):
        return "binary"
    start = first.lstrip(b" \t\r\n\x1e")[:1]
    if start in (b"{", b"["):
        lines = _in_utf8(_first(body, _FIRST_LINE), codec)
        return "ndjson" if _has_several(lines) else "json"
    if start == b"<":
        return "html" if _HTML.match(first) else "xml"
    return "text"


def _in_utf8(first: bytes, codec: str) -> bytes:
    if codec.startswith(("utf-16", "utf-32")):
        first = first.decode(codec, "ignore").encode("utf-8", "replace")
    return first.removeprefix(MARK)


def _is_binary(first: bytes, odd: float = _ODD) -> bool:
    return b"\0" in first or len(re.findall(_CONTROLS, first)) > odd * len(first)


def _has_several(lines: bytes) -> bool:
    found = _SEVERAL.match(lines)
    if not found:
        return False
    line = found[0].rpartition(b"\n")[0].rstrip()
    return line.count(b"{") == line.count(b"}") and line.count(b"[") == line.count(b"]")
