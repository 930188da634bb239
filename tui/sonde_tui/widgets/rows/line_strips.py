"""Rows as styled segments: made from parts, and painted over."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.content import Content
from textual.strip import Strip
from textual.style import Style as VisualStyle

from .drawn import expand
from .line_source import Line

Span: TypeAlias = tuple[int, int, Style]


def strip_of(line: Line, style_of: Callable[[str], Style], base: VisualStyle) -> Strip:
    """Make the strip of a whole row."""
    if isinstance(line, Strip):
        return line
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
            text = expand(text.replace("\n", "␊"), column)
        yield Segment(text, style)
        column += cell_len(text)


def paint(strip: Strip, spans: Iterable[Span]) -> Strip:
    """Lay styles over parts of a strip; spans count characters, and later ones lie above."""
    layers = list(spans)
    return Strip(_painted(strip, layers), strip.cell_length) if layers else strip


def _painted(strip: Strip, layers: Sequence[Span]) -> Iterator[Segment]:
    """Yield the segments, cut where a span begins or ends; a row may have thousands of both."""
    waiting = deque(sorted(range(len(layers)), key=lambda number: layers[number][0]))
    lying: list[int] = []  # the spans over the place that is reached, lowest first
    place = 0
    for text, style, _ in strip:
        first, after = place, place + len(text)
        while place < after:
            lying = [number for number in lying if layers[number][1] > place]
            while waiting and layers[waiting[0]][0] <= place:
                insort(lying, waiting.popleft())
            lying = [number for number in lying if layers[number][1] > place]
            stop = min([after, *(layers[number][1] for number in lying)])
            if waiting:
                stop = min(stop, layers[waiting[0]][0])
            look = style
            for number in lying:
                look = look + layers[number][2] if look else layers[number][2]
            yield Segment(text[place - first : stop - first], look)
            place = stop


def fitted(strip: Strip, left: int, width: int, base: Style, more: Style) -> Strip:
    """Cut a strip to what is visible; a sign in the last cell tells that the row goes on.

    Textual's own cuts are kept in the strip, some of them for as long as garbage is not collected.
    """
    if strip.cell_length > left + width and width > 1:
        shown = strip.crop_extend(left, left + width - 1, base)
        return Strip([*shown, Segment("›", more)], width)
    if left or strip.cell_length > width:
        return strip.crop_extend(left, left + width, base)
    missing = width - strip.cell_length
    return Strip([*strip, Segment(" " * missing, base)], width) if missing > 0 else strip


def with_offsets(strip: Strip, row: int, left: int, whole: Strip) -> Strip:
    """Tell Textual's mouse selection which characters stand where; `left` counts cells."""
    first = len(whole.crop(0, left).text) if left else 0
    return strip.apply_offsets(first, row)
