"""Content codings removed in bounded steps (RFC 9110, section 8.4).

157 bytes can unfold to 256 MiB. So every coding pushes its output on in pieces as they are made,
none waits for the whole; the receiver stops it all by raising.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, TypeAlias

import brotli

from ..errors import BodyError
from ..quoting import brief, quoted

Sink: TypeAlias = Callable[[bytes], None]

ACCEPTED: Final = "gzip, deflate, br, zstd"
STEP: Final = 1 << 16
# A zstd block unfolds to 128 KiB at most (RFC 8878, section 3.1.1.2.4) and takes 4 bytes at least:
# so many bytes at a time give 8 MiB at most.
_ZSTD_SLICE: Final = 256
_ZSTD_WINDOW: Final = 8 << 20  # what every decoder should allow (RFC 8878, section 3.1.1.1.2)
_GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP: Final = 31  # zlib's number for gzip's head and tail
_RAW: Final = -15


class Decoder(Protocol):
    """Takes coded bytes and pushes plain ones into its sink."""

    def feed(self, data: bytes) -> None:
        """Take some bytes.

        Raises:
            BodyError: They are not of this coding.
        """

    def finish(self) -> None:
        """Make sure that nothing is missing at the end.

        Raises:
            BodyError: The bytes broke off.
        """


def codings(values: Iterable[str]) -> tuple[str, ...]:
    """Return the codings that Content-Encoding headers name, in the order they were put on."""
    names = (name.strip().lower() for value in values for name in value.split(","))
    return tuple(name for name in names if name not in ("", "identity"))


def decoder(names: Sequence[str], sink: Sink, *, limit: int = 5) -> Decoder | None:
    """Chain the decoders for some codings; None when there is nothing to remove.

    Raises:
        BodyError: One is not known, or there are more than `limit`.
    """
    unknown = next((name for name in names if name not in _DECODERS), None)
    if unknown is not None:
        raise BodyError(
            f"The coding {quoted(brief(unknown))} is not known, so the body is left as it came."
        )
    if len(names) > limit:
        raise BodyError(f"{len(names)} codings are too many, so the body is left as it came.")
    chain: Decoder | None = None
    for name in names:  # the last one put on is taken off first, and so is made last
        chain = _Then(_DECODERS[name](chain.feed if chain else sink), chain)
    return chain


class _Then:
    """A decoder in front of others: the end goes through all of them."""

    def __init__(self, first: Decoder, rest: Decoder | None) -> None:
        self._first = first
        self._rest = rest
        self.feed = first.feed

    def finish(self) -> None:
        self._first.finish()
        if self._rest:
            self._rest.finish()


class _Gzip:
    """Members one after another (RFC 1952, section 2.2); what follows the last one is ignored."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._member: zlib._Decompress | None = None
        self._members = 0
        self._held = b""
        self._over = False

    def feed(self, data: bytes) -> None:
        data, self._held = self._held + data, b""
        while data and not self._over:
            if self._member is None and not self._begin(data):
                return
            assert self._member is not None  # noqa: S101 - just begun
            data = _inflate(self._member, data, self._sink, "gzip")
            if self._member.eof:
                self._member = None

    def _begin(self, data: bytes) -> bool:
        """Start a member; False when these bytes are none, or not enough to tell."""
        if self._members and data == _GZIP_MAGIC[:1]:
            self._held = data
            return False
        if self._members and not data.startswith(_GZIP_MAGIC):
            self._over = True
            return False
        self._members += 1
        self._member = zlib.decompressobj(_GZIP)
        return True

    def finish(self) -> None:
        if self._member is not None:
            raise _broken_off("gzip")


class _Deflate:
    """zlib's format, as the RFC says, or raw deflate, as some servers send."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._stream: zlib._Decompress | None = None
        self._held = b""

    def feed(self, data: bytes) -> None:
        if self._stream is None:
            data = self._held + data
            if len(data) < 2:
                self._held = data
                return
            # RFC 1950, section 2.2: method 8, and a check over the first two bytes.
            wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if wrapped else _RAW)
        if not self._stream.eof:
            _inflate(self._stream, data, self._sink, "deflate")

    def finish(self) -> None:
        if self._held if self._stream is None else not self._stream.eof:
            raise _broken_off("deflate")


def _inflate(stream: zlib._Decompress, data: bytes, sink: Sink, name: str) -> bytes:
    """Push out all that some bytes give, and return what follows the stream's end."""
    try:
        while True:
            piece = stream.decompress(data, STEP)
            if piece:
                sink(piece)
            if stream.eof:
                return stream.unused_data
            data = stream.unconsumed_tail
            if not data and len(piece) < STEP:
                return b""
    except zlib.error as error:
        raise _damaged(name) from error


class _Brotli:
    """Brotli (RFC 7932)."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._stream = brotli.Decompressor()
        self._begun = False

    def feed(self, data: bytes) -> None:
        self._begun = self._begun or bool(data)
        try:
            while not self._stream.is_finished():
                piece = self._stream.process(data, output_buffer_limit=STEP)
                _push(piece, self._sink)
                # It may have taken all of the input and still hold back output.
                if not piece and self._stream.can_accept_more_data():
                    return
                data = b""
        except brotli.error as error:
            raise _damaged("br") from error

    def finish(self) -> None:
        if self._begun and not self._stream.is_finished():
            raise _broken_off("br")


class _Zstd:
    """Zstandard frames one after another (RFC 8878, section 3)."""

    def __init__(self, sink: Sink) -> None:
        import zstandard

        self._sink = sink
        self._error = zstandard.ZstdError
        self._make = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj
        self._frame = self._make()
        self._begun = False

    def feed(self, data: bytes) -> None:
        view = memoryview(data)
        for start in range(0, len(data), _ZSTD_SLICE):
            self._feed_slice(bytes(view[start : start + _ZSTD_SLICE]))

    def _feed_slice(self, data: bytes) -> None:
        while data:
            if self._frame.eof:
                self._frame = self._make()
            self._begun = True
            try:
                piece = self._frame.decompress(data)
            except self._error as error:
                raise _damaged("zstd") from error
            _push(piece, self._sink)
            data = self._frame.unused_data if self._frame.eof else b""

    def finish(self) -> None:
        if self._begun and not self._frame.eof:
            raise _broken_off("zstd")


def _push(piece: bytes, sink: Sink) -> None:
    """Hand over what a library gave at once."""
    for start in range(0, len(piece), STEP):
        sink(piece[start : start + STEP])


def _damaged(name: str) -> BodyError:
    return BodyError(f"The body's {name} coding is damaged.")


def _broken_off(name: str) -> BodyError:
    return BodyError(f"The body's {name} coding breaks off before its end.")


_DECODERS: Final[dict[str, Callable[[Sink], Decoder]]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}
