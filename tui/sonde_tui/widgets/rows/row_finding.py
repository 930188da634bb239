"""Rows in which something is found: the search, the hits that are shown, and going to them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from sonde_core.errors import SondeError

from .line_strips import Span
from .row_canvas import FRAME
from .row_view import RowView

if TYPE_CHECKING:  # what finds is not needed before somebody looks for something
    from sonde_core.search import Hit, Query

    from ..find.finder import AnyFinder
    from ..find.line_finder import LineFinder


class RowFinding(RowView):
    """Looks for something in all rows, a moment at a time, and marks what was found."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "find_next", "Next hit", id="view.next", show=False),
        Binding("N", "find_previous", "Previous hit", id="view.previous", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-view--hit", "line-view--hit-current"}

    DEFAULT_CSS = """
    RowFinding {
        & > .line-view--hit {
            background: $warning-muted; color: $text-warning; text-style: underline;
        }
        & > .line-view--hit-current {
            background: $warning; color: $background; text-style: bold underline;
        }
        &:nocolor > .line-view--hit-current { text-style: reverse; }
    }
    """

    _finding: LineFinder | None = None
    _searching: LineFinder | None = None  # whose search runs
    _preparing: bool = False
    _queued: tuple[bool, ...] = ()  # steps to go once a pattern is prepared
    _wrong: SondeError | None = None  # why what was typed last cannot be found

    def tell_search(self) -> None:
        """Hear that a search has gone on, or was left."""

    def refresh_bar(self) -> None:
        """Hear that there is something else to say of it."""

    def find(self, query: Query | str) -> None:
        """Look for something in all rows and show the first hit from where one stands on."""
        from sonde_core.search import Query

        query = Query(query) if isinstance(query, str) else query
        self.workers.cancel_group(self, "pattern")
        self._wrong, self._preparing, self._queued = None, False, ()
        if not query.text:
            self._leave()
            self.tell_search()
        elif query.regex:
            self._preparing = True
            self._prepare(self._finder_of(query))
        else:
            self._begin(self._finder_of(query), seeks=True)
        self.refresh()

    @property
    def needle(self) -> str:
        """What is looked for; empty for nothing."""
        return self._finding.finder.query.text if self._finding else ""

    @property
    def _here(self) -> int:
        return self.cursor_row if self.show_cursor else self.top

    def _finder_of(self, query: Query) -> AnyFinder:
        from ..find.finders import finder_of

        return finder_of(self.source, query, self._here)

    @work(group="pattern", exclusive=True)
    async def _prepare(self, finder: AnyFinder) -> None:
        """Go over to another pattern once it is known to be one; till then the last one stays."""
        try:
            await finder.search.prepare()
        except SondeError as error:
            self._wrong = error
            self.refresh_bar()
            return
        finally:
            self._preparing = False
        queued, self._queued = self._queued, ()
        if finder.source is not self.source:
            finder = self._finder_of(finder.query)
        self._begin(finder, seeks=True)
        for forward in queued:
            self._go_on(forward=forward)

    def _begin(self, finder: AnyFinder, *, seeks: bool) -> None:
        from ..find.line_finder import LineFinder

        self._leave()
        self._finding = LineFinder(finder, self._here, seeks=seeks)
        self._search(self._finding)
        self.refresh()

    def _leave(self) -> None:
        """Look for nothing any more."""
        self.workers.cancel_group(self, "find")
        if self._finding is not None:
            self._finding.search.stop()
        self._finding = self._searching = None

    def rows_changed(self, row: int) -> None:
        finding = self._finding
        if finding is None or not self.is_attached:
            return
        if finding.finder.source is not self.source:
            self._begin(self._finder_of(finding.finder.query), seeks=False)
            return
        finding.finder.changed(max(row, 0))
        self._wake()

    def _wake(self) -> None:
        """Go on with a search that has something to do again."""
        finding = self._finding
        if finding is None:
            return
        self._show_next(finding)
        if finding is not self._searching and not finding.search.idle:
            self._search(finding)

    @work(group="find", exclusive=True)
    async def _search(self, finding: LineFinder) -> None:
        """Look at all rows; a thread does it, a moment at a time."""
        self._searching, told = finding, 0.0
        while finding is self._finding and not finding.search.idle:
            asked = finding.search.asked
            await finding.search.work(eager=finding.seeks)
            self._show_next(finding)
            if asked:
                self.refresh()
            if time.monotonic() - told > FRAME:
                told = time.monotonic()
                self.tell_search()
            await asyncio.sleep(0)
        if finding is self._finding:
            self._searching = None
            self.tell_search()

    def _show_next(self, finding: LineFinder) -> None:
        found = finding.next() if finding is self._finding else None
        if found is not None:
            self._show_hit(*found)

    def _show_hit(self, row: int, hit: Hit) -> None:
        if self._finding is None:
            return
        if self.unfold(hit[1]):
            row = self._finding.finder.row_of(hit) or row
        first, last = self._finding.finder.column_of(row, hit)
        self._reveal(row, center=True)
        self.go_to(row, first)
        self.reveal_column(row, first, last)
        self.refresh()

    def marks(self, row: int, text: str, first: int, last: int) -> list[Span]:
        above = super().marks(row, text, first, last)
        finding = self._finding
        if finding is None:
            return above
        plain, current = self.look("hit"), self.look("hit-current")
        hits = [
            (left, right, current if hit == finding.hit else plain)
            for hit, left, right in finding.finder.shown(row, first, last)
        ]
        if finding.search.asked and finding is not self._searching:
            self._searching = finding
            self.call_later(self._search, finding)
        return [*hits, *above]

    # keys

    def action_find_next(self) -> None:
        self._go_on(forward=True)

    def action_find_previous(self) -> None:
        self._go_on(forward=False)

    def _go_on(self, *, forward: bool) -> None:
        if self._preparing:
            self._queued = (*self._queued, forward)
        elif self._finding is not None:
            self._finding.ask(self._here, forward=forward)
            self._wake()
