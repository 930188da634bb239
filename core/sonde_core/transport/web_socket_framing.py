"""The framing of `websockets`, which can tell here what there is of a frame that is not whole."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from typing import Final, NamedTuple

from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.extensions import Extension
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State
from websockets.streams import StreamReader
from websockets.utils import apply_mask

_LONGER: Final = {126: 2, 127: 8}  # bytes of the size, where seven bits do not hold it
_MASK: Final = 4
_HEAD: Final = 2 + 8 + _MASK  # bytes at most (RFC 6455, section 5.2)


class Rest(NamedTuple):
    """A frame that is not whole.

    Attributes:
        opcode: None while its head is not whole.
        raw: Bytes that came: of its head, or once that is whole, of what it carries.
        size: Bytes that it is to carry.
        data: What came of those, unmasked and decompressed; None when it cannot be decompressed.
    """

    opcode: Opcode | None
    raw: int
    size: int = 0
    data: bytes | None = b""


class Framing(Protocol):
    """Reads and writes frames."""

    def __init__(self, *, server_side: bool, extensions: Sequence[Extension], largest: int) -> None:
        """Begin behind a handshake.

        Args:
            server_side: Whether the peer is the client.
            extensions: In use.
            largest: Bytes of a message that is taken.
        """
        side = Side.SERVER if server_side else Side.CLIENT
        super().__init__(side, state=State.OPEN, max_size=largest, logger=_silent())
        self.extensions = list(extensions)
        self._reading = _Reading()
        self.reader = self._reading
        self.parser = self.parse()
        next(self.parser)

    def rest(self, most: int) -> Rest | None:
        """Return what there is of a frame that is not whole; nothing may be fed after that.

        Args:
            most: Bytes of what it carries, decompressed, that are taken.
        """
        head, came = bytes(self._reading.head), self._reading.buffer
        if self.parser_exc is not None or not (head or came):
            return None
        if len(head) < 2 or len(head) < _head_size(head):
            return Rest(None, len(head) + len(came))
        low = head[1] & 0x7F
        size = int.from_bytes(head[2 : 2 + _LONGER[low]]) if low in _LONGER else low
        opcode = Opcode(head[0] & 0x0F)
        data = apply_mask(came, head[-_MASK:]) if head[1] & 0x80 else bytes(came)
        bits = (bool(head[0] & bit) for bit in (0x40, 0x20, 0x10))
        return Rest(opcode, len(came), size, self._decoded(Frame(opcode, data, False, *bits), most))

    def _decoded(self, frame: Frame, most: int) -> bytes | None:
        try:
            for extension in reversed(self.extensions):
                frame = extension.decode(frame, max_size=most)
        except (ProtocolError, PayloadTooBig):
            return None
        return bytes(frame.data)


class _Reading(StreamReader):
    """Remembers the head of the frame that is being read.

    It reads by itself, for there are many frames: a generator within a generator takes as long.

    Attributes:
        head: What was taken out of the buffer of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.head = bytearray()

    def at_eof(self) -> Generator[None, None, bool]:
        """Do so between two frames."""
        self.head.clear()
        while not self.buffer:
            if self.eof:
                return True
            yield
        return False

    def read_exact(self, n: int) -> Generator[None, None, bytearray]:
        """Do so within a frame."""
        buffer = self.buffer
        while len(buffer) < n:
            if self.eof:
                raise EOFError
            yield
        data = buffer[:n]
        del buffer[:n]
        if n <= _HEAD:
            self.head += data
        return data


def _head_size(head: bytes) -> int:
    return 2 + _LONGER.get(head[1] & 0x7F, 0) + (_MASK if head[1] & 0x80 else 0)


def _silent() -> logging.Logger:
    """Return a logger of nobody that says nothing: the terminal is ours."""
    logger = logging.Logger("web socket")
    logger.disabled = True
    return logger
