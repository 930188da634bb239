"""A filter as a tree: `or` binds least, then what stands side by side, then `-` and `not`."""

from __future__ import annotations

from typing import Final

from .errors import FilterError
from .tokens import Kind, Token, tokens
from .tree import All, Any, Every, Flag, Node, Not, Word

DEEPEST: Final = 50  # parentheses and negations inside one another


def tree_of(text: str) -> Node:
    """Read a filter; raises FilterError."""
    try:
        found = tokens(text)
        return _Parser(found, len(text)).whole() if found else Every()
    except FilterError as error:
        error.text = text
        raise


class _Parser:
    def __init__(self, found: list[Token], length: int) -> None:
        self._tokens = found
        self._next = 0
        self._length = length

    @property
    def _kind(self) -> Kind | None:
        return self._tokens[self._next].kind if self._next < len(self._tokens) else None

    def whole(self) -> Node:
        """Read all of it."""
        tree = self._any(0)
        if self._kind is not None:
            token = self._tokens[self._next]
            raise FilterError(
                "This parenthesis closes nothing.", token.start, token.end, hint="Take it away."
            )
        return tree

    def _any(self, depth: int) -> Node:
        parts = [self._all(depth)]
        while self._kind is Kind.OR:
            self._next += 1
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _all(self, depth: int) -> Node:
        parts = [self._one(depth)]
        while self._kind not in (None, Kind.OR, Kind.CLOSE):
            if self._kind is Kind.AND:
                self._next += 1
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self, depth: int) -> Node:
        if self._next >= len(self._tokens):
            raise self._nothing_after(self._length, self._length)
        token = self._tokens[self._next]
        if depth > DEEPEST:
            raise FilterError(
                f"More than {DEEPEST} parentheses stand in one another.", token.start, token.end
            )
        self._next += 1
        match token.kind:
            case Kind.NOT:
                return Not(self._one(depth + 1))
            case Kind.OPEN:
                return self._group(token, depth)
            case Kind.WORD:
                return Word(token.text)
            case Kind.FLAG:
                return Flag(token.text)
            case Kind.TERM if token.term is not None:
                return token.term
        raise self._nothing_after(token.start, token.end)

    def _group(self, opening: Token, depth: int) -> Node:
        tree = self._any(depth + 1)
        if self._kind is not Kind.CLOSE:
            raise FilterError(
                "This parenthesis is not closed.", opening.start, opening.end, hint="Add a )."
            )
        self._next += 1
        return tree

    def _nothing_after(self, start: int, end: int) -> FilterError:
        before = self._tokens[self._next - 1] if self._next >= len(self._tokens) else None
        if before is not None and before.end <= start:
            start = before.start
        word = before is None or before.kind is not Kind.OPEN
        return FilterError(
            "Something to look for is missing here.",
            start,
            end,
            hint="Quotes make it a word." if word else "Type it, then a ).",
        )
