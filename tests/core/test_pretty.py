"""JSON as people read it: indented, nothing changed, and never a crash."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.errors import BodyError
from sonde_core.pretty import INLINE, kind_of, prettify, pretty

JSON = "application/json"


def body(data: bytes, media_type: str = JSON) -> Body:
    return Body.of(data, media_type=media_type)


@pytest.mark.parametrize(
    "item",
    [
        b"1.0",
        b"1e400",
        b"-0",
        b"0.1E+05",
        b"12345678901234567890",
        b"7" * 5000,
        b'"\\u001b\\/\\u00e9\\ud83d\\ude00"',
        b'"\\ud800"',
        b'"\xff"',
        b'"' + b"x" * 100_000 + b'"',
    ],
)
def test_every_spelling_is_kept(item: bytes) -> None:
    done = pretty(body(b'{"a" :[ ' + item + b"],\r\n\t" + b'"a":{ }, "b": [] }'))
    wanted = b'{\n  "a": [\n    ' + item + b'\n  ],\n  "a": {},\n  "b": []\n}'
    assert done.text == wanted
    assert not done.note


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'[{"a":' * 50_000 + b"1" + b"}]" * 50_000,
    ],
)
def test_nesting_without_end_is_shown_as_received(data: bytes) -> None:
    done = pretty(body(data))
    assert done.text == data
    assert done.note == "The JSON is nested 100,000 levels deep; up to 200 are indented."
    assert done.hint == "It is shown as received."


def test_nesting_up_to_the_limit_is_indented() -> None:
    assert pretty(body(b"[" * 200 + b"]" * 200)).note == ""
    assert "201 levels" in pretty(body(b"[" * 201 + b"]" * 201)).note


def test_indenting_cannot_fill_the_memory() -> None:
    data = b"[" * 200 + b"1," * 400_000 + b"1" + b"]" * 200
    done = pretty(body(data))
    assert done.text == data
    assert done.note == "The JSON would be too large when indented."


@pytest.mark.parametrize("data", [b'{"a": tru}', b"[NaN]", b"{}x", b"<html>", b"[" * 100_000, b" "])
def test_what_is_no_json_is_shown_as_received(data: bytes) -> None:
    done = pretty(body(data))
    assert done.text == data
    assert done.note.startswith("Not valid JSON: ")
    assert done.hint


def test_text_that_only_looks_like_json_needs_no_note() -> None:
    assert pretty(body(b"[draft] hello", "text/plain")).note == ""
    assert pretty(body(b'{"a":1}', "text/plain")).text == b'{\n  "a": 1\n}'
    assert pretty(body(b'{"a":1}\n{"a":2}\n', "application/x-ndjson")).note == ""
    assert pretty(body(b"", JSON)).note == ""


def test_other_charsets_are_shown_as_utf_8() -> None:
    for data, media_type in (
        ('{"é":1}'.encode("utf-16"), JSON),
        ('{"é":1}'.encode("utf-16-be"), "application/json; charset=utf-16be"),
        ('{"é":1}'.encode("latin-1"), "application/json; charset=ISO-8859-1"),
    ):
        done = pretty(body(data, media_type))
        assert done.text.decode() == '{\n  "é": 1\n}'
        assert "shown as UTF-8" in done.note
        assert done.body.media_type == "application/json; charset=utf-8"
    page = pretty(body("<p>é</p>".encode("cp1252"), "text/html; charset=windows-1252"))
    assert page.text.decode() == "<p>é</p>"


def test_a_byte_order_mark_is_told() -> None:
    done = pretty(body(b"\xef\xbb\xbf[1]"))
    assert done.text == b"[\n  1\n]"
    assert "byte order mark" in done.note


@pytest.mark.parametrize(
    ("data", "media_type", "kind"),
    [
        (b"", "application/problem+json; charset=utf-8", "json"),
        (b'  {"a"', "", "json"),
        (b"\xef\xbb\xbf[1]", "application/octet-stream", "json"),
        (b"", "image/svg+xml", "xml"),
        (b"<!DOCTYPE html>", "", "html"),
        (b"<a/>", "", "xml"),
        (b"hello\x1b[31m\n", "", "text"),
        (b"\x1b]0;title\x07\x1b[1mlog\x1b[0m \x08\x0e\x0f", "text/plain", "text"),
        (b"\x1b]0;title\x07\x1b[1mlog\x1b[0m \x08\x0e\x0f", "", "text"),
        (b"one\x1fodd\x1eone", "text/plain; charset=utf-8", "text"),
        (b"one\x1fodd\x1eone", "", "binary"),
        (b"\x1f\x1e\x1d\x1c text", "text/plain", "binary"),
        (b"log\0", "text/plain", "binary"),
        (b"\x00\x01\x02", "", "binary"),
        (b"\x89PNG", "image/png", "image"),
        (b"a\0b", "application/x-thing", "binary"),
        (b"a: b", "application/yaml", "text"),
    ],
)
def test_kinds(data: bytes, media_type: str, kind: str) -> None:
    assert kind_of(body(data, media_type)) == kind


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_crash(data: bytes) -> None:
    for media_type in (JSON, "", "text/html; charset=utf-16", "application/json; charset=rot13"):
        done = pretty(body(data, media_type))
        assert isinstance(done.text, bytes)


async def test_a_large_body_is_formatted_elsewhere() -> None:
    rows = b",".join(b'{"id": %d, "n": 1.50}' % number for number in range(100_000))
    data = b"[" + rows + b"]"
    assert len(data) > INLINE
    done = await prettify(body(data))
    assert done.text == msgspec.json.format(data, indent=2)
    assert done.body.path is not None
    assert done.body.path.stat().st_mode & 0o777 == 0o600
    assert not done.note


async def test_a_large_body_from_a_file(tmp_path: Path) -> None:
    data = b"[" + b"1, " * 700_000 + b"oops]"
    path = tmp_path / "body"
    path.write_bytes(data)
    large = Body.in_file(path, len(data), "").described(media_type=JSON)
    done = await prettify(large)
    assert done.body is large
    assert done.note.endswith("column 2,100,002 has oops where a value was expected.")


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 1_200_000,
        b"[" * 700_000 + b"]" * 700_000,
        b"[" * 900 + b"1," * 3_000_000 + b"1" + b"]" * 900,
    ],
)
async def test_a_large_bomb_does_no_harm(data: bytes) -> None:
    done = await prettify(body(data))
    assert done.body.size == len(data)
    assert done.note
    assert done.hint


async def test_the_event_loop_is_not_held() -> None:
    data = b"[" + b'{"id": 1, "name": "abc"},' * 200_000 + b"1]"
    task = asyncio.ensure_future(prettify(body(data)))
    longest, last = 0.0, time.perf_counter()
    while not task.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    assert json.loads((await task).text)[0] == {"id": 1, "name": "abc"}
    assert longest < 0.25  # about 10 ms on a quiet machine


async def test_cancelling_ends_the_process() -> None:
    task = asyncio.ensure_future(prettify(body(b"[" + b"1, " * 700_000 + b"oops]")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_body_that_is_not_kept_is_told() -> None:
    lost = Body.lost(10, "").described(media_type=JSON)
    with pytest.raises(BodyError, match="not kept any more"):
        await prettify(lost)
