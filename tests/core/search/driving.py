"""Searches driven by hand, as an app does while it draws."""

from __future__ import annotations

from typing import TypeVar

from sonde_core.search import LATER, Hit, Search

S = TypeVar("S", bound=Search)


async def finished(search: S) -> S:
    """Let it look at all that is there."""
    while not search.idle:
        await search.work(eager=False)
    return search


async def beside(search: Search, place: Hit, *, forward: bool = True) -> Hit | None:
    """Return the next hit, or the one before."""
    while (hit := search.beside(place, forward=forward)) is LATER:
        await search.work(eager=True)
    return hit
