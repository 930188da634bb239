"""What is looked for in the rows of a view, and where its hits are drawn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Generic, TypeAlias, TypeVar

from sonde_core.search import Hit, Place, Query, Search

from ..rows.line_source import LineSource

S_co = TypeVar("S_co", bound=LineSource, covariant=True)
# A hit, and the columns of one stretch of it that a row shows.
Shown: TypeAlias = tuple[Hit, int, int]


class Finder(ABC, Generic[S_co]):
    """Joins a search with the rows of a source.

    Attributes:
        search: What searches, and knows the hits.
    """

    search: Search

    def __init__(self, source: S_co) -> None:
        self._source = source

    @property
    def source(self) -> S_co:
        """What is searched."""
        return self._source

    @property
    def query(self) -> Query:
        """What is looked for."""
        return self.search.query

    @abstractmethod
    def changed(self, row: int) -> None:
        """Hear that rows are new or different from one on."""

    @abstractmethod
    def place(self, row: int) -> Place:
        """Return the place before all that a row shows."""

    @abstractmethod
    def row_of(self, hit: Hit) -> int | None:
        """Return the row in which a hit begins; None while that row is not known."""

    @abstractmethod
    def shown(self, row: int, first: int, last: int) -> Iterator[Shown]:
        """Yield the hits of a row that stand between two columns, as far as they are at hand."""

    def column_of(self, row: int, hit: Hit) -> tuple[int, int]:
        """Return the columns that show a hit, or its begin in that row."""
        return next(self.columns(row, hit), (self.source.gutter, self.source.gutter + 1))

    @abstractmethod
    def columns(self, row: int, hit: Hit) -> Iterator[tuple[int, int]]:
        """Yield the columns of a row that show a hit; a hit without width takes one."""


AnyFinder: TypeAlias = Finder[LineSource]
