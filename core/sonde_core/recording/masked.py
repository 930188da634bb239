"""A recording of HTTP with stars over its secrets, made as it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, overload

from ..model import Chunk, Direction, Event, EventKind, Moment
from ..secret_contents import LARGEST_JSON, begins_request, mask_said
from ..secrets import mask_facts, mask_url
from .marks import EVENT, WAYS_OF
from .timeline import MOST, ROOM, Run, Timeline, gap_of, run_of

# A header may be spread over several chunks: so many bytes before a chunk are looked at with it.
LOOK_BACK: Final = 16 * 1024
_MOMENTS_BACK: Final = 256
# A side that begins with a request of HTTP is masked as a whole up to so much: what a body holds is
# told by a head far before it.
_OPENING: Final = LARGEST_JSON + (1 << 18)
_MOMENTS_OF_IT: Final = 4096
_FIRST: Final = 64  # pieces in which its first line is looked for


@dataclass(slots=True)
class _Opening:
    """The first bytes of a side that begins with a request, masked.

    Attributes:
        places: Where the bytes of a moment begin, by its index.
        seen: So many moments were looked at.
        over: No more of them belong to it.
    """

    data: bytes = b""
    places: dict[int, int] = field(default_factory=dict)
    seen: int = 0
    over: bool = False


class MaskedTimeline(Timeline):
    """Reads like the recording under it, which may still grow.

    Chunks keep their length and their line ends, so rows may be counted in what is under it.

    Attributes:
        raw: The recording under it.
        is_message: Whether each chunk is a message, and so begins a line of its own.
    """

    def __init__(self, timeline: Sequence[Moment], *, is_message: bool = False) -> None:
        self.raw = timeline
        self.is_message = is_message
        self._openings: dict[Direction, _Opening] = {}

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def gap(self) -> tuple[int, int]:
        """Where the recording under it has its gap; see `Recorder.gap`."""
        return gap_of(self.raw)

    @overload
    def __getitem__(self, index: int) -> Moment: ...
    @overload
    def __getitem__(self, index: slice) -> list[Moment]: ...
    def __getitem__(self, index: int | slice) -> Moment | list[Moment]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        moment = self.raw[index]
        if not isinstance(moment, Chunk):
            facts = mask_facts(moment.facts)
            return replace(moment, text=mask_url(moment.text), facts=facts)
        index %= len(self)
        if (opening := self._in_opening(index, moment.direction, len(moment.data))) is not None:
            return replace(moment, data=opening)
        before = self._before(index, moment.direction)
        return replace(moment, data=mask_said(before + moment.data)[len(before) :])

    def run(self, first: int, most: int = MOST, room: int = ROOM, *, with_data: bool = True) -> Run:
        """Return moments in a row, each direction masked as one stream; see `Timeline.run`."""
        run = run_of(self.raw, first, most, room, with_data=with_data)
        if not with_data:
            return run
        pieces = run.pieces()
        masked = list(pieces)
        for direction in Direction:
            signs = WAYS_OF[direction]
            chosen = [at for at, way in enumerate(run.ways) if way in signs]
            if self.is_message:
                for at in chosen:
                    masked[at] = mask_said(pieces[at])
                continue
            before = self._before(run.first, direction) if chosen else b""
            found = mask_said(before + b"".join(pieces[at] for at in chosen))
            start = len(before)
            opens = bool(chosen) and run.first <= self._opening_to(
                run.first + chosen[-1], direction
            )
            for at in chosen:
                size = len(pieces[at])
                opening = self._in_opening(run.first + at, direction, size) if opens else None
                masked[at] = found[start : start + size] if opening is None else opening
                start += size
        return replace(run, data=b"".join(masked))

    def _in_opening(self, index: int, direction: Direction, size: int) -> bytes | None:
        """Return a chunk as it is in the opening of its side; None if it is not in it."""
        if self.is_message:
            return None
        opening = self._opening(index, direction)
        place = opening.places.get(index)
        return None if place is None else opening.data[place : place + size]

    def _opening(self, index: int, direction: Direction) -> _Opening:
        """Return the opening of a side, as far as a moment at least."""
        opening = self._openings.get(direction, _Opening())
        if index >= opening.seen and not opening.over:
            opening = self._openings[direction] = self._open(direction)
        return opening

    def _opening_to(self, index: int, direction: Direction) -> int:
        """Return the last moment of an opening, as far as another one is of it; -1 for none."""
        return max(self._opening(index, direction).places, default=-1)

    def _open(self, direction: Direction) -> _Opening:
        """Read what there is of an opening."""
        opening, parts, end = _Opening(), [], 0
        begins: bool | None = None
        for way, piece in self._first_ones():
            index = opening.seen
            opening.seen += 1
            if way == EVENT:
                moment = self.raw[index]
                opening.over = isinstance(moment, Event) and moment.kind is EventKind.DROPPED
            elif way in WAYS_OF[direction]:
                opening.places[index] = end
                end += len(piece)
                parts.append(piece)
                begins = begins or begins_request(b"".join(parts[:_FIRST]))
                opening.over = end > _OPENING or begins is False
            if opening.over:
                break
        opening.over = opening.over or opening.seen == _MOMENTS_OF_IT
        if begins:
            opening.data = mask_said(b"".join(parts))
        else:
            opening.places.clear()
        return opening

    def _first_ones(self) -> Iterator[tuple[int, bytes]]:
        """Yield the ways and bytes of the moments that may be of an opening, read step by step."""
        first, last = 0, min(len(self), _MOMENTS_OF_IT)
        while first < last:
            run = run_of(self.raw, first, min(_FIRST, last - first))
            yield from zip(run.ways, run.pieces(), strict=True)
            first += len(run)

    def _before(self, index: int, direction: Direction) -> bytes:
        """Return the last bytes of a side before a moment; it is read in runs, not one by one."""
        if self.is_message:
            return b""
        ways, first = WAYS_OF[direction], max(index - _MOMENTS_BACK, 0)
        sizes = [
            size if way in ways else 0
            for run in self._runs(first, index, with_data=False)
            for way, size in zip(run.ways, run.sizes, strict=True)
        ]
        size = 0
        for back, each in enumerate(reversed(sizes), 1):
            size += each
            if size >= LOOK_BACK:
                first = index - back
                break
        parts = [
            piece
            for run in self._runs(first, index)
            for way, piece in zip(run.ways, run.pieces(), strict=True)
            if way in ways
        ]
        return b"".join(parts)[-LOOK_BACK:]

    def _runs(self, first: int, last: int, *, with_data: bool = True) -> Iterator[Run]:
        """Yield the moments from one to before another in runs."""
        while first < last:
            run = run_of(self.raw, first, last - first, with_data=with_data)
            yield run
            first += len(run)
