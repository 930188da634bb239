"""What is sent to sessions, in the order in which it was asked for, and what still waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from sonde_core.outlets import files
from sonde_core.session import Session
from sonde_core.steps import MessageKind
from sonde_core.words import count, size

from .typed import Typed

Job = Callable[[], Awaitable[None]]
PATIENT: Final = 0.5  # seconds without a byte that leaves until it is told that sending waits


@dataclass(slots=True)
class _Turn:
    """What is under way for one session."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0  # jobs that are not done
    sent: int = 0  # bytes, when that changed last
    since: float = 0.0  # when that was
    file: FileSending | None = None  # what is under way


class Queue:
    """Gives each session one job at a time, and says how it goes."""

    def __init__(self) -> None:
        self._turns: WeakKeyDictionary[Session, _Turn] = WeakKeyDictionary()

    async def perform(self, session: Session, job: Job, *, file: FileSending | None = None) -> None:
        """Do a job when those before it are done; raises what it raises.

        Args:
            session: Where it is done.
            job: What is done.
            file: The file that it sends, if it does, to tell how much of it has left.
        """
        turn = self._turns.setdefault(session, _Turn())
        if not turn.waiting:
            turn.since = time.monotonic()
        turn.waiting += 1
        try:
            async with turn.lock:
                turn.file = file
                await job()
        finally:
            turn.waiting -= 1

    def waits(self, session: Session) -> bool:
        """Whether something is still to be handed over."""
        turn = self._turns.get(session)
        return turn is not None and turn.waiting > 0

    def words(self, session: Session) -> str:
        """Say what waits for a peer that does not read; empty while nothing does."""
        turn = self._turns.get(session)
        if turn is None or not turn.waiting:
            return ""
        now, sent = time.monotonic(), session.recorder.sent
        if session.upgrading:  # the peer is not given anything before that is done
            turn.since = now
            return ""
        if sent != turn.sent:
            turn.sent, turn.since = sent, now
        if now - turn.since < PATIENT:
            return ""
        behind = f", {count(turn.waiting - 1, 'message')} behind" if turn.waiting > 1 else ""
        waits = f"{size(session.queued)} queued"
        if turn.file is not None and turn.file.size:
            waits = f"{size(turn.file.left)} of {size(turn.file.size)} still to go"
        return f"The peer does not read: {waits}{behind} · escape takes back"


def sending(session: Session, data: bytes, kind: MessageKind = MessageKind.NONE) -> Job:
    """Return the job to send bytes."""

    async def job() -> None:
        await session.send(data, kind)

    return job


class FileSending:
    """The job to send a file, in pieces unless it has to be one message.

    Attributes:
        size: Bytes of the file; 0 until it is begun.
    """

    def __init__(self, session: Session, typed: Typed) -> None:
        name = typed.text
        self._path = str(Path(name).expanduser()) if name.startswith("~/") else name
        self._session = session
        self._kind = typed.kind
        self._given = 0  # bytes that the session took
        self.size = 0

    @property
    def left(self) -> int:
        """Bytes that the peer has still to take."""
        return max(self.size - self._given, 0) + self._session.queued

    async def __call__(self) -> None:
        session, path = self._session, self._path
        self.size = await asyncio.to_thread(files.check_regular, path)
        slices = files.read_slices(path)
        whole = session.is_message
        empty = True
        while data := await asyncio.to_thread(files.take, slices, whole=whole):
            empty = False
            self._given += len(data)
            await session.send(data, self._kind)
        if empty:
            session.note(f"{path} is empty: nothing was sent")
