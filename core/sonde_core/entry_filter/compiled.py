"""A tree as one function that tells whether an entry passes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeAlias

from ..history.summary import Summary
from .keys import FLAGS, KEYS, Predicate
from .tree import All, Any, Every, Flag, Node, Not, Term, Word

# Makes the test for a term that asks for what is in an entry; `positive` is False under a `not`.
Inside: TypeAlias = Callable[[Term, bool], Predicate]

# So much of an id is no other word by chance.
_ID: Final = re.compile(r"[0-9a-f]{8}[0-9a-f-]*")


def compiled(node: Node, now: datetime, inside: Inside, *, positive: bool = True) -> Predicate:
    """Return the test of a tree.

    Args:
        node: The tree.
        now: What relative times count from.
        inside: For terms that no summary answers.
        positive: False under an odd number of negations.
    """
    match node:
        case Every():
            return lambda _: True
        case Word(text):
            return word(text)
        case Flag(name):
            return FLAGS[name]
        case Term():
            build = KEYS[node.key].build
            return build(node, now) if build else inside(node, positive)
        case Not(of):
            test = compiled(of, now, inside, positive=not positive)
            return lambda summary: not test(summary)
        case All(parts):
            return _all([compiled(each, now, inside, positive=positive) for each in parts])
        case Any(parts):
            return _any([compiled(each, now, inside, positive=positive) for each in parts])


def word(text: str) -> Predicate:
    """Return the test of a plain word."""
    wanted = text.casefold()
    if is_id(text):
        return lambda summary: (
            wanted in summary.address or wanted in summary.facts or summary.id.startswith(wanted)
        )
    return lambda summary: wanted in summary.address or wanted in summary.facts


def is_id(text: str) -> bool:
    """Whether a word may be the start of an id."""
    return _ID.fullmatch(text.casefold()) is not None


def _all(tests: list[Predicate]) -> Predicate:
    if len(tests) == 2:
        first, second = tests
        return lambda summary: first(summary) and second(summary)
    return lambda summary: all(test(summary) for test in tests)


def _any(tests: list[Predicate]) -> Predicate:
    if len(tests) == 2:
        first, second = tests
        return lambda summary: first(summary) or second(summary)
    return lambda summary: any(test(summary) for test in tests)


def always(found: bool) -> Predicate:
    """Return a test with one answer."""

    def answer(_: Summary) -> bool:
        return found

    return answer
