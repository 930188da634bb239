"""Two exchanges made alike where secrets were left out of one, so that the rest is compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ..history.entry import Entry
from ..left_out import BEGINNING, STAND_IN
from ..model import Chunk, Exchange
from .scrubber import Scrubber
from .walk import Each, walked

_ANY: Final = b"***secret***"


def alike(before: Exchange, after: Exchange) -> tuple[Exchange, Exchange]:
    """Return both without their secrets, and with the same stand-in for each of them.

    Raises:
        BodyError: Their bytes cannot be read.
    """
    return _without(before), _without(after)


def _without(exchange: Exchange) -> Exchange:
    stripped = Scrubber().scrub(Entry("", exchange)).exchange
    timeline = tuple(
        replace(each, data=_levelled(each.data)) if isinstance(each, Chunk) else each
        for each in stripped.timeline
    )
    return replace(
        stripped,
        request=walked(stripped.request, _EACH, ""),
        response=walked(stripped.response, _EACH, ""),
        hops=walked(stripped.hops, _EACH, ""),
        timeline=timeline,
    )


def _levelled(data: bytes) -> bytes:
    return STAND_IN.sub(_ANY, data) if BEGINNING.encode("ascii") in data else data


_EACH: Final = Each(_levelled)
