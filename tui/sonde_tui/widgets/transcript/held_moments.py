"""The moments that were last looked at: neighbours are read together, all may be in a file."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Final

from sonde_core.errors import SondeError
from sonde_core.model import Chunk, Moment
from sonde_core.recording.timeline import moments_of

from .transcript_index import TranscriptIndex, unreadable

# So many moments are read together, of so many bytes; and bytes, with what each costs, are at hand.
_TOGETHER: Final = 64
_ROOM: Final = 1 << 16
_HELD: Final = 1 << 20
_COST: Final = 200


class HeldMoments:
    """Moments by their numbers; who draws and who searches may ask at the same time."""

    def __init__(self, timeline: Sequence[Moment], index: TranscriptIndex) -> None:
        self._timeline = timeline
        self._index = index
        self._held: OrderedDict[int, Moment] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, number: int) -> Moment | None:
        """Return a moment by its number; None when it was dropped meanwhile."""
        with self._lock:
            if number not in self._held:
                self._read(number)
            return self._held.get(number)

    def forget(self, number: int) -> None:
        """Let go of moments from one on: they have changed."""
        with self._lock:
            for each in [each for each in self._held if each >= number]:
                self._size -= _size(self._held.pop(each))

    def _read(self, number: int) -> None:
        index = self._index.index_of(number)
        if index is None:
            return
        for at, moment in enumerate(self._found(index), number):
            self._hold(at, moment)

    def _found(self, index: int) -> list[Moment]:
        try:
            return moments_of(self._timeline, index, _TOGETHER, _ROOM)
        except (SondeError, OSError, IndexError):
            pass  # of one of them: the file with the bytes is gone or full of holes
        try:
            return [self._timeline[index]]
        except (SondeError, OSError) as error:
            return [unreadable(error)]
        except IndexError:  # it went in this moment, and a thread asks
            return []

    def _hold(self, number: int, moment: Moment) -> None:
        old = self._held.pop(number, None)
        self._size += _size(moment) - (0 if old is None else _size(old))
        self._held[number] = moment
        while self._size > _HELD and len(self._held) > 1:
            self._size -= _size(self._held.popitem(last=False)[1])


def _size(moment: Moment) -> int:
    return _COST + (len(moment.data) if isinstance(moment, Chunk) else len(moment.text))
