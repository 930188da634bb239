"""A recording of HTTP with stars over its secrets, made as it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, overload

from .model import Chunk, Direction, Moment
from .recorder import Recorder
from .secrets import mask_url, mask_wire

# A header may be spread over several chunks: so many bytes before a chunk are looked at with it.
LOOK_BACK: Final = 16 * 1024
_MOMENTS_BACK: Final = 256


class MaskedTimeline(Sequence[Moment]):
    """Reads like the recording under it, which may still grow; chunks keep their length."""

    def __init__(self, timeline: Sequence[Moment]) -> None:
        self._timeline = timeline

    def __len__(self) -> int:
        return len(self._timeline)

    @property
    def gap(self) -> tuple[int, int]:
        """Where the recording under it has its gap; see `Recorder.gap`."""
        inner = self._timeline
        return inner.gap if isinstance(inner, Recorder) else (len(inner), 0)

    @overload
    def __getitem__(self, index: int) -> Moment: ...
    @overload
    def __getitem__(self, index: slice) -> list[Moment]: ...
    def __getitem__(self, index: int | slice) -> Moment | list[Moment]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        moment = self._timeline[index]
        if not isinstance(moment, Chunk):
            return replace(moment, text=mask_url(moment.text))
        before = self._before(index % len(self), moment.direction)
        return replace(moment, data=mask_wire(before + moment.data)[len(before) :])

    def _before(self, index: int, direction: Direction) -> bytes:
        parts: list[bytes] = []
        size = 0
        for back in range(index - 1, max(-1, index - 1 - _MOMENTS_BACK), -1):
            moment = self._timeline[back]
            if isinstance(moment, Chunk) and moment.direction is direction:
                parts.append(moment.data)
                size += len(moment.data)
                if size >= LOOK_BACK:
                    break
        return b"".join(reversed(parts))[-LOOK_BACK:]
