"""What others wrote may fail in every way: it is said, and nothing else suffers."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sonde_core.lenses.contained import LONGEST, Contained, Worker
from sonde_core.lenses.cutter import Cutter, Flag, split
from sonde_core.lenses.lens import Lens, Part, Reading


class Wild(Lens):
    name = "wild"

    def __init__(self, cut: Callable[[], Any], read: Callable[[], Any]) -> None:
        super().__init__()
        self._cut, self._read = cut, read

    def cut(self, data: bytes, at: int, *, ended: bool) -> int:
        return self._cut()  # type: ignore[no-any-return]

    def read(self, data: bytes) -> Reading:
        return self._read()  # type: ignore[no-any-return]


def contained(cut: Callable[[], Any] = lambda: 2, read: Callable[[], Any] = lambda: 0) -> Contained:
    return Contained(Wild(cut, read))


def fails() -> int:
    raise ZeroDivisionError("by zero")


class WordlessError(BaseException):
    """Cannot even say what it is."""

    def __str__(self) -> str:
        raise SystemExit


def leaves() -> int:
    raise SystemExit("bye")


def is_wordless() -> int:
    raise WordlessError


def loops() -> int:
    while True:
        pass


def sleeps() -> int:
    time.sleep(30)
    return 1


@pytest.mark.parametrize(
    ("cut", "told"),
    [
        (fails, "the lens wild failed: ZeroDivisionError: by zero"),
        (leaves, "the lens wild failed: SystemExit: bye"),
        (is_wordless, "the lens wild failed: WordlessError"),
        (lambda: "x", "the lens wild returned no size"),
        (loops, "the lens wild takes too long and was stopped"),
        (sleeps, "the lens wild takes too long and was stopped"),
    ],
)
def test_a_lens_that_cannot_cut_is_given_up_and_the_bytes_are_there(
    cut: Callable[[], int], told: str
) -> None:
    lens = contained(cut)
    while not lens.failure:  # where it has little of the processor it is tried again
        assert split(lens, b"abcd") == [b"abcd"]
    assert lens.failure == told
    cuts, _ = Cutter(lens).cuts(b"abcd", 0, ended=False, seconds=1.0)
    assert cuts == [(4, Flag.UNKNOWN)]
    assert lens.read(b"abcd") == Reading("abcd", (), told)


def test_what_was_cut_before_it_looped_is_kept() -> None:
    answers = iter([2, 3])
    lens = contained(lambda: next(answers, None) or loops())
    assert split(lens, b"abcdefgh") == [b"ab", b"cde", b"fgh"]


def test_a_lens_that_cannot_read_one_message_reads_the_next() -> None:
    answers: Iterator[Callable[[], Any]] = iter([fails, lambda: Reading("good")])
    lens = contained(read=lambda: next(answers)())
    assert lens.read(b"ab").error == "the lens wild failed: ZeroDivisionError: by zero"
    assert lens.read(b"ab") == Reading("good")
    assert not lens.failure


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (leaves, "the lens wild failed: SystemExit: bye"),
        (is_wordless, "the lens wild failed: WordlessError"),
        (lambda: None, "the lens wild returned no reading"),
        (lambda: ("title", []), "the lens wild returned no reading"),
    ],
)
def test_why_a_message_was_not_read_is_said(read: Callable[[], Any], told: str) -> None:
    lens = contained(read=read)
    assert lens.read(b"ab") == Reading("ab", (), told)
    assert not lens.failure


def test_nonsense_is_made_fit() -> None:
    parts = [Part(7, None, -5, 10**9)] * 10_000  # type: ignore[arg-type]
    found = contained(read=lambda: Reading("t" * 10_000, parts)).read(b"abc")
    assert len(found.title) < 1000
    assert len(found.parts) == 500
    assert found.parts[0] == Part("7", "None", 0, 3)


@pytest.mark.parametrize(("start", "end"), [(0, 99), (-5, 2), (2, 1), (4, 4)])
def test_a_part_outside_of_its_message_is_told(start: int, end: int) -> None:
    parts = [Part("good", "x", 0, 3), Part("odd", "y", start, end)]
    found = contained(read=lambda: Reading("title", parts)).read(b"abc")
    assert found.error == f"the lens wild has odd at bytes {start} to {end} of 3"
    assert [0 <= part.start <= part.end <= 3 for part in found.parts] == [True, True]
    found = contained(read=lambda: Reading("title", parts, "its own")).read(b"abc")
    assert found.error == "its own"
    assert not contained(read=lambda: Reading("title", parts[:1])).read(b"abc").error


def test_reading_that_loops_is_stopped_and_stays_so() -> None:
    reads: list[bytes] = []

    def read() -> int:
        reads.append(b"abc")
        return loops()

    lens = contained(read=read)
    while "too slow here" in (told := lens.read(b"abc").error):  # it had little of the processor
        pass
    assert "takes too long" in told
    tried = len(reads)
    assert "takes too long" in lens.read(b"abc").error
    assert len(reads) == tried


def test_a_collection_of_garbage_is_no_work_of_the_lens() -> None:
    slow: list[str] = []

    def collecting(phase: str, _: dict[str, int]) -> None:
        slow.append(phase)
        until = time.thread_time() + LONGEST * 2
        while time.thread_time() < until:
            pass

    def much() -> Reading:
        kept = [[each] for each in range(5000)]  # enough for many collections
        return Reading(f"{len(kept)}")

    gc.callbacks.append(collecting)
    try:
        found = contained(read=much).read(b"ab")
    finally:
        gc.callbacks.remove(collecting)
    assert found == Reading("5000")
    assert gc.isenabled()


def test_a_lens_that_is_done_just_when_it_is_given_up_ends_in_order() -> None:
    for _ in range(50):
        worker = Worker()
        with contextlib.suppress(TimeoutError):
            worker.run(lambda: time.sleep(LONGEST / 5), late=LONGEST / 5)
        thread = worker._thread
        del worker  # an idle one ends with what asks it
        thread.join(10)
        assert not thread.is_alive()
