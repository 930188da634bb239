"""Print what a session receives, as it comes: the bytes, or a hexdump of both directions.

Of WebSocket each text is a line, so that the next one does not run into it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from sonde_core.errors import BodyError
from sonde_core.model import Chunk, Direction, Event, Moment, State
from sonde_core.steps import MessageKind

from . import output

if TYPE_CHECKING:
    from sonde_core.session import Session

    from .running import Desk

_ENDED: Final = frozenset({State.PEER_END, State.CLOSED, State.FAILED})
# What is told besides bytes: a datagram refused, who answers a group, what the system dropped, and
# that the last message of WebSocket did not come whole.
_NEWS: Final = frozenset({"advisory", "source", "dropped", "part"})
# Sending waits while so many received bytes are not printed: standard output sets the pace.
_BEHIND: Final = 1 << 20


class Printer:
    """The only watcher of a session, so that a slow reader of ours slows the peer.

    Attributes:
        first: Set when something was received and printed, or when nothing will be.
        ended: Set when the peer ended and all before that is printed, or nobody reads on.
        printing: Whether what was received is being printed just now.
        refusals: How many times the peer's machine refused a datagram; each kind is said once.
    """

    def __init__(self, session: Session, desk: Desk, *, as_hex: bool = False) -> None:
        self.first = asyncio.Event()
        self.ended = asyncio.Event()
        self.printing = False
        self.refusals = 0
        self._said: set[str] = set()
        self._session = session
        self._desk = desk
        self._out = output.Data()
        self._printed_at = asyncio.get_running_loop().time()
        self._as_hex = as_hex
        self._offsets = {Direction.SENT: 0, Direction.RECEIVED: 0}
        self._position = 0
        self._printed = 0  # bytes
        self._taken = 0  # bytes received by the time of the last look
        self._room = asyncio.Event()

    @property
    def gone(self) -> bool:
        """Whether nobody reads what is printed any more."""
        return self._out.gone

    @property
    def quiet_since(self) -> float:
        """Loop time of the last byte received; in the future while that is being printed."""
        if self.printing:
            return float("inf")
        session = self._session
        heard = asyncio.get_running_loop().time() - (session.recorder.elapsed - session.heard_at)
        return max(self._printed_at, heard)

    async def run(self) -> None:
        """Print until the session is over.

        Raises:
            BodyError: Standard output cannot be written, or was so slow that bytes were lost.
        """
        seen = -1
        try:
            while not self.gone:
                seen = await self._session.changed(seen)
                state = self._session.state
                await self._print_new()
                if state in _ENDED:
                    self.ended.set()
                if state.over:
                    break
        finally:
            self.first.set()
            self.ended.set()
            self._room.set()
        if not self._as_hex:
            self._out.end()

    async def room(self) -> None:
        """Wait while too much of what was received is not printed."""
        while self._session.recorder.received - self._taken > _BEHIND and not self.ended.is_set():
            self._room.clear()
            await self._room.wait()

    async def _print_new(self) -> None:
        recorder = self._session.recorder
        while not self.gone and recorder.moments > self._position:
            moments, taken = recorder.since(self._position), recorder.received
            self._position = recorder.moments
            await self._print(moments)
            self._taken = taken
            self._room.set()
        if not self.gone and self._printed < self._taken:
            raise BodyError(
                f"{self._taken - self._printed} bytes that came are not printed.",
                hint="Standard output is too slow, or the temporary folder is full.",
            )

    async def _print(self, moments: list[Moment]) -> None:
        for moment in moments:
            if isinstance(moment, Event) and not _NEWS.isdisjoint(moment.facts):
                self._advise(moment)
        chunks = [moment for moment in moments if isinstance(moment, Chunk)]
        received = [chunk for chunk in chunks if chunk.direction is Direction.RECEIVED]
        self.printing = bool(received)
        if self._as_hex:
            await self._desk.put(self._out, self._dump(chunks))
        elif received:
            await self._desk.put(self._out, b"".join(_shown(moments)))
        self.printing = False
        if received:
            self._printed_at = asyncio.get_running_loop().time()
            self._printed += sum(len(chunk.data) for chunk in received)
            self.first.set()

    def _advise(self, event: Event) -> None:
        self.refusals += "advisory" in event.facts
        if event.text not in self._said:
            self._said.add(event.text)
            output.say(f"note: {event.text}")

    def _dump(self, chunks: list[Chunk]) -> bytes:
        from sonde_core.formats.hexdump import rows

        lines: list[str] = []
        for chunk in chunks:
            offset = self._offsets[chunk.direction]
            drawn = rows(chunk.data, offset) if chunk.data else ["(empty)"]
            lines += (f"{chunk.direction} {row}\n" for row in drawn)
            self._offsets[chunk.direction] = offset + len(chunk.data)
        return "".join(lines).encode()


def _shown(moments: Sequence[Moment]) -> Iterator[bytes]:
    """Yield what was received; of WebSocket messages only, also of one that was not finished."""
    for moment, following in zip_longest(moments, moments[1:]):
        if not isinstance(moment, Chunk) or moment.direction is not Direction.RECEIVED:
            continue
        is_part = isinstance(following, Event) and "part" in following.facts
        if not moment.kind.is_aside or (moment.kind is MessageKind.PART and is_part):
            is_line = moment.kind is MessageKind.TEXT and not moment.data.endswith(b"\n")
            yield moment.data + b"\n" if is_line else moment.data
