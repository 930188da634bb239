"""Run a command's coroutine with the history open, signals obeyed and errors explained."""

from __future__ import annotations

import asyncio
import signal
from argparse import Namespace
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, cast

from sonde_core import config, settings
from sonde_core.aside import aside
from sonde_core.errors import SondeError
from sonde_core.model import Outcome

from . import DONE, FAILED, MISUSED, output

if TYPE_CHECKING:
    from sonde_core.exchange import Exchanger
    from sonde_core.history.entry import Entry
    from sonde_core.history.history import History
    from sonde_core.model import Exchange

__all__ = ["Desk", "Stop", "Work", "aside", "conclude", "run", "status"]

T = TypeVar("T")

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """Set by the first interrupt or end signal; the second one ends the command at once."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            ignored = signal.getsignal(number) is signal.SIG_IGN
            if not (ignored and number is signal.SIGHUP):  # nohup
                loop.add_signal_handler(number, self._asked)

    @property
    def asked(self) -> bool:
        return self._event.is_set()

    async def wait(self) -> None:
        """Wait for the first signal."""
        await self._event.wait()

    def _asked(self) -> None:
        if self._event.is_set() and self._task:
            self._task.cancel()
        self._event.set()


class Desk:
    """What a command works with.

    Attributes:
        history: Open; what was found wrong in it has been said.
        stop: Tells of signals.
        out: Standard output.
    """

    def __init__(self, history: History, limits: settings.Limits) -> None:
        self.history = history
        self.stop = Stop()
        self.out = output.Data()
        self._limits = limits
        self._exchanger: Exchanger | None = None
        self._warned = 0
        self._printing = asyncio.Lock()

    @property
    def exchanger(self) -> Exchanger:
        """Performs requests; made when first asked for."""
        if self._exchanger is None:
            from sonde_core.exchange import Exchanger

            self._exchanger = Exchanger(self.history, limits=self._limits)
        return self._exchanger

    async def unless_stopped(self, work: Awaitable[T]) -> T | None:
        """Wait for work; None when a signal came first, and the work is cancelled then."""
        task = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            return None
        finally:
            await _cancel(task, stop)

    async def aside(self, function: Callable[..., T], *arguments: object) -> T:
        """Run a call that may block for ever, such as reading a pipe; a signal ends the command."""
        result = await self.unless_stopped(aside(function, *arguments))
        if self.stop.asked:
            raise asyncio.CancelledError
        return cast("T", result)

    def warn(self) -> None:
        """Say what is new among what was found wrong in the history."""
        findings = self.history.findings
        for finding in findings[self._warned :]:
            output.say(f"sonde: {finding}")
        self._warned = len(findings)

    def warn_unsaved(self) -> None:
        """Say what of the command did not get into the history."""
        unsaved = self.history.unsaved
        if unsaved:
            what = "this is" if unsaved == 1 else f"{unsaved} exchanges are"
            output.say(f"sonde: {what.capitalize()} not in the history: {self.history.trouble}")

    async def put(self, out: output.Data, data: bytes) -> None:
        """Write data without holding up the event loop, whole before the next.

        Raises:
            BodyError: It cannot be written.
        """
        async with self._printing:
            await aside(out.write, data)

    async def close(self) -> None:
        """End what is under way, and write what is to be written."""
        if self._exchanger is None:
            await self.history.close()
        else:
            await self._exchanger.close()


async def _cancel(*tasks: asyncio.Future[T] | asyncio.Future[None]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError, SondeError):
            await task


Work: TypeAlias = Callable[[Desk], Coroutine[object, object, int]]


def run(args: Namespace, work: Work, *, reads: bool = False) -> int:
    """Run a command to its end and return the exit status.

    Args:
        args: With the option `history`.
        work: What the command does.
        reads: It is about what the history holds: one that cannot be read ends it.
    """
    try:
        return asyncio.run(_run(args, work, reads))
    except SondeError as error:
        output.explain(error)
        return MISUSED if error.kind == "syntax" else FAILED
    except asyncio.CancelledError:
        return FAILED


async def _run(args: Namespace, work: Work, reads: bool) -> int:
    from sonde_core.history.history import History
    from sonde_core.keeping import strip_of
    from sonde_core.words import expired

    chosen = settings.load(args.history)
    said = config.read(config.default_path())
    if said.warning:
        output.say(f"sonde: {said.warning}")
    history = History(chosen.history, limits=replace(chosen.limits, keep=said.keep))
    history.strip = strip_of(said.path, keep_secrets=said.keep_secrets)
    history.open()
    if reads and history.unreadable:
        output.say(f"sonde: {history.unreadable}")
        return FAILED
    desk = Desk(history, chosen.limits)
    desk.warn()
    try:
        done = await work(desk)
    finally:
        await desk.close()
        desk.warn()
        desk.warn_unsaved()
        if history.expiry.expired:
            output.say(f"sonde: {expired(history.expiry.expired)}")
    if reads and history.unreadable:  # since it was opened
        output.say(f"sonde: {history.unreadable}")
        return FAILED
    return done or (FAILED if history.unsaved else DONE)


def status(exchange: Exchange) -> int:
    """Return the exit status that an exchange's end stands for."""
    if exchange.outcome is Outcome.DONE:
        return DONE
    if exchange.problem and exchange.problem.kind == "syntax":
        return MISUSED
    return FAILED


def conclude(entry: Entry) -> int:
    """Say how an exchange ended and return the exit status."""
    from sonde_core.words import status_line

    exchange = entry.exchange
    if exchange.problem and exchange.outcome is not Outcome.DONE:
        output.explain(exchange.problem)
    else:
        output.say(status_line(exchange))
    return status(exchange)
