"""Sizes, durations and outcomes in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.clock import SystemClock
from sonde_core.http_request import HttpRequest
from sonde_core.model import Direction, Exchange, Hop, HttpResponse, Outcome, Problem, State, Timing
from sonde_core.rates import Pace
from sonde_core.safetext import SafeText
from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from sonde_core.words import (
    count,
    duration,
    session_line,
    short_kind,
    short_line,
    size,
    status_line,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KB"),
        (1234, "1.2 KB"),
        (9949, "9.9 KB"),
        (9950, "10 KB"),
        (999_499, "999 KB"),
        (999_500, "1.0 MB"),
        (45_000_000, "45 MB"),
        (1 << 30, "1.1 GB"),
        (10**20, "100000 PB"),
    ],
)
def test_sizes(number: int, text: str) -> None:
    assert size(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 ms"),
        (0.0004, "0.4 ms"),
        (0.0124, "12.4 ms"),
        (0.09996, "100 ms"),
        (0.124, "124 ms"),
        (0.9996, "1.00 s"),
        (1.239, "1.24 s"),
        (59.996, "1 min 0 s"),
        (125, "2 min 5 s"),
        (11_220, "3 h 7 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@given(st.integers(0, 10**15), st.floats(0, 10**6))
def test_words_are_short(number: int, seconds: float) -> None:
    assert len(size(number)) <= 7
    assert len(duration(seconds)) <= 12


def test_counts() -> None:
    assert count(1, "redirect") == "1 redirect"
    assert count(10_000, "line") == "10,000 lines"


def http(
    response: HttpResponse | None,
    outcome: Outcome = Outcome.DONE,
    problem: Problem | None = None,
    hops: tuple[Hop, ...] = (),
    received: int = 0,
) -> Exchange:
    return Exchange(
        HttpRequest(url="http://h/"),
        NOW,
        outcome,
        "http",
        problem=problem,
        timing=Timing(total=0.0124),
        response=response,
        hops=hops,
        received=received,
    )


def test_an_answer() -> None:
    ok = HttpResponse(200, "OK", body=Body.of(b"x" * 1234))
    assert status_line(http(ok)) == "200 OK · 12.4 ms · 1.2 KB · HTTP/1.1"
    assert isinstance(status_line(http(ok)), SafeText)
    hop = Hop("GET", "http://h/", 302, "Found", (), "/x")
    assert status_line(http(ok, hops=(hop,))).endswith("HTTP/1.1 · 1 redirect")
    assert status_line(http(HttpResponse(204))) == "204 · 12.4 ms · 0 B · HTTP/1.1"


def test_an_answer_that_is_not_whole() -> None:
    short = HttpResponse(200, "OK", body=Body.of(b"x").described(complete=False, cut="peer"))
    limit = HttpResponse(200, "OK", body=Body.of(b"x").described(complete=False, cut="limit"))
    problem = Problem("receive", "timeout", "No byte came for 30 s.")
    assert status_line(http(short)).endswith("· cut short by the peer")
    assert status_line(http(limit, Outcome.CUT)).endswith("· cut at the size limit")
    assert status_line(http(short, Outcome.TIMED_OUT, problem)) == (
        "200 OK · 12.4 ms · 1 B · HTTP/1.1 · timed out · No byte came for 30 s."
    )


def test_no_answer() -> None:
    problem = Problem("connect", "connect", "Could not reach http://h.")
    assert status_line(http(None, Outcome.FAILED, problem)) == "failed · Could not reach http://h."
    assert status_line(http(None, Outcome.CANCELLED, received=5)) == (
        "cancelled · 12.4 ms · 5 B received"
    )


def test_a_short_line_leaves_the_sentence_out_and_tells_first_what_fell_short() -> None:
    short = HttpResponse(200, "OK", body=Body.of(b"x").described(complete=False, cut="reset"))
    problem = Problem("receive", "closed", "The connection was reset.")
    hop = Hop("GET", "http://h/", 302, "Found", (), "/x")
    assert short_line(http(short, Outcome.FAILED, problem, (hop,))) == (
        "200 OK · failed · 12.4 ms · 1 B · HTTP/1.1 · 1 redirect"
    )
    limit = HttpResponse(200, "OK", body=Body.of(b"x").described(complete=False, cut="limit"))
    assert short_line(http(limit, Outcome.CUT)).startswith("200 OK · cut at the size limit · ")
    assert short_line(http(None, Outcome.FAILED, problem, received=178)) == (
        "failed · 12.4 ms · 178 B received"
    )
    assert short_line(http(None, Outcome.FAILED, problem)) == "failed · 12.4 ms"
    ok = http(HttpResponse(204))
    assert short_line(ok) == status_line(ok)


def test_what_a_peer_says_cannot_break_the_line() -> None:
    evil = HttpResponse(200, "\x1b]0;x\x07\n" + "y" * 100_000)
    text = status_line(http(evil))
    assert text.startswith("200 ␛]0;x␇␊yyy")
    assert len(text) < 600


def test_sessions() -> None:
    request = SessionRequest("tcp://h:1")
    done = Exchange(
        request, NOW, Outcome.DONE, "tcp", sent=14, received=15, timing=Timing(total=0.0031)
    )
    assert status_line(done) == "done · 14 B sent · 15 B received · 3.1 ms"
    problem = Problem("connect", "connect", "Could not reach tcp://h:1.")
    failed = Exchange(request, NOW, Outcome.FAILED, "tcp", problem=problem)
    assert status_line(failed) == "failed · Could not reach tcp://h:1."
    assert short_line(failed) == "failed · 0.0 ms"
    assert short_line(done) == status_line(done)
    told = "under way · 14 B sent · 15 B received · 3.1 ms"
    assert status_line(replace(done, under_way=True)) == told


async def test_a_session_under_way() -> None:
    session = Session(SessionRequest("tcp://h:1"), clock=Frozen())
    assert session_line(session) == "preparing · tcp://h:1 · 0.0 ms · escape cancels"
    session.state = State.CONNECTING
    assert session_line(session) == "connecting · tcp://h:1 · 0.0 ms · escape cancels"
    session.peer, session.state = "127.0.0.1:1", State.OPEN
    session.recorder.chunk(Direction.SENT, b"Hello, server!")
    assert session_line(session) == "open · 127.0.0.1:1 · 14 B sent · 0 B received · 0.0 ms"
    session.upgrading = True
    assert session_line(session).startswith("TLS handshake… · escape cancels · 127.0.0.1:1 · ")
    session.upgrading = False
    session.state = State.PEER_END
    assert session_line(session).startswith("the peer sent its end, we may go on · 127.0.0.1:1 · ")
    short = "peer ended · 127.0.0.1:1 · 14 B sent · 0 B received · 0.0 ms"
    assert session_line(session, room=76) == short
    session.closing = True
    assert session_line(session).startswith("closing… · F8 again closes at once · 127.0.0.1:1 · ")
    short = "closing… · F8 again closes at once · 14 B sent · 0 B received · 0.0 ms"
    assert session_line(session, room=72) == short


def test_an_end_of_websocket_lets_nobody_go_on() -> None:
    session = Session(SessionRequest("ws://h:1"), clock=Frozen())
    session.peer, session.state = "127.0.0.1:1", State.LOCAL_END
    assert session_line(session).startswith("we closed, the peer has not answered yet · 127.0.0.1")
    session.state = State.PEER_END
    assert session_line(session).startswith("the peer closed · 127.0.0.1:1 · ")


def test_kinds_fit_a_narrow_column() -> None:
    assert [short_kind(kind) for kind in ("http", "tcp", "unix-dgram")] == ["http", "tcp", "udgram"]


async def test_a_session_with_its_pace_keeps_its_columns_and_leaves_out_what_has_no_room() -> None:
    session = Session(SessionRequest("tcp://h:1"), clock=Frozen())
    session.peer, session.state = "127.0.0.1:1", State.OPEN
    session.recorder.chunk(Direction.SENT, b"Hello, server!")
    still, fast = Pace(0.0, 0.0), Pace(1234.5, 98_765_432.1)
    whole = (
        "open · 127.0.0.1:1 ·   14 B sent ·    0 B received · >1.2 KB/s < 99 MB/s · 0.0 ms"
        " · >1 <0 chunks"
    )
    assert session_line(session, pace=fast) == whole
    assert len(session_line(session, pace=still)) == len(whole)
    unnamed = whole.replace(" · 127.0.0.1:1", "")
    assert session_line(session, room=len(whole) - 1, pace=fast) == unnamed
    untimed = unnamed.replace(" · 0.0 ms", "")
    assert session_line(session, room=76, pace=fast) == untimed
    paceless = "open · 127.0.0.1:1 ·   14 B sent ·    0 B received · 0.0 ms"
    assert session_line(session, room=20, pace=fast) == paceless


class Frozen(SystemClock):
    """A clock that stands still."""

    def monotonic(self) -> float:
        return 1.0
