"""Another program on the whole terminal, and after it the terminal as it was.

The event loop goes on meanwhile. What the program reads and what it complains of go through
threads, so that neither a program that reads nothing nor one that leaves somebody behind, who
still holds the pipe, keeps anyone waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ..errors import RequestError, SondeError
from ..quoting import quoted
from .lent_terminal import ERRORS, LOOK, confirmed, same_terminal, take_back, without_interrupts
from .saving import Slices

_GRACE: Final = 1.0  # seconds that a program has to end when it is told to
_TAIL: Final = 4096


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended.

    Attributes:
        status: As of `subprocess`: below zero is a signal.
        said: The last line it wrote to standard error, where that was read; not safe to draw.
        seconds: How long it had the terminal.
    """

    status: int
    said: str
    seconds: float


async def run(
    command: Sequence[str],
    *,
    feed: Slices | None = None,
    read_errors: bool = False,
    then: Callable[[Ended], str] = lambda _: "",
    unused: Callable[[bytes], None] = lambda _: None,
) -> Ended:
    """Run a program to its end; whoever cancels ends it.

    Args:
        command: Its name and arguments.
        feed: Gives what it reads on standard input; without, it reads the terminal.
        read_errors: Read standard error and pass it on. A program that takes its keys from there
            must have it for itself.
        then: Says what is to be confirmed with enter before the terminal is taken back; empty for
            nothing.
        unused: Is given what else was typed till then: it is meant for whoever comes next.

    Raises:
        RequestError: It cannot be started.
        SondeError: What it is to read cannot be read; it was let go to its end.
    """
    began = asyncio.get_running_loop().time()
    pipes = _Pipes(feed, read_errors=read_errors)
    with without_interrupts(), same_terminal():
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=pipes.stdin, stderr=pipes.stderr
            )
        except (OSError, ValueError) as error:
            pipes.close()
            told = error.strerror if isinstance(error, OSError) else "that is no command"
            raise RequestError(
                f"Could not start {quoted(command[0])}: {told}.", hint="Name another command."
            ) from error
        pipes.start()
        try:
            status = await process.wait()
        finally:
            await _end(process)
            said = await pipes.end()
        ended = Ended(status, said, asyncio.get_running_loop().time() - began)
        if question := then(ended):
            take_back()
            unused(await confirmed(question))
    if pipes.failed is not None:
        raise pipes.failed
    return ended


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a program that is still there, in order if it obeys."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_GRACE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


class _Pipes:
    """What a program reads and what it complains of, each in a thread."""

    def __init__(self, feed: Slices | None, *, read_errors: bool) -> None:
        self.failed: SondeError | None = None
        self._feed = feed
        self._over = threading.Event()
        self._tail = b""
        self._open: list[int] = []
        self._ours: list[int] = []
        self.stdin = self.stderr = None
        self._source = self._sink = -1
        if feed is not None:
            self.stdin, self._sink = self._pipe()
        if read_errors:
            self._source, self.stderr = self._pipe()
        self._threads: list[asyncio.Future[None]] = []

    def _pipe(self) -> tuple[int, int]:
        reads, writes = os.pipe()
        self._open += [reads, writes]
        return reads, writes

    def start(self) -> None:
        """Let go of the program's ends, and work at ours."""
        for handle in (self.stdin, self.stderr):
            if handle is not None:
                self._close(handle)
        if self._feed is not None:
            self._work(self._write, self._feed)
        if self._source >= 0:
            self._work(self._read)

    def _work(self, target: Callable[..., None], *arguments: Slices) -> None:
        self._threads.append(asyncio.ensure_future(asyncio.to_thread(target, *arguments)))

    async def end(self) -> str:
        """Stop working, and return the last line of the complaints."""
        self._over.set()
        await asyncio.gather(*self._threads)
        self.close()
        lines = self._tail.decode("utf-8", "replace").split("\n")
        return next((text.strip() for text in reversed(lines) if text.strip()), "")

    def close(self) -> None:
        """Close what is still open."""
        for handle in list(self._open):
            self._close(handle)

    def _close(self, handle: int) -> None:
        if handle in self._open:
            self._open.remove(handle)
            os.close(handle)

    def _write(self, feed: Slices) -> None:
        os.set_blocking(self._sink, False)
        try:
            for piece in feed():
                view = memoryview(piece)
                while view:
                    if not self._ready(writes=True):
                        return
                    with contextlib.suppress(BlockingIOError):
                        view = view[os.write(self._sink, view) :]
        except BrokenPipeError:
            return  # it has read what it wanted
        except SondeError as error:
            self.failed = error
        finally:
            self._close(self._sink)

    def _read(self) -> None:
        while self._ready(writes=False):
            data = os.read(self._source, 1 << 16)
            if not data:
                return
            self._tail = (self._tail + data)[-_TAIL:]
            with contextlib.suppress(OSError):
                os.write(ERRORS, data)

    def _ready(self, *, writes: bool) -> bool:
        """Wait for the other side; False once the program is over and nothing is there."""
        while True:
            over = self._over.is_set()
            reading, writing = ([], [self._sink]) if writes else ([self._source], [])
            ready = select.select(reading, writing, [], 0 if over else LOOK)
            if ready[0] or ready[1]:
                return not (over and writes)
            if over:
                return False
