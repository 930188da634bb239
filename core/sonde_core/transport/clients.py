"""The clients of a listener: let in or refused, and each looked after by a task of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from weakref import WeakKeyDictionary

from ..clock import Clock
from ..endpoint import Endpoint
from ..errors import ConnectError
from ..listen_request import ListenRequest
from ..model import EventKind
from ..session import Session
from ..session_request import SessionRequest
from ..settings import Limits
from ..words import count
from .accepting import ServerTls
from .base import Log
from .roster import TOLD, Roster


class Tasks:
    """Tasks that are held until they are done."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def run(self, work: Coroutine[object, object, None]) -> None:
        """Begin a task."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self, grace: float = 0.0) -> None:
        """Cancel those that are not done within so many seconds, and wait until they are."""
        if self._tasks and grace > 0:
            await asyncio.wait(self._tasks, timeout=grace)
        running = list(self._tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


class Clients:
    """Those who came, each with a session.

    Attributes:
        roster: Who is there.
        bound: Where they came to, once that is known.
        tls: What a session that is upgraded shows to its client.
        tasks: Those that look after clients.
    """

    def __init__(
        self,
        request: ListenRequest,
        clock: Clock,
        limits: Limits,
        log: Log,
        tell: Callable[[Session], None],
    ) -> None:
        """Begin with nobody.

        Args:
            request: What the listener was asked for.
            clock: For the records.
            limits: Likewise; clients share the memory.
            log: Of the listener.
            tell: Hears of each session.
        """
        self.roster = Roster()
        self.bound = Endpoint("tcp")
        self.tls = ServerTls(request)
        self.tasks = Tasks()
        self._request = request
        self._clock = clock
        self._limits = limits
        self._log = log
        self._tell = tell
        self._attending: WeakKeyDictionary[Session, asyncio.Task[object]] = WeakKeyDictionary()

    @property
    def has_room(self) -> bool:
        """Whether one more may come; those who were accepted just now have no session yet."""
        return max(self.roster.live, len(self.tasks)) < self._request.max_clients

    def new(self) -> Session:
        """Make a session for a client."""
        options = replace(self._request.options, idle_timeout=self._request.idle_timeout)
        in_memory = min(self.roster.share(), self._limits.record_in_memory)
        session = Session(
            SessionRequest(str(self.bound), options),
            clock=self._clock,
            limits=replace(self._limits, record_in_memory=in_memory),
            role="server",
        )
        session.server_tls = self.tls
        return session

    def meet(self, session: Session) -> None:
        """Take a client in, and tell of it."""
        self.roster.add(session)
        self._tell(session)
        self._log(EventKind.ACCEPTED, f"{session.peer} connected", peer=session.peer)

    def refuse(self, peer: str) -> None:
        """Record that a client is not let in; of very many the first ones."""
        if not self.roster.refuse(peer):
            if self.roster.refused == TOLD + 1:
                self._log(EventKind.ERROR, "more clients are refused, and only counted")
            return
        most = count(self._request.max_clients, "client")
        error = ConnectError(
            f"{peer} was refused: no more than {most} may be there.",
            hint="Let more in with --max-clients, or in the options.",
            phase="connect",
        )
        self._log(EventKind.ERROR, error.message, peer=peer)
        session = self.new()
        session.endpoint, session.peer = self.bound, peer
        session.fail(error)
        self._tell(session)

    def attend(self, session: Session) -> None:
        """Take it that the current task looks after a client."""
        task = asyncio.current_task()
        if task is not None:
            self._attending[session] = task

    async def attended(self, session: Session) -> None:
        """Wait until nobody looks after a client any more: what is to be told of it was told."""
        task = self._attending.get(session)
        if task is not None:
            await asyncio.wait({task})

    async def close(self, grace: float) -> None:
        """Close each session in order, so that no greeting is cut off."""
        time = asyncio.get_running_loop().time
        end = time() + grace
        live = [session for session in self.roster.sessions if not session.state.over]
        await asyncio.gather(*(session.close(grace) for session in live))
        await self.tasks.stop(end - time())  # what they pass on goes first
