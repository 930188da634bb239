"""A stretch of bytes as text, where each character knows its bytes."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from itertools import accumulate
from typing import Final

from ..text.characters import bytes_before, chars_before, shape_of, text_of, unit_of

_ESCAPED: Final = re.compile("[\udc00-\udcff]")


class Decoded:
    """Text of bytes that may begin and end inside a character.

    Attributes:
        text: What was read; a byte that cannot be read is a character by itself.
    """

    def __init__(self, data: bytes, codec: str) -> None:
        """Read bytes; without a codec each byte is the character of its number."""
        self._data = data
        self._codec = codec or "latin-1"
        self.text = text_of(data, self._codec)
        self._plain = len(self.text) == len(data)  # a character a byte
        self._starts: tuple[list[int], list[int]] | None = None

    def index(self, offset: int) -> int:
        """Return the first character that begins at a byte or behind it."""
        if self._plain:
            return offset
        if shape_of(self._codec) == "other":
            return self._index_by_lines(offset)
        chars = chars_before(self._data, self._codec, offset)
        return chars + (bytes_before(self._data, self._codec, self.text, chars) < offset)

    def offset(self, index: int) -> int:
        """Return where a character begins."""
        return self.offsets(array("I", [index]))[0]

    def offsets(self, indices: array[int]) -> array[int]:
        """Turn characters, in their order, into bytes: in the array itself."""
        if self._plain:
            return indices
        if shape_of(self._codec) == "other":
            for number, index in enumerate(indices):
                indices[number] = self._offset_by_lines(index)
            return indices
        index = offset = 0
        for number, wanted in enumerate(indices):
            offset += self._size(self.text[index:wanted])
            index = wanted
            indices[number] = min(offset, len(self._data))
        return indices

    def _size(self, text: str) -> int:
        """Return how many bytes characters were read from."""
        if text.isascii():
            return len(text) * unit_of(self._codec)
        if unit_of(self._codec) == 4:
            return 4 * len(text) - 3 * len(_ESCAPED.findall(text))
        errors = "surrogateescape" if shape_of(self._codec) == "utf-8" else "surrogatepass"
        return len(text.encode(self._codec, errors))

    # codecs that cannot be entered in the middle, but for the start of a line

    def _index_by_lines(self, offset: int) -> int:
        begins, firsts = self._line_starts()
        line = bisect_right(begins, offset) - 1
        data = self._line(begins, line)
        inside = offset - begins[line]
        chars = chars_before(data, self._codec, inside)
        text = text_of(data, self._codec)
        return firsts[line] + chars + (bytes_before(data, self._codec, text, chars) < inside)

    def _offset_by_lines(self, index: int) -> int:
        begins, firsts = self._line_starts()
        line = bisect_right(firsts, index) - 1
        data = self._line(begins, line)
        text = text_of(data, self._codec)
        return begins[line] + bytes_before(data, self._codec, text, index - firsts[line])

    def _line(self, begins: list[int], line: int) -> bytes:
        end = begins[line + 1] if line + 1 < len(begins) else len(self._data)
        return self._data[begins[line] : end]

    def _line_starts(self) -> tuple[list[int], list[int]]:
        """Return the first byte and the first character of each line."""
        if self._starts is None:
            sizes = [len(line) + 1 for line in self._data.split(b"\n")]
            lengths = [len(line) + 1 for line in self.text.split("\n")]
            if len(sizes) != len(lengths):  # bytes that are not of this charset took one along
                sizes, lengths = [], []
            begins = [0, *accumulate(sizes)][: len(sizes)]
            firsts = [0, *accumulate(lengths)][: len(lengths)]
            self._starts = begins or [0], firsts or [0]
        return self._starts
