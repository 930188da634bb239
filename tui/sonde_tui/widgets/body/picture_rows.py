"""A picture in rows of half blocks, and what is known of it above them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from sonde_core.body import Body
from sonde_core.pictures.picture import Cell, Picture, Rgb
from sonde_core.safetext import SafeText, line
from sonde_core.words import size

from ..rows.line_source import Line, LineSource, Part

_GUTTER: Final = 10
# Rows that stand above the picture.
FACTS: Final = 4


class PictureRows(LineSource):
    """Facts in the first rows, then two rows of dots in each."""

    def __init__(self, body: Body, picture: Picture, *, coloured: bool) -> None:
        """Show a picture.

        Args:
            body: What it was decoded from.
            picture: Its cells, and what is known of it.
            coloured: Whether the terminal has the colours for it; signs stand for them without.
        """
        self._picture = picture
        self._coloured = coloured
        self._facts = list(_facts(body, picture))

    @property
    def count(self) -> int:
        return len(self._facts) + len(self._picture.cells)

    def line(self, row: int) -> Line:
        if row < len(self._facts):
            return self._facts[row]
        place = row - len(self._facts)
        if self._coloured:
            return _drawn(self._picture.cells[place])
        return [(SafeText(self._picture.greys[place]), "")]

    def text(self, row: int) -> str:
        """Return what is known of it; the picture itself is no text."""
        return super().text(row) if row < len(self._facts) else ""


def _facts(body: Body, picture: Picture) -> Iterator[list[Part]]:
    frames = f", the first of {picture.frames:,} frames" if picture.frames > 1 else ""
    told = {
        "type": body.media_type or f"not told; {picture.format} by its first bytes",
        "size": f"{size(body.size)} ({body.size:,} bytes)",
        "picture": f"{picture.format}, {picture.width:,} x {picture.height:,} pixels{frames}",
    }
    for name, value in told.items():
        yield [(SafeText(f"{name:<{_GUTTER}}"), "muted"), (line(value), "")]
    yield [(SafeText(""), "")]


def _drawn(cells: tuple[Cell, ...]) -> Strip:
    return Strip(
        [Segment("▀" * len(list(same)), _style(*cell)) for cell, same in groupby(cells)], len(cells)
    )


def _style(upper: Rgb, lower: Rgb | None) -> Style:
    ground = Color.from_rgb(*lower) if lower is not None else None
    return Style.from_color(Color.from_rgb(*upper), ground)
