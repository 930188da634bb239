"""The framing of `websockets`, which can tell here what there is of a frame.

That is one that is not whole, or that breaks the rules.
"""

from __future__ import annotations

import logging
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Generator, Sequence
from typing import Final, NamedTuple

from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.extensions import Extension
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol, Side, State
from websockets.streams import StreamReader
from websockets.utils import apply_mask

_LONGER: Final = {126: 2, 127: 8}  # bytes of the size, where seven bits do not hold it
_MASK: Final = 4
_CARRYING: Final = (Opcode.TEXT, Opcode.CONT)
_UTF8: Final = getincrementaldecoder("utf-8")
NO_UTF8: Final = "text that is no UTF-8"
_NOTHING: Final = bytearray()
_HEAD: Final = 2 + 8 + _MASK  # bytes at most (RFC 6455, section 5.2)
RAW: Final = 1 << 12  # bytes that are kept of a frame that breaks the rules, or that comes late


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


class Broken(NamedTuple):
    """A frame that breaks the rules.

    Attributes:
        raw: Its first bytes as they came, head and mask included; those that were there by then.
        size: Bytes that all of it has; 0 while its head is not whole.
    """

    raw: bytes
    size: int


class Late:
    """What came after the end.

    Attributes:
        raw: Its first bytes as they came.
        size: Bytes of all of it.
    """

    def __init__(self) -> None:
        self.raw = bytearray()
        self.size = 0

    def add(self, data: bytes | bytearray) -> None:
        """Take more of it."""
        self.raw += data[: RAW - len(self.raw)]
        self.size += len(data)


class Framing(Protocol):
    """Reads and writes frames.

    Attributes:
        late: What came after the close frame, or the one that broke the rules.
        broken: The frame that was being read when the session was failed.
        is_no_text: Whether a message of text failed because it is no UTF-8; the frame in which that
            was found is the last one that is given.
    """

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
        self.broken = Broken(b"", 0)
        self.is_no_text = False
        self._decoder: IncrementalDecoder | None = None  # of a message of text in fragments
        self.late = Late()
        self._reading = _Reading(self.late)
        self.reader = self._reading
        self.parser = self.parse()
        next(self.parser)

    @property
    def lacks(self) -> int:
        """Bytes that the frame which is being read still lacks, or its head; 0 between two."""
        return self._reading.lacks

    def fail(self, code: CloseCode | int, reason: str = "") -> None:
        """Send a close frame and read no more; the frame that is being read is kept."""
        self.broken = self._reading.frame()
        super().fail(code, reason)

    def recv_frame(self, frame: Frame) -> None:
        """Take a frame; a close frame may come between the fragments of a message (section 5.4)."""
        if frame.opcode is Opcode.CLOSE:
            self.current_size = None
        super().recv_frame(frame)
        if not self._may_be_text(frame):
            self.is_no_text = True
            self.fail(CloseCode.INVALID_DATA, NO_UTF8)

    def _may_be_text(self, frame: Frame) -> bool:
        """Tell of each frame by itself: no more of such a message is read (section 8.1)."""
        if frame.opcode is Opcode.TEXT:
            if frame.fin:
                return is_text(frame.data)
            self._decoder = _UTF8()
        elif frame.opcode is Opcode.BINARY and not frame.fin:
            self._decoder = None
        if self._decoder is None or frame.opcode not in _CARRYING:
            return True
        try:
            self._decoder.decode(bytes(frame.data), frame.fin)
        except UnicodeDecodeError:
            return False
        return True

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
        size = _size(head)
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
        head: What was taken out of the buffer of it; also what it carries, if that is short.
        carried: What it carries, if that is longer.
        lacks: Bytes that must come before it can be read on; 0 between two frames.
    """

    def __init__(self, late: Late) -> None:
        """Begin with nothing; what is not read any more goes to `late`."""
        super().__init__()
        self._late = late
        self.head = bytearray()
        self.carried = _NOTHING
        self.lacks = 0

    def frame(self) -> Broken:
        """Return what came of the frame that is being read."""
        raw = b"".join((self.head, self.carried[:RAW], self.buffer[:RAW]))
        whole = len(raw) >= 2 and len(raw) >= _head_size(raw)
        size = _head_size(raw) + _size(raw) if whole else 0
        return Broken(raw[: min(size, RAW)] if whole else raw, size)

    def discard(self) -> None:
        """Read no more of what is there."""
        self._late.add(self.buffer)
        super().discard()

    def at_eof(self) -> Generator[None, None, bool]:
        """Do so between two frames."""
        self.head.clear()
        self.carried = _NOTHING
        self.lacks = 0
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
            self.lacks = n - len(buffer)
            yield
        data = buffer[:n]
        del buffer[:n]
        if n <= _HEAD:
            self.head += data
        else:
            self.carried = data
        return data


def is_text(data: bytes | bytearray | memoryview) -> bool:
    """Whether bytes are UTF-8."""
    try:
        str(data, "utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _size(head: bytes) -> int:
    low = head[1] & 0x7F
    return int.from_bytes(head[2 : 2 + _LONGER[low]]) if low in _LONGER else low


def _head_size(head: bytes) -> int:
    return 2 + _LONGER.get(head[1] & 0x7F, 0) + (_MASK if head[1] & 0x80 else 0)


def _silent() -> logging.Logger:
    """Return a logger of nobody that says nothing: the terminal is ours."""
    logger = logging.Logger("web socket")
    logger.disabled = True
    return logger
