"""The hearing half of a session: its record, its back-pressure, and the ways to wait for bytes."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager

from .clock import Clock
from .errors import SondeError
from .expecting import Answer, Ended, Match, Recent, Search, TimedOut
from .live import Live
from .model import Direction, EventKind, Message, Problem, State, Timing
from .recording.record_file import when_caught_up
from .recording.recorder import MOMENT_COST
from .settings import Limits
from .silence import Silence
from .steps import MessageKind
from .transport.base import Link


class Conversation(Live):
    """Records what is said and paces the peer.

    Reading pauses when more than `Limits.queue` came that nobody looked at; who waits in
    `changed`, `expect`, `send`, `close` or `incoming` looks. It pauses as well while the disk is
    behind with the record.

    Attributes:
        problem: Why it failed; None when it did not.
        closed_ill: Whether the peer closed WebSocket with the code of an error.
        answered: How often our listener answered by itself: rules that fit, HTTP requests.
        heard_at: Seconds since the start when WebSocket last heard bytes, be it of a message that
            is not whole; 0 for other transports, where each byte is in the record.
    """

    def __init__(self, clock: Clock | None = None, limits: Limits | None = None) -> None:
        super().__init__(clock, limits)
        self.problem: Problem | None = None
        self.closed_ill = False
        self.answered = 0
        self.heard_at = 0.0
        self._link: Link | None = None
        self._over = asyncio.Event()
        self._heard_end = asyncio.Event()
        self._marks: dict[State, float] = {}
        self._ended_at: float | None = None
        self._peer_end = False
        self._recent = Recent()
        self._cursor = 0
        self._waiting = 0
        self._watchers = 0
        self._inbox: deque[bytes] | None = None
        self._inbox_size = 0
        self._paused = False
        self._awaits_disk = False
        self._alarm: asyncio.TimerHandle | None = None

    def fail_note(self, error: SondeError) -> None:
        """Write an error into the record that does not end the session."""
        self.log(EventKind.ERROR, error.message, family=error.kind)

    async def expect(self, pattern: bytes | re.Pattern[bytes] | int, *, seconds: float) -> Answer:
        """Wait for bytes that come after the last match; nothing is consumed.

        Args:
            pattern: Bytes, a regular expression within the newest 1 MiB, or how many bytes
                (datagrams for UDP) came in all.
            seconds: For all of it.
        """
        search = None if isinstance(pattern, int) else Search(pattern, self._cursor)
        loop = asyncio.get_running_loop()
        due = loop.time() + seconds
        self._watch()
        try:
            while True:
                seen = self.version
                if isinstance(pattern, int):
                    match = Match(b"", self._count) if self._count >= pattern else None
                else:
                    assert search is not None  # noqa: S101 - made above for all but a count
                    match = search.feed(*self._recent.since(search.seen))
                if match:
                    self._cursor = self._cursor if search is None else match.end
                    return match
                if self.state.over or self._peer_end:
                    return Ended(self._end_text)
                if loop.time() >= due:
                    return TimedOut(seconds)
                self._wake_by(due)
                await self._news(seen)
        finally:
            self._watchers -= 1

    def _wake_by(self, due: float) -> None:
        """Have who waits look again then, or earlier.

        One timer is kept for all that is waited for, one after the other: to make and cancel one
        for each takes long beside the round trip of a message on one machine.
        """
        if self._alarm is None or self._alarm.when() > due:
            self._silence_alarm()
            self._alarm = asyncio.get_running_loop().call_at(due, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._touch()

    def _silence_alarm(self) -> None:
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None

    @property
    def _end_text(self) -> str:
        if self.problem:
            return self.problem.text
        return "the peer sent its end" if self._peer_end else "the session is closed"

    @property
    def _count(self) -> int:
        message = self._link is not None and self._link.is_message
        return self.recorder.reads if message else self.recorder.received

    def incoming(self, quiet: float | None = None) -> AsyncGenerator[bytes, None]:
        """Yield what arrives from this call on, to the peer's end.

        Call it before `open` to miss nothing. Who is slow here slows the peer. One reader at a
        time: another one ends it. Who reads no more calls `unheed`, or the peer is slowed for good.

        Args:
            quiet: Of a byte stream: yield no bytes, once, when so many seconds nothing came.
        """
        self.unheed()
        inbox = self._inbox = deque()
        self._looked()  # else what came before, and paused the reading, would hold it up for good
        return self._take(inbox, quiet)

    async def _take(self, inbox: deque[bytes], quiet: float | None) -> AsyncGenerator[bytes, None]:
        silence = Silence(quiet, self._touch)
        try:
            while self._inbox is inbox:
                seen = self.version
                while inbox:
                    data = inbox.popleft()
                    self._inbox_size -= len(data) + MOMENT_COST
                    self._resume()
                    yield data
                    silence.begin()
                if self._peer_end or self.state.over:
                    return
                if silence.is_there:
                    silence.end()
                    yield b""
                elif self.version == seen:
                    await self._news(seen)
        finally:
            silence.stop()
            if self._inbox is inbox:
                self.unheed()

    @property
    def is_behind(self) -> bool:
        """Whether more came that who reads `incoming` has not taken yet."""
        return bool(self._inbox)

    @property
    def unheard(self) -> int:
        """How many pieces, or messages, who reads `incoming` has not taken yet."""
        return len(self._inbox or ())

    def unheed(self) -> None:
        """Let nobody who reads `incoming` slow the peer any more; what waits there is dropped."""
        if self._inbox:
            self._inbox.clear()
        self._inbox = None
        self._inbox_size = 0
        self._resume()

    @property
    def broke(self) -> bool:
        """Whether it failed, and not only because the peer closed it, in order, with an error."""
        return self.problem is not None and not self.closed_ill

    @property
    def has_peer_end(self) -> bool:
        """Whether the peer sent its end."""
        return self._peer_end

    async def peer_ended(self) -> None:
        """Wait until the peer sent its end or all is over, without looking at what comes."""
        await self._heard_end.wait()

    async def finished(self) -> None:
        """Wait until it is over, without looking at what comes."""
        await self._over.wait()

    # the record

    def _timing(self) -> Timing:
        def span(first: State, *then: State) -> float | None:
            ends = [self._marks[state] for state in then if state in self._marks]
            return ends[0] - self._marks[first] if first in self._marks and ends else None

        total = self.recorder.elapsed if self._ended_at is None else self._ended_at
        return Timing(
            resolve=span(State.RESOLVING, State.CONNECTING),
            connect=span(State.CONNECTING, State.TLS, State.OPEN),
            tls=span(State.TLS, State.OPEN),
            total=total,
        )

    # back-pressure and state

    def _watch(self) -> None:
        """Count as somebody who looks; who calls it takes one off `_watchers` in the end."""
        self._watchers += 1
        self._looked()

    @contextmanager
    def _watching(self) -> Iterator[None]:
        """Count as somebody who looks, so that waiting never holds up what is waited for."""
        self._watch()
        try:
            yield
        finally:
            self._watchers -= 1

    @property
    def _behind(self) -> int:
        return max(self._waiting, self._inbox_size)

    @property
    def holds_back(self) -> bool:
        """Whether nothing is read until somebody has looked at what came, and it is on the disk."""
        return self._paused

    def _looked(self) -> None:
        self._waiting = 0
        self._resume()

    def _resume(self) -> None:
        if self._paused and self._link and self._behind <= self.limits.queue // 4:
            if self.recorder.is_behind:
                self._await_disk()
                return
            self._paused = False
            self._link.resume()

    def _await_disk(self) -> None:
        if not self._awaits_disk:
            self._awaits_disk = True
            when_caught_up(self._caught_up)

    def _caught_up(self) -> None:
        self._awaits_disk = False
        self._resume()

    def _arrived(self, data: bytes, kind: MessageKind = MessageKind.NONE) -> None:
        """Record what the peer sent, and pause reading when too much of it waits."""
        self._chunk(Direction.RECEIVED, data, kind)
        is_said = not (kind and kind.is_aside)
        if is_said:
            self._recent.add(data)
        cost = len(data) + MOMENT_COST
        if self._inbox is not None:  # who reads it looks, also at the pings that it does not yield
            if is_said:
                self._inbox.append(Message.of(data, kind) if kind else data)
                self._inbox_size += cost
        elif not self._watchers:
            self._waiting += cost
        is_behind = self.recorder.is_behind
        if self._link and not self._paused and (is_behind or self._behind > self.limits.queue):
            self._paused = True
            self._link.pause()
            if is_behind:
                self._await_disk()

    def _advance(self, state: State) -> None:
        super()._advance(state)
        self._marks.setdefault(self.state, self.recorder.elapsed)
        if self.state.over:
            self._over.set()
            self._heard_end.set()
            self._silence_alarm()
