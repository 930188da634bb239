"""All entries that pass a filter, one after the other."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING

from .entry_filter import EntryFilter, parse
from .search import Progress, Search

if TYPE_CHECKING:
    from ..history.history import History
    from ..history.summary import Summary


async def select(
    history: History,
    wanted: str | EntryFilter,
    *,
    progress: Callable[[Progress], None] | None = None,
) -> AsyncGenerator[Summary, None]:
    """Yield the entries of the whole file that pass, newest first, as they are found.

    Entries that come meanwhile may be left out. It can be left, or cancelled, at any time.

    Args:
        history: Where to look; it is open.
        wanted: A filter, or its text.
        progress: Called in the event loop's thread, some thirty times a second at most.

    Raises:
        FilterError: The text is no filter.
    """
    search = Search(history, parse(wanted) if isinstance(wanted, str) else wanted)
    async for found in search.batches(progress):
        for summary in found:
            yield summary
