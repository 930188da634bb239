from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.formats import transcript
from sonde_core.formats.hexdump import as_hex
from sonde_core.formats.transcript import as_transcript
from sonde_core.http_request import HttpRequest
from sonde_core.model import Chunk, Direction, Event, EventKind
from sonde_core.payload import unescape
from sonde_core.recording.recorder import Recorder
from sonde_core.safetext import SafeText, safe
from sonde_core.steps import MessageKind

from .conftest import http_entry, received, sent, session_entry


def lines(*timeline: object, reveal: bool = False) -> list[str]:
    entry = session_entry("tcp://h:1", *timeline)  # type: ignore[arg-type]  # moments
    return as_transcript(entry, reveal=reveal).splitlines()[1:]


def test_a_conversation_reads_like_one() -> None:
    entry = session_entry(
        "tcp://127.0.0.1:8888",
        Event(0.0004, EventKind.CONNECTED, "connected to 127.0.0.1:8888"),
        received(b"Hello, client!\r\nHow are you?\n", 0.0011),
        sent("Schön.".encode(), 1.5),
        Event(2.0, EventKind.PEER_END, "the peer sent its end"),
    )
    assert as_transcript(entry).splitlines() == [
        "# tcp://127.0.0.1:8888 at 2026-11-24T12:00:00.123Z, times in seconds",
        "    0.000400 * connected to 127.0.0.1:8888",
        "    0.001100 < Hello, client!\\r\\n",
        "             < How are you?\\n",
        "    1.500000 > Schön.",
        "    2.000000 * peer end: the peer sent its end",
    ]


def test_what_is_no_text_is_hex() -> None:
    assert lines(received(b"\0\1\2")) == [
        "    0.002000 < 00000000  00 01 02                                          |...|"
    ]
    assert "|" in lines(received(bytes(range(0x80, 0xC0))))[0]


def test_a_message_without_bytes_is_seen() -> None:
    assert lines(received(b"")) == ["    0.002000 < (empty)"]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
def test_text_reads_back_to_the_bytes(text: str) -> None:
    data = f"{text}{'x' * len(text) * 3}".encode()
    told = "".join(line[15:] for line in lines(received(data)) if data)
    # Marks that are not seen have stand-ins; all else is an escape or itself.
    assert unescape(told) == data or safe(text) != text


@given(st.binary(max_size=200), st.text(max_size=20))
def test_it_is_safe_to_draw(data: bytes, text: str) -> None:
    event = Event(0.0, EventKind.NOTE, text)
    entry = replace(session_entry("tcp://h:1", event, received(data)))
    made = as_transcript(entry)
    assert isinstance(made, SafeText)
    assert safe(made) == made


def test_a_line_of_any_length_is_broken() -> None:
    found = lines(received(b"x" * 10_000 + b"\n" + b"y"))
    assert [len(line) - 15 for line in found] == [4096, 4096, 1810, 1]
    assert found[2].endswith("x\\n")


def test_secrets_are_masked() -> None:
    timeline = (sent(b"Cookie: a=hu"), sent(b"sh\r\n"))
    assert "hu" not in "".join(lines(*timeline))
    assert "a=hu" in "".join(lines(*timeline, reveal=True))


def test_who_said_it_is_told() -> None:
    entry = session_entry("tcp://h:1")
    served = replace(entry, exchange=replace(entry.exchange, role="server", peer="1.2.3.4:5"))
    assert as_transcript(served).startswith("# client 1.2.3.4:5 of tcp://h:1 at ")
    refused = replace(entry, exchange=replace(entry.exchange, kind="listen"))
    assert as_transcript(refused).startswith("# listener tcp://h:1 at ")
    asked = http_entry(HttpRequest("PUT", "http://h/?token=hush"))
    assert as_transcript(asked).startswith("# PUT http://h/?token=*** at ")


def test_a_flood_of_line_ends_is_cut_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert transcript.ROWS == 1_000_000
    monkeypatch.setattr(transcript, "ROWS", 10_000)
    found = lines(received(b"\n" * 10_005))
    assert len(found) == 10_000
    assert found[-1] == "# cut after 10,000 rows; the hex form has every byte"
    assert found[-2] == "             < \\n"


def test_what_follows_a_cut_message_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript, "ROWS", 100)
    found = lines(
        received(b"\0" * 100_000),
        Event(1.0, EventKind.NOTE, "odd"),
        received(b"bye\r\n", 2.0),
        received(b"x" * 5_000, 3.0),
        received(b"\n" * 1_000, 4.0),
        Event(5.0, EventKind.PEER_END, "the peer sent its end"),
    )
    assert found[99] == "# cut after 100 rows; the hex form has every byte"
    assert found[100:103] == [
        "    1.000000 * note: odd",
        "    2.000000 < bye\\r\\n",
        "    3.000000 # 5,000 bytes are left out",
    ]
    assert found[103:-2] == ["    4.000000 < \\n", *["             < \\n"] * 63]
    assert found[-2:] == [
        "             # its other lines are left out",
        "    5.000000 * peer end: the peer sent its end",
    ]


def test_of_a_flood_behind_a_cut_the_events_and_the_last_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transcript, "ROWS", 100)
    recorder = Recorder()
    for number in range(20_000):
        recorder.chunk(Direction.RECEIVED, b"%d\n" % number)
        if number in (5_000, 15_000):
            recorder.event(EventKind.NOTE, f"note {number}")
    recorder.event(EventKind.PEER_END, "the peer sent its end")
    entry = session_entry("tcp://h:1")
    found = as_transcript(replace(entry, exchange=replace(entry.exchange, timeline=recorder)))
    told = [row if row[0] == "#" else row[13:] for row in found.splitlines()[100:]]
    assert told[:5] == [
        "# cut after 100 rows; the hex form has every byte",
        "# of what follows only events are told, and the last 1,000 messages",
        "* note 5000",
        "* note 15000",
        "< 19001\\n",
    ]
    assert told[-1] == "* peer end: the peer sent its end"
    assert len(told) == 1_004


def test_what_kind_a_message_is_stands_before_it() -> None:
    entry = session_entry(
        "ws://h/",
        Chunk(0.1, Direction.SENT, b"hi", MessageKind.TEXT),
        Chunk(0.2, Direction.RECEIVED, b"", MessageKind.PING),
        Chunk(0.3, Direction.RECEIVED, b"ab", MessageKind.BINARY),
        kind="ws",
    )
    assert as_transcript(entry).splitlines()[1:] == [
        "    0.100000 > hi",
        "    0.200000 < (ping) (empty)",
        "    0.300000 < (binary) ab",
    ]
    assert as_hex(entry).splitlines()[1] == "    0.200000 < ping 00000000  (empty)"
