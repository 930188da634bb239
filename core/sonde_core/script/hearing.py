"""What the peer says, read from a session's record bit by bit: from a place on, nothing twice."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ..model import Chunk, Direction
from ..recording.marks import WAYS_OF, way_of
from ..recording.recorder import Recorder
from ..recording.timeline import moments_of
from ..steps import ASIDE, MessageKind

_SENT: Final = WAYS_OF[Direction.SENT]
_RECEIVED: Final = WAYS_OF[Direction.RECEIVED] - {
    way_of(Direction.RECEIVED, kind) for kind in ASIDE
}
_STRIDE: Final = 4096


class Hearing:
    """A cursor over the peer's chunks.

    WebSocket's pings and pongs are passed over unless they are asked for, and so is what was not
    finished.

    Attributes:
        last: Seconds since the session's start when the last chunk came that was read.
    """

    def __init__(self, recorder: Recorder, *, messages: bool) -> None:
        """Read what the peer said since our side last said something."""
        self._recorder = recorder
        self._messages = messages
        self._waiting: deque[Chunk] = deque()
        self._position, self._heard = _after_last_sent(recorder, messages=messages)
        self._newest = Chunk(0.0, Direction.RECEIVED, b"")
        self.last = 0.0

    @property
    def unheard(self) -> int:
        """How many bytes, or messages, came that were not read; pings and pongs do not count."""
        return max(0, self._total - self._heard)

    @property
    def heard(self) -> int:
        """How many bytes, or messages, were read or passed over, of all that came."""
        return self._heard

    @property
    def is_through(self) -> bool:
        """Whether all of the record was read."""
        return not self._waiting and self._position >= self._recorder.moments

    @property
    def _total(self) -> int:
        return self._recorder.reads if self._messages else self._recorder.received

    def next(self, kind: MessageKind = MessageKind.NONE) -> Chunk | None:
        """Return the next chunk; None when there is no more by now."""
        while self._waiting or self._read():
            chunk = self._waiting.popleft()
            self._heard += self._counted(chunk)
            if chunk.kind in ASIDE and chunk.kind is not kind:
                continue
            self.last = chunk.at
            self._newest = chunk
            return chunk
        return None

    def put_back(self, data: bytes) -> None:
        """Leave the end of what was read last, or a message, to who reads next."""
        if data or self._messages:
            chunk = replace(self._newest, data=data)
            self._waiting.appendleft(chunk)
            self._heard -= self._counted(chunk)

    def _counted(self, chunk: Chunk) -> int:
        if not self._messages:
            return len(chunk.data)
        return 0 if chunk.kind in ASIDE else 1

    def skip(self) -> None:
        """Pass over all that came by now."""
        self._waiting.clear()
        self._position = self._recorder.moments
        self._heard = self._total

    def _read(self) -> bool:
        """Take more from the record, as much as it gives at once; tells whether there was any."""
        recorder = self._recorder
        while not self._waiting and self._position < recorder.moments:
            index = self._index()
            moments = moments_of(recorder, index)
            self._position += len(moments)
            self._waiting.extend(
                moment
                for moment in moments
                if isinstance(moment, Chunk) and moment.direction is Direction.RECEIVED
            )
        return bool(self._waiting)

    def _index(self) -> int:
        """Return where in what is kept the next moment is, behind the gap if it fell into it."""
        place, gone = self._recorder.gap
        if self._position < place or not gone:
            return self._position
        self._position = max(self._position, place + gone)
        return self._position - gone + 1


def _after_last_sent(recorder: Recorder, *, messages: bool) -> tuple[int, int]:
    """Return the place behind the last chunk sent, and how much the peer had said by then."""
    since, end = 0, len(recorder)
    while end:
        start = max(0, end - _STRIDE)
        for index, way, size in reversed(list(_marks(recorder, start, end))):
            if way in _SENT:
                total = recorder.reads if messages else recorder.received
                return _place_behind(recorder, index), total - since
            if way in _RECEIVED:
                since += 1 if messages else size
        end = start
    return 0, 0


def _marks(recorder: Recorder, first: int, end: int) -> Iterator[tuple[int, int, int]]:
    while first < end:
        run = recorder.run(first, end - first, with_data=False)
        yield from zip(range(first, first + len(run)), run.ways, run.sizes, strict=True)
        first += len(run)


def _place_behind(recorder: Recorder, index: int) -> int:
    """Return how many moments there were with the one at an index of what is kept."""
    place, _ = recorder.gap
    return index + 1 if index < place else recorder.moments - (len(recorder) - index - 1)
