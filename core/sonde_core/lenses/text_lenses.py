"""Messages that end at a sign: lines, JSON lines, any delimiter, server-sent events."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import ClassVar, Final

from .lens import HEX, MORE, VALUE, WINDOW, Lens, LensError, Part, Reading, preview, text_of

_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_ENDS: Final = {b"\r\n": "CRLF", b"\n": "LF", b"\r": "CR"}
_ENDLESS: Final = "no line end"
_OPEN: Final = "no delimiter at its end"
_LARGEST_JSON: Final = 1 << 16
_MANY: Final = 100
_LINES: Final = 1000  # lines of an event that are read
# What comes before an event that HTTP sends in chunks: the end of a chunk, the next one's size.
_BETWEEN: Final = re.compile(
    rb"(?:\r\n|\n|\r)*(?:[0-9A-Fa-f]{1,8}(?:;[^\r\n]*)?\r\n)?(?:\r\n|\n|\r)*"
)
_EVENT_END: Final = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)")
_FIELD: Final = re.compile(rb"([^:\r\n]*)(?::[ ]?([^\r\n]*))?(?:\r\n|\n|\r|$)")


class Lines(Lens):
    """Text by its lines."""

    name = "lines"
    about = "lines of text, to LF, CRLF or CR"

    def cut(self, data: bytes, at: int, *, ended: bool) -> int:
        found = _LINE_END.search(data, at)
        if found is None or (found[0] == b"\r" and found.end() == len(data) and not ended):
            return len(data) - at if ended else MORE
        return found.end() - at

    def cut_many(self, data: bytes, at: int) -> Sequence[int]:
        # The last one may go on, be it with the LF of its CRLF.
        return list(map(len, data[at : at + WINDOW].splitlines(keepends=True)[:-1]))

    def parts_of(self, size: int) -> int | None:
        return 0

    def adds(self, word: str) -> bool:
        return word.upper() in "CRLF" or word.lower() in _ENDLESS

    def read(self, data: bytes) -> Reading:
        body, end = without_end(data)
        error = "" if end else _ENDLESS
        return Reading(f"{text_of(body, VALUE)}{f'  {end}' if end else ''}", (), error)

    def read_datagram(self, data: bytes) -> Reading:
        found = self.read(data)
        return replace(found, error="") if found.error == _ENDLESS else found


class JsonLines(Lines):
    """A JSON document a line."""

    name = "jsonl"
    about = "a JSON document a line"

    def parts_of(self, size: int) -> int | None:
        return None

    def adds(self, word: str) -> bool:
        return True  # what is escaped is written out

    def count(self, data: bytes) -> int:
        try:
            value = _document(without_end(data)[0])
        except ValueError:
            return 0
        return min(len(value), _MANY) if isinstance(value, dict) else 0

    def read(self, data: bytes) -> Reading:
        body, _ = without_end(data)
        if not body.strip():
            return Reading("(empty line)")
        try:
            value = _document(body)
        except ValueError as error:
            return Reading(preview(body), (), str(error))
        return Reading(preview(body), tuple(_members(value, body)))


def _document(body: bytes) -> object:
    """Read JSON; raises ValueError with words for people."""
    if len(body) > _LARGEST_JSON:
        raise ValueError("too long to be taken apart")
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON: {error}") from error
    return value


def _members(value: object, body: bytes) -> Iterator[Part]:
    """Yield the members of an object, each where its name and value stand as far as that shows."""
    if not isinstance(value, dict):
        return
    at = 0
    for name, member in list(value.items())[:_MANY]:
        written = json.dumps(member, ensure_ascii=False, separators=(", ", ": "))
        key = json.dumps(name, ensure_ascii=False).encode("utf-8", "surrogatepass")
        start = max(body.find(key, at), 0)
        scalar = not isinstance(member, dict | list)
        end = (
            body.find(written.encode("utf-8", "surrogatepass"), start + len(key)) if scalar else -1
        )
        at = end + len(written.encode("utf-8", "surrogatepass")) if end >= 0 else start + len(key)
        yield Part(str(name), written[:VALUE], start, min(at, len(body)))


class Delimiter(Lens):
    """Messages that end with given bytes."""

    name = "delimiter"
    about = "messages to a delimiter, in hex"
    argument = "hex, such as 0d0a or 00"

    def __init__(self, argument: str = "") -> None:
        try:
            self._end = bytes.fromhex(argument)
        except ValueError as error:
            raise LensError(f"A delimiter is written in hex, not as {argument!r}.") from error
        if not self._end:
            raise LensError("This lens wants the delimiter, such as delimiter:0d0a.")

    def cut(self, data: bytes, at: int, *, ended: bool) -> int:
        found = data.find(self._end, at)
        if found < 0:
            return len(data) - at if ended else MORE
        return found + len(self._end) - at

    def cut_many(self, data: bytes, at: int) -> Sequence[int]:
        size = len(self._end)
        pieces = data[at : at + WINDOW].split(self._end)[:-1]
        return [len(piece) + size for piece in pieces]

    def parts_of(self, size: int) -> int | None:
        return 0

    def adds(self, word: str) -> bool:
        return all(char in HEX for char in word) or word.lower() in _OPEN

    def read(self, data: bytes) -> Reading:
        if data.endswith(self._end):
            return Reading(preview(data.removesuffix(self._end)))
        return Reading(preview(data), (), _OPEN)


class ServerSentEvents(Lens):
    """The events of a text/event-stream, with the HTTP head before them."""

    name = "sse"
    about = "server-sent events"
    fields: ClassVar[frozenset[str]] = frozenset({"event", "data", "id", "retry"})

    def cut(self, data: bytes, at: int, *, ended: bool) -> int:
        between = _BETWEEN.match(data, at)
        start = between.end() if between else at
        found = _EVENT_END.search(data, start)
        if found is None or (found[0][-1:] == b"\r" and found.end() == len(data) and not ended):
            return len(data) - at if ended else MORE
        return found.end() - at

    def read(self, data: bytes) -> Reading:
        between = _BETWEEN.match(data)
        start = between.end() if between else 0
        lines = [line for line in islice(_FIELD.finditer(data, start), _LINES) if line[0]]
        if lines and lines[0][0].startswith((b"HTTP/1.", b"GET ", b"POST ")):
            return Reading(text_of(lines[0][0].rstrip()), tuple(_all(lines[1:])))
        parts = tuple(part for part in _all(lines) if part.name in self.fields)
        said = "\n".join(part.value for part in parts if part.name == "data")
        kind = next((part.value for part in parts if part.name == "event"), "message")
        if parts:
            return Reading(f"{kind}: {said}" if said else kind, parts)
        comment = next((line[2] for line in lines if not line[1] and line[2] is not None), None)
        if comment is not None:
            return Reading(f"comment: {text_of(comment)}")
        return Reading(preview(data.strip()) or "(nothing)")


def _all(lines: list[re.Match[bytes]]) -> Iterator[Part]:
    for line in lines[:_MANY]:
        if line[1]:
            yield Part(text_of(line[1]), text_of(line[2] or b""), line.start(), line.end())


def without_end(data: bytes) -> tuple[bytes, str]:
    """Return a line without its end, and the end's name; empty for none."""
    for end, name in _ENDS.items():
        if data.endswith(end):
            return data[: -len(end)], name
    return data, ""
