"""What a WebSocket peer sends and must get, after the cases of the Autobahn test suite.

Its numbers are named; the bytes are made by hand. The limits of its ninth chapter are in
`test_web_socket`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from tests.web_sockets import BINARY, CLOSE, PING, PONG, TEXT

FRAGMENT, MORE, LAST = 0x01, 0x00, 0x80
FRAMES = list[tuple[int, bytes]]
CODE = struct.Struct("!H")
ALL = bytes(range(256))
UTF8 = "Hello-µ@ßöäüàá-UTF-8!!".encode()


@dataclass(frozen=True)
class Case:
    """What a peer sends, and what it must get.

    Attributes:
        sends: First byte and data of each frame.
        gets: The same of what comes back; messages are echoed. All of it is waited for in a case
            without a close frame, and then the peer closes; else it may come.
        code: Of the close frame that comes back; 1005 for an empty one.
        words: What the session says of a peer that broke the rules; empty when it did not.
    """

    sends: FRAMES
    gets: FRAMES = field(default_factory=list)
    code: int = 1000
    words: str = ""
    closes: bool = False


def fine(*sends: tuple[int, bytes], gets: FRAMES | None = None) -> Case:
    """Make a case in which all is echoed, unless told."""
    return Case(list(sends), list(sends) if gets is None else gets)


def wrong(
    words: str, *sends: tuple[int, bytes], gets: FRAMES | None = None, code: int = 1002
) -> Case:
    """Make a case that breaks the rules."""
    return Case(list(sends), gets or [], code, words, closes=True)


def closing(*sends: tuple[int, bytes], code: int = 1000, gets: FRAMES | None = None) -> Case:
    """Make a case with a close frame."""
    return Case(list(sends), gets or [], code, closes=True)


def coded(code: int, reason: bytes = b"") -> tuple[int, bytes]:
    return CLOSE, CODE.pack(code) + reason


BYE = coded(1000)
LONG = b"BAsd7&jh23" * 26_214
KINDS = {TEXT: "text", BINARY: "binary"}
PINGS = [(PING, b"payload-%d" % number) for number in range(10)]
CASES: dict[str, Case] = {
    **{
        f"1.{kind}.{number}": fine((first, b"*" * size))
        for kind, first in ((1, TEXT), (2, BINARY))
        for number, size in enumerate((0, 125, 126, 127, 128, 65535, 65536), 1)
    },
    "2.1": fine((PING, b""), gets=[(PONG, b"")]),
    "2.2": fine((PING, b"Hello"), gets=[(PONG, b"Hello")]),
    "2.3": fine((PING, b"\x00\xff\xfe\xfd"), gets=[(PONG, b"\x00\xff\xfe\xfd")]),
    "2.4": fine((PING, b"\xfe" * 125), gets=[(PONG, b"\xfe" * 125)]),
    "2.5": wrong("control frame too long", (PING, b"\xfe" * 126)),
    "2.7": fine((PONG, b""), gets=[]),
    "2.8": fine((PONG, b"unsolicited"), gets=[]),
    "2.9": fine((PONG, b"unsolicited"), (PING, b"ping"), gets=[(PONG, b"ping")]),
    "2.10": fine(*PINGS, gets=[(PONG, data) for _, data in PINGS]),
    "3.1": wrong("reserved bits", (0x91, b"Hello")),
    "3.2": wrong(
        "reserved bits", (TEXT, b"Hello"), (0xA1, b"Hello"), (PING, b""), gets=[(TEXT, b"Hello")]
    ),
    "3.5": wrong("reserved bits", (0xD2, ALL)),
    "3.6": wrong("reserved bits", (0xE9, b"Hello")),
    "3.7": wrong("reserved bits", (0xF8, BYE[1])),
    **{
        f"4.{1 if opcode < 8 else 2}.{opcode & 7}": wrong(
            "opcode that is none",
            (TEXT, b"Hello"),
            (0x80 | opcode, data),
            (PING, b""),
            gets=[(TEXT, b"Hello")],
        )
        for opcode, data in zip(
            [3, 4, 5, 6, 7, 11, 12, 13, 14, 15], [b"", b"reserved"] * 5, strict=True
        )
    },
    "5.1": wrong("fragmented control", (0x09, b"frag1"), (LAST, b"frag2")),
    "5.2": wrong("fragmented control", (0x0A, b"frag1"), (LAST, b"frag2")),
    "5.3": fine((FRAGMENT, b"frag1"), (LAST, b"frag2"), gets=[(TEXT, b"frag1frag2")]),
    "5.6": fine(
        (FRAGMENT, b"frag1"),
        (PING, b"ping"),
        (LAST, b"frag2"),
        gets=[(PONG, b"ping"), (TEXT, b"frag1frag2")],
    ),
    "5.9": wrong("unexpected continuation", (LAST, b"nothing"), (TEXT, b"Hello")),
    "5.12": wrong("unexpected continuation", (MORE, b"nothing"), (TEXT, b"Hello")),
    "5.15": wrong(
        "unexpected continuation",
        *((FRAGMENT, b"frag1"), (LAST, b"frag2"), (MORE, b"frag3"), (TEXT, b"frag4")),
        gets=[(TEXT, b"frag1frag2")],
    ),
    "5.18": wrong("expected a continuation", (FRAGMENT, b"frag1"), (TEXT, b"frag2")),
    "5.19": fine(
        *(
            (FRAGMENT, b"f1"),
            (MORE, b"f2"),
            (PING, b"1"),
            (MORE, b"f3"),
            (MORE, b"f4"),
            (PING, b"2"),
            (LAST, b"f5"),
        ),
        gets=[(PONG, b"1"), (PONG, b"2"), (TEXT, b"f1f2f3f4f5")],
    ),
    "6.1.1": fine((TEXT, b"")),
    "6.1.2": fine((FRAGMENT, b""), (MORE, b""), (LAST, b""), gets=[(TEXT, b"")]),
    "6.1.3": fine((FRAGMENT, b""), (MORE, b"middle"), (LAST, b""), gets=[(TEXT, b"middle")]),
    "6.2.1": fine((TEXT, UTF8)),
    "6.2.2": fine(
        (FRAGMENT, UTF8[:7]), (LAST, UTF8[7:]), gets=[(TEXT, UTF8)]
    ),  # within a character
    "6.2.3": fine(
        (FRAGMENT, b""),
        *((MORE, UTF8[at : at + 1]) for at in range(len(UTF8))),
        (LAST, b""),
        gets=[(TEXT, UTF8)],
    ),
    "6.3.1": wrong("no UTF-8", (TEXT, "κόσμε".encode() + b"\xed\xa0\x80edited"), code=1007),
    # Fail as soon as a fragment cannot be text any more: what follows is not asked for.
    "6.4.1": wrong(
        "no UTF-8",
        (FRAGMENT, "κόσμε".encode()),
        (MORE, b"\xf4\x90\x80\x80"),
        (PING, b"still there"),
        code=1007,
    ),
    "6.4.2": wrong(
        "no UTF-8",
        (FRAGMENT, "κόσμε".encode() + b"\xf4"),
        (MORE, b"\x90"),
        (PING, b"still there"),
        code=1007,
    ),
    **{
        f"6.valid.{data.hex()}": fine((TEXT, data))
        for data in (
            *(b"\x00", b"\x7f", b"\xc2\x80", b"\xdf\xbf", b"\xe0\xa0\x80", b"\xef\xbf\xbf"),
            *(
                b"\xf0\x90\x80\x80",
                b"\xf4\x8f\xbf\xbf",
                b"\xed\x9f\xbf",
                b"\xee\x80\x80",
                b"\xef\xbf\xbd",
            ),
            *(b"\xef\xbf\xbe", b"\xf0\x9f\xbf\xbe", b"\xf0\x9f\xbf\xbf"),
        )
    },
    **{
        f"6.invalid.{data.hex()}": wrong("no UTF-8", (TEXT, data), code=1007)
        for data in (
            *(
                b"\x80",
                b"\xbf",
                b"\xc0",
                b"\xe0\x80",
                b"\xce\xba\xe1",
                b"\xc0\xaf",
                b"\xe0\x80\xaf",
            ),
            *(
                b"\xf0\x80\x80\xaf",
                b"\xf8\x88\x80\x80\x80",
                b"\xfc\x84\x80\x80\x80\x80",
                b"\xf7\xbf\xbf\xbf",
            ),
            *(
                b"\xed\xa0\x80",
                b"\xed\xbf\xbf",
                b"\xf4\x90\x80\x80",
                b"\xfe",
                b"\xff",
                b"\xf4",
                b"\xc1\xbf",
            ),
        )
    },
    "6.fragments.invalid at the end": wrong(
        "no UTF-8", (FRAGMENT, b"\xce"), (LAST, b""), code=1007
    ),
    "6.binary": fine((BINARY, b"\xff\xfe")),
    "7.1.1": fine((TEXT, b"Hello World!")),
    "7.1.2": closing(BYE, BYE),
    "7.1.3": closing(BYE, (PING, b"after")),
    "7.1.4": closing(BYE, (TEXT, b"after")),
    "7.1.5": closing((FRAGMENT, b"frag1"), BYE, (LAST, b"frag2")),
    "7.1.6": closing((TEXT, LONG), BYE, (PING, b""), gets=[(TEXT, LONG)]),
    "7.3.1": closing((CLOSE, b""), code=1005),
    "7.3.2": wrong("close frame too short", (CLOSE, b"a")),
    "7.3.3": closing(BYE),
    "7.3.4": closing(coded(1000, b"Hello World!")),
    "7.3.5": closing(coded(1000, b"*" * 123)),
    "7.3.6": wrong("control frame too long", coded(1000, b"*" * 124)),
    "7.5.1": wrong("no UTF-8", coded(1000, b"\xce\xba\xed\xa0\x80"), code=1007),
    **{
        f"7.7.{code}": closing(coded(code), code=code)
        for code in (
            1000,
            1001,
            1002,
            1003,
            1007,
            1008,
            1009,
            1010,
            1011,
            1012,
            1013,
            1014,
            3000,
            3999,
            4000,
            4999,
        )
    },
    **{
        f"7.9.{code}": wrong("code that is none", coded(code))
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
    },
}
