"""Lines of text as they are compared when regular expressions leave out parts of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from .sequences import Block

# Stands for a line that is left out as a whole; no key of another line is like it.
_NOTHING: Final = b"\n\n"


def keys(
    pieces: Sequence[bytes],
    patterns: Sequence[re.Pattern[str]],
    tries: Callable[[int], None] = lambda _: None,
) -> Sequence[bytes]:
    """Return for each line what is compared: without what the patterns match.

    Args:
        pieces: The lines.
        patterns: What is left out of each.
        tries: Told the number of each pattern before it is tried: one may take for ever.
    """
    if not patterns:
        return pieces
    texts = lines = [_text(piece) for piece in pieces]
    for number, pattern in enumerate(patterns):
        tries(number)
        texts = [pattern.sub("", text) for text in texts]
    return [_key(*each) for each in zip(pieces, lines, texts, strict=True)]


def _text(piece: bytes) -> str:
    return piece.decode("utf-8", "surrogateescape").rstrip("\r\n")


def _key(piece: bytes, line: str, text: str) -> bytes:
    if not text and line:
        return _NOTHING
    return piece if text == line else text.encode("utf-8", "surrogateescape") + b"\n"


def says_nothing(block: Block, before: Sequence[bytes], after: Sequence[bytes]) -> bool:
    """Whether the lines that differ are left out, of keys as above."""
    start, end, new_start, new_end = block
    both = [*before[start:end], *after[new_start:new_end]]
    return all(key == _NOTHING for key in both) or before[start:end] == after[new_start:new_end]


def with_left_out(
    found: Sequence[Block], before: Sequence[bytes], after: Sequence[bytes]
) -> Iterator[Block]:
    """Yield the blocks, and between them the lines that differ only in what is left out."""
    place = new_place = 0
    for block in [*found, Block(len(before), len(before), len(after), len(after))]:
        for step in range(block.start - place):
            if before[place + step] != after[new_place + step]:
                old, new = place + step, new_place + step
                yield Block(old, old + 1, new, new + 1)
        if block.start != block.end or block.new_start != block.new_end:
            yield block
        place, new_place = block.end, block.new_end
