from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sonde_core.errors import EndpointSyntaxError
from sonde_core.http_request import HttpRequest
from sonde_core.listen_request import ListenRequest
from sonde_core.model import (
    Chunk,
    Direction,
    Event,
    EventKind,
    Exchange,
    HttpResponse,
    Outcome,
    Timing,
)
from sonde_core.session_request import SessionRequest


def test_phases_that_did_not_happen_are_left_out() -> None:
    assert list(Timing(resolve=0.1, wait=0.0).phases()) == [("resolve", 0.1), ("wait", 0.0)]


def test_a_header_is_found_in_any_case() -> None:
    response = HttpResponse(200, headers=(("X-One", "a"), ("x-one", "b")))
    assert response.header("X-ONE") == "a"
    assert response.header("none") == ""


def test_an_exchange_tells_chunks_from_events() -> None:
    chunk = Chunk(0.1, Direction.SENT, b"x")
    event = Event(0.0, EventKind.CONNECTED, "connected")
    exchange = Exchange(
        SessionRequest("tcp://h:1"),
        datetime.now(UTC),
        Outcome.DONE,
        "tcp",
        timeline=(event, chunk),
    )
    assert list(exchange.chunks()) == [chunk]
    assert list(exchange.events()) == [event]
    assert exchange.target == "tcp://h:1"


def test_a_target_is_the_url_of_a_request() -> None:
    exchange = Exchange(HttpRequest(url="http://h/"), datetime.now(UTC), Outcome.DONE, "http")
    assert exchange.target == "http://h/"


def test_a_bad_address_is_told_when_it_is_used() -> None:
    with pytest.raises(EndpointSyntaxError):
        _ = SessionRequest("nonsense://x").endpoint
    assert ListenRequest("tcp://:0").endpoint.host == "127.0.0.1"
