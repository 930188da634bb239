"""Large bodies compared in a process of their own, so that the app goes on and can leave it.

Reading JSON holds the interpreter, and a regular expression of a person may take for ever: a
process can be ended at any moment, and gives its memory back.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Final

from ..body import SLICE, Body
from ..errors import BodyError
from .findings_text import findings_of
from .places import Places
from .report import Findings
from .watch import SECONDS, Watch

# Smaller bodies take no longer than the start of a process.
LARGE: Final = 128 << 10
# In memory it is handed over, else by the name of its file.
_IN_MEMORY: Final = 32 << 20
_CHILD: Final = "sonde_core.comparing.apart_child"
_GRACE: Final = 5.0  # seconds beyond those in which the process ends by itself
_OFTEN: Final = 0.05


class GivenUpError(Exception):
    """The process did not come to an end."""


class SlowPatternError(GivenUpError):
    """A regular expression took too long.

    Attributes:
        number: Its number among those of the comparison.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class NoProcessError(Exception):
    """No process can be started."""


def is_worth(before: Body, after: Body, places: Places) -> bool:
    """Whether two bodies should be compared in a process."""
    return bool(places.patterns) or max(before.stored, after.stored) > LARGE


def compare(
    before: Body,
    after: Body,
    watch: Watch,
    options: dict[str, object],
    *,
    seconds: float = SECONDS,
    patience: float = SECONDS,
) -> Findings:
    """Return what a process finds out, see `apart_child` for the options.

    Args:
        before: What was there.
        after: What is there.
        watch: Told how far it is.
        options: How they are compared.
        seconds: For all of it.
        patience: Seconds for regular expressions.

    Raises:
        BodyError: A body cannot be read.
        StoppedError: It was stopped.
        SlowPatternError: A regular expression took too long.
        GivenUpError: The process did not end in time, or broke.
        NoProcessError: It cannot be started.
    """
    bodies = [before, after]
    described = [_told(body) for body in bodies]
    asked = {**options, "seconds": seconds, "bodies": described}
    with _child() as process:
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        given = [each for each, told in zip(bodies, described, strict=True) if "bytes" in told]
        feeding = threading.Thread(target=_feed, args=(process.stdin, asked, given), daemon=True)
        feeding.start()
        timer = threading.Timer(seconds + _GRACE, process.kill)
        timer.daemon = True
        timer.start()
        guard = threading.Thread(target=_guard, args=(process, watch), daemon=True)
        guard.start()
        try:
            return _answer(process.stdout, watch, _Patience(patience, process.kill))
        finally:
            timer.cancel()


def _guard(process: subprocess.Popen[bytes], watch: Watch) -> None:
    """End the process at once when it is not wanted any more."""
    while process.poll() is None:
        if watch.wait(_OFTEN):
            process.kill()
            return


@contextmanager
def _child() -> Iterator[subprocess.Popen[bytes]]:
    try:
        # -P: the folder we stand in must not lend its modules to the process.
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise NoProcessError from error
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


def _told(body: Body) -> dict[str, object]:
    """Describe a body that its process reads by itself, or that is handed over."""
    told = {"size": body.size, "sha256": body.sha256, "type": body.media_type}
    if body.path is not None and body.stored == body.size:
        return {**told, "path": str(body.path)}
    return {**told, "bytes": min(body.stored, _IN_MEMORY)}


def _feed(pipe: IO[bytes], asked: dict[str, object], bodies: list[Body]) -> None:
    """Write what is asked in one line, then the bodies that are handed over."""
    with suppress(OSError, ValueError, BodyError):  # it has ended, or ends now
        pipe.write(json.dumps(asked).encode("ascii") + b"\n")
        for body in bodies:
            for start in range(0, min(body.stored, _IN_MEMORY), SLICE):
                pipe.write(body.read(start, SLICE))
        pipe.close()


class _Patience:
    """Ends a process that is too long at regular expressions."""

    def __init__(self, seconds: float, end: Callable[[], None]) -> None:
        self.at: int | None = None
        self._timer = threading.Timer(seconds, end)
        self._timer.daemon = True
        self._begun = False

    def take(self, number: int | None) -> None:
        """Take note of the one that is tried next; None when all are done."""
        self.at = number
        if number is None:
            self._timer.cancel()
        elif not self._begun:
            self._begun = True
            self._timer.start()


def _answer(pipe: IO[bytes], watch: Watch, patience: _Patience) -> Findings:
    try:
        for row in pipe:
            watch.check()
            told = json.loads(row)
            if "progress" in told:
                watch.tell(told["progress"])
            elif "pattern" in told:
                patience.take(told["pattern"])
            else:
                return findings_of(told)
        watch.check()
        raise GivenUpError if patience.at is None else SlowPatternError(patience.at)
    finally:
        patience.take(None)
