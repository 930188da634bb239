"""A recording that may still grow, read in parts as it is at this moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import TypeVar

from ..errors import BodyError
from ..history.troubles import words
from ..model import Moment
from .timeline import MOST, Run, moments_of, run_of

Part = TypeVar("Part", Run, list[Moment])


def moments_now(timeline: Sequence[Moment]) -> Iterator[Moment]:
    """Yield the moments of now; raises BodyError where their bytes cannot be read."""
    return chain.from_iterable(_found(timeline, moments_of))


def runs_now(timeline: Sequence[Moment], *, with_data: bool = True) -> Iterator[Run]:
    """Yield the same in runs; raises likewise."""
    return _found(timeline, partial(run_of, with_data=with_data))


def _found(
    timeline: Sequence[Moment], look: Callable[[Sequence[Moment], int, int], Part]
) -> Iterator[Part]:
    """Yield what is recorded at this moment, in parts: what comes meanwhile would have no end."""
    first, total = 0, len(timeline)
    while first < total:
        try:
            part = look(timeline, first, min(MOST, total - first))
        except IndexError:  # its middle was dropped meanwhile
            return
        except OSError as error:
            raise BodyError(f"Could not read the recording: {words(error)}.") from error
        yield part
        first += len(part)
