from __future__ import annotations

import struct

from sonde_core.lenses.catalogue import lens_of
from sonde_core.lenses.cutter import split

LENS = lens_of("dns")


def name(*labels: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def head(flags: int, *counts: int) -> bytes:
    return struct.pack("!HH4H", 0x1234, flags, *counts, *[0] * (4 - len(counts)))


QUESTION = name("www", "example", "org") + struct.pack("!HH", 1, 1)
QUERY = head(0x0100, 1) + QUESTION


def record(kind: int, value: bytes, owner: bytes = b"\xc0\x0c") -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, 60, len(value)) + value


def test_a_query_over_udp() -> None:
    found = LENS.read(QUERY, datagram=True)
    assert (found.title, found.error) == ("query A www.example.org", "")
    assert [(part.name, part.value) for part in found.parts] == [
        ("id", "0x1234"),
        ("flags", "query rd"),
        ("question", "www.example.org A"),
    ]
    question = found.parts[2]
    assert QUERY[question.start : question.end] == QUESTION


def test_an_answer_follows_pointers_and_knows_types() -> None:
    answers = [
        record(5, b"\x01a\xc0\x10"),
        record(1, bytes([192, 0, 2, 1])),
        record(28, bytes(15) + b"\1"),
        record(15, b"\0\x0a\x02mx\xc0\x10"),
        record(16, b"\x02hi\x03you"),
        record(33, struct.pack("!HHH", 1, 2, 80) + b"\xc0\x0c"),
    ]
    data = head(0x8180, 1, len(answers)) + QUESTION + b"".join(answers)
    found = LENS.read(data, datagram=True)
    assert found.error == ""
    assert found.title == (
        "answer A www.example.org → a.example.org, 192.0.2.1, ::1, 10 mx.example.org (+2)"
    )
    assert [part.value for part in found.parts[-2:]] == [
        'www.example.org TXT "hi" "you"',
        "www.example.org SRV 1 2 80 www.example.org",
    ]


def test_a_name_that_does_not_exist() -> None:
    data = head(0x8183, 1) + QUESTION
    assert LENS.read(data, datagram=True).title == "NXDOMAIN A www.example.org"


def test_over_tcp_each_message_has_its_size_before_it() -> None:
    framed = len(QUERY).to_bytes(2) + QUERY
    assert split(LENS, framed * 2) == [framed, framed]
    assert LENS.read(framed).title == "query A www.example.org"


def test_names_that_go_round_are_broken_and_no_loop() -> None:
    for owner in (b"\xc0\x0c", b"\xc0\x20", b"\x01a\xc0\x0c"):
        data = head(0x0100, 1) + owner + struct.pack("!HH", 1, 1)
        found = LENS.read(data, datagram=True)
        assert found.error == "a name points forward or in a circle"
        assert len(found.parts) == 2


def test_a_message_that_says_too_much_is_bounded() -> None:
    many = head(0x8180, 0, 65535) + record(1, bytes(4), b"\0") * 200
    found = LENS.read(many, datagram=True)
    assert "more than 100 records" in found.error
    short = head(0x0100, 1) + b"\x05ab"
    assert "beyond the end" in LENS.read(short, datagram=True).error
    long = head(0x0100, 1) + b"\x3f" * 64 * 5
    assert "255 bytes" in LENS.read(long, datagram=True).error
