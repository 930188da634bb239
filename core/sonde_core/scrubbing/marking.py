"""Telling with an entry where our side said what a variable held that is secret.

The values themselves are not told: an entry has their places, so that they stay masked when the
variable is gone or holds another value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..environments import Environments
from ..errors import SondeError
from ..known_secrets import SHORTEST, know, known
from ..left_out import Hidden

if TYPE_CHECKING:
    from ..history.entry import Entry
    from ..model import Exchange

_MOST: Final = 100  # places that are told of one entry


class Marking:
    """Adds the places to an entry before it is written; see `History.strip`.

    Args:
        environments: What is secret in them.
    """

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def __call__(self, entry: Entry) -> Entry:
        """Return the entry with the places of what is secret; never raises."""
        self._environments.refresh()
        values = known()
        if not values:
            return entry
        try:
            places = tuple(_places(entry.exchange, values))
        except (SondeError, OSError):  # who reads it tells
            return entry
        return replace(entry, hidden=places) if places else entry


def learn(entry: Entry) -> None:
    """Know what is secret in an entry, so that it is masked wherever it is shown.

    Raises:
        BodyError: What was said cannot be read.
    """
    wanted, done = sorted(entry.hidden), 0
    for offset, data in _sent(entry.exchange):
        while done < len(wanted) and wanted[done].start < offset + len(data):
            start = wanted[done].start - offset
            know([data[start : start + wanted[done].size]] if start >= 0 else [])
            done += 1


def _places(exchange: Exchange, values: frozenset[bytes]) -> Iterator[Hidden]:
    left = set(values)
    number = 0
    for offset, data in _sent(exchange):
        for value in [each for each in left if each in data]:
            left.discard(value)
            number += 1
            yield Hidden(offset + data.index(value), len(value))
        if not left or number >= _MOST:
            return


def _sent(exchange: Exchange) -> Iterator[tuple[int, bytes]]:
    """Yield what our side said in pieces, each with how much was said before it."""
    from ..model import Direction
    from ..recording.marks import WAYS_OF
    from ..recording.timeline import runs

    signs, offset = WAYS_OF[Direction.SENT], 0
    for run in runs(exchange.timeline):
        for way, piece in zip(run.ways, run.pieces(), strict=True):
            if way in signs:
                if len(piece) >= SHORTEST:
                    yield offset, piece
                offset += len(piece)
