"""Widgets that are made when they are first wanted, by whoever wants them first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from textual.widget import AwaitMount, Widget

Made = TypeVar("Made", bound=Widget)


async def made_once(parent: Widget, kind: type[Made], id: str, make: Callable[[], Made]) -> Made:
    """Return a child by its id, unseen when it is new, once all that is in it can be used.

    Its id is taken before anything is waited for. So somebody who asks meanwhile, or after one who
    waited was cancelled, waits for the same child.

    Args:
        parent: Where it belongs.
        kind: What it is.
        id: Under which it is found; what is made gets it.
        make: Makes it.
    """
    found = parent.query_children(f"#{id}").results(kind)
    child = next(found, None)
    if child is None:
        child = make()
        if child.id != id:
            child.id = id
        child.display = False
        parent.mount(child)
    await AwaitMount(parent, [child])
    return child
