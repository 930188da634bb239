"""HTTP/1.1 messages: heads, with bodies by length, in chunks, or to the end (RFC 9112)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .lens import MORE, Lens, Part, Reading, counted, preview, text_of

_START: Final = re.compile(
    rb"(?:\r?\n)*(?:HTTP/1\.[01] [1-5][0-9]{2}|[A-Z][A-Z-]{0,30} [^ \r\n]{1,8000} HTTP/1\.[01])"
)
_NEXT: Final = re.compile(rb"HTTP/1\.[01] [1-5]|[A-Z]{3,12} [/*h][^ \r\n]{0,8000} HTTP/1\.")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_LENGTH: Final = re.compile(
    rb"\ncontent-length[ \t]*:[ \t]*([0-9]{1,15})[ \t]*\r?(?=\n)", re.IGNORECASE
)
_CHUNKED: Final = re.compile(
    rb"\ntransfer-encoding[ \t]*:[^\r\n]*\bchunked[ \t]*\r?(?=\n)", re.IGNORECASE
)
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
_STATUS: Final = re.compile(rb"(?:\r?\n)*HTTP/1\.[01] ([1-5][0-9]{2})")
_BLANK: Final = re.compile(rb"[\r\n]*")
_LONGEST_LINE: Final = 8192
_HEADERS: Final = 200
_SHOWN: Final = 4096  # bytes of a body in chunks that are joined to be shown


class Http(Lens):
    """Requests and answers with their bodies."""

    name = "http"
    about = "HTTP/1.1 requests and answers"

    def cut(self, data: bytes, at: int, *, ended: bool) -> int:
        if not _START.match(data, at):
            return _no_start(data, at, ended=ended)
        found = _HEAD_END.search(data, at + _blank(data, at))
        if found is None:
            return len(data) - at if ended else MORE
        end = _end_of_body(data, at, found.end())
        if end is None:
            return len(data) - at if ended else MORE
        return end - at

    def read(self, data: bytes) -> Reading:
        start = _blank(data, 0)
        if not _START.match(data):
            return Reading(preview(data), (), "this is no HTTP")
        found = _HEAD_END.search(data, start)
        head_end = found.end() if found else len(data)
        first = data.find(b"\n", start, head_end)
        first = first + 1 if first >= 0 else head_end
        parts = [*_fields(data, first, data.find(b"\n", found.start()) + 1 if found else head_end)]
        body = data[head_end:]
        if body:
            parts.append(
                Part(
                    "body",
                    f"{counted(len(body), 'byte')}: {_shown(data, head_end)}",
                    head_end,
                    len(data),
                )
            )
        title = text_of(data[start:first].rstrip())
        return Reading(title, tuple(parts), _lack(data, found.end() if found else None))


def _blank(data: bytes, at: int) -> int:
    """Return how many bytes of line ends stand before a head (RFC 9112, section 2.2)."""
    found = _BLANK.match(data, at)
    return found.end() - at if found else 0


def _no_start(data: bytes, at: int, *, ended: bool) -> int:
    """Return what to do with bytes that begin no message: wait, or pass over them."""
    line_end = data.find(b"\n", at + _blank(data, at))
    if line_end < 0 and not ended and len(data) - at < _LONGEST_LINE and _may_begin(data, at):
        return MORE
    found = _NEXT.search(data, at + 1)
    return at - (found.start() if found else len(data))


def _may_begin(data: bytes, at: int) -> bool:
    """Whether what is there so far may become the first line of a message."""
    line = data[at + _blank(data, at) :][:32]
    word = line.split(b" ", 1)[0]
    return b"HTTP/1.1 ".startswith(line[:9]) or word.replace(b"-", b"A").isupper() or not line


def _end_of_body(data: bytes, at: int, head_end: int) -> int | None:
    """Return where a message with this head ends; None when that is not there yet."""
    head = data[at:head_end]
    status = _STATUS.match(head)
    if status and (status[1][:1] == b"1" or status[1] in (b"204", b"304")):
        return head_end
    answers_head = status is not None and data[head_end : head_end + 7] == b"HTTP/1."
    if _CHUNKED.search(head):
        return head_end if answers_head else _end_of_chunks(data, head_end)
    length = _LENGTH.search(head)
    if length:
        return head_end if answers_head else head_end + int(length[1])
    return None if status and not answers_head else head_end


def _end_of_chunks(data: bytes, at: int) -> int | None:
    while found := _CHUNK.match(data, at):
        size = int(found[1], 16)
        if not size:
            return _end_of_trailers(data, found.end())
        at = found.end() + size
        if data[at : at + 2] == b"\r\n":
            at += 2
        elif data[at : at + 1] == b"\n":
            at += 1
    # What is no chunk ends the message; what is not there yet does not.
    return None if at >= len(data) or b"\n" not in data[at : at + 64] else at


def _end_of_trailers(data: bytes, at: int) -> int | None:
    while True:
        end = data.find(b"\n", at)
        if end < 0:
            return None
        if not data[at:end].rstrip(b"\r"):
            return end + 1
        at = end + 1


def _fields(data: bytes, at: int, end: int) -> Iterator[Part]:
    for _ in range(_HEADERS):
        line_end = data.find(b"\n", at, end)
        stop = line_end + 1 if line_end >= 0 else end
        line = data[at:stop].rstrip(b"\r\n")
        if not line:
            return
        name, colon, value = line.partition(b":")
        yield Part(
            text_of(name) if colon else "", text_of(value.strip() if colon else line), at, stop
        )
        at = stop


def _shown(data: bytes, head_end: int) -> str:
    """Return the start of a body, without what chunks put between."""
    if not _CHUNKED.search(data, 0, head_end):
        return preview(data[head_end : head_end + _SHOWN])
    parts, at, room = list[bytes](), head_end, _SHOWN
    while room > 0 and (found := _CHUNK.match(data, at)):
        size = int(found[1], 16)
        parts.append(data[found.end() : found.end() + min(size, room)])
        room -= size or room
        at = found.end() + size
        at += 2 if data[at : at + 2] == b"\r\n" else 1
    return preview(b"".join(parts))


def _lack(data: bytes, head_end: int | None) -> str:
    """Say what is missing of a message; empty for nothing."""
    if head_end is None:
        return "the head is not whole"
    end = _end_of_body(data, 0, head_end)
    if end is None:
        chunked = _CHUNKED.search(data, 0, head_end)
        return "the last chunk is not there" if chunked else ""
    if end > len(data):
        return f"{counted(end - len(data), 'byte')} of the body not there"
    return ""
