"""A filter that is understood, ready to be asked about entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..history.summary import Summary
from .compiled import always, compiled
from .keys import KEYS, Predicate
from .parser import tree_of
from .sieves import Sieve, sieve_of
from .tree import All, Any, Every, Node, Not, Term


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """What `parse` returns.

    Attributes:
        text: As it was typed.
        tree: What it says.
        now: What relative times count from.
        inside: The terms that ask for what is in an entry: its headers, its bodies.
    """

    text: str
    tree: Node
    now: datetime
    inside: tuple[Term, ...]
    _test: Predicate = field(repr=False, compare=False)
    _sieve: Sieve = field(repr=False, compare=False)

    @property
    def needs_entries(self) -> bool:
        """Whether entries must be read, not only their summaries."""
        return bool(self.inside)

    @property
    def is_empty(self) -> bool:
        """Whether every entry passes."""
        return isinstance(self.tree, Every)

    @property
    def is_of_now(self) -> bool:
        """Whether it may mean another time later on, as `since:1h` does."""
        return any(term.key in ("since", "until") for term in _terms(self.tree))

    def matches(self, summary: Summary) -> bool:
        """Whether an entry passes; when entries must be read, whether it may pass."""
        return self._test(summary)

    def sift(self, summaries: Sequence[Summary]) -> Sequence[Summary]:
        """Return those that pass, in their order; see `matches`."""
        return self._sieve(summaries)

    def exact(self, has: Callable[[Term], Callable[[str], bool]]) -> Predicate:
        """Return the test of entries that were read.

        Args:
            has: For each of `inside`, what tells by id whether an entry has it.
        """

        def inside(term: Term, _: bool) -> Predicate:
            known = has(term)
            return lambda summary: known(summary.id)

        return compiled(self.tree, self.now, inside)

    def certain(self) -> Predicate:
        """Return the test that is true of what passes whatever is in it."""
        return compiled(self.tree, self.now, lambda _, positive: always(not positive))


def parse(text: str, *, now: datetime | None = None) -> EntryFilter:
    """Understand a filter.

    Args:
        text: In the language that `sonde history --help` explains; empty passes every entry.
        now: The wall time; None for that of this machine.

    Raises:
        FilterError: It is none; it says where in the text the trouble is.
    """
    tree = tree_of(text)
    now = now or datetime.now(UTC)

    def hopeful(_: Term, positive: bool) -> Predicate:
        return always(positive)

    return EntryFilter(
        text,
        tree,
        now,
        tuple(term for term in _terms(tree) if KEYS[term.key].build is None),
        compiled(tree, now, hopeful),
        sieve_of(tree, lambda node: compiled(node, now, hopeful)),
    )


def _terms(node: Node) -> Iterator[Term]:
    match node:
        case Term():
            yield node
        case Not(of):
            yield from _terms(of)
        case All(parts) | Any(parts):
            for part in parts:
                yield from _terms(part)
