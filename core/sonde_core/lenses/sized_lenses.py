"""Messages whose size is known: by a number before them, or because it is always the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from .lens import HEX, MORE, WINDOW, Lens, LensError, Part, Reading, preview

_LENGTH: Final = re.compile(r"([1248])(be|le)?(i)?")
_LARGEST: Final = 1 << 40  # a number above this is no size of anything


class Length(Lens):
    """Messages with their size before them."""

    name = "length"
    about = "a size before each message"
    argument = "1, 2, 4 or 8 bytes, then be or le; i when it counts itself: 2be, 4lei"

    def __init__(self, argument: str = "") -> None:
        found = _LENGTH.fullmatch(argument.strip().lower() or "4be")
        if found is None or (found[1] != "1" and not found[2]):
            raise LensError(
                f"{argument!r} is no size of a prefix.",
                hint="Write its bytes and their order, such as length:2be, length:4le, length:1.",
            )
        self._size = int(found[1])
        self._order: Literal["little", "big"] = "little" if found[2] == "le" else "big"
        self._inclusive = bool(found[3])

    def _said(self, data: bytes, at: int) -> int:
        number = int.from_bytes(data[at : at + self._size], self._order)
        return number if self._inclusive else number + self._size

    def cut(self, data: bytes, at: int, *, ended: bool) -> int:
        if len(data) - at < self._size:
            return at - len(data) if ended else MORE
        said = self._said(data, at)
        return -self._size if said < self._size or said > _LARGEST else said

    def cut_many(self, data: bytes, at: int) -> Sequence[int]:
        size, order, beside = self._size, self._order, 0 if self._inclusive else self._size
        stop, sizes = min(len(data), at + WINDOW), list[int]()
        while at + size <= stop:
            said = int.from_bytes(data[at : at + size], order) + beside
            at += said
            if said < size or at > stop:
                break
            sizes.append(said)
        return sizes

    def parts_of(self, size: int) -> int | None:
        return 2 if size >= self._size else 0

    def read(self, data: bytes) -> Reading:
        if len(data) < self._size:
            return Reading(preview(data), (), "shorter than its prefix")
        said, body = self._said(data, 0), data[self._size :]
        number = int.from_bytes(data[: self._size], self._order)
        parts = (
            Part("length", f"{number:,}", 0, self._size),
            Part("data", preview(body), self._size, len(data)),
        )
        error = "" if said == len(data) else f"{len(data):,} of {said:,} bytes"
        return Reading(preview(body) if body else "(empty)", parts, error)


class Fixed(Lens):
    """Messages of one size."""

    name = "fixed"
    about = "messages of a fixed size"
    argument = "bytes of each, such as 16"

    def __init__(self, argument: str = "") -> None:
        text = argument.strip()
        if not (text.isascii() and text.isdigit() and int(text[:8]) > 0 and len(text) <= 8):
            raise LensError("This lens wants the bytes of a message, such as fixed:16.")
        self._size = int(text)

    def cut(self, data: bytes, at: int, *, ended: bool) -> int:
        return len(data) - at if ended and len(data) - at < self._size else self._size

    def cut_many(self, data: bytes, at: int) -> Sequence[int]:
        return [self._size] * ((min(len(data), at + WINDOW) - at) // self._size)

    def parts_of(self, size: int) -> int | None:
        return 0

    def adds(self, word: str) -> bool:
        return all(char in HEX or char == "," for char in word) or word.lower() in "of bytes"

    def read(self, data: bytes) -> Reading:
        short = len(data) != self._size
        error = f"{len(data):,} of {self._size:,} bytes" if short else ""
        return Reading(preview(data), (), error)
