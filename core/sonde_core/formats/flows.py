"""A recording as the packets that could have carried it.

Bytes and times are those of the recording, one packet for each chunk where it fits; the opening of
a connection, its acknowledgements and its ends are made up, as what is recorded tells of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import chain
from typing import Final

from ..endpoint import DATAGRAM_SCHEMES
from ..errors import EndpointSyntaxError
from ..model import Chunk, Direction, Event, EventKind, Exchange, Moment
from ..recording.marks import EVENT, WAYS
from ..recording.reading import moments_now, runs_now
from ..safetext import line
from ..session_request import SessionRequest
from ..steps import MessageKind
from . import web_socket_bytes
from .packets import Flag, Place, Wire, place_of

# What stands for a side that has no address: of a range for documentation (RFC 5737).
OURS: Final = Place(ip_address("192.0.2.1"), 49152)
PEERS: Final = Place(ip_address("192.0.2.2"), 49153)

_LONGEST: Final = 4096  # characters of a comment
_BEFORE: Final = frozenset({EventKind.RESOLVED, EventKind.TRIED, EventKind.PROXY})
# What tells of the connection that a listener's client is passed on by: it is not of this one.
_FAR: Final = _BEFORE | {EventKind.CONNECTED}
_FAR_PART: Final = "far side: "
_BOTH: Final = (Direction.SENT, Direction.RECEIVED)
_OTHER: Final = {Direction.SENT: Direction.RECEIVED, Direction.RECEIVED: Direction.SENT}


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet.

    Attributes:
        at: Seconds since the exchange's start.
        direction: Which way it goes.
        data: From the IP header on.
        size: Bytes that it would have whole; more than the data where it carries no more.
        comment: What the recording tells at this place.
    """

    at: float
    direction: Direction
    data: bytes
    size: int
    comment: str = ""


class Flow:
    """Writes the packets of one exchange, connection by connection."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._datagrams = exchange.kind in DATAGRAM_SCHEMES
        self._frames = exchange.kind in ("ws", "wss")
        server = exchange.role == "server"
        self._server = server
        self._caller = Direction.RECEIVED if server else Direction.SENT
        self._opening = EventKind.ACCEPTED if server else EventKind.CONNECTED
        self._wires: dict[Direction, Wire] = {}
        self._next = dict.fromkeys(_BOTH, 0)  # the sequence number of each side's next byte
        self._ended: set[Direction] = set(_BOTH)
        self._shaken = 0  # how much of a WebSocket handshake is written: 2 is all
        self._told: list[str] = []
        self._since = 0.0  # when it was last known that there was no connection yet

    @property
    def rest(self) -> str:
        """What the recording told after the last packet."""
        return self._comment()

    def packets(self) -> Iterator[Packet]:
        """Yield the packets in order; raises BodyError where the bytes cannot be read."""
        moments = moments_now(self._exchange.timeline)
        if self._frames and self._server:
            moments = _of_the_client(moments)
        return chain.from_iterable(map(self._of, moments))

    def _of(self, moment: Moment) -> Iterator[Packet]:
        if isinstance(moment, Event):
            self._tell(moment)
            yield from self._of_event(moment)
        elif self._datagrams:
            if not self._wires:
                self._meet({})
            yield self._datagram(moment)
        else:
            if len(self._ended) == len(_BOTH):
                yield from self._open(moment.at, {})
            yield from self._shake(moment.at, 2, {})
            yield from self._said(moment)

    def _of_event(self, event: Event) -> Iterator[Packet]:
        if self._datagrams:
            if event.kind is self._opening:
                self._meet(event.facts)
        elif event.kind is self._opening:
            yield from self._end(event.at, *_BOTH)
            yield from self._open(event.at, event.facts)
        elif event.kind in _BEFORE:
            self._since = event.at
        elif len(self._ended) < len(_BOTH):
            yield from self._of_connection(event)

    def _of_connection(self, event: Event) -> Iterator[Packet]:
        """Yield what an event means for a connection that is open."""
        ours, theirs = _BOTH
        match event.kind:
            case EventKind.HALF_CLOSED:
                yield from self._hang_up(event, ours)
            case EventKind.PEER_END:
                yield from self._hang_up(event, theirs)
            case EventKind.CLOSED if event.text == "closed":
                yield from self._end(event.at, *_BOTH)
            case EventKind.CLOSED:
                yield self._reset(event.at, ours)
            case EventKind.ERROR if "advisory" not in event.facts:
                yield from self._broken(event)
            case EventKind.REQUEST | EventKind.RESPONSE:
                part = 1 if event.kind is EventKind.REQUEST else 2
                yield from self._shake(event.at, part, event.facts)
            case EventKind.DROPPED:
                self._skip()

    def _broken(self, event: Event) -> Iterator[Packet]:
        """Yield how a failure ended it; of the far side's failure a client sees what we did."""
        ours, theirs = _BOTH
        if "ours" in event.facts:
            broken = ours if event.facts["ours"] == "reset" else None
        else:
            broken = theirs if event.facts.get("family") == "closed" else None
        if broken is not None:
            yield self._reset(event.at, broken)
        else:
            yield from self._end(event.at, *_BOTH)

    # what is told beside the packets

    def _tell(self, event: Event) -> None:
        text = event.text if event.kind.value in event.text else f"{event.kind.value}: {event.text}"
        if self._server and event.kind in _FAR:
            text = f"{_FAR_PART}{text}"
        if sum(map(len, self._told)) < _LONGEST:
            self._told.append(line(text, limit=_LONGEST))

    def _comment(self) -> str:
        text = "\n".join(self._told)
        self._told.clear()
        return text

    # between which addresses

    def _meet(self, facts: Mapping[str, str]) -> None:
        exchange = self._exchange
        server = exchange.role == "server"
        ours = place_of(facts.get("local", exchange.local), PEERS if server else OURS)
        theirs = place_of(facts.get("peer", exchange.peer), OURS if server else PEERS)
        self._wires = {
            Direction.SENT: Wire(ours, theirs),
            Direction.RECEIVED: Wire(theirs, ours),
        }

    # datagrams

    def _datagram(self, chunk: Chunk) -> Packet:
        data = self._wires[chunk.direction].udp(chunk.data)
        missing = len(chunk.data) - self._wires[chunk.direction].datagram
        if missing > 0:
            self._told.append(f"UDP carries no more; {missing:,} bytes are missing here")
        size = len(data) + max(missing, 0)
        return Packet(chunk.at, chunk.direction, data, size, self._comment())

    # connections

    def _open(self, at: float, facts: Mapping[str, str]) -> Iterator[Packet]:
        self._meet(facts)
        self._next = dict.fromkeys(_BOTH, 0)
        self._ended, self._shaken = set(), 0
        caller = self._caller
        yield self._segment(self._begun(at), caller, Flag.SYN)
        self._next[caller] += 1
        yield self._segment(at, _OTHER[caller], Flag.SYN | Flag.ACK)
        self._next[_OTHER[caller]] += 1
        yield self._segment(at, caller, Flag.ACK)

    def _begun(self, at: float) -> float:
        """Return when a connection that came about then was asked for."""
        since, self._since = self._since, 0.0
        if self._caller is Direction.RECEIVED:
            return at
        took = self._exchange.timing.connect or 0.0
        return min(since or max(at - took, 0.0), at)

    def _said(self, chunk: Chunk) -> Iterator[Packet]:
        data = chunk.data
        if self._frames:
            data = web_socket_bytes.message(chunk, masked=chunk.direction is self._caller)
        return self._carry(chunk.at, chunk.direction, data)

    def _carry(self, at: float, direction: Direction, data: bytes) -> Iterator[Packet]:
        """Yield the segments of a write, and the acknowledgement of them all."""
        step = self._wires[direction].segment
        for start in range(0, len(data), step):
            piece = data[start : start + step]
            last = Flag.PSH if start + step >= len(data) else Flag(0)
            yield self._segment(at, direction, Flag.ACK | last, piece)
            self._next[direction] += len(piece)
        if data:
            yield self._segment(at, _OTHER[direction], Flag.ACK)

    def _end(self, at: float, *directions: Direction) -> Iterator[Packet]:
        """Yield the ends of sides that have not sent theirs, while there is a connection."""
        for direction in directions:
            if direction not in self._ended:
                yield self._segment(at, direction, Flag.FIN | Flag.ACK)
                self._next[direction] += 1
                self._ended.add(direction)
                yield self._segment(at, _OTHER[direction], Flag.ACK)

    def _hang_up(self, event: Event, direction: Direction) -> Iterator[Packet]:
        """Yield a side's end; over WebSocket that is a frame, and the connection stays."""
        if not self._frames:
            yield from self._end(event.at, direction)
            return
        facts = {"code": "1000"} | dict(event.facts)
        data = web_socket_bytes.close(facts, masked=direction is self._caller)
        yield from self._carry(event.at, direction, data)

    def _reset(self, at: float, direction: Direction) -> Packet:
        self._ended = set(_BOTH)
        return self._segment(at, direction, Flag.RST | Flag.ACK)

    def _segment(self, at: float, direction: Direction, flags: Flag, data: bytes = b"") -> Packet:
        known = self._next[_OTHER[direction]] if Flag.ACK in flags else 0
        packet = self._wires[direction].tcp(flags, self._next[direction], known, data)
        return Packet(at, direction, packet, len(packet), self._comment())

    def _shake(self, at: float, until: int, facts: Mapping[str, str]) -> Iterator[Packet]:
        """Yield a WebSocket handshake, as far as it is known to have come."""
        request = self._exchange.request
        if not self._frames or not isinstance(request, SessionRequest):
            return
        if self._shaken < 1 <= until:
            self._shaken = 1
            yield from self._carry(at, self._caller, _asked(request, facts if until == 1 else {}))
        if self._shaken < 2 <= until:
            self._shaken = 2
            yield from self._carry(at, _OTHER[self._caller], web_socket_bytes.answered(facts))

    # what is missing

    def _skip(self) -> None:
        """Count the bytes that are not kept, so that they are seen to be missing."""
        for direction, size in _missing(self._exchange).items():
            self._next[direction] += size


def _of_the_client(moments: Iterable[Moment]) -> Iterator[Moment]:
    """Leave out parts that came from the far side of a WebSocket client that is passed on.

    They are recorded as sent, or as received in older recordings, each with a note behind it.
    """
    held: Chunk | None = None
    for moment in moments:
        if held is not None and not _is_far(moment):
            yield held
        held = None
        if isinstance(moment, Chunk) and moment.kind is MessageKind.PART:
            held = moment
        else:
            yield moment
    if held is not None:
        yield held


def _is_far(moment: Moment) -> bool:
    if not isinstance(moment, Event) or moment.kind is not EventKind.NOTE:
        return False
    return moment.text.startswith(_FAR_PART)


def _asked(request: SessionRequest, facts: Mapping[str, str]) -> bytes:
    try:
        return web_socket_bytes.asked(request, facts)
    except EndpointSyntaxError:
        return b""


def _missing(exchange: Exchange) -> dict[Direction, int]:
    """Return how many bytes of each direction the recording does not have."""
    missing = {Direction.SENT: exchange.sent, Direction.RECEIVED: exchange.received}
    for run in runs_now(exchange.timeline, with_data=False):
        for way, size in zip(run.ways, run.sizes, strict=True):
            if way != EVENT:
                missing[WAYS[way][0]] -= size
    return {direction: max(size, 0) for direction, size in missing.items()}
