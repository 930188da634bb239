"""What a lens is: how long is the next message, and what are its parts.

A lens knows nothing of sessions, chunks or screens. It is asked for the size of the message that
begins at a place, and later to read one message. See docs/lenses.md for how to write one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from ..errors import LensError

__all__ = ["MORE", "Lens", "LensError", "Part", "Reading", "counted", "preview", "text_of"]

MORE: Final = 0  # what `cut` returns when the message goes on beyond the bytes at hand
WINDOW: Final = 1 << 16  # bytes that `cut_many` looks at in one go
TITLE: Final = 200  # characters of a preview
VALUE: Final = 400
HEX: Final = frozenset("0123456789abcdefABCDEF")  # what `preview` shows instead of odd bytes


@dataclass(frozen=True, slots=True)
class Part:
    """A named piece of a message.

    Attributes:
        value: What it says, as text for people.
        start: Its first byte in the message.
        end: The byte after its last one.
    """

    name: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message says.

    Attributes:
        title: One line; text of a peer is made safe by whoever draws it.
        parts: In the order in which they are shown.
        error: Why it could not be read, or not all of it; empty when it could.
    """

    title: str
    parts: Sequence[Part] = ()
    error: str = ""


class Lens(ABC):
    """Cuts one direction of a stream into messages, and reads one.

    It holds nothing of what it has seen: both questions are answered from the bytes alone.

    Attributes:
        name: What it is chosen by: small letters, digits and hyphens.
        about: What it shows, in a few words.
        argument: What may stand behind the name and a colon; empty for a lens that takes nothing.
    """

    name: ClassVar[str]
    about: ClassVar[str] = ""
    argument: ClassVar[str] = ""

    def __init__(self, argument: str = "") -> None:
        """Take what stood behind the colon.

        Raises:
            LensError: It is nothing that this lens takes.
        """
        if argument and not self.argument:
            raise LensError(f"The lens {self.name} takes nothing behind a colon.")

    @abstractmethod
    def cut(self, data: bytes, at: int, *, ended: bool) -> int:
        """Return the size of the message that begins at a place.

        Args:
            data: Bytes of one direction, joined; those from `at` on matter.
            at: Where the message begins; there is one byte of it at least.
            ended: Whether nothing comes after them.

        Returns:
            Bytes of the message, which may be more than are at hand; `MORE` (0) when that cannot
            be told yet; a negative number for so many bytes that are no message, after which it
            goes on.
        """

    def cut_many(self, data: bytes, at: int) -> Sequence[int]:
        """Return the sizes of messages that follow one another from a place on.

        It is for lenses that find many at once faster than one after the other: `cut` is asked
        for what follows these, and for all by a lens that has no quicker way.

        Args:
            data: As for `cut`.
            at: Where the first of them begins.

        Returns:
            Only of those that are all there and end where they do whatever comes.
        """
        return ()

    def parts_of(self, size: int) -> int | None:
        """Return how many parts `read` finds in so many bytes; None if they have to be read."""
        return None

    def adds(self, word: str) -> bool:
        """Return whether `read` may say a word that is not in the bytes of a whole message.

        A word is printable ASCII without a space; its case does not matter.
        """
        return True

    def count(self, data: bytes) -> int:
        """Return how many parts `read` finds in a message."""
        return len(self.read(data).parts)

    @abstractmethod
    def read(self, data: bytes) -> Reading:
        """Read one message; of one that was too long or broke off, what there is."""

    def read_datagram(self, data: bytes) -> Reading:
        """Read a datagram or a message of a transport that has its own."""
        return self.read(data)


def text_of(data: bytes, limit: int = VALUE) -> str:
    """Return the start of bytes as text; what is no UTF-8 stays as surrogates."""
    text = data[: limit * 4].decode("utf-8", "surrogateescape")
    return text if len(text) <= limit and len(data) <= limit * 4 else f"{text[:limit]}…"


def preview(data: bytes, limit: int = TITLE) -> str:
    """Return the start of bytes in one line: as text, or as hex where most of it is none."""
    head = data[:limit]
    odd = sum(byte < 32 and byte not in b"\t\r\n\x1b" for byte in head)
    odd += head.decode("utf-8", "replace").count("\ufffd")
    if odd * 4 > len(head):
        return f"{head[:32].hex(' ')}{' …' if len(data) > 32 else ''}"
    return text_of(data, limit)


def counted(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
