from dataclasses import replace

from sonde_core.body import Body
from sonde_core.model import (
    Event,
    EventKind,
    Hop,
    HttpResponse,
    Timing,
)
from sonde_tui.widgets.answer.answer_lines import (
    Row,
    Rows,
    answer_headers,
    timing_rows,
    trail_rows,
)
from tests.histories import http

RESPONSE = HttpResponse(
    200,
    "OK",
    headers=(("X-Odd", "  spaced"), ("set-cookie", "sid=secret; Path=/"), ("X-odd", "2")),
    trailers=(("X-Sum", "abc"),),
    url="https://example.org/a?token=secret",
)
HOP = Hop(
    "POST", "http://a/?token=secret", 302, "Found", (("Set-Cookie", "h=secret"),), "https://b/"
)


def text(rows: list[Row]) -> str:
    return "\n".join("".join(part for part, _ in row.parts) for row in rows)


def test_headers_stand_as_received() -> None:
    lines = text(answer_headers(RESPONSE, reveal=True)).splitlines()
    assert lines[0] == "HTTP/1.1 200 OK"
    assert lines[1:4] == ["X-Odd:   spaced", "set-cookie: sid=secret; Path=/", "X-odd: 2"]
    assert lines[-2:] == ["After the body:", "X-Sum: abc"]


def test_secret_headers_are_masked_in_what_is_copied_too() -> None:
    rows = answer_headers(RESPONSE, reveal=False)
    assert "secret" not in text(rows)
    assert "secret" not in "".join(row.copied for row in rows)
    assert rows[2].copied == "set-cookie: sid=***; Path=/"


def test_a_row_copies_the_header_as_it_came_though_it_is_drawn_safely() -> None:
    response = replace(RESPONSE, headers=(("X", "\x1b[2J"),), reason="\x1b]0;x\x07")
    rows = answer_headers(response, reveal=True)
    assert "\x1b" not in text(rows)
    assert rows[1].copied == "X: \x1b[2J"


def test_no_headers_point_to_the_wire() -> None:
    assert "wire" in text(answer_headers(None, reveal=True))


def test_each_phase_is_a_bar_where_and_as_long_as_it_was() -> None:
    timing = Timing(resolve=0.0, connect=0.1, request=0.1, wait=0.2, receive=0.4, total=0.8)
    rows = timing_rows(replace(http(), timing=timing), reveal=True)
    bars = {row.copied.split()[0]: "".join(part for part, _ in row.parts) for row in rows[:5]}
    assert list(bars) == ["resolve", "connect", "request", "wait", "receive"]
    lengths = {name: bar.count("█") for name, bar in bars.items()}
    assert lengths == {"resolve": 1, "connect": 5, "request": 5, "wait": 10, "receive": 20}
    starts = [bar.index("█") for bar in bars.values()]
    assert starts == sorted(starts)
    assert rows[3].copied == "wait 200 ms"


def test_timing_tells_peers_sizes_and_events() -> None:
    body = Body.of(b"x" * 100).described(wire=10, coding="gzip")
    event = Event(0.25, EventKind.NOTE, "went to http://x/?token=secret")
    exchange = replace(
        http(),
        peer="127.0.0.1:1",
        proxy="http://u:secret@p:1",
        timeline=(event,),
        response=HttpResponse(200, body=body),
    )
    told = text(timing_rows(exchange, reveal=False))
    assert "127.0.0.1:1" in told
    assert "100 B, 10 B on the wire" in told
    assert "gzip" in told
    assert "250 ms" in told
    assert "secret" not in told
    assert "http://u:secret@p:1" in text(timing_rows(exchange, reveal=True))


def test_redirects_and_cookies_are_listed_in_order() -> None:
    told = text(trail_rows([HOP], RESPONSE, reveal=True))
    assert told.index("1. POST http://a/?token=secret") < told.index("302 Found")
    assert told.index("302 Found") < told.index("https://b/")
    assert told.index("h=secret") < told.index("sid=secret")
    assert "Path=/" in told


def test_redirects_and_cookies_hide_secrets() -> None:
    rows = trail_rows([HOP], RESPONSE, reveal=False)
    assert "secret" not in text(rows) + "".join(row.copied for row in rows)


def test_an_answer_without_cookies_says_so() -> None:
    assert "No cookies were set." in text(trail_rows([], HttpResponse(200), reveal=True))


def test_rows_are_a_source() -> None:
    rows = Rows(answer_headers(RESPONSE, reveal=True))
    assert rows.count == 7
    assert rows.text(1) == "X-Odd:   spaced"
