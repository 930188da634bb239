"""A body filtered by one expression after the other, in a process that stays as long as it lasts.

Only a small document is looked into here, and by a path: all that may take long, or all memory,
can be ended at any time.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Final

from ..body import EMPTY, Body, PrivateFile
from ..errors import BodyError
from ..text.charsets import reading
from .document import Document
from .expression import Path, parse
from .forms import RECORDS, Form
from .inbox import SUPERSEDE, Message

INLINE: Final = 256 << 10
SECONDS: Final = 60.0
_PATIENCE: Final = 2.0  # with a process that has to leave an older search

_WORKER: Final = f"{__package__}.worker"
_TELLING: Final = 1024  # bytes that tell that a body goes on with another
_LINE: Final = 1 << 20  # bytes that the process tells at once, at most
_TYPES: Final[dict[Form, str]] = {
    "lines": "application/x-ndjson",
    "sequence": "application/x-ndjson",
    "events": "text/event-stream",
    "text": "text/plain; charset=utf-8",
}
_HINT: Final = "A plain path such as a.b[0].c takes the least."


@dataclass(frozen=True, slots=True)
class Filtered:
    """What an expression gave so far.

    Attributes:
        body: Of a list each later one begins with the same bytes.
        done: Nothing more will come.
        counts: How many of a list gave something, in words; empty for a document.
        matched: How many that are.
        selects: Records come through as they are, so that none is an answer as well.
        hint: Why nothing was found, where that can be told; may hold text of the body.
    """

    body: Body = EMPTY
    done: bool = True
    counts: str = ""
    matched: int = 0
    selects: bool = False
    hint: str = ""


class Filtering:
    """Filters one body.

    Attributes:
        form: What it is to a filter.
    """

    def __init__(
        self, body: Body, form: Form, *, arriving: bool = False, charset: str = ""
    ) -> None:
        """Prepare; nothing is started or read before it is needed.

        Args:
            body: What has come so far.
            form: As `form_of` tells it.
            arriving: Whether more is to come, of a list: see `grow`.
            charset: What a person chose; empty to go by the body.
        """
        self.form: Form = form
        self._body = body
        self._arriving = arriving
        self._charset = charset
        self._codec = ""
        self._feed: PrivateFile | None = None
        self._fed = 0
        self._process: asyncio.subprocess.Process | None = None
        self._dying: list[asyncio.subprocess.Process] = []
        self._turn = asyncio.Lock()
        self._number = 0
        self._open = False  # what was asked last is not answered
        self._ready = False  # the process has all that it needs to answer
        self._small: Document | None = None

    def grow(self, body: Body, *, arriving: bool) -> None:
        """Take a later state of the same list, which begins with the same bytes.

        Raises:
            BodyError: The bytes cannot be read, or not be handed on.
        """
        self._body, self._arriving = body, arriving
        if self._process is not None:
            self._ask(self._source())

    def goes_on(self, body: Body) -> bool:
        """Whether a body begins with what is arriving here; raises BodyError."""
        if not self._arriving or body.size < self._body.size or not body.kept:
            return False
        known = min(self._body.size, _TELLING)
        return body.read(0, known) == self._body.read(0, known)

    async def warm(self) -> None:
        """Start what the first expression would wait for; raises BodyError."""
        if self.form != "document" or self._body.size > INLINE:
            async with self._turn:
                await self._started()

    async def results(self, text: str) -> AsyncGenerator[Filtered, None]:
        """Yield what an expression gives: of a list more and more; a newer one may end this.

        Raises:
            BodyError: It is none, nothing is there, or it takes too much.
        """
        if (found := await self._at_once(text)) is not None:
            yield found
            return
        self._number += 1
        file = PrivateFile()
        job: Message = {"job": self._number, "expression": text, "result": str(file.path)}
        async with self._turn, aclosing(self._answers(job)) as answers:
            async for told in answers:
                yield self._filtered(told, file)

    async def close(self) -> None:
        """End the process; when this is cancelled, a second call goes on."""
        process, self._process = self._process, None
        self._open = self._ready = False
        if process is not None:
            self._dying.append(process)
        while self._dying:
            process = self._dying[0]
            await _ended(process)
            if process in self._dying:
                self._dying.remove(process)

    # here

    async def _at_once(self, text: str) -> Filtered | None:
        if self.form != "document" or self._body.size > INLINE:
            return None
        return await asyncio.to_thread(self._pick, text)

    def _pick(self, text: str) -> Filtered | None:
        if not isinstance(parse(text), Path):
            return None
        if self._small is None:
            data, codec = self._body.read(), reading(self._body, self._charset).codec
            if codec != "utf-8":
                data = data.decode(codec, "replace").encode("utf-8", "replace")
            self._small = Document(data)
        found = self._small.pick(text)
        return Filtered(Body.of(found.data, media_type=found.media_type))

    # there

    async def _started(self) -> asyncio.subprocess.Process:
        process = self._process
        if process is None or process.returncode is not None:
            begun = self._body
            source = await asyncio.to_thread(self._source)
            self._process = process = await _start()
            self._ask(source)
            if begun is not self._body:
                self._ask(self._source())
        return process

    async def _answers(self, job: Message) -> AsyncGenerator[Message, None]:
        """Yield what is told of a job; who is stuck in an older one is ended and started anew."""
        stuck = self._open and self._ready
        process = await self._put(job)
        told: Message = {}
        while not told.get("done"):
            seconds = None if told.get("waits") else _PATIENCE if stuck else SECONDS
            try:
                async with asyncio.timeout(seconds):
                    told = await _told(process, job["job"])
            except TimeoutError:
                await self.close()
                if not stuck:
                    raise _out_of_time() from None
                stuck, process = False, await self._put(job)
                continue
            stuck = self._open = False
            if not told:
                await self.close()
                raise BodyError("The process that filters was ended by the system.", hint=_HINT)
            self._ready = bool(told["ready"])
            if "error" in told:
                raise BodyError(str(told["error"]), hint=str(told["hint"]))
            yield told

    async def _put(self, job: Message) -> asyncio.subprocess.Process:
        process = await self._started()
        self._ask(job)
        self._open = True
        if self.form == "document":
            _signal(process, SUPERSEDE)
        return process

    def _source(self) -> Message:
        """Describe the body as it is now; what is in memory is written to a file."""
        body = self._body
        self._codec = self._codec or reading(body, self._charset).codec
        return {
            "path": str(body.path or self._written(body)),
            "size": body.stored,
            "arriving": self._arriving,
            "form": self.form,
            "codec": self._codec,
        }

    def _written(self, body: Body) -> FilePath:
        try:
            if self._feed is None:
                self._feed = PrivateFile()
            self._feed.stream.write(body.read(self._fed))
            self._feed.stream.flush()
        except OSError as error:
            raise BodyError(
                f"Could not filter the body: {error.strerror}.",
                hint="Free some space in the temporary folder.",
            ) from error
        self._fed = body.size
        return self._feed.path

    def _ask(self, message: Message) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")

    def _filtered(self, told: Message, file: PrivateFile) -> Filtered:
        body = Body.in_file(file.path, int(str(told["size"])), str(told["sha256"]), owner=file)
        body = body.described(media_type=_TYPES.get(self.form) or str(told["type"]))
        if self.form == "document":
            return Filtered(body, hint=str(told["hint"]))
        matched, seen, skipped = (int(str(told[name])) for name in ("matched", "seen", "skipped"))
        words = RECORDS[self.form]
        counts = f"{matched:,} of {seen:,} {words}"
        if skipped:
            counts += f" · {skipped:,} no JSON"
        done, selects = bool(told["done"]), bool(told["selects"])
        return Filtered(body, done, counts, matched, selects, str(told["hint"]))


async def _told(process: asyncio.subprocess.Process, number: object) -> Message:
    """Return the next that is told of a job; nothing when the process has ended."""
    while True:
        line = await process.stdout.readline() if process.stdout else b""
        told: Message = json.loads(line) if line else {}
        if not told or told["job"] == number:
            return told


def _out_of_time() -> BodyError:
    return BodyError(f"Filtering was not done within {SECONDS:g} s.", hint=_HINT)


async def _start() -> asyncio.subprocess.Process:
    try:
        # -P: the folder we stand in must not lend its modules to the process.
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", _WORKER),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LINE,
        )
    except OSError as error:
        raise BodyError(f"Could not start a process to filter: {error.strerror}.") from error


async def _ended(process: asyncio.subprocess.Process) -> None:
    _signal(process, signal.SIGKILL)
    await process.wait()


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    """Send a signal; the library's way would take the exit status away from who waits for it."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)
