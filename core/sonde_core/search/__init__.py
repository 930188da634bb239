"""Finding text in bodies, conversations and lists of any size, without a wait for any key."""

from .byte_search import ByteSearch
from .matching import Hit
from .piece_search import PieceSearch
from .query import PatternError, Query
from .search import LATER, Later, Place, Search

__all__ = [
    "LATER",
    "ByteSearch",
    "Hit",
    "Later",
    "PatternError",
    "PieceSearch",
    "Place",
    "Query",
    "Search",
]
