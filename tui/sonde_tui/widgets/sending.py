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


class Queue:
    """Gives each session one job at a time, and says how it goes."""

    def __init__(self) -> None:
        self._turns: WeakKeyDictionary[Session, _Turn] = WeakKeyDictionary()

    async def perform(self, session: Session, job: Job) -> None:
        """Do a job when those before it are done; raises what it raises."""
        turn = self._turns.setdefault(session, _Turn())
        if not turn.waiting:
            turn.since = time.monotonic()
        turn.waiting += 1
        try:
            async with turn.lock:
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
        if sent != turn.sent:
            turn.sent, turn.since = sent, now
        if now - turn.since < PATIENT:
            return ""
        behind = f", {count(turn.waiting - 1, 'message')} behind" if turn.waiting > 1 else ""
        queued = size(session.queued)
        return f"The peer does not read: {queued} queued{behind} · escape takes back"


def sending(session: Session, data: bytes, kind: MessageKind = MessageKind.NONE) -> Job:
    """Return the job to send bytes."""

    async def job() -> None:
        await session.send(data, kind)

    return job


def sending_file(session: Session, typed: Typed) -> Job:
    """Return the job to send a file, in pieces unless it has to be one message."""
    name = typed.text
    path = str(Path(name).expanduser()) if name.startswith("~/") else name

    async def job() -> None:
        await asyncio.to_thread(files.check_regular, path)
        slices = files.read_slices(path)
        whole = session.is_message
        empty = True
        while data := await asyncio.to_thread(files.take, slices, whole=whole):
            empty = False
            await sending(session, data, typed.kind)()
        if empty:
            session.note(f"{path} is empty: nothing was sent")

    return job
