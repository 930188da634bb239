"""Sixteen colours, where a terminal has no more: by their hue, so that what differs stays so.

The nearest of sixteen by distance is a grey for nearly every soft colour of a theme.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rich.color import Color as RichColor
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from .safe_filter import SafeFilter

# Where on the circle of hues, in degrees, people see another colour, and which ANSI colour that is.
_HUES: Final = ((15, 1), (70, 3), (160, 2), (195, 6), (265, 4), (345, 5), (361, 1))
# The colour as far as it is none: black, dark grey, light grey, white; with where each begins.
_GREYS: Final = ((0.0, 0), (0.22, 8), (0.55, 7), (0.85, 15))
_GREY: Final = 0.07  # so little of a colour is seen as none
_BRIGHT: Final = 0.45
_DARK: Final = 0.2  # a background of less light than this is black, whatever its hue
_HALF: Final = 0.5


class FewColours(LineFilter):
    """Gives each colour the one of sixteen that has its hue."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments in colours that the terminal has."""
        return [
            segment
            if segment.control or segment.style is None
            else Segment(segment.text, _style(segment.style))
            for segment in segments
        ]


def filters(color_system: str | None) -> Sequence[LineFilter]:
    """Return what every line goes through, on a terminal with these colours, in order."""
    return (*((FewColours(),) if color_system == "standard" else ()), SafeFilter())


@lru_cache(4096)
def _style(style: Style) -> Style:
    behind = _number(style.bgcolor, behind=True)
    front = _number(style.color)
    if front is None and behind is None:
        return style
    if front is not None and front == behind:
        front = 0 if _light(style.bgcolor) > _HALF else 15
    return style + Style.from_color(_ansi(front, style.color), _ansi(behind, style.bgcolor))


def _ansi(number: int | None, colour: RichColor | None) -> RichColor | None:
    return colour if number is None else RichColor.from_ansi(number)


def _number(colour: RichColor | None, *, behind: bool = False) -> int | None:
    """Return the number of the colour to take; None to leave it as it is."""
    if colour is None or colour.type not in (ColorType.TRUECOLOR, ColorType.EIGHT_BIT):
        return None
    red, green, blue = (part / 255 for part in colour.get_truecolor())
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    if behind and light < _DARK:
        return 0
    if saturation * (1 - abs(2 * light - 1)) < _GREY:  # chroma: seen colour, not computed
        return max(grey for grey in _GREYS if grey[0] <= light)[1]
    number = next(number for end, number in _HUES if hue * 360 < end)
    return number + 8 if light > _BRIGHT and not behind else number


def _light(colour: RichColor | None) -> float:
    red, green, blue = colour.get_truecolor() if colour is not None else (0, 0, 0)
    return (299 * red + 587 * green + 114 * blue) / 255_000
