"""Which entries of the history are wanted: a small language, and the search through all of them."""

from .entry_filter import EntryFilter, parse
from .errors import FilterError
from .narrowing import narrows
from .search import Progress, Search
from .selecting import select

__all__ = ["EntryFilter", "FilterError", "Progress", "Search", "narrows", "parse", "select"]
