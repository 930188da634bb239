"""A session that `sonde talk` holds: what is sent, what is printed, and when it is through."""

from __future__ import annotations

import asyncio
import os
from argparse import Namespace
from functools import partial
from typing import TYPE_CHECKING, Final

from sonde_core.errors import ConnectError, DeadlineError, PeerClosedError, SondeError
from sonde_core.outlets import files
from sonde_core.refusal import refused

from . import output, running
from .printing import Printer
from .pushing import PATIENCE, Pusher
from .running import Desk

if TYPE_CHECKING:
    from sonde_core.script.perform import Performance
    from sonde_core.session import Session

SILENCE: Final = 2.0  # seconds without a byte after which all is said
_SLICE: Final = 1 << 18
_DATAGRAM: Final = 1 << 14  # of standard input over UDP
_GRACE: Final = 1.0
# Seconds without progress after which sending to a peer that ended is given up.
_STUCK: Final = 0.3


class Talk:
    """A session that is open: sends, prints, and knows when it is through."""

    def __init__(
        self,
        session: Session,
        desk: Desk,
        args: Namespace,
        steps: list[bytes | str],
        *,
        end: float | None = None,
        performance: Performance | None = None,
    ) -> None:
        """Take a session and what to send; `end` is the loop's time at which it is closed."""
        self._performance = performance
        self._session = session
        self._desk = desk
        self._half_close: bool = args.half_close
        self._steps = steps
        nothing = not steps and performance is None
        typed = args.wait is None and output.has_keyboard()
        self._reads_input = nothing and (typed or not output.is_terminal(0))
        self._is_typed = nothing and typed
        self._waits_for_peer = nothing and not self._reads_input and args.wait is None
        self._silence: float = SILENCE if args.wait is None else args.wait
        self._datagrams = session.is_message
        self._printer = Printer(session, desk, as_hex=args.hex)
        self._pusher = Pusher(
            session, self._printer, promised=not nothing, patience=args.timeout or PATIENCE
        )
        self._end = end

    async def run(self) -> SondeError | None:
        """Talk to the end; returns what kept us from sending or printing all."""
        if output.is_terminal(2):
            keys = "typed lines are sent, to ctrl+d; " if self._is_typed else ""
            output.say(f"connected to {self._session.peer}; {keys}ctrl+c ends")
        printing = asyncio.ensure_future(self._printer.run())
        failure: BaseException | None = None
        try:
            await self._desk.unless_stopped(self._in_time())
        except SondeError as error:
            failure = error
        if isinstance(failure, DeadlineError):
            self._session.fail(failure)
        elif isinstance(failure, PeerClosedError) and self._session.queued:
            self._session.fail(failure, reset=True)  # else closing it fails, in other words
        elif self._desk.stop.asked and self._pusher.pending:
            self._session.cancel()
        await self._session.close(_GRACE)
        # After an interrupt nobody waits for a reader of ours that does not read.
        await asyncio.wait({printing}, timeout=_GRACE if self._desk.stop.asked else None)
        if not printing.done():
            printing.cancel()
        else:
            failure = printing.exception() or failure
        failure = failure or self._refused()
        if isinstance(failure, SondeError) or failure is None:
            return failure
        raise failure

    def _refused(self) -> SondeError | None:
        """Say that nobody is there, which UDP does not notice by itself."""
        if not self._printer.refusals or self._session.recorder.received:
            return None
        return ConnectError(refused(self._session.peer))

    async def _in_time(self) -> None:
        try:
            async with asyncio.timeout_at(self._end):
                await self._until_end()
        except TimeoutError:
            if self._pusher.pending:
                steps = "all steps were done"
                sends = f"{self._session.peer} took all that was to be sent"
                raise DeadlineError(
                    f"The time was over before {steps if self._performance else sends}.",
                    hint="--for gives it more time.",
                    phase="send",
                ) from None

    async def _until_end(self) -> None:
        sending = asyncio.ensure_future(self._send_all())
        quiet = asyncio.ensure_future(self._quiet(sending))
        ended = asyncio.ensure_future(self._printer.ended.wait())
        try:
            await asyncio.wait({quiet, ended}, return_when=asyncio.FIRST_COMPLETED)
            if self._performance is not None:
                await asyncio.wait({sending})  # it may expect the end
            elif not sending.done() and not self._printer.gone:
                await self._finish_sending(sending)
            if sending.done():
                sending.result()
            elif self._pusher.pending and not self._printer.gone:
                raise PeerClosedError(f"{self._session.peer} ended and took no more.", phase="send")
        finally:
            for task in (sending, quiet, ended):
                task.cancel()
            await asyncio.wait({sending, quiet, ended})

    async def _quiet(self, sending: asyncio.Future[None]) -> None:
        """Return when all is sent and nothing came for long enough."""
        await asyncio.wait({sending})
        if self._performance is not None and not self._performance.fine:
            return
        if sending.exception() is None and self._waits_for_peer:
            await self._printer.ended.wait()
        time = asyncio.get_running_loop().time
        sent_at = time()
        while (left := max(sent_at, self._printer.quiet_since) + self._silence - time()) > 0:
            if sending.exception() is not None:
                return
            await asyncio.sleep(min(left, self._silence))

    async def _finish_sending(self, sending: asyncio.Future[None]) -> None:
        """Send on to a peer that half-closed, as long as it takes bytes and we have them."""
        seen = (-1, -1)
        while not sending.done() and self._pusher.progress != seen:
            seen = self._pusher.progress
            await asyncio.wait({sending}, timeout=_STUCK)

    async def _send_all(self) -> None:
        if self._performance is not None:
            await self._performance.run()
        for step in self._steps:
            if isinstance(step, bytes):
                await self._pusher.send(step)
            else:
                await self._send_file(step)
        if self._reads_input:
            await self._send_input()
        if self._half_close and self._performance is None:
            await self._session.send_end()
        await self._pusher.finish()

    async def _send_file(self, path: str) -> None:
        """Send what a file has, or a pipe: that may never say anything, and is left then."""
        slices = files.read_slices(path, _SLICE)
        if self._datagrams:
            one = partial(files.take, slices, whole=True)  # what a Unix socket takes may be more
            read = one if self._session.kind == "udp" else partial(files.read_bounded, path)
            await self._pusher.send(await running.aside(read))
            return
        while data := await running.aside(files.take, slices):
            await self._pusher.send(data)

    async def _send_input(self) -> None:
        size = _DATAGRAM if self._datagrams else _SLICE
        if not output.is_open(0):
            return
        if self._session.is_web_socket:
            await self._send_lines()
            return
        while data := await running.aside(_read, size):
            await self._pusher.send(data)

    async def _send_lines(self) -> None:
        """Send each line of standard input as a message of its own, without its end."""
        rest = bytearray()
        while data := await running.aside(_read, _SLICE):
            *whole, last = data.split(b"\n")
            for piece in whole:
                await self._pusher.send(bytes(rest + piece).removesuffix(b"\r"))
                rest.clear()
            rest += last
        if rest:
            await self._pusher.send(bytes(rest))


def _read(size: int) -> bytes:
    try:
        return os.read(0, size)
    except OSError:  # a terminal that went away
        return b""
