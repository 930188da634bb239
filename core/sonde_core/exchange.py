"""Perform requests and record what came of them, finished or failed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Final, TypeAlias, cast
from weakref import WeakKeyDictionary, WeakSet

from . import full_paths
from .beginnings import Beginnings

if TYPE_CHECKING:
    from .clock import Clock
    from .history.entry import Entry
    from .history.history import History
    from .http.call import Call
    from .http_request import HttpRequest
    from .left_out import LeftOut
    from .listen_request import ListenRequest
    from .live import Live
    from .model import Exchange
    from .session import Session
    from .session_request import SessionRequest
    from .settings import Limits
    from .transport.listener import Listener

# Returns secrets by their number as text; none where the person does not tell them.
Ask: TypeAlias = "Callable[[Entry, Sequence[LeftOut]], Awaitable[Mapping[str, bytes]]]"

# Seconds that a listener's clients have to end their side when all is over.
_GRACE: Final = 1.0
# Parts of clients' sessions that may wait to be written.
_UNWRITTEN: Final = 32


class Exchanger:
    """Makes calls, sessions and listeners, and puts each into the history once it is over.

    Its tasks outlive who asked for them, since what was begun is recorded also when its caller is
    cancelled; so no task group holds them but the exchanger, and `close` ends and awaits them.

    Attributes:
        history: Where they are put.
        ready: Whether a call can be made at once; else what it needs is imported first.
        ask: Asks a person for secrets without which an entry cannot be performed again.
    """

    def __init__(
        self, history: History, *, limits: Limits | None = None, clock: Clock | None = None
    ) -> None:
        self.history = history
        self.ready = False
        self.ask: Ask | None = None
        self._limits = limits
        self._clock = clock
        self._talking: set[Session | Call] = set()
        # Weak: one that listens holds itself.
        self._listeners: WeakSet[Listener] = WeakSet()
        # Weak: who wants the record of a session or call holds it.
        self._records: WeakKeyDictionary[Live, asyncio.Task[Entry]] = WeakKeyDictionary()
        self._origin: WeakKeyDictionary[Live, str] = WeakKeyDictionary()
        self._beginnings = Beginnings(history)
        # Of a client's session: what is an exchange of its own, and how many bytes of it that was.
        self._parts: WeakKeyDictionary[Live, list[asyncio.Task[Entry]]] = WeakKeyDictionary()
        self._told: WeakKeyDictionary[Live, int] = WeakKeyDictionary()
        self._unwritten = asyncio.Semaphore(_UNWRITTEN)

    def prepare(self) -> None:
        """Import and build, off the event loop, what the first call needs."""
        _leave_out_command_line()
        from .http import call as http

        http.warm()
        self.ready = True

    def call(self, request: HttpRequest, *, replay_of: str = "") -> Call:
        """Prepare an HTTP exchange; `run` performs it."""
        _leave_out_command_line()
        from .http.call import (
            Call,  # httpx is slow to import and not needed before the first request
        )

        call = Call(full_paths.of_call(request), clock=self._clock, limits=self._limits)
        self._origin[call] = replay_of
        return call

    async def run(self, call: Call) -> Entry:
        """Perform a call to its end, whatever that is, and record it.

        A cancelled caller cancels the call, which is recorded all the same.
        """
        await self.perform(call)
        return await self.recorded(call)

    async def perform(self, call: Call) -> Exchange:
        """Perform a call to its end, whatever that is; `recorded` waits until it is recorded too.

        A cancelled caller cancels the call, which is recorded all the same.
        """
        over: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()
        self._beginnings.watch(call, self._origin.get(call, ""))
        self._talking.add(call)
        # Held here, not in a task group of the caller: who is cancelled leaves a record to be made.
        self._records[call] = asyncio.create_task(self._keep_call(call, over))
        try:
            return await asyncio.shield(over)
        except asyncio.CancelledError:
            call.cancel()
            raise

    def session(self, request: SessionRequest, *, replay_of: str = "") -> Session:
        """Prepare a client session; it is recorded by itself once it is over."""
        from .session import Session

        request = full_paths.of_session(request)
        session = Session(request, clock=self._clock, limits=self._limits)
        self._beginnings.watch(session, replay_of)
        self._follow(session, replay_of)
        return session

    def listener(
        self,
        request: ListenRequest,
        *,
        answered: bool = True,
        on_part: Callable[[Entry], None] | None = None,
        names: Mapping[str, bytes] | None = None,
    ) -> Listener:
        """Prepare a listener; each client it accepts is recorded once it is gone.

        Args:
            request: Where to bind, and what to say by itself.
            answered: Somebody may still answer a client that sent its end; without, it is let go.
            on_part: Told of each entry that is only a part of a client's session, such as one
                HTTP request.
            names: What greeting, replies and steps may name, such as the values of an environment.
        """
        from .transport.listener import HALF_OPEN, Listener

        listener = Listener(
            full_paths.of_listener(request),
            on_session=lambda session: self._follow(session, listener=listener),
            on_exchange=lambda session, exchange: self._keep_part(
                session, exchange, listener, on_part
            ),
            clock=self._clock,
            limits=self._limits,
            half_open=HALF_OPEN if answered else 0.0,
            names=names,
        )
        self._listeners.add(listener)
        return listener

    async def refuse(self, listener: Listener) -> Entry:
        """Record a listener that could not even begin."""
        return await self.history.add(asked(listener.exchange(), listener.request))

    async def recorded(self, live: Live) -> Entry:
        """Return the entry of a session or call once it is over and in the history."""
        return await asyncio.shield(self._records[live])

    def entry_of(self, live: Live) -> Entry | None:
        """Return the entry of a session or call if it is in the history by now."""
        record = self._records.get(live)
        done = record is not None and record.done() and not record.cancelled()
        return record.result() if record and done and not record.exception() else None

    async def close(self) -> None:
        """End all that is under way; returns when it is recorded."""
        # First, and in order: so no greeting is cut off, and no client comes meanwhile.
        await asyncio.gather(*(listener.close(_GRACE) for listener in self._listeners))
        for live in list(self._talking):
            live.cancel()
        await asyncio.gather(*self._records.values(), return_exceptions=True)
        await self.history.close()

    def _follow(
        self, session: Session, replay_of: str = "", listener: Listener | None = None
    ) -> None:
        self._origin[session] = replay_of
        # Held here: it lasts as long as the session does, and `close` waits for it.
        self._records[session] = asyncio.create_task(self._keep(session, listener))
        self._talking.add(session)
        if listener is not None:
            self._watch_client(session, listener)

    def _watch_client(self, session: Session, listener: Listener) -> None:
        self._beginnings.watch(session, tell=partial(self._untold, listener.request))

    def _untold(self, listener: ListenRequest, session: Session | Call) -> Exchange | None:
        """Return what a client is under way with; None when all it said is in its parts."""
        if self._told.get(session) == session.recorder.received:
            return None
        return asked(session.exchange(), listener)

    async def _keep(self, session: Session, listener: Listener | None) -> Entry:
        await session.finished()
        self._talking.discard(session)
        if listener is not None:
            await listener.attended(session)
        parts = self._parts.pop(session, [])
        if parts and self._told.pop(session) == session.recorder.received:
            self._beginnings.over(session)
            return (await asyncio.gather(*parts))[-1]  # nothing of it is left to be told
        exchange = session.exchange()
        if listener is not None:
            exchange = asked(exchange, listener.request)
        return await self._record(session, exchange)

    async def _keep_part(
        self,
        session: Session,
        exchange: Exchange,
        listener: Listener,
        on_part: Callable[[Entry], None] | None,
    ) -> None:
        """Record what is an exchange of its own, such as one HTTP request of a client.

        Waits while too many are not written yet: nobody fills the memory faster than the disk.
        """
        await self._unwritten.acquire()
        identity = self._beginnings.over(session)  # what was noted of it was this part
        # Held by its session, whose record waits for it; the client goes on meanwhile.
        part = asyncio.create_task(self._add_part(exchange, identity, on_part))
        part.add_done_callback(lambda _: self._unwritten.release())
        parts = self._parts.setdefault(session, [])
        parts[:-1] = [part for part in parts[:-1] if not part.done()]
        parts.append(part)
        self._told[session] = self._told.get(session, 0) + exchange.received
        if not session.state.over:
            self._watch_client(session, listener)

    async def _add_part(
        self, exchange: Exchange, identity: str, on_part: Callable[[Entry], None] | None
    ) -> Entry:
        entry = await self.history.add(exchange, identity=identity)
        if on_part is not None:
            on_part(entry)
        return entry

    async def _keep_call(self, call: Call, over: asyncio.Future[Exchange]) -> Entry:
        try:
            exchange = await call.run()
        except BaseException as error:  # who waits is to see it as well
            over.set_exception(error)
            raise
        finally:
            self._talking.discard(call)
        over.set_result(exchange)
        return await self._record(call, exchange)

    async def _record(self, live: Session | Call, exchange: Exchange) -> Entry:
        identity = self._beginnings.over(live)
        origin = self._origin.pop(live, "")
        return await self.history.add(exchange, replay_of=origin, identity=identity)


def asked(exchange: Exchange, listener: ListenRequest) -> Exchange:
    """Return an exchange of a listener, or of its client, with what the listener was asked for."""
    request = cast("SessionRequest", exchange.request)
    return replace(exchange, request=replace(request, listener=listener))


def _leave_out_command_line() -> None:
    """Let httpx load without its own command, which takes it 3 MiB and a fifth of the time.

    It brings that where click is installed, and goes without where the import fails.
    """
    if "httpx" not in sys.modules:
        sys.modules.setdefault("httpx._main", ModuleType("httpx._main"))
