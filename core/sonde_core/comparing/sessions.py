"""Sessions compared: what each side said, joined, and how each ended; never where reads began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeAlias

from ..body import Spool
from ..endpoint import DATAGRAM_SCHEMES
from ..errors import BodyError
from ..model import Chunk, Direction, Event, EventKind, Exchange
from ..refusal import refusal_of
from ..steps import MessageKind
from ..words import size
from . import turns
from .bodies import Pair
from .bodies import compare as compare_bodies
from .change import Change, shortened
from .hidden import MASKED, masked, without_lengths
from .places import Places
from .ranges import hexed
from .report import Report
from .sequences import Block, blocks
from .turns import Turns

_WAYS: Final = {"sent": Direction.SENT, "received": Direction.RECEIVED}
# What is told of an event that only one of them has: in the summary, where it is, and itself.
_ENDS: Final = {
    EventKind.HALF_CLOSED: ("our end", "on our side", "we sent our end"),
    EventKind.PEER_END: ("the peer's end", "on the peer's side", "the peer sent its end"),
    EventKind.UPGRADING: ("an upgrade to TLS", "of plain text", "it went on over TLS"),
}
# WebSocket's own messages come when they come (RFC 6455, section 5.5).
_CONTROL: Final = frozenset({MessageKind.PING, MessageKind.PONG})

_Message: TypeAlias = tuple[MessageKind, bytes]


@dataclass(slots=True)
class _Said:
    """What went one way: joined, or one by one where they are messages."""

    spool: Spool = field(default_factory=Spool)
    messages: list[_Message] = field(default_factory=list)


@dataclass(slots=True)
class _Told:
    """What a session holds.

    Attributes:
        turns: Whose turn it was, where they are no messages.
        whole: False when part of it is not kept; then only what came before the gap is here.
        ends: Who sent its end, and how.
    """

    said: dict[Direction, _Said] = field(
        default_factory=lambda: {direction: _Said() for direction in Direction}
    )
    ends: dict[EventKind, str] = field(default_factory=dict)
    turns: Turns = field(default_factory=Turns)
    whole: bool = True


def compare(before: Exchange, after: Exchange, report: Report, places: Places) -> None:
    """Report what was sent and received otherwise, and other ends."""
    messages = before.is_message and after.is_message
    noun = "datagram" if after.kind in DATAGRAM_SCHEMES else "message"
    report.watch.tell("reading the recordings")
    if "http" in (before.kind, after.kind):
        report.note("Of the HTTP exchange, what went over the wire was compared.")
    try:
        old, new = (_read(each, report, messages=messages) for each in (before, after))
        if messages:
            for where, direction in _WAYS.items():
                _messages(old, new, direction, report, where, noun, places)
        else:
            _streams(old, new, report, places)
    except BodyError:
        report.note("The recorded bytes cannot be read any more: only the totals were compared.")
        _totals(before, after, report, places)
        return
    if not (old.whole and new.whole):
        report.note("Part of a recording is not kept: what came before the gap was compared.")
        _totals(before, after, report, places)
    if not (before.under_way or after.under_way):
        _ends(old.ends, new.ends, report, ignored=places.has("end"))
        _refusals(before, after, report, ignored=places.has("end"))


def _read(exchange: Exchange, report: Report, *, messages: bool) -> _Told:
    told = _Told()
    for moment in exchange.timeline:
        report.watch.check()
        if not isinstance(moment, Chunk):
            told.whole = told.whole and moment.kind is not EventKind.DROPPED
            if moment.kind in _ENDS:
                told.ends[moment.kind] = _sentence(moment)
        elif told.whole and messages:
            if moment.kind not in _CONTROL:
                told.said[moment.direction].messages.append((moment.kind, moment.data))
        elif told.whole:
            told.said[moment.direction].spool.write(moment.data)
            told.turns.take(moment)
    return told


def _streams(old: _Told, new: _Told, report: Report, places: Places) -> None:
    """Compare what each side said: step by step where both went the same way, else as a whole."""
    lined = old.whole and new.whole and turns.alike(old.turns, new.turns)
    if lined:
        turns.tell_times(old.turns, new.turns, report)
    for where, direction in _WAYS.items():
        before, after = (told.said[direction].spool.body() for told in (old, new))
        part = not (old.whole and new.whole)
        pair = Pair(before, after, where, part=part, hides=not report.reveal)
        # Regular expressions are searched for in a process: not once for each step.
        by_step = lined and not places.patterns
        steps = turns.steps(pair, old.turns, new.turns, direction) if by_step else []
        if not steps or places.has(where):
            compare_bodies(pair, report, _texts_only(places))
        for step, each in steps:
            report.step = f"step {step:,}"
            compare_bodies(each, report, _texts_only(places))
            report.step = ""


def _texts_only(places: Places) -> Places:
    """Return what can be left out of a side; paths and `body` are not of it."""
    ours = frozenset(places.whole & set(_WAYS))
    return Places(ours, patterns=places.patterns, texts=places.texts)


def _totals(before: Exchange, after: Exchange, report: Report, places: Places) -> None:
    totals = {
        "sent": (before.sent, after.sent),
        "received": (before.received, after.received),
    }
    for where, (old, new) in totals.items():
        if old != new:
            change = Change(where, "in all", f"{old:,} bytes", f"{new:,} bytes")
            words = f"{size(old)} → {size(new)} {where}"
            report.tell(words, change, ignored=places.has(where))


def _sentence(event: Event) -> str:
    """Say what happened; over WebSocket with the code and the reason of a close."""
    code = f"{event.facts.get('code', '')} {event.facts.get('reason', '')}".strip()
    return f"{_ENDS[event.kind][2]} ({code})" if code else _ENDS[event.kind][2]


def _ends(
    before: Mapping[EventKind, str],
    after: Mapping[EventKind, str],
    report: Report,
    *,
    ignored: bool,
) -> None:
    for kind, (words, where, _) in _ENDS.items():
        old, new = before.get(kind), after.get(kind)
        if old != new:
            report.tell(words, Change("end", where, old, new), ignored=ignored)


def _refusals(before: Exchange, after: Exchange, report: Report, *, ignored: bool) -> None:
    """Report that only one of them was refused, where neither got anything."""
    old, new = (refusal_of(each) or None for each in (before, after))
    if (old is None) != (new is None) and not (before.received or after.received):
        report.tell("a refusal", Change("end", "by the peer's machine", old, new), ignored=ignored)


def _messages(
    old: _Told,
    new: _Told,
    direction: Direction,
    report: Report,
    where: str,
    noun: str,
    places: Places,
) -> None:
    before, after = old.said[direction].messages, new.said[direction].messages
    if not (old.whole and new.whole):
        both = min(len(before), len(after))
        before, after = before[:both], after[:both]
    for block in blocks(before, after):
        for place, new_place in _pairs(block):
            if report.full(f"{noun} {where}"):
                return
            number = place if place is not None else new_place
            name = f"{noun} {(number or 0) + 1:,}"
            one = None if place is None else before[place]
            other = None if new_place is None else after[new_place]
            report.add(
                f"{noun} {where}",
                partial(_change, where, name, one, other, reveal=report.reveal),
                ignored=places.has(where),
            )


def _change(
    where: str, name: str, old: _Message | None, new: _Message | None, *, reveal: bool
) -> Change:
    kinds = old is not None and new is not None and old[0] is not new[0]
    if not reveal:
        old, new = _hidden(old), _hidden(new)
    shown = (_shown(each, with_kind=kinds) for each in (old, new))
    return Change(where, name, *shortened(*shown), MASKED if old == new else "")


def _hidden(message: _Message | None) -> _Message | None:
    if message is None:
        return None
    kind, data = message
    return kind, without_lengths(masked(data), data)


def _pairs(block: Block) -> list[tuple[int | None, int | None]]:
    """Line up the messages of a block one by one; what is left over stands alone."""
    old, new = range(block.start, block.end), range(block.new_start, block.new_end)
    return [
        (old[step] if step < len(old) else None, new[step] if step < len(new) else None)
        for step in range(max(len(old), len(new)))
    ]


def _shown(message: _Message | None, *, with_kind: bool) -> str | None:
    if message is None:
        return None
    kind, data = message
    return f"{kind} {_written(data)}" if with_kind else _written(data)


def _written(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return hexed(data, len(data))
    return text if text.replace("\n", "").isprintable() and text else hexed(data, len(data))
