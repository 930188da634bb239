"""A lens that may fail: what it raises, returns or takes too long for never goes further."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Sequence
from itertools import islice
from queue import SimpleQueue
from typing import Final, TypeAlias, TypeVar

from .lens import TITLE, VALUE, Lens, Part, Reading, preview

T = TypeVar("T")
LONGEST: Final = 0.05  # seconds of processor time of one piece of work
PATIENCE: Final = 0.2  # seconds on the clock: it may sleep, or the machine is busy
_LATE: Final = 3  # so often it may be late before it is given up
_PARTS: Final = 500


class Contained:
    """A lens with what it may do wrong kept in.

    A lens of the program itself is asked directly; others in a thread that is given up when they
    take too long. A given-up lens is not asked again.

    Attributes:
        failure: Why the lens was given up; empty while it was not.
    """

    def __init__(self, lens: Lens, label: str = "", *, trusted: bool = False) -> None:
        """Keep a lens in.

        Args:
            lens: Whose failures are contained.
            label: How it is chosen, with its argument; its name for none.
            trusted: Whether it is known not to run for ever.
        """
        self._lens = lens
        self.label = label or str(getattr(lens, "name", "lens"))
        self._trusted = trusted
        # One that cuts another way than what it is made of has no quick way of its own.
        self._cuts_many = trusted and _owner(lens, "cut") is _owner(lens, "cut_many")
        self._worker: Worker | None = None
        self._lates = 0
        self._lock = threading.Lock()
        self.failure = ""

    def perform(self, job: Callable[[], T]) -> T | None:
        """Do work in which the lens is asked, where it cannot hold us up; None when it failed."""
        if self._trusted:
            return job()
        if self.failure:
            return job()  # the lens itself is not asked any more
        with self._lock:  # one that searches may ask as well
            return self._in_thread(job)

    def _in_thread(self, job: Callable[[], T]) -> T | None:
        if self._worker is None:
            self._worker = Worker()
        try:
            return self._worker.run(job)
        except TimeoutError as error:
            self._worker = None
            self._lates += 1
            if error.args or self._lates >= _LATE:
                self.failure = f"the lens {self.label} takes too long and was stopped"
            return None
        finally:
            if self._worker is not None:
                self._lates = 0

    def cut(self, data: bytes, at: int, *, ended: bool) -> int:
        """Ask for a size, in `perform`; all that is there is no message once the lens failed."""
        if not self.failure:
            try:
                size = self._lens.cut(data, at, ended=ended)
                if isinstance(size, int):
                    return size
                self.failure = f"the lens {self.label} returned no size"
            except BaseException as error:  # noqa: BLE001 - others wrote it
                self.failure = self._told(error)
        return at - len(data)

    def cut_many(self, data: bytes, at: int) -> Sequence[int]:
        """Ask for the sizes of many messages; of a lens that others wrote each is asked for."""
        return self._lens.cut_many(data, at) if self._cuts_many else ()

    def parts_of(self, size: int) -> int | None:
        """Return how many parts a message of so many bytes has; None if it has to be read."""
        return self._lens.parts_of(size) if self._trusted else None

    def adds(self, word: str) -> bool:
        """Return whether `read` may say a word that is not in the bytes; see `Lens.adds`."""
        return not self._trusted or self._lens.adds(word)

    def count(self, data: bytes, *, datagram: bool = False) -> int:
        """Return how many parts `read` finds."""
        if datagram or not self._trusted or self.failure:
            return len(self.read(data, datagram=datagram).parts)
        try:
            return self._lens.count(data)
        except Exception:  # noqa: BLE001 - as `read`, which shows why
            return 0

    def read(self, data: bytes, *, datagram: bool = False) -> Reading:
        """Read a message; one that the lens cannot read is shown as it is, with the reason."""
        if self.failure:
            return Reading(preview(data), (), self.failure)
        found = self.perform(lambda: self._read(data, datagram=datagram))
        return found or Reading(preview(data), (), self.failure or "the lens was too slow here")

    def _read(self, data: bytes, *, datagram: bool) -> Reading:
        try:
            found = self._lens.read_datagram(data) if datagram else self._lens.read(data)
            if self._trusted:
                return found
            if isinstance(found, Reading):
                return self._checked(found, len(data))
            return Reading(preview(data), (), f"the lens {self.label} returned no reading")
        except BaseException as error:  # noqa: BLE001 - others wrote it
            return Reading(preview(data), (), self._told(error))

    def _checked(self, found: Reading, size: int) -> Reading:
        """Return a reading whose texts are texts and whose places lie in the message."""
        parts, wrong = list[Part](), ""
        for part in islice(found.parts, _PARTS):
            first, last = int(part.start), int(part.end)
            start = min(max(first, 0), size)
            end = min(max(last, start), size)
            name = str(part.name)[:VALUE]
            parts.append(Part(name, str(part.value)[: VALUE * 2], start, end))
            if (first, last) != (start, end) and not wrong:
                wrong = f"the lens {self.label} has {name} at bytes {first} to {last} of {size:,}"
        error = str(found.error) or wrong
        return Reading(str(found.title)[: TITLE * 2], tuple(parts), error[:VALUE])

    def _told(self, error: BaseException) -> str:
        """Say what the lens raised; raises it again where that was not the lens."""
        if self._trusted and not isinstance(error, Exception):
            raise error
        return f"the lens {self.label} failed: {in_words(error)}"[:VALUE]


def _owner(lens: Lens, name: str) -> type:
    """Return the class that says how a lens does something."""
    return next(kind for kind in type(lens).__mro__ if name in vars(kind))


class _StoppedError(BaseException):
    """Raised in a worker that was given up."""


def in_words(error: BaseException) -> str:
    """Say what others' code raised in a worker; raises it again if the worker was given up."""
    if isinstance(error, _StoppedError):
        raise error
    try:
        text = str(error)
    except _StoppedError:
        raise
    except BaseException:  # noqa: BLE001 - others wrote that, too
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


_Job: TypeAlias = Callable[[], None]


class Worker:
    """A thread that does one job after the other, until one takes too long."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._at_work = False
        self._ending = threading.Lock()
        self._thread = threading.Thread(target=_work, args=[self._jobs], name="lens", daemon=True)
        self._thread.start()

    def __del__(self) -> None:
        self._jobs.put(None)

    def run(self, job: Callable[[], T], busy: float = LONGEST, late: float = PATIENCE) -> T:
        """Do a job; raises TimeoutError, with a reason if it was busy all the time.

        Args:
            job: What to do; it raises nothing itself.
            busy: Seconds of processor time that it may take.
            late: Seconds on the clock that it may take.
        """
        done, result = threading.Event(), list[T]()
        begun, used = time.monotonic(), self._used()

        def work() -> None:
            try:
                result.append(job())
            finally:
                with self._ending:
                    self._at_work = False
                done.set()

        collects = gc.isenabled()
        gc.disable()  # to collect all garbage of the process takes longer than a job may
        try:
            self._at_work = True
            self._jobs.put(work)
            while not done.wait(LONGEST / 5):
                worked = self._used() - used >= busy
                if worked or time.monotonic() - begun >= late:
                    self._stop()
                    raise TimeoutError(*["busy"] * worked)
        finally:
            if collects:
                gc.enable()
        if not result:
            raise TimeoutError("stopped")
        return result[0]

    def _used(self) -> float:
        """Return the seconds of processor time that the thread has had."""
        if self._thread.ident is None or not self._thread.is_alive():
            return 0.0
        return time.clock_gettime(time.pthread_getcpuclockid(self._thread.ident))

    def _stop(self) -> None:
        """Raise in the thread, which Python does between two of its steps.

        Not once the job is done: it would be raised where the thread ends, and nobody takes it.
        """
        import ctypes

        self._jobs.put(None)
        ident = ctypes.c_ulong(self._thread.ident or 0)
        with self._ending:
            if self._at_work:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(_StoppedError))


def _work(jobs: SimpleQueue[_Job | None]) -> None:
    try:
        while (job := jobs.get()) is not None:
            job()
            del job
    except _StoppedError:
        pass
