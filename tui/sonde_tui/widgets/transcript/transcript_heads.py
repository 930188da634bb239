"""What stands before the bytes of a row: when, which way, and how many."""

from __future__ import annotations

from typing import Final

from sonde_core.model import Chunk, Direction, Event, EventKind
from sonde_core.safetext import SafeText, line
from sonde_core.steps import MessageKind
from sonde_core.words import size

from ..rows.line_source import Part
from .transcript_times import Times

_SIZE: Final = 8
_TAG: Final = 5
# Sign and size, with a space after each and one before them.
_HEAD: Final = 1 + 1 + 1 + _SIZE + 1
_LONGEST_EVENT: Final = 2000
_SIGNS: Final = {EventKind.ERROR: "✗", EventKind.DROPPED: "✂", EventKind.PEER_END: "<"} | {
    EventKind.HALF_CLOSED: ">"
}
_BAD: Final = (EventKind.ERROR, EventKind.DROPPED)
_TAGS: Final = {MessageKind.TEXT: "text", MessageKind.BINARY: "bin"}


def gutter_of(times: Times, tag: str | None) -> int:
    """Return how many characters stand before the bytes of a row."""
    return times.cells + _HEAD + (_TAG if tag is not None else 0)


GUTTER: Final = gutter_of(Times(), None)


def head_parts(chunk: Chunk, when: str, tag: str | None) -> list[Part]:
    """Draw what stands before a chunk; see `TranscriptRows.tag`."""
    look = "sent" if chunk.direction is Direction.SENT else "received"
    parts: list[Part] = [
        (SafeText(f"{when} "), "time"),
        (SafeText(f"{chunk.direction.value} "), look),
    ]
    if tag is not None:
        kind = _TAGS.get(chunk.kind, chunk.kind.value) or tag
        parts.append((SafeText(f"{kind:<{_TAG}}"), look))
    return [*parts, (SafeText(f"{size(len(chunk.data)):<{_SIZE}} "), "muted")]


def event_parts(event: Event, when: str, gutter: int) -> list[Part]:
    """Draw an event, its text behind the gutter."""
    sign, look = _SIGNS.get(event.kind, "·"), "error" if event.kind in _BAD else "event"
    return [
        (SafeText(f"{when} "), "time"),
        (SafeText(f"{sign} "), look),
        (SafeText(" " * (gutter - len(when) - 3)), ""),
        (line(event.text, limit=_LONGEST_EVENT), look),
    ]
