"""The pieces in which a conversation is shown: its chunks, chunks joined, or messages of a lens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sonde_core.model import Moment
from sonde_core.recording.masked import MaskedTimeline

from .about import About

if TYPE_CHECKING:  # who looks at chunks needs none of it
    from sonde_core.lenses.contained import Contained
    from sonde_core.recording.units import Units


def arranged(
    timeline: Sequence[Moment], about: About, *, joined: bool, lens: Contained | None
) -> tuple[Sequence[Moment], Units | None]:
    """Return a conversation in other pieces, and what finds them; None for chunks as they are."""
    if lens is None and (not joined or about.is_message):
        return timeline, None
    from sonde_core.recording.grouping import Cutting, Joining, Single
    from sonde_core.recording.units import Units

    raw = bare(timeline)
    if lens is None:
        units = Units(raw, Joining())
    else:
        units = Units(raw, Single() if about.is_message else Cutting(lens))
    return veiled(units, about, reveal=raw is timeline), units


def veiled(timeline: Sequence[Moment], about: About, *, reveal: bool) -> Sequence[Moment]:
    """Return a conversation with stars over its secrets, or bare."""
    raw = bare(timeline)
    return raw if reveal else MaskedTimeline(raw, is_message=about.is_message)


def bare(timeline: Sequence[Moment]) -> Sequence[Moment]:
    """Return a conversation without stars."""
    return timeline.raw if isinstance(timeline, MaskedTimeline) else timeline
