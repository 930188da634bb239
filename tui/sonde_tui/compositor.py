"""A screen that draws no more of its widgets than is seen where something changed.

Textual asks each widget in the same container as a change for all its rows, also those that are
hidden behind others: two rows of a body cost the rows of eleven widgets. And a strip that is drawn
uncut is kept in its own cache, a cycle that only the garbage collector ends, of which a page makes
hundreds of objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TypeAlias, cast

from textual._compositor import Compositor
from textual.app import App
from textual.errors import NoWidget
from textual.geometry import Region
from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType
from textual.strip import Strip
from textual.widget import Widget

Chops: TypeAlias = Sequence[Mapping[int, Strip]]


class FrontCompositor(Compositor):
    """Puts the same picture together as Textual's own, from fewer rows."""

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Chops:
        """Return the pieces of each row by the column where they begin; Textual's word."""
        chops: list[dict[int, Strip | None]] = [dict.fromkeys(cuts[:-1]) for cuts in self.cuts]
        for band in _bands(filter(is_rendered_line, crop.line_range), crop):
            for region, strips in self._seen(band):
                for y, strip in zip(region.line_range, strips, strict=False):
                    for column, piece in _cut(strip, region, self.cuts[y]):
                        if chops[y].get(column) is None:
                            chops[y][column] = piece
        return cast(Chops, chops)  # Textual leaves out what is None, and types it so, too

    def _seen(self, band: Region) -> Iterator[tuple[Region, list[Strip]]]:
        """Yield the rows of each widget that is seen in a band, from the front to the back."""
        bare = [band]
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            seen = seen.intersection(Region(seen.x, band.y, seen.width, band.height))
            if _is_gone(widget) or not any(part.overlaps(seen) for part in bare):
                continue
            yield seen, widget.render_lines(seen.translate((-region.x, -region.y)))
            bare = [left for part in bare for left in without(part, seen)]
            if not bare:
                return

    def get_widget_at(self, x: int, y: int) -> tuple[Widget, Region]:
        """Return what is under the mouse; Textual's word, which then asks for its rows."""
        widget, region = super().get_widget_at(x, y)
        if _is_gone(widget):
            raise NoWidget
        return widget, region


def _is_gone(widget: Widget) -> bool:
    """Whether a widget was taken away, and knows nothing of its looks any more.

    It is laid out until all that goes together with it is gone, and another part may be drawn
    meanwhile.
    """
    return widget.parent is None


def _bands(rows: Iterable[int], crop: Region) -> Iterator[Region]:
    """Yield where rows lie that follow each other."""
    for _, numbered in groupby(enumerate(rows), lambda pair: pair[1] - pair[0]):
        group = [row for _, row in numbered]
        yield Region(crop.x, group[0], crop.width, len(group))


def _cut(strip: Strip, region: Region, cuts: Sequence[int]) -> Iterable[tuple[int, Strip]]:
    """Cut a strip where the edges of widgets are; returns the pieces with their columns."""
    first, *others = (cut for cut in cuts if region.x <= cut <= region.right)
    if region.x + strip.cell_length not in others:  # a scroll bar has come, and is not laid out yet
        strip = strip.adjust_cell_length(region.width)
    if others[:1] == [region.x + strip.cell_length]:
        return ((first, strip),)
    pieces = strip.divide([column - region.x for column in others])
    return zip((first, *others), pieces, strict=False)


def without(region: Region, hole: Region) -> Iterator[Region]:
    """Yield what is left of a region outside of a hole: above, left, right and below it."""
    hole = hole.intersection(region)
    if not hole:
        yield region
        return
    left, top, right, bottom = region.corners
    parts = (
        (left, top, right, hole.y),
        (left, hole.y, hole.x, hole.bottom),
        (hole.right, hole.y, right, hole.bottom),
        (left, hole.bottom, right, bottom),
    )
    for corners in parts:
        if part := Region.from_corners(*corners):
            yield part


class FrontScreen(Screen[ScreenResultType]):
    """A screen put together by a `FrontCompositor`."""

    # Textual draws all of the screen for each change of the focus; what shows it draws itself.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(
        self, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name, id, classes)
        self._compositor = FrontCompositor()

    def _post_register(self, app: App[object]) -> None:
        """Be as wide or narrow as the terminal from the start, and not be styled twice for it."""
        super()._post_register(app)
        width, height = app.size
        wide = self._get_breakpoint_classes(width, app.HORIZONTAL_BREAKPOINTS or [])
        high = self._get_breakpoint_classes(height, app.VERTICAL_BREAKPOINTS or [])
        self.add_class(*wide, *high, update=False)
