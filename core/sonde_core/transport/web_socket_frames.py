"""What becomes of WebSocket's frames: messages of their fragments, and words.

Those are for what breaks the rules, and for what was not finished.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from websockets.exceptions import PayloadTooBig
from websockets.frames import CloseCode, Frame, Opcode

from ..steps import MessageKind
from ..words import count
from .web_socket_framing import Broken, Late, Rest

# What the framing says in too few words.
_WORDS: Final = {
    "invalid opcode": "a frame with an opcode that is none",
    "invalid status code": "a close frame with a code that is none",
    "decompression failed": "a message that cannot be decompressed",
}

_CARRYING: Final[dict[Opcode | None, MessageKind]] = {
    Opcode.TEXT: MessageKind.TEXT,
    Opcode.BINARY: MessageKind.BINARY,
    Opcode.CONT: MessageKind.NONE,  # of what it goes on with
}
_CONTROL: Final[dict[Opcode | None, str]] = {
    Opcode.PING: "a ping",
    Opcode.PONG: "a pong",
    Opcode.CLOSE: "a close frame",
}


class Joining:
    """Joins the fragments of a message; the framing has checked that they are in order.

    Attributes:
        fragments: Of the message so far.
    """

    def __init__(self) -> None:
        self.fragments = 0
        self._parts = bytearray()
        self._kind = MessageKind.NONE

    def add(self, frame: Frame, kind: MessageKind | None) -> tuple[bytes, MessageKind] | None:
        """Take a fragment, with a kind if it is the first; returns the message after the last."""
        if kind is not None:
            self.clear()
            self._kind = kind
        self._parts += frame.data
        self.fragments += 1
        if not frame.fin:
            return None
        data = bytes(self._parts)
        self.clear()
        return data, self._kind

    def clear(self) -> None:
        """Forget what is not whole."""
        self._parts = bytearray()
        self.fragments = 0

    @property
    def size(self) -> int:
        """Bytes of the message so far."""
        return len(self._parts)

    def take(self) -> tuple[bytes, MessageKind] | None:
        """Return what is not whole, and forget it; None for nothing."""
        if not self.fragments:
            return None
        data = bytes(self._parts)
        self.clear()
        return data, self._kind


class Unfinished(NamedTuple):
    """What came of a frame that was not finished, and a sentence about it.

    Attributes:
        carried: Whether the bytes are of a text or binary message.
    """

    data: bytes
    text: str
    carried: bool = False


def unfinished(joining: Joining, rest: Rest | None) -> Iterator[Unfinished]:
    """Tell of what is there and is no whole message.

    Args:
        joining: Fragments that came; they are forgotten.
        rest: What came of one more frame.
    """
    begun = joining.take()
    inside = rest if rest and rest.opcode in _CARRYING else None
    if begun is None and inside:
        begun = b"", _CARRYING.get(inside.opcode, MessageKind.NONE)
    if begun is not None:
        data, kind = begun
        data += (inside.data or b"") if inside else b""
        text = f"a {kind} message was not finished: {count(len(data), 'byte')} of it came"
        yield Unfinished(data, f"{text}; its last frame {_has(inside)}" if inside else text, True)
    if rest and not inside:
        what = _CONTROL.get(rest.opcode, "a frame")
        yield Unfinished(rest.data or b"", f"{what} was not finished: it {_has(rest)}")


def words_of(broken: Broken) -> str:
    """Tell of a frame that breaks the rules, whose bytes are kept as they came."""
    came, size = len(broken.raw), broken.size
    text = "the frame that broke the rules, as it came, with its head"
    if not size:
        return f"{text}: {count(came, 'byte')} of it"
    part = f"{came:,} of " if came < size else ""
    return f"{text}: {part}{count(size, 'byte')}"


def late_words(late: Late) -> str:
    """Tell of what came after the peer's close frame, whose first bytes are kept as they came."""
    kept = len(late.raw)
    part = f"{kept:,} of " if kept < late.size else ""
    text = "what came after the close frame, as it came, with its heads"
    return f"{text}: {part}{count(late.size, 'byte')}"


def _has(rest: Rest) -> str:
    if rest.opcode is None:
        return f"has {count(rest.raw, 'byte')} of its head"
    text = f"has {rest.raw:,} of {count(rest.size, 'byte')}"
    return f"{text}, which cannot be decompressed" if rest.data is None else text


def fault_of(error: Exception, largest: int, *, server_side: bool) -> tuple[int, str]:
    """Return the code to close with, and the words, for what the framing found wrong.

    Args:
        error: Of the framing.
        largest: Bytes of a message that is taken.
        server_side: Whether it was a client's fault.
    """
    if isinstance(error, PayloadTooBig):
        return CloseCode.MESSAGE_TOO_BIG, f"a message larger than {largest >> 20} MiB"
    if isinstance(error, UnicodeDecodeError):
        return CloseCode.INVALID_DATA, "a reason for its close that is no UTF-8"
    what = str(error)
    if what == "incorrect masking":
        what = "a frame that is not masked" if server_side else "a frame that is masked"
    return CloseCode.PROTOCOL_ERROR, _WORDS.get(what, what)
