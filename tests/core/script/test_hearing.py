from __future__ import annotations

import random

import pytest

from sonde_core.model import Direction, EventKind
from sonde_core.recording.recorder import Recorder
from sonde_core.script.hearing import Hearing
from sonde_core.settings import Limits
from sonde_core.steps import MessageKind

SENT, RECEIVED = Direction.SENT, Direction.RECEIVED


def heard(hearing: Hearing) -> list[bytes]:
    found: list[bytes] = []
    while (chunk := hearing.next()) is not None:
        found.append(chunk.data)
    return found


def test_only_what_the_peer_says_is_heard_and_once() -> None:
    recorder = Recorder()
    hearing = Hearing(recorder, messages=False)
    recorder.chunk(RECEIVED, b"a")
    recorder.chunk(SENT, b"x")
    recorder.event(EventKind.NOTE, "note")
    recorder.chunk(RECEIVED, b"b")
    assert hearing.unheard == 2
    assert heard(hearing) == [b"a", b"b"]
    assert hearing.is_through
    recorder.chunk(RECEIVED, b"c")
    assert not hearing.is_through
    assert heard(hearing) == [b"c"]
    assert hearing.unheard == 0


def test_what_is_put_back_is_heard_next() -> None:
    recorder = Recorder()
    hearing = Hearing(recorder, messages=False)
    recorder.chunk(RECEIVED, b"abc")
    assert hearing.next() is not None
    hearing.put_back(b"bc")
    assert hearing.unheard == 2
    assert heard(hearing) == [b"bc"]


@pytest.mark.parametrize("many", [0, 3, 10_000])
def test_it_begins_where_our_side_last_said_something(many: int) -> None:
    recorder = Recorder()
    recorder.chunk(RECEIVED, b"before")
    recorder.chunk(SENT, b"x")
    for _ in range(many):
        recorder.chunk(RECEIVED, b"yz")
    hearing = Hearing(recorder, messages=False)
    assert hearing.unheard == 2 * many
    assert heard(hearing) == [b"yz"] * many


def test_pings_and_pongs_are_heard_where_they_are_asked_for() -> None:
    recorder = Recorder()
    hearing = Hearing(recorder, messages=True)
    recorder.chunk(RECEIVED, b"1", MessageKind.PING)
    recorder.chunk(RECEIVED, b"2", MessageKind.TEXT)
    recorder.chunk(RECEIVED, b"3", MessageKind.PONG)
    chunk = hearing.next()
    assert chunk is not None
    assert chunk.data == b"2"
    chunk = hearing.next(MessageKind.PONG)
    assert chunk is not None
    assert chunk.data == b"3"
    assert hearing.unheard == 0


def test_what_is_not_kept_is_passed_over_and_counts_as_unheard() -> None:
    limits = Limits(record_in_memory=1 << 20, record_kept=20_000)
    recorder = Recorder(limits=limits)
    hearing = Hearing(recorder, messages=False)
    recorder.chunk(RECEIVED, b"first")
    assert heard(hearing) == [b"first"]
    for number in range(2000):
        recorder.chunk(RECEIVED, b"%04d" % number)
    found = heard(hearing)
    assert hearing.is_through
    assert hearing.unheard > 0
    assert found[-1] == b"1999"
    assert found[0] == b"0000"
    assert len(b"".join(found)) + hearing.unheard == 2000 * 4


@pytest.mark.parametrize("seed", range(5))
def test_behind_a_gap_it_begins_in_the_right_place(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same each time
    recorder = Recorder(limits=Limits(record_in_memory=1 << 20, record_kept=20_000))
    said: list[bytes] = []
    for number in range(3000):
        if chance.random() < 0.01:
            recorder.chunk(SENT, b"x")
            said.clear()
        recorder.chunk(RECEIVED, b"%04d" % number)
        said.append(b"%04d" % number)
    hearing = Hearing(recorder, messages=False)
    assert hearing.unheard == 4 * len(said)
    assert heard(hearing) == said
