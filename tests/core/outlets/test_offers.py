from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import overload

import pytest

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.http_request import HttpRequest
from sonde_core.model import Chunk, Direction, Exchange, HttpResponse, Moment, Outcome
from sonde_core.outlets.offers import body_suffix, joined, name_of, of_body, of_text, of_timeline
from sonde_core.outlets.saving import Content
from sonde_core.recording.recorder import Recorder
from sonde_core.recording.timeline import MOST, ROOM, Run, Timeline, run_of
from sonde_core.session_request import SessionRequest

START = datetime(2026, 11, 24, tzinfo=UTC)


def answered(body: Body, *headers: tuple[str, str], url: str = "http://a.org/data") -> Exchange:
    response = HttpResponse(200, headers=headers, body=body, url=url)
    request = HttpRequest("GET", "http://asked.example/")
    return Exchange(request, START, Outcome.DONE, "http", response=response)


def talked(*moments: Moment, address: str = "tcp://h:1") -> Exchange:
    sizes = dict.fromkeys(Direction, 0)
    for moment in moments:
        if isinstance(moment, Chunk):
            sizes[moment.direction] += len(moment.data)
    return Exchange(
        SessionRequest(address),
        START,
        Outcome.DONE,
        "tcp",
        timeline=moments,
        sent=sizes[Direction.SENT],
        received=sizes[Direction.RECEIVED],
    )


def read(content: Content) -> bytes:
    return b"".join(content.slices())


def offered(exchange: Exchange, *, reveal: bool = True) -> dict[str, Content]:
    found = of_timeline(exchange, exchange.timeline, reveal=reveal)
    return {content.title: content for content in found}


def test_a_body_is_offered_whole_under_a_fitting_name() -> None:
    body = Body.of(b"{}", media_type="application/json")
    content = of_body(body, "body as received", answered(body))
    assert (content.title, content.name, content.size, content.note) == (
        "body as received",
        "data.json",
        2,
        "",
    )
    assert read(content) == read(content) == b"{}"


@pytest.mark.parametrize(
    ("headers", "url", "name"),
    [
        ([("Content-Disposition", "attachment; filename=../up.bin")], "http://a.org/x", "up.bin"),
        ([("content-disposition", "attachment")], "http://a.org/x.csv", "x.csv"),
        ([], "", "asked.example.txt"),
    ],
)
def test_the_name_is_what_the_peer_or_the_url_says(
    headers: list[tuple[str, str]], url: str, name: str
) -> None:
    body = Body.of(b"text")
    assert name_of(body, answered(body, *headers, url=url)) == name


def test_a_body_without_a_type_is_looked_at() -> None:
    assert body_suffix(Body.of(b'{"a": 1}')) == ".json"
    assert body_suffix(Body.of(b"\0\1")) == ".bin"
    assert body_suffix(Body.lost(9, "0" * 64)) in (".bin", ".txt")


def test_what_is_not_whole_says_so() -> None:
    cut = Body.of(b"abc").described(complete=False, cut="peer")
    assert "not whole" in of_body(cut, "body", name="a").note
    lost = of_body(Body.lost(9, "0" * 64), "body", name="a")
    assert "not kept any more" in lost.note
    with pytest.raises(BodyError):
        read(lost)
    part = replace(Body.of(b"abc"), size=9, _stored=3)
    assert of_body(part, "body", name="a").note == "Only the first 3 B of 9 B are kept."


def test_a_session_is_offered_as_text_and_as_bytes_of_each_way() -> None:
    found = offered(
        talked(
            Chunk(0.5, Direction.SENT, b"ping\n"),
            Chunk(1.0, Direction.RECEIVED, b"po"),
            Chunk(1.5, Direction.RECEIVED, b"ng\n"),
        )
    )
    assert {title: content.name for title, content in found.items()} == {
        "transcript as text": "h_1-transcript.txt",
        "bytes received": "h_1-received.bin",
        "bytes sent": "h_1-sent.bin",
        "bytes of both": "h_1-both.bin",
        "hex dump": "h_1-hex.txt",
        "capture for Wireshark": "h_1.pcapng",
    }
    assert read(found["bytes received"]) == b"pong\n"
    assert read(found["bytes sent"]) == b"ping\n"
    assert read(found["bytes of both"]) == b"ping\npong\n"
    assert found["bytes received"].size == 5
    lines = read(found["transcript as text"]).decode().splitlines()
    assert lines[1:] == [
        "    0.500000 > ping\\n",
        "    1.000000 < po",
        "    1.500000 < ng\\n",
    ]
    dump = read(found["hex dump"]).decode().splitlines()
    assert [row[:23] for row in dump] == [
        "    0.500000 > 00000000",
        "    1.000000 < 00000000",
        "    1.500000 < 00000002",
    ]
    capture = read(found["capture for Wireshark"])
    assert capture[:4] == b"\n\r\r\n"
    assert b"ping\n" in capture


def test_a_way_that_carried_nothing_is_not_offered() -> None:
    assert list(offered(talked(Chunk(1.0, Direction.RECEIVED, b"x")))) == [
        "transcript as text",
        "bytes received",
        "bytes of both",
        "hex dump",
        "capture for Wireshark",
    ]


def test_secrets_are_masked_in_the_text_only() -> None:
    head = b"GET / HTTP/1.1\r\nAuthorization: Bearer hidden-token\r\n\r\n"
    exchange = talked(Chunk(0.1, Direction.SENT, head), address="tcp://h:1")
    masked = offered(exchange, reveal=False)
    for title in ("transcript as text", "hex dump", "capture for Wireshark"):
        assert b"hidden" not in read(masked[title])
    assert "ctrl+g" in masked["transcript as text"].note
    assert read(masked["bytes sent"]) == head
    assert b"hidden-token" in read(offered(exchange)["transcript as text"])


def test_what_comes_while_it_is_written_waits_for_the_next_time() -> None:
    recorder = Recorder()
    recorder.chunk(Direction.RECEIVED, b"first")
    exchange = replace(talked(), timeline=recorder, received=5)
    slices = offered(exchange)["bytes received"].slices()
    recorder.chunk(Direction.RECEIVED, b"second")
    assert b"".join(slices).startswith(b"first")
    growing = replace(exchange, timeline=Growing())
    assert len(read(offered(growing)["bytes received"])) == 3


class Growing(Timeline):
    """A recording that grows by each look at it."""

    def __init__(self) -> None:
        self._moments: list[Moment] = [Chunk(0.0, Direction.RECEIVED, b"x")] * 3

    def __len__(self) -> int:
        return len(self._moments)

    @overload
    def __getitem__(self, index: int) -> Moment: ...
    @overload
    def __getitem__(self, index: slice) -> list[Moment]: ...
    def __getitem__(self, index: int | slice) -> Moment | list[Moment]:
        return self._moments[index]

    def run(self, first: int, most: int = MOST, room: int = ROOM, *, with_data: bool = True) -> Run:
        run = run_of(self._moments, first, min(most, 1), room, with_data=with_data)
        self._moments.append(self._moments[0])
        return run


def test_small_pieces_are_written_together() -> None:
    def pieces() -> Iterator[bytes]:
        return (b"x" * 100 for _ in range(10_000))

    slices = list(joined(pieces()))
    assert b"".join(slices) == b"x" * 1_000_000
    assert len(slices) < 20


def test_text_of_the_screen_is_bytes_again() -> None:
    content = of_text("a\udcff", "selection", "a.txt")
    assert (read(content), content.size) == (b"a\xff", 2)
