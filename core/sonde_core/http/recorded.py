"""HTTP/1.x messages in bytes that were recorded, read as far as they make sense (RFC 9112).

Nothing is refused for being broken: what a strict reader rejects is what one wants to look at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from ..body import Body, Cut, Spool
from ..errors import BodyError
from ..model import Header
from .decode import Decoder, codings, decoder
from .stream import HEAD, Stream

DECODED: Final = 64 << 20  # bytes that one body unfolds to at most

REQUEST_LINE: Final = re.compile(
    rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}[ \t][^\r\n]*[ \t]HTTP/[0-9](?:\.[0-9])?[ \t]*\r?\n"
)
STATUS_LINE: Final = re.compile(rb"HTTP/[0-9](?:\.[0-9])?[ \t]+[0-9]{3}(?:[ \t][^\r\n]*)?\r?\n")
_SIZE: Final = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LENGTH: Final = re.compile(r"[0-9]{1,15}")
_NO_BODY: Final = frozenset({204, 304})
_CHUNK_LINE: Final = 8192


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer as it was read.

    Attributes:
        first: Its first line, without the end.
        body: Without transfer and content codings, as far as they could be removed.
        began: Seconds of its first byte.
        ended: Seconds of its last one.
        trouble: What is wrong with it; empty when nothing is.
    """

    first: str
    headers: tuple[Header, ...]
    trailers: tuple[Header, ...]
    body: Body
    began: float
    ended: float
    trouble: str = ""

    def values(self, name: str) -> list[str]:
        """Return the values of a header, whose name is in lower case."""
        return [value for key, value in self.headers if key.strip().lower() == name]

    @property
    def status(self) -> int:
        """Of an answer."""
        return int(self.first.split()[1])


def requests_of(stream: Stream) -> Iterator[Message]:
    """Yield the requests, as long as what comes begins like one."""
    while stream.peek(REQUEST_LINE):
        yield _Reader(stream).message(partial(_framing, until_end=False))


def answers_of(stream: Stream, methods: Iterator[str]) -> Iterator[Message]:
    """Yield the answers, interim ones too; the method that each answers tells how it ends."""
    method = next(methods, "")
    while stream.peek(STATUS_LINE):
        message = _Reader(stream).message(partial(_framing_of_answer, method=method))
        yield message
        tunnel = method == "CONNECT" and 200 <= message.status < 300
        if tunnel or message.status == 101:
            return  # what follows is another protocol
        if message.status >= 200:
            method = next(methods, "")


def _framing_of_answer(message: Message, method: str) -> int | str | None:
    status = message.status
    if method == "HEAD" or status < 200 or status in _NO_BODY:
        return 0
    if method == "CONNECT" and status < 300:
        return 0
    return _framing(message, until_end=True)


def _framing(message: Message, *, until_end: bool) -> int | str | None:
    """Return how many bytes the body has, None for all that there are, or `chunked`."""
    if any("chunked" in value.lower() for value in message.values("transfer-encoding")):
        return "chunked"
    lengths = [value.strip() for value in message.values("content-length")]
    if lengths and _LENGTH.fullmatch(lengths[0]):
        return int(lengths[0])
    return None if until_end else 0


class _Reader:
    """Reads one message."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._trouble = ""
        self._complete: bool | None = True
        self._trailers: tuple[Header, ...] = ()

    def message(self, framing: Callable[[Message], int | str | None]) -> Message:
        """Take head and body."""
        stream = self._stream
        began = stream.began
        first = _text(stream.line(HEAD)).rstrip("\r\n")
        headers = self._fields("the head breaks off")
        head = Message(first, headers, (), Body(), began, stream.at)
        how = framing(head)
        body = self._body(head, how)
        return Message(first, headers, self._trailers, body, began, stream.at, self._trouble)

    def _fields(self, broken: str) -> tuple[Header, ...]:
        fields: list[Header] = []
        room = HEAD
        while line := self._stream.line(max(room, 1)):
            room -= len(line)
            text = _text(line).rstrip("\r\n")
            if not text:
                return tuple(fields)
            if text[0] in " \t" and fields:  # a folded line (section 5.2)
                name, value = fields[-1]
                fields[-1] = (name, f"{value} {text.strip()}")
                continue
            name, colon, value = text.partition(":")
            if not colon:
                self._note("a line of the head has no colon")
            fields.append((name, value.strip(" \t")))
        self._note(broken)
        self._complete = False
        return tuple(fields)

    def _body(self, head: Message, how: int | str | None) -> Body:
        if not self._complete:
            return Body()
        wire = 0
        keep = _Keep(head)
        for piece in self._pieces(how):
            wire += len(piece)
            keep.take(piece)
        keep.finish()
        self._note(keep.trouble)
        cut: Cut = "decode" if keep.trouble else "" if self._complete is not False else "peer"
        types = head.values("content-type")
        return keep.body().described(
            wire=wire,
            media_type=types[0] if types else "",
            coding=keep.coding,
            complete=self._complete,
            cut=cut,
        )

    def _pieces(self, how: int | str | None) -> Iterator[bytes]:
        if how == "chunked":
            yield from self._chunked()
            return
        size = how if isinstance(how, int) else None
        came = 0
        for piece in self._stream.body(size):
            came += len(piece)
            yield piece
        if size is None:
            self._complete = None
        elif came < size:
            self._broke_off(f"{came:,} of {size:,} bytes of the body came")

    def _chunked(self) -> Iterator[bytes]:
        stream = self._stream
        while True:
            line = stream.line(_CHUNK_LINE)
            found = _SIZE.fullmatch(line)
            if found is None:
                what = "the size of a chunk is none" if line else "a chunked body breaks off"
                self._broke_off(what)
                return
            left = int(found[1], 16)
            if not left:
                self._trailers = self._fields("the trailers break off")
                return
            for piece in stream.body(left):
                left -= len(piece)
                yield piece
            if left or stream.line(2) not in (b"\r\n", b"\n"):
                self._broke_off("a chunk has another length than it says")
                return

    def _broke_off(self, trouble: str) -> None:
        self._complete = False
        self._note(trouble)

    def _note(self, trouble: str) -> None:
        self._trouble = self._trouble or trouble


class _Keep:
    """Keeps a body, with the content codings removed as far as that goes.

    Attributes:
        coding: What was removed.
        trouble: Why it could not be removed whole.
    """

    def __init__(self, head: Message) -> None:
        self.trouble = ""
        self.coding = ""
        self._spool = Spool()
        self._full = False
        self._decoder: Decoder | None = None
        names = codings(head.values("content-encoding"))
        try:
            self._decoder = decoder(names, self._keep)
            self.coding = ", ".join(names)
        except BodyError as error:
            self.trouble = error.message

    def take(self, data: bytes) -> None:
        """Take bytes as they came."""
        if self._full:
            return
        try:
            if self._decoder is None:
                self._keep(data)
            elif not self.trouble:
                self._decoder.feed(data)
        except BodyError as error:
            self.trouble = self.trouble or error.message

    def finish(self) -> None:
        """Hear that all came."""
        if self._decoder is not None and not self.trouble:
            try:
                self._decoder.finish()
            except BodyError as error:
                self.trouble = error.message

    def body(self) -> Body:
        """Return what is kept."""
        return self._spool.body()

    def _keep(self, data: bytes) -> None:
        room = DECODED - self._spool.size
        self._spool.write(data[: max(room, 0)])
        if len(data) > room:
            self._full = True
            raise BodyError(f"The body has more than {DECODED:,} bytes, so it is cut there.")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
