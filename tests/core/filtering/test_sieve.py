"""An expression on each record of a list."""

from __future__ import annotations

import pytest

from sonde_core.filtering.expression import parse
from sonde_core.filtering.forms import Form
from sonde_core.filtering.records import records
from sonde_core.filtering.sieve import Sieve

LINES = (
    b'{"n": 1.50, "s": "x", "in": {"a": [1, 2]}}\n'
    b"no json\n"
    b'{"n": null, "s": "y" }\r\n'
    b'\n{"n": 3e400, "s": "\\ud800"}\n'
    b"[7]"
)


def sifted(expression: str, data: bytes = LINES, form: Form = "lines") -> tuple[bytes, Sieve]:
    sieve = Sieve(form, parse(expression, listed=True))
    return sieve.through(records(form, "utf-8").feed(data, last=True)), sieve


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("n", b"1.50\n3e400\n"),
        ("data.n", b"1.50\n3e400\n"),
        ("in.a[-1]", b"2\n"),
        ("s", b'"x"\n"y"\n"\\ud800"\n'),
        ("[0]", b"7\n"),
        ("n || s", b'1.50\n"y"\n3e400\n'),
        ("s == 'y'", b'{"n": null, "s": "y" }\r\n'),
        ("n > 1 && s != 'x'", b'{"n": 3e400, "s": "\\ud800"}\n'),
        ("{n: n, a: in.a}", b'{"n":1.50,"a":[1,2]}\n{"n":3e400,"a":null}\n'),
        ("/NO", b""),
        ("/no json", b"no json\n"),
        ("length(in.a)", b"2\n"),
    ],
)
def test_what_comes_through(expression: str, result: bytes) -> None:
    assert sifted(expression)[0] == result


def test_it_is_counted_what_came_through_and_what_could_not() -> None:
    sieve = sifted("n")[1]
    assert (sieve.matched, sieve.seen, sieve.skipped) == (2, 5, 1)
    assert sifted("/x")[1].skipped == 0


EVENTS = b'event: a\nid: 1\ndata: {"n":\ndata: 5}\n\ndata: [DONE]\n\nevent: b\ndata: {"n": 6}\n\n'


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("n", b"event: a\nid: 1\ndata: 5\n\nevent: b\ndata: 6\n\n"),
        ("n > 5", b'event: b\ndata: {"n": 6}\n\n'),
        ("@", b'event: a\nid: 1\ndata: {"n":\ndata: 5}\n\nevent: b\ndata: {"n": 6}\n\n'),
        ("/event: b", b'event: b\ndata: {"n": 6}\n\n'),
        ("/done", b"data: [DONE]\n\n"),
    ],
)
def test_events_stay_events(expression: str, result: bytes) -> None:
    assert sifted(expression, EVENTS, "events")[0] == result


@pytest.mark.parametrize(
    ("expression", "data", "advice"),
    [
        (
            "nam",
            b'{"id": 1, "name": 2}\n',
            "In the first: There is no 'nam' at the top. There are name, id.",
        ),
        ("in.", b'{"in": {"b": 1}}\n', "'in.' goes on with a name. There are b."),
        ("nope(n)", LINES, "Unknown function: nope()"),
        ('s == "x"', b'{"s": "x"}\n', "single quotes"),
        ("a", b"one\ntwo\n", "/ and a text keeps"),
        ("/a", b"one\n", ""),
    ],
)
def test_why_nothing_came_through(expression: str, data: bytes, advice: str) -> None:
    result, sieve = sifted(expression, data)
    assert result == b""
    assert advice in sieve.advice()


@pytest.mark.parametrize("expression", ["a", "@", "length(@)", "/["])
def test_a_record_of_rubbish_is_skipped_or_kept_but_never_ends_it(expression: str) -> None:
    deep = b"[" * 50_000 + b"]" * 50_000
    long = b'{"a": ' + b"9" * 30_000 + b"}"
    result, sieve = sifted(expression, b"\n".join([deep, long, b"\xff\xfe", b'{"a": [1]}']))
    assert sieve.seen == 4
    assert result.endswith(b"[1]\n") or expression != "a"


def test_records_of_a_sequence_come_out_as_lines() -> None:
    data = b'\x1e{"a":\n1}\n\x1e{"a": [2,\n3]}\n'
    assert sifted("a", data, "sequence")[0] == b"1\n[2, 3]\n"
    assert sifted("a == 1", data, "sequence")[0] == b'{"a": 1}\n'
