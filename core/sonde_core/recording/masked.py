"""A recording of HTTP with stars over its secrets, made as it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, overload

from ..model import Chunk, Direction, Moment
from ..secret_contents import mask_said
from ..secrets import mask_facts, mask_url
from .marks import WAYS_OF
from .timeline import MOST, ROOM, Run, Timeline, gap_of, run_of

# A header may be spread over several chunks: so many bytes before a chunk are looked at with it.
LOOK_BACK: Final = 16 * 1024
_MOMENTS_BACK: Final = 256


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
        before = self._before(index % len(self), moment.direction)
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
            for at in chosen:
                masked[at] = found[start : start + len(pieces[at])]
                start += len(pieces[at])
        return replace(run, data=b"".join(masked))

    def _before(self, index: int, direction: Direction) -> bytes:
        if self.is_message:
            return b""
        parts: list[bytes] = []
        size = 0
        for back in range(index - 1, max(-1, index - 1 - _MOMENTS_BACK), -1):
            moment = self.raw[back]
            if isinstance(moment, Chunk) and moment.direction is direction:
                parts.append(moment.data)
                size += len(moment.data)
                if size >= LOOK_BACK:
                    break
        return b"".join(reversed(parts))[-LOOK_BACK:]
