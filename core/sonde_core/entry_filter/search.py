"""The search through all entries of a history for what passes a filter; in threads, in slices."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..errors import SondeError
from ..history.bodies import Bodies, folder_of
from ..history.entry import to_json
from ..history.index import Row
from ..history.lines import whole_record
from ..history.summary import Summary
from .contents import Has, has_body, has_header
from .entry_filter import EntryFilter
from .run import Run
from .scan import Lines, candidates, spans
from .tree import Term

if TYPE_CHECKING:
    from ..body import Body
    from ..history.archive import Archive
    from ..history.history import History
    from ..history.schema.values import Record

STINT: Final = 0.03  # seconds in a thread, between two times that what was found is handed on
_TOGETHER: Final = 500  # rows whose summaries are looked at
_READ: Final = 64  # rows whose lines are
_BREATH: Final = 0.00001  # seconds in which others may have the interpreter: a person may be typing


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is.

    Attributes:
        searched: Entries that were looked at.
        share: Of the file, from 0 to 1.
    """

    searched: int
    share: float


class Search:
    """Looks for one filter; what was read of an entry is not read again.

    Attributes:
        progress: How far the run is.
        version: Of the history that was looked through last.
    """

    def __init__(self, history: History, chosen: EntryFilter) -> None:
        self.progress = Progress(0, 0.0)
        self.version = -1
        self._archive: Archive = history.archive
        self._filter = chosen
        self._bodies = Bodies(folder_of(history.path), kept=0)
        self._in_memory: dict[str, Body] = {}  # bodies of what is not in the file yet
        self._in_file: dict[tuple[str, bytes], bool] = {}
        self._has: dict[Term, Has] = {term: self._has_for(term) for term in chosen.inside}
        self._hits: dict[Term, set[str]] = {term: set() for term in chosen.inside}
        self._read: dict[str, int] = {}  # where the line lay that was read of an entry
        self._exact = chosen.exact(lambda term: self._hits[term].__contains__)
        self._certain = chosen.certain()

    async def batches(
        self, tell: Callable[[Progress], None] | None = None
    ) -> AsyncIterator[list[Summary]]:
        """Yield what passes, newest first, as it is found; entries are indexed on the way."""
        run = Run(self._archive)
        self.progress = Progress(0, 0.0)
        while True:
            rows = await asyncio.to_thread(run.next_rows)
            self.version = run.version
            while rows:
                found, rest = await asyncio.to_thread(self._stint, run, rows)
                self._go_on(run, rows[: len(rows) - len(rest)])
                rows = rest
                if tell:
                    tell(self.progress)
                if found:
                    yield found
            if not await asyncio.to_thread(run.load_more):
                break
        self.progress = Progress(self.progress.searched, 1.0)

    def _go_on(self, run: Run, done: Sequence[Row]) -> None:
        offset = done[-1].offset
        share = 1 - offset / run.size if run.size and offset >= 0 else 0.0
        self.progress = Progress(self.progress.searched + len(done), share)

    def _has_for(self, term: Term) -> Has:
        if term.key == "header":
            return has_header(term)
        return has_body(term, self._get, self._in_file)

    # in the thread

    def _stint(self, run: Run, rows: list[Row]) -> tuple[list[Summary], list[Row]]:
        """Look at rows until the time is over; returns what passes, and the rows that are left."""
        deadline = time.monotonic() + STINT
        together = _READ if self._filter.needs_entries else _TOGETHER
        found: list[Summary] = []
        done = 0
        while done < len(rows) and (not done or time.monotonic() < deadline):
            part = rows[done : done + together]
            maybe = [row for row in part if self._filter.matches(row.summary)]
            if self._filter.needs_entries:
                unsure = [row for row in maybe if not self._certain(row.summary)]
                self._look_inside(run, unsure)
                maybe = [row for row in maybe if self._exact(row.summary)]
            found += [row.summary for row in maybe]
            done += len(part)
            time.sleep(_BREATH)  # we are in a thread: this hands the interpreter to the loop
        return found, rows[done:]

    def _look_inside(self, run: Run, rows: Sequence[Row]) -> None:
        """Learn of rows, by their ids, whether they have what is looked for."""
        new = [row for row in rows if self._read.get(row.summary.id) != row.offset]
        for hits in self._hits.values():
            hits.difference_update(row.summary.id for row in new)
        for row in new:
            self._read[row.summary.id] = row.offset
            if row.offset < 0:
                plain = self._unsaved(row)
                for term in self._filter.inside:
                    self._note(term, row, plain)
        for together in spans([row for row in new if row.offset >= 0]):
            start = together[0].offset
            data = run.read(start, together[-1].offset + together[-1].size - start)
            lines = Lines(together, [row.offset - start for row in together], data.lower())
            for term in self._filter.inside:
                for number in candidates(term, lines):
                    line = data[lines.starts[number] : lines.end(number)]
                    self._note(term, together[number], _parsed(line))

    def _note(self, term: Term, row: Row, plain: Record | None) -> None:
        try:
            has = plain is not None and self._has[term](plain)
        except (ValueError, OSError):
            has = False  # a newer version wrote it, or somebody else
        if has:
            self._hits[term].add(row.summary.id)

    def _unsaved(self, row: Row) -> Record | None:
        """Return an entry that is in memory only, as it would be written."""

        def put(body: Body) -> tuple[str, int]:
            self._in_memory[body.sha256] = body
            return body.sha256, body.stored

        try:
            return to_json(self._archive.get(row.summary.id), put)
        except SondeError:
            return None

    def _get(self, digest: str, size: int) -> Body | None:
        return self._in_memory.get(digest) or self._bodies.get(digest, size)


def _parsed(line: bytes) -> Record | None:
    try:
        return whole_record(line)
    except ValueError:
        return None
