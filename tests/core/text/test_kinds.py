"""What a body is, told from its type and its first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.text.kinds import kind_of


def body(data: bytes, media_type: str = "") -> Body:
    return Body.of(data, media_type=media_type)


@pytest.mark.parametrize(
    ("data", "media_type", "kind"),
    [
        (b"", "application/problem+json; charset=utf-8", "json"),
        (b'  {"a"', "", "json"),
        (b"\xef\xbb\xbf[1]", "application/octet-stream", "json"),
        ('{"é":1}'.encode("utf-16-le"), "", "json"),
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
        ("words\n".encode("utf-16-be"), "text/plain", "text"),
        (b"\x00\x01\x02", "", "binary"),
        (b"\x89PNG", "image/png", "image"),
        (b"\x89PNG\r\n\x1a\n", "application/octet-stream", "image"),
        (b"\xff\xd8\xff\xe0", "", "image"),
        (b"GIF89a", "", "image"),
        (b"GIF89a", "text/plain", "text"),
        (b"\x89PNG\r\n\x1a\n\0", "text/plain", "binary"),
        (b"BM", "", "text"),
        (b"a\0b", "application/x-thing", "binary"),
        (b"a: b", "application/yaml", "text"),
        (b"data: 1\n\n", "text/event-stream;charset=utf-8", "events"),
        (b"data: 1\n\n", "", "text"),
    ],
)
def test_kinds(data: bytes, media_type: str, kind: str) -> None:
    assert kind_of(body(data, media_type)) == kind


@pytest.mark.parametrize(
    "media_type",
    ["application/x-ndjson", "application/jsonl", "application/json-seq", "application/ndjson"],
)
def test_lines_of_json_by_their_type(media_type: str) -> None:
    assert kind_of(body(b"", media_type)) == "ndjson"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'{"a":1}\n{"a":2}\n', "ndjson"),
        (b'{"a":1}\r\n\r\n[2]', "ndjson"),
        (b"[1]\n[2]", "ndjson"),
        (b'{"a": "' + b"x" * 5000 + b'"}\n{"b": 1}\n', "ndjson"),
        (b'{"a":1}\n', "json"),
        (b'[{"a":1},\n{"a":2}]\n', "json"),
        (b'{"a": {}\n, "b": {}\n}', "json"),
        (b'{"a": [{}\n]}', "json"),
    ],
)
def test_lines_of_json_by_their_looks(data: bytes, kind: str) -> None:
    assert kind_of(body(data)) == kind
    assert kind_of(body(data, "application/json")) == "json"


def test_a_chosen_charset_decides_what_is_text() -> None:
    data = "日本語".encode("utf-16-le")
    assert kind_of(body(b"{\0a\0", "text/plain"), "utf-8") == "binary"
    assert kind_of(body(data), "utf-16le") == "text"


@given(st.binary(max_size=300), st.sampled_from(["", "text/plain", "text/html", "a/b"]))
def test_any_bytes_are_something(data: bytes, media_type: str) -> None:
    assert kind_of(body(data, media_type))
