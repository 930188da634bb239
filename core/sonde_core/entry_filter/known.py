"""What the entries of a history have, to be offered while a filter is typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from ..history.summary import Summary
from .addresses import host_of

_MOST: Final = 1000  # different values of a key


@dataclass(slots=True)
class Known:
    """How often each value was seen, by key."""

    hosts: Counter[str] = field(default_factory=Counter)
    tags: Counter[str] = field(default_factory=Counter)
    methods: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)

    def add(self, summaries: Iterable[Summary]) -> None:
        """Take note of what some entries have, which makes what words are looked for in, too."""
        for summary in summaries:
            _ = summary.address, summary.facts
            _count(self.hosts, host_of(summary.head))
            _count(self.methods, summary.method)
            _count(self.statuses, str(summary.status or ""))
            _count(self.kinds, summary.kind)
            _count(self.names, summary.name)
            for tag in summary.tags:
                _count(self.tags, tag)

    def values(self, key: str) -> list[str]:
        """Return the values of a key, the most frequent ones first."""
        counters = {
            "host": self.hosts,
            "tag": self.tags,
            "method": self.methods,
            "status": self.statuses,
            "kind": self.kinds,
            "name": self.names,
        }
        found = counters.get(key)
        return [value for value, _ in found.most_common()] if found else []


def _count(counter: Counter[str], value: str) -> None:
    if value and (value in counter or len(counter) < _MOST):
        counter[value] += 1
