"""Rows as styled segments: made from parts, and painted over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.content import Content
from textual.strip import Strip
from textual.style import Style as VisualStyle

from .line_source import Line

TAB: Final = 4
Span: TypeAlias = tuple[int, int, Style]


def strip_of(line: Line, style_of: Callable[[str], Style], base: VisualStyle) -> Strip:
    """Make the strip of a whole row."""
    if isinstance(line, Text):
        line = Content.from_rich_text(line)
    if isinstance(line, Content):
        pieces = ((text, style.rich_style) for text, style in line.render(base, end=""))
    else:
        pieces = ((text, style_of(name)) for text, name in line)
    return Strip(_segments(pieces))


def _segments(pieces: Iterable[tuple[str, Style]]) -> Iterator[Segment]:
    """Draw tabs as spaces up to the next stop, and a line feed, which no row should have."""
    column = 0
    for text, style in pieces:
        if not text:
            continue
        if "\t" in text or "\n" in text:
            text = _expand(text.replace("\n", "␊"), column)
        yield Segment(text, style)
        column += cell_len(text)


def _expand(text: str, column: int) -> str:
    first, *others = text.split("\t")
    parts = [first]
    column += cell_len(first)
    for part in others:
        space = TAB - column % TAB
        parts.append(" " * space + part)
        column += space + cell_len(part)
    return "".join(parts)


def drawn_index(text: str, index: int, column: int = 0) -> int:
    """Return which character of a text stands at an index of its drawn form.

    Args:
        text: With tabs.
        index: Counts characters of the row as drawn.
        column: Cells before the text.
    """
    if "\t" not in text:
        return min(index, len(text))
    for place, char in enumerate(text):
        if index <= 0:
            return place
        width = TAB - column % TAB if char == "\t" else cell_len(char)
        index -= width if char == "\t" else 1
        column += width
    return len(text)


def paint(strip: Strip, spans: Iterable[Span]) -> Strip:
    """Lay styles over parts of a strip; spans count characters."""
    segments = list(strip)
    for start, end, style in spans:
        segments = list(_painted(segments, start, end, style))
    return Strip(segments, strip.cell_length)


def _painted(segments: Iterable[Segment], start: int, end: int, style: Style) -> Iterator[Segment]:
    place = 0
    for segment in segments:
        text, old, _ = segment
        after = place + len(text)
        if after <= start or place >= end:
            yield segment
        else:
            left, right = max(start - place, 0), min(end - place, len(text))
            if left:
                yield Segment(text[:left], old)
            yield Segment(text[left:right], old + style if old else style)
            if right < len(text):
                yield Segment(text[right:], old)
        place = after


def fitted(strip: Strip, left: int, width: int, base: Style, more: Style) -> Strip:
    """Cut a strip to what is visible; a sign in the last cell tells that the row goes on."""
    if strip.cell_length <= left + width or width < 2:
        return strip.crop_extend(left, left + width, base)
    shown = strip.crop_extend(left, left + width - 1, base)
    return Strip([*shown, Segment("›", more)], width)


def with_offsets(strip: Strip, row: int, left: int, whole: Strip) -> Strip:
    """Tell Textual's mouse selection which characters stand where; `left` counts cells."""
    first = len(whole.crop(0, left).text) if left else 0
    return strip.apply_offsets(first, row)
