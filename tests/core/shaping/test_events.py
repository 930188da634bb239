"""Event streams by the rules of the HTML Standard, section 9.2.6."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.shaping.events import EventShaper
from sonde_core.shaping.shaper import ShapeError


def shaped(data: bytes, sizes: list[int] | None = None) -> str:
    shaper, made, position = EventShaper(), b"", 0
    for size in sizes or [len(data)]:
        made += shaper.feed(data[position : position + size])
        position = min(position + size, len(data))
        assert 0 <= shaper.held <= position
    made += shaper.feed(data[position:]) + shaper.finish(broken=False)
    assert shaper.held == 0
    return made.decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("stream", "shown"),
    [
        (b"data: hello\n\n", "#1  type message\n  hello\n"),
        (b"data:hello\n\n", "#1  type message\n  hello\n"),
        (b"data:  hello\n\n", "#1  type message\n   hello\n"),
        (b"data\ndata\n\n", "#1  type message\n  \n  \n"),
        (b"event: add\ndata: 1\nid: 7\n\n", "#1  type add  id 7\n  1\n"),
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", "#1  type message\n  YHOO\n  +2\n  10\n"),
        (b": test stream\n\ndata: a\nid: 1\n\n", ": test stream\n#1  type message  id 1\n  a\n"),
        (b"data: a\n\nid\ndata:b\n\n", '#1  type message\n  a\n#2  type message  id ""\n  b\n'),
        (b"retry: 3000\n\n", "no data  retry 3000\n"),
        (b"event: ping\n\n", "no data  type ping\n"),
        (b"retry: soon\ndata: 1\n\n", "? retry: soon\n#1  type message\n  1\n"),
        (b"id: a\0b\ndata: 1\n\n", "? id: a\0b\n#1  type message\n  1\n"),
        (b"Data: 1\nother\n\n", "? Data: 1\n? other\n"),
        (b"data: 1\r\rdata: 2\r\n\r\n", "#1  type message\n  1\n#2  type message\n  2\n"),
        (b"data: 1\n\ndata: 2", "#1  type message\n  1\n#2  type message  not finished\n  2\n"),
        (b"event:\ndata: 1\n\n", "#1  type message\n  1\n"),
        (b'data: {"a":[1]}\n\n', '#1  type message\n  {"a":[1]}\n'),
        (
            b'data: {"a":["' + b"x" * 100 + b'"]}\n\n',
            '#1  type message\n  {\n    "a": [\n      "' + "x" * 100 + '"\n    ]\n  }\n',
        ),
        (b"data: [1.0,\ndata: 1e400]\n\n", "#1  type message\n  [\n    1.0,\n    1e400\n  ]\n"),
        (b"data: {broken\n\n", "#1  type message\n  {broken\n"),
        (b"\n\n\n", ""),
        (b"", ""),
    ],
)
def test_streams(stream: bytes, shown: str) -> None:
    assert shaped(stream) == shown
    assert shaped(stream, [1] * len(stream)) == shown


def test_nothing_that_the_peer_sends_looks_like_a_head() -> None:
    shown = shaped(b'data: #9  type x\ndata:#9\n:#9\n#9: 1\nevent: a  id 5\nid: "\\\n\n')
    assert shown.splitlines() == [
        ":#9",
        "? #9: 1",
        '#1  type "a  id 5"  id "\\"\\\\"',
        "  #9  type x",
        "  #9",
    ]


def test_data_that_would_grow_beyond_measure_stays_as_it_is() -> None:
    for data in (b"[" * 900 + b"]" * 900, b"[" * 60_000, b"[" + b"1," * 60_000 + b"1]"):
        assert shaped(b"data:" + data + b"\n\n") == f"#1  type message\n  {data.decode()}\n"


def test_an_event_without_end_is_not_held_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sonde_core.shaping.events.LARGEST", 100_000)
    shaper = EventShaper()
    for _ in range(100):
        assert shaper.feed(b"data: " + b"x" * 50_000 + b"\n\n")
    for _ in range(20):
        assert shaper.feed(b"x" * 5_000) == b""
    with pytest.raises(ShapeError) as caught:
        shaper.feed(b"x")
    assert "Event 101 has more than" in caught.value.text


LINES = st.sampled_from(
    [
        b"data: x",
        b"data",
        b"data: {}",
        b"event: e",
        b"id: 1",
        b"retry: 5",
        b": c",
        b"junk",
        b"",
        b"",
    ]
)
ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])


@given(st.lists(st.tuples(LINES, ENDS), max_size=20), st.lists(st.integers(1, 9), max_size=30))
def test_any_stream_in_any_pieces(lines: list[tuple[bytes, bytes]], sizes: list[int]) -> None:
    data = b"".join(line + end for line, end in lines)
    # Two ends that only meet because of how the lines were drawn are one.
    assert shaped(data, sizes or None) == shaped(data)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20)))
def test_data_comes_out_as_it_was_sent(texts: list[str]) -> None:
    stream = "".join(f"data: {text}\n\n" for text in texts)
    shown = shaped(stream.encode())
    if not any(_is_json(text) for text in texts):
        assert shown == "".join(
            f"#{number}  type message\n  {text}\n" for number, text in enumerate(texts, 1)
        )


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), list | dict)
    except ValueError:
        return False
