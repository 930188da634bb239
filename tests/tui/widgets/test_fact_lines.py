from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sonde_core.model import Event, EventKind, Exchange, Outcome, Problem, TlsFacts
from sonde_core.session_request import SessionRequest
from sonde_tui.widgets.fact_lines import fact_rows


def exchange(*events: Event, address: str = "tcp://a.example:1", **more: object) -> Exchange:
    return Exchange(
        SessionRequest(address),
        datetime(2026, 6, 1, tzinfo=UTC),
        Outcome.DONE,
        "tcp",
        timeline=events,
        **more,  # type: ignore[arg-type]
    )


def text(found: Exchange, *, reveal: bool = False) -> str:
    rows = fact_rows(found, reveal=reveal)
    return "\n".join("".join(part for part, _ in row.parts) for row in rows)


def test_each_address_that_was_tried_is_told_with_its_error() -> None:
    told = text(
        exchange(
            Event(0.1, EventKind.RESOLVED, "a.example is ::1, 127.0.0.1", {"host": "a.example"}),
            Event(0.2, EventKind.TRIED, "[::1]:1: connection refused", {"address": "[::1]:1"}),
            Event(
                0.3,
                EventKind.CONNECTED,
                "connected to 127.0.0.1:1",
                {"peer": "127.0.0.1:1", "local": "127.0.0.1:9", "nodelay": "yes"},
            ),
            Event(0.4, EventKind.NOTE, "not of the connection"),
            peer="127.0.0.1:1",
            local="127.0.0.1:9",
        )
    )
    for part in (
        "tried [::1]:1: connection refused",
        "connected to 127.0.0.1:1",
        "200 ms",
        "nodelay",
    ):
        assert part in told
    assert "not of the connection" not in told
    assert "plain text" in told


def test_tls_and_its_failure_are_told() -> None:
    problem = Problem("tls", "tls", "The certificate is not trusted: it expired.", "Renew it.")
    told = text(
        exchange(
            address="tls://a.example:1",
            problem=problem,
            tls=TlsFacts(verified=False, reason="it expired"),
        )
    )
    assert "The certificate is not trusted" in told
    assert "Renew it." in told
    assert "NO: it expired" in told


def test_no_handshake_where_there_should_have_been_one() -> None:
    assert "No TLS handshake was completed" in text(exchange(address="tls://a.example:1"))
    assert "plain text" in text(exchange(address="no address at all"))


def test_secrets_in_addresses_are_hidden() -> None:
    found = exchange(address="ws://me:secret@a.example/", proxy="http://me:secret@proxy:1")
    assert "secret" not in text(found)
    assert "secret" in text(found, reveal=True)


def test_a_flood_of_events_is_bounded() -> None:
    event = Event(0.0, EventKind.TRIED, "again and again")
    rows = fact_rows(exchange(*[event] * 50_000), reveal=False)
    assert len(rows) < 300
    assert "the rest is left out" in "".join(part for row in rows for part, _ in row.parts)


def test_a_handshake_of_websocket_is_told_header_by_header_without_its_secrets() -> None:
    headers = "Host: h\nAuthorization: Basic hush\nUpgrade: websocket"
    events = [
        Event(0.1, EventKind.REQUEST, "GET / HTTP/1.1", {"target": "/", "headers": headers}),
        Event(0.2, EventKind.RESPONSE, "HTTP/1.1 101 Yes", {"headers": "Server: \x1b[31mred"}),
    ]
    found = replace(exchange(*events, address="ws://h/"), kind="ws")
    told = text(found)
    for part in ("GET / HTTP/1.1", "Host: h", "Basic ***", "Upgrade: websocket", "␛[31mred"):
        assert part in told
    assert "hush" not in told
    assert "Basic hush" in text(found, reveal=True)
    assert "Host: h" not in text(exchange(*events))
