"""Which entries are performed again: those that are named, or all that pass a filter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import NotFoundError
from .rerun import in_order

if TYPE_CHECKING:
    from ..history.history import History
    from ..history.summary import Summary


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be performed again.

    Attributes:
        entries: In the order in which they are performed.
        left_out: So many passed the filter and are replays of others that did.
        clients: So many passed the filter and are sessions of a listener, which nobody else opens.
    """

    entries: Sequence[Summary]
    left_out: int = 0
    clients: int = 0


async def by_names(history: History, words: Sequence[str]) -> Chosen:
    """Choose entries by id, a unique prefix of it, or `@N`, in the order given.

    Raises:
        NotFoundError: One of them is not there.
    """
    ids = [find(history, word) for word in words]
    wanted = set(ids)
    known = {each.id: each for each in history.summaries() if each.id in wanted}
    return Chosen([known[each] for each in ids])


async def by_filter(history: History, text: str) -> Chosen:
    """Choose what passes a filter and can be performed, oldest first, and no replays of others.

    Raises:
        FilterError: The text is no filter.
    """
    from ..entry_filter import select

    found = [summary async for summary in select(history, text)]
    able = performable(found)
    return Chosen(*in_order(able), clients=len(found) - len(able))


def performable(entries: Iterable[Summary]) -> list[Summary]:
    """Return those that can be performed: no sessions that clients opened with a listener."""
    return [each for each in entries if each.role != "server" or each.kind == "http"]


def find(history: History, word: str) -> str:
    """Return the id of an entry that is named; raises NotFoundError like `History.find`."""
    try:
        return history.find(word)
    except NotFoundError as error:
        if word.startswith("@"):
            raise
        hint = f"For all entries that hold the word, write --filter {word}."
        raise NotFoundError(error.message, hint=hint) from error
