"""A body as UTF-8, read from its begin while it arrives, and where a byte of that text is in it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final, TypeAlias

from ..body import Body

_State: TypeAlias = "tuple[int, tuple[bytes, int] | None]"
# From coarse to fine, a place is looked for in steps of so many bytes.
_STEPS: Final = (1 << 17, 1 << 10, 1)
_CONTINUATION: Final = bytes(range(0x80, 0xC0))


class Source:
    """Reads a body on from where it was; a byte order mark is left out.

    Attributes:
        taken: Bytes of the body that were read.
        marked: Whether a byte order mark stands before it.
    """

    def __init__(self, codec: str) -> None:
        self.taken = 0
        self.marked = False
        self._mark = "\ufeff".encode(codec, "ignore")
        self._decoder = None if codec == "utf-8" else codecs.getincrementaldecoder(codec)("replace")

    def read(self, body: Body, size: int) -> bytes:
        """Return the next text; it may be empty though bytes were taken.

        Raises:
            BodyError: The bytes cannot be read.
        """
        if not self.taken and self._mark and body.read(0, len(self._mark)) == self._mark:
            self.taken, self.marked = len(self._mark), True
        data = body.read(self.taken, size)
        self.taken += len(data)
        return self._decoder.decode(data).encode("utf-8", "replace") if self._decoder else data

    def rest(self) -> bytes:
        """Return what stands for a character that is broken off at the end."""
        return self._decoder.decode(b"", True).encode("utf-8", "replace") if self._decoder else b""

    def tell(self) -> _State:
        """Return where it is, for `seek`."""
        return self.taken, self._decoder.getstate() if self._decoder else None

    def seek(self, state: _State) -> None:
        """Go back."""
        self.taken, inner = state
        if self._decoder and inner:
            self._decoder.setstate(inner)


@dataclass(slots=True)
class Spot:
    """A place in a body.

    Attributes:
        line: From 1.
        column: From 1, in characters.
        byte: From 0, as it was received.
    """

    line: int = 1
    column: int = 1
    byte: int = 0

    def __str__(self) -> str:
        return f"line {self.line:,}, column {self.column:,} (byte {self.byte:,})"

    def pass_over(self, text: bytes) -> None:
        """Count lines and columns of text that is before the place."""
        if lines := text.count(b"\n"):
            self.line += lines
            self.column = 1
        self.column += len(text[text.rfind(b"\n") + 1 :].translate(None, _CONTINUATION))


def spot(body: Body, codec: str, offset: int) -> Spot:
    """Return where a byte of a body's text is; reads all that is before it.

    Raises:
        BodyError: The bytes cannot be read.
    """
    source, found, passed = Source(codec), Spot(), 0
    for step in _STEPS:
        while True:
            state = source.tell()
            text = source.read(body, step)
            if source.taken == state[0]:
                break
            if passed + len(text) > offset:
                source.seek(state)
                break
            found.pass_over(text)
            passed += len(text)
            found.byte = source.taken if text or step > 1 else found.byte
    return found
