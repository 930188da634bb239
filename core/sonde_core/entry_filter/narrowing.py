"""Whether what one filter passes is among what another passed: so typing on looks at less."""

from __future__ import annotations

from typing import Final

from .compiled import is_id
from .entry_filter import EntryFilter
from .tree import All, Every, Node, Term, Word

# What is asked for with these stands somewhere in a text.
_CONTAINED: Final = frozenset({"host", "name", "note", "path", "url"})


def narrows(chosen: EntryFilter, before: EntryFilter) -> bool:
    """Tell it if it is plain: each part of the filter before is still asked for, or more of it."""
    parts = _parts(chosen.tree)
    return all(any(_implies(part, old) for part in parts) for old in _parts(before.tree))


def _parts(tree: Node) -> tuple[Node, ...]:
    if isinstance(tree, Every):
        return ()
    return tree.parts if isinstance(tree, All) else (tree,)


def _implies(part: Node, old: Node) -> bool:
    if isinstance(part, Word) and isinstance(old, Word) and not is_id(part.text):
        return old.text.casefold() in part.text.casefold()
    if isinstance(part, Term) and isinstance(old, Term) and part.key == old.key in _CONTAINED:
        plain = "*" not in old.value + part.value
        return plain and old.value.casefold() in part.value.casefold()
    return part == old
