"""Tags as a person types them, and those that are in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from .summary import Summary

LONGEST: Final = 60  # characters of one tag
MOST: Final = 50  # tags of one entry


def read(text: str) -> tuple[str, ...]:
    """Read tags: words with spaces or commas between, a `#` before them or not; each once."""
    words = (word.lstrip("#")[:LONGEST] for word in text.replace(",", " ").split())
    return tuple(dict.fromkeys(filter(None, words)))[:MOST]


def shared(entries: Iterable[Summary]) -> tuple[str, ...]:
    """Return the tags that all entries have."""
    first, *others = entries
    return tuple(tag for tag in first.tags if all(tag in each.tags for each in others))


def known(entries: Iterable[Summary]) -> list[str]:
    """Return the tags in use, the most frequent first."""
    counts = Counter(tag for entry in entries if entry.tags for tag in entry.tags)
    return [tag for tag, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0]))]


def changed(
    entries: Sequence[Summary], *, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> dict[tuple[str, ...], list[str]]:
    """Return the ids of the entries that change, by the tags that they have then."""
    add, without = tuple(add), frozenset(remove)
    made: dict[tuple[str, ...], list[str]] = {}
    for entry in entries:
        left = (tag for tag in entry.tags if tag not in without)
        tags = tuple(dict.fromkeys((*left, *add)))[:MOST]
        if tags != entry.tags:
            made.setdefault(tags, []).append(entry.id)
    return made
