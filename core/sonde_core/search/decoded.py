"""A stretch of bytes as text, where each character knows its bytes."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from itertools import accumulate
from typing import Final

from ..text.characters import bytes_before, chars_before, shape_of, text_of, unit_of, whole

# So much is read at once: the interpreter's lock is held meanwhile.
_PIECE: Final = 1 << 17
_ESCAPED: Final = re.compile("[\udc00-\udcff]")


class Decoded:
    """Text of bytes that may begin and end inside a character.

    Attributes:
        data: The bytes.
        text: What was read; a byte that cannot be read is a character by itself.
    """

    def __init__(self, data: bytes, codec: str) -> None:
        """Read bytes; without a codec each byte is the character of its number."""
        self.data = data
        self._codec = codec or "latin-1"
        # Where pieces begin, as bytes and as characters: places are counted from there.
        self._begins, self._firsts = [0], [0]
        large = len(data) > _PIECE and shape_of(self._codec) != "other"
        self.text = self._by_pieces() if large else text_of(data, self._codec)
        self._plain = len(self.text) == len(data)  # a character a byte
        self._starts: tuple[list[int], list[int]] | None = None

    def _by_pieces(self) -> str:
        pieces: list[str] = []
        begin = first = 0
        while begin < len(self.data):
            piece = self.data[begin : begin + _PIECE]
            if begin + len(piece) < len(self.data):
                piece = piece[: whole(piece, self._codec)]
            pieces.append(text_of(piece, self._codec))
            begin, first = begin + len(piece), first + len(pieces[-1])
            self._begins.append(begin)
            self._firsts.append(first)
        return "".join(pieces)

    def index(self, offset: int) -> int:
        """Return the first character that begins at a byte or behind it."""
        if self._plain:
            return offset
        if shape_of(self._codec) == "other":
            return self._index_by_lines(offset)
        number = bisect_right(self._begins, offset) - 1
        begin, first = self._begins[number], self._firsts[number]
        if offset == begin:
            return first
        behind = self._begins[number + 1] if number + 1 < len(self._begins) else len(self.data)
        data, inside = self.data[begin:behind], offset - begin
        chars = chars_before(data, self._codec, inside)
        text = self.text[first : first + len(data)]
        return first + chars + (bytes_before(data, self._codec, text, chars) < inside)

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
        near = bisect_right(self._firsts, indices[0]) - 1 if indices else 0
        index, offset = self._firsts[near], self._begins[near]
        for number, wanted in enumerate(indices):
            offset += self._size(self.text[index:wanted])
            index = wanted
            indices[number] = min(offset, len(self.data))
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
        end = begins[line + 1] if line + 1 < len(begins) else len(self.data)
        return self.data[begins[line] : end]

    def _line_starts(self) -> tuple[list[int], list[int]]:
        """Return the first byte and the first character of each line."""
        if self._starts is None:
            sizes = [len(line) + 1 for line in self.data.split(b"\n")]
            lengths = [len(line) + 1 for line in self.text.split("\n")]
            if len(sizes) != len(lengths):  # bytes that are not of this charset took one along
                sizes, lengths = [], []
            begins = [0, *accumulate(sizes)][: len(sizes)]
            firsts = [0, *accumulate(lengths)][: len(lengths)]
            self._starts = begins or [0], firsts or [0]
        return self._starts
