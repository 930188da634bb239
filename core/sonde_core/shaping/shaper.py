"""What every way to shape a body has in common."""

from __future__ import annotations

from typing import Protocol


class Shaper(Protocol):
    """Takes the text of a body in UTF-8, piece after piece, and gives its readable form.

    Attributes:
        slice: Bytes of a piece: few, for others have the interpreter only after each
            of them.
    """

    slice: int

    @property
    def held(self) -> int:
        """Bytes that were taken and are not in the readable form yet."""
        ...

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes and return what can be shown now.

        Raises:
            ShapeError: The text is not what it should be.
        """
        ...

    def finish(self, *, broken: bool) -> bytes:
        """Return the rest.

        Args:
            broken: Whether the body did not come whole: then an early end is no fault.

        Raises:
            ShapeError: The text is not what it should be.
        """
        ...


class ShapeError(Exception):
    """A body that cannot be shaped.

    Attributes:
        offset: Where, in bytes of the text; -1 where it is no place.
        text: A sentence; `{place}` stands for line, column and byte.
        hint: What to do about it; may be empty.
    """

    def __init__(self, text: str, offset: int = -1, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.offset = offset
        self.hint = hint


class Plain:
    """Text that is readable as it is, but for its charset."""

    held = 0
    slice = 1 << 18

    def feed(self, data: bytes) -> bytes:
        return data

    def finish(self, *, broken: bool) -> bytes:
        return b""
