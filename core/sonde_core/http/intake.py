"""The body of an answer as it comes: content codings removed in bounded steps, kept, limited."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Final

from ..body import Body, Cut, Spool
from ..errors import BodyError
from ..settings import Limits
from .decode import Decoder, codings, decoder

# Coded pieces above this are decoded in a thread: 64 KiB can unfold to 64 MiB.
_INLINE: Final = 1024
# Told when a body unfolds to so many times what came, and to more than so many bytes.
ALARM_RATIO: Final = 100
_ALARM_SIZE: Final = 16 << 20


class _FullError(Exception):
    """The limit is reached; nothing more is taken."""


class Intake:
    """Takes what comes over the wire, and has the decoded body so far at any time.

    Attributes:
        wire: Bytes taken, before codings were removed.
        full: Whether the limit was reached; the rest need not be received.
        problem: What is wrong with the coding; what was decoded before it stays.
    """

    def __init__(
        self,
        encodings: Sequence[str],
        media_type: str,
        *,
        limits: Limits,
        max_bytes: int,
        tell: Callable[[str], None],
    ) -> None:
        """Begin a body.

        Args:
            encodings: Values of the Content-Encoding headers.
            media_type: The Content-Type header.
            limits: How much is decoded, and through how many codings.
            max_bytes: The request's own limit, in decoded bytes.
            tell: Takes a remark for the record.
        """
        self.wire = 0
        self.full = False
        self.problem: BodyError | None = None
        self._media_type = media_type
        self._limit = min(limits.decoded, max_bytes)
        self._tell = tell
        self._spool = Spool()
        self._lock = threading.Lock()  # `body` is asked for while a thread decodes
        self._alarmed = False
        names = codings(encodings)
        self._coding = ", ".join(names)
        self._decoder: Decoder | None = None
        try:
            self._decoder = decoder(names, self._keep, limit=limits.codings)
        except BodyError as error:
            self._coding = ""
            tell(error.message)

    async def take(self, data: bytes) -> None:
        """Take bytes as they came.

        Raises:
            BodyError: There is no room to keep them.
        """
        self.wire += len(data)
        if self.full or self.problem:
            return
        if self._decoder is not None and len(data) > _INLINE:
            await asyncio.to_thread(self._feed, data)
        else:
            self._feed(data)
        self._watch_ratio()

    def _feed(self, data: bytes) -> None:
        try:
            if self._decoder is None:
                self._keep(data)
            else:
                self._decode(self._decoder, data)
        except _FullError:
            self.full = True

    def _decode(self, decoder: Decoder, data: bytes) -> None:
        try:
            decoder.feed(data)
        except BodyError as error:
            if error.kind != "body" or isinstance(error, _NoRoomError):
                raise
            self.problem = error

    def _keep(self, data: bytes) -> None:
        room = self._limit - self._spool.size
        with self._lock:
            try:
                self._spool.write(data[:room])
            except BodyError as error:
                raise _NoRoomError(error.message, hint=error.advice) from error
        if len(data) > room:
            raise _FullError

    def _watch_ratio(self) -> None:
        size = self._spool.size
        if not self._alarmed and size > _ALARM_SIZE and size > ALARM_RATIO * self.wire:
            self._alarmed = True
            self._tell(f"the body unfolds to more than {ALARM_RATIO} times what came for it")

    def finish(self) -> None:
        """Hear that all came; a coding that breaks off becomes `problem`."""
        if self._decoder is None or self.full or self.problem:
            return
        try:
            self._decoder.finish()
        except BodyError as error:
            self.problem = error
        except _FullError:
            self.full = True

    def body(self, *, complete: bool | None = False, cut: Cut = "") -> Body:
        """Return the body so far."""
        with self._lock:
            body = self._spool.body()
        return body.described(
            wire=self.wire,
            media_type=self._media_type,
            coding=self._coding,
            complete=complete,
            cut=cut,
        )


class _NoRoomError(BodyError):
    """The disk that the body goes to is full."""
