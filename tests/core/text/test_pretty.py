"""Bytes as people read them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sonde_core.text.pretty import Rendered, render

JSON = "application/json"


def test_json_is_indented_and_nothing_in_it_changed() -> None:
    done = render(b'{"a" :[1.0, 1e400],\r\n\t"a":{ }, "b": "\\u00e9"}', JSON)
    assert done.text == (b'{\n  "a": [\n    1.0,\n    1e400\n  ],\n  "a": {},\n  "b": "\\u00e9"\n}')
    assert (done.note, done.hint) == ("", "")


def test_what_is_no_json_is_explained() -> None:
    done = render(b'{"a": tru}', JSON)
    assert done == Rendered(
        None,
        "Not valid JSON: line 1, column 7 (byte 6) has tru where a value was expected.",
        "It is shown as received.",
    )


def test_what_is_readable_as_it_is_stays() -> None:
    assert render(b"plain words", "text/plain") == Rendered()
    assert render(b'{"a":1}\n{"a":2}\n', "application/x-ndjson") == Rendered()
    assert render(b"", JSON) == Rendered()


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_crash(data: bytes) -> None:
    for media_type in (JSON, "", "text/html; charset=utf-16", "application/json; charset=rot13"):
        assert isinstance(render(data, media_type), Rendered)
