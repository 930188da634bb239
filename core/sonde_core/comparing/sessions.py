"""Sessions compared: what each side said, joined, and how each ended; never where reads began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ..body import Spool
from ..errors import BodyError
from ..model import Chunk, Direction, EventKind, Exchange
from ..recording.masked import MaskedTimeline
from ..words import size
from .bodies import Pair
from .bodies import compare as compare_bodies
from .places import Places
from .ranges import hexed
from .report import Change, Report, shortened
from .sequences import Block, blocks

_WAYS: Final = {"sent": Direction.SENT, "received": Direction.RECEIVED}
_ENDS: Final = {
    EventKind.HALF_CLOSED: ("our", "we sent our end"),
    EventKind.PEER_END: ("the peer's", "the peer sent its end"),
}


@dataclass(slots=True)
class _Said:
    """What went one way: joined, or one by one where they are messages."""

    spool: Spool = field(default_factory=Spool)
    datagrams: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class _Told:
    """What a session holds.

    Attributes:
        whole: False when part of it is not kept; then only what came before the gap is here.
        ends: Who sent its end.
    """

    said: dict[Direction, _Said] = field(
        default_factory=lambda: {direction: _Said() for direction in Direction}
    )
    ends: set[EventKind] = field(default_factory=set)
    whole: bool = True


def compare(before: Exchange, after: Exchange, report: Report, places: Places) -> None:
    """Report what was sent and received otherwise, and other ends."""
    messages = before.is_message and after.is_message
    try:
        old, new = _read(before, messages=messages), _read(after, messages=messages)
    except BodyError:
        report.note("The recorded bytes cannot be read any more: only the totals were compared.")
        _totals(before, after, report, places)
        return
    for where, direction in _WAYS.items():
        if places.has(where):
            continue
        if messages:
            _datagrams(old, new, direction, report, where)
        else:
            _streams(old, new, direction, report, where)
    if not (old.whole and new.whole):
        report.note("Part of a recording is not kept: what came before the gap was compared.")
        _totals(before, after, report, places)
    if not places.has("end"):
        _ends(old.ends, new.ends, report)


def _read(exchange: Exchange, *, messages: bool) -> _Told:
    told = _Told()
    timeline = MaskedTimeline(exchange.timeline) if exchange.kind == "http" else exchange.timeline
    for moment in timeline:
        if not isinstance(moment, Chunk):
            told.whole = told.whole and moment.kind is not EventKind.DROPPED
            told.ends |= {moment.kind} & _ENDS.keys()
        elif told.whole and messages:
            told.said[moment.direction].datagrams.append(moment.data)
        elif told.whole:
            told.said[moment.direction].spool.write(moment.data)
    return told


def _streams(old: _Told, new: _Told, direction: Direction, report: Report, where: str) -> None:
    before, after = (told.said[direction].spool.body() for told in (old, new))
    pair = Pair(before, after, where, part=not (old.whole and new.whole))
    compare_bodies(pair, report, Places())


def _totals(before: Exchange, after: Exchange, report: Report, places: Places) -> None:
    totals = {
        "sent": (before.sent, after.sent),
        "received": (before.received, after.received),
    }
    for where, (old, new) in totals.items():
        if old != new and not places.has(where):
            change = Change(where, "in all", f"{old:,} bytes", f"{new:,} bytes")
            report.tell(f"{size(old)} → {size(new)} {where}", change)


def _ends(before: set[EventKind], after: set[EventKind], report: Report) -> None:
    for kind, (whose, sentence) in _ENDS.items():
        old, new = (sentence if kind in ends else None for ends in (before, after))
        if old != new:
            report.tell(f"{whose} end", Change("end", f"on {whose} side", old, new))


def _datagrams(old: _Told, new: _Told, direction: Direction, report: Report, where: str) -> None:
    before, after = old.said[direction].datagrams, new.said[direction].datagrams
    if not (old.whole and new.whole):
        both = min(len(before), len(after))
        before, after = before[:both], after[:both]
    noun = f"datagram {where}"
    for block in blocks(before, after):
        for place, new_place in _pairs(block):
            if report.full(noun):
                return
            shown = _shown(before, place), _shown(after, new_place)
            number = place if place is not None else new_place
            change = Change(where, f"datagram {(number or 0) + 1:,}", *shortened(*shown))
            report.add(noun, change)


def _pairs(block: Block) -> list[tuple[int | None, int | None]]:
    """Line up the datagrams of a block one by one; what is left over stands alone."""
    old, new = range(block.start, block.end), range(block.new_start, block.new_end)
    return [
        (old[step] if step < len(old) else None, new[step] if step < len(new) else None)
        for step in range(max(len(old), len(new)))
    ]


def _shown(datagrams: Sequence[bytes], place: int | None) -> str | None:
    if place is None:
        return None
    data = datagrams[place]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return hexed(data, len(data))
    return text if text.replace("\n", "").isprintable() and text else hexed(data, len(data))
