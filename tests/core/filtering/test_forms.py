"""What a body is to a filter."""

from __future__ import annotations

import pytest

from sonde_core.body import Body
from sonde_core.filtering import Form, form_of


@pytest.mark.parametrize(
    ("data", "media_type", "form"),
    [
        (b'{"a": 1}', "", "document"),
        (b"[1]", "text/plain", "document"),
        (b"tru", "application/problem+json; charset=utf-8", "document"),
        (b'{"a": 1}\n{"a": 2}\n', "application/json", "lines"),
        (b'{"a": 1}\n', "application/x-ndjson", "lines"),
        (b'{"a":\n {"b": 1}}\n', "", "document"),
        (b"[1,\n[2]]", "", "document"),
        (b"\x1e[1]\n", "", "sequence"),
        (b"[1]\n", "application/json-seq", "sequence"),
        (b"data: 1\n\n", "text/event-stream; charset=utf-8", "events"),
        (b"a line\n", "text/plain", "text"),
        (b"<p>", "text/html", "text"),
        (b"\x89PNG\r\n\0", "image/png", ""),
        (b"\0\1\2", "", ""),
    ],
)
def test_the_form_is_told_by_type_and_first_bytes(data: bytes, media_type: str, form: Form) -> None:
    assert form_of(Body.of(data, media_type=media_type)) == form
