"""What a filter says, as a tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Every:
    """Nothing is asked for: every entry passes."""


@dataclass(frozen=True, slots=True)
class Word:
    """Text that stands in what a list shows of an entry."""

    text: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A fact that an entry has or has not."""

    name: str


@dataclass(frozen=True, slots=True)
class Term:
    """What one thing about an entry must be.

    Attributes:
        key: Which thing.
        sign: `:`, or how it compares: `=`, `!=`, `<`, `<=`, `>`, `>=`.
        value: As it was typed, without quotes.
        quoted: It means just what it says: `*` stands for itself.
        name: Of the header.
    """

    key: str
    sign: str
    value: str
    quoted: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be so."""

    of: Node


@dataclass(frozen=True, slots=True)
class All:
    """Two parts or more that must all be so."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Two parts or more of which one must be so."""

    parts: tuple[Node, ...]


Node: TypeAlias = Every | Word | Flag | Term | Not | All | Any
