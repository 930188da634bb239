"""What shaping makes of each kind of body, and what it says of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.shaping.work import Work, wanted

JSON = "application/json"


def body(data: bytes, media_type: str = JSON) -> Body:
    return Body.of(data, media_type=media_type)


def done(whole: Body, charset: str = "") -> Work:
    work = Work(charset)
    while work.step(whole, arriving=False):
        assert not work.done
    assert work.done
    return work


def test_json_of_another_charset_becomes_utf_8() -> None:
    for data, media_type in (
        ('{"é":1}'.encode("utf-16"), JSON),
        ('{"é":1}'.encode("utf-16-be"), "application/json; charset=utf-16be"),
        ('{"é":1}'.encode("latin-1"), "application/json; charset=ISO-8859-1"),
    ):
        work = done(body(data, media_type))
        assert work.shaped.read().decode() == '{\n  "é": 1\n}'
        assert (work.note, work.read) == ("", len(data))


def test_a_chosen_charset_wins() -> None:
    work = done(body('["д"]'.encode("koi8_r")), "koi8-r")
    assert work.shaped.read().decode() == '[\n  "д"\n]'


def test_a_header_that_lies_is_not_obeyed() -> None:
    work = done(body('["é"]'.encode(), "application/json; charset=utf-16"))
    assert work.shaped.read().decode() == '[\n  "é"\n]'


def test_a_byte_order_mark_is_told() -> None:
    work = done(body(b"\xef\xbb\xbf[1]"))
    assert work.shaped.read() == b"[\n  1\n]"
    assert work.note == "A byte order mark stands before the JSON; it is not shown here."


@pytest.mark.parametrize(
    ("data", "media_type", "place"),
    [
        (b'{"a": 1,\n "b": tru}', JSON, "line 2, column 7 (byte 15)"),
        ('{"é": 1,\n "é": tru}'.encode(), JSON, "line 2, column 7 (byte 17)"),
        (b"\xef\xbb\xbf[1,tru]", JSON, "line 1, column 4 (byte 6)"),
        ('["日本", tru]'.encode("utf-16"), JSON, "line 1, column 8 (byte 16)"),
        (b"[" + b"1, " * 100_000 + b"tru]", JSON, "line 1, column 300,002 (byte 300,001)"),
    ],
)
def test_the_place_of_a_fault_is_one_in_the_received_bytes(
    data: bytes, media_type: str, place: str
) -> None:
    work = done(body(data, media_type))
    assert work.failed
    assert work.note == f"Not valid JSON: {place} has tru where a value was expected."
    assert work.hint == "It is shown as received."


@pytest.mark.parametrize("data", [b"[NaN]", b"{}x", b"<html>", b"[" * 10, b" ", b"[1] [2]"])
def test_what_is_no_json_fails(data: bytes) -> None:
    work = done(body(data))
    assert work.failed
    assert work.note.startswith("Not valid JSON: ")
    assert work.hint


def test_text_that_only_looks_like_json_needs_no_note() -> None:
    work = done(body(b"[draft] hello", "text/plain"))
    assert (work.failed, work.note, work.hint) == (True, "", "")


def test_of_a_body_that_broke_off_all_that_came_is_shaped() -> None:
    whole = body(b'{"a": [1, {"b": "tex')
    work = done(whole.described(media_type=JSON, complete=False))
    assert work.shaped.read() == b'{\n  "a": [\n    1,\n    {\n      "b": "tex'
    assert not work.failed
    assert work.note == (
        "The JSON breaks off at line 1, column 21 (byte 20): the body did not come whole."
    )


def test_a_body_that_broke_off_and_is_no_json_fails() -> None:
    assert done(body(b'{"a": oops, "b').described(media_type=JSON, complete=False)).failed


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 1_200_000,
        b"[" * 700_000 + b"]" * 700_000,
        b"[" * 200 + b"1," * 400_000 + b"1" + b"]" * 200,
        b'{"a":' * 300_000,
    ],
)
def test_a_bomb_does_no_harm(data: bytes) -> None:
    work = done(body(data))
    assert work.failed
    assert work.note
    assert work.shaped.size <= 64 << 20


def test_nothing_is_decided_before_the_charset_is_clear() -> None:
    kind = "application/json; charset=latin-1"
    data = b'["' + "Zoë".encode() + b' and many more words", 1'
    work = Work()
    assert not work.step(body(data[:6], kind), arriving=True)
    assert work.shaped.size == 0
    assert work.step(body(data, kind), arriving=True)
    assert "Zoë" in work.shaped.read().decode()


@pytest.mark.parametrize(
    ("data", "media_type", "answer"),
    [
        (b"{}", JSON, True),
        (b"data: 1\n\n", "text/event-stream", True),
        (b"<p>", "text/html", True),
        (b"plain", "text/plain", False),
        (b'{"a":1}\n{"a":2}\n', "application/x-ndjson", False),
        ("plain".encode("utf-16"), "text/plain", True),
        (b"\0\1", "", False),
        (b"\x89PNG", "image/png", False),
        (b"", JSON, False),
    ],
)
def test_what_has_a_readable_form(data: bytes, media_type: str, answer: bool) -> None:
    assert wanted(body(data, media_type)) is answer


@given(
    st.binary(max_size=200),
    st.sampled_from([JSON, "", "text/html; charset=utf-16", "application/json; charset=rot13"])
    | st.sampled_from(["text/event-stream", "text/xml", "application/x-ndjson; charset=gbk"]),
    st.sampled_from(["", "utf-8", "utf-16le", "shift_jis"]),
    st.booleans(),
)
def test_arbitrary_bytes_never_crash(
    data: bytes, media_type: str, charset: str, complete: bool
) -> None:
    whole = body(data).described(media_type=media_type, complete=complete)
    work = Work(charset)
    work.step(Body.of(data[:100], media_type=media_type), arriving=True)
    while work.step(whole, arriving=False):
        pass
    assert work.done
