from __future__ import annotations

import pytest

from sonde_core.history.schema.loose import Loose, without_userinfo
from sonde_core.history.schema.values import count, from_text


def test_a_wrong_field_is_left_out_and_told() -> None:
    fields = Loose({"a": 1, "b": "x", "c": None})
    assert (fields.take("a", count, 0), fields.take("z", count, 7), fields.sound) == (1, 7, True)
    assert (fields.take("b", count, 7), fields.sound) == (7, False)
    assert fields.take("c", from_text, "none") == "none"


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("http://user:pass@host/a@b", "http://host/a@b"),
        ("http://a@b@host", "http://host"),
        ("user:pass@host", "host"),
        ("  tcp://u@h:1", "  tcp://h:1"),
        ("http://host/x@y", "http://host/x@y"),
        ("http://host?x@y", "http://host?x@y"),
        ("http://host#x@y", "http://host#x@y"),
        ("unix:/a@b", "unix:/a@b"),
        ("unix:@name", "unix:@name"),
        (" unix-dgram:@a:b@c", " unix-dgram:@a:b@c"),
        ("", ""),
    ],
)
def test_userinfo_is_taken_out(url: str, bare: str) -> None:
    assert without_userinfo(url) == bare
