"""What becomes of WebSocket's frames: messages of their fragments, and words for their faults."""

from __future__ import annotations

from typing import Final

from websockets.exceptions import PayloadTooBig
from websockets.frames import CloseCode, Frame

from ..steps import MessageKind

# What the framing says in too few words.
_WORDS: Final = {
    "invalid opcode": "a frame with an opcode that is none",
    "invalid status code": "a close frame with a code that is none",
    "decompression failed": "a message that cannot be decompressed",
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


def is_text(data: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
