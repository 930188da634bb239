from __future__ import annotations

import pytest

from sonde_core.history.schema.session_options import from_session_options, to_session_options
from sonde_core.history.schema.values import dumps, loads, record
from sonde_core.session_request import SessionOptions


def test_what_is_usual_takes_no_room_and_what_is_not_comes_back() -> None:
    assert to_session_options(SessionOptions()) == {}
    options = SessionOptions(min_tls="1.0", headers=(("A", "b"),), idle_timeout=2, linger=0.0)
    plain = record(loads(dumps(to_session_options(options))))
    assert set(plain) == {"min_tls", "headers", "idle_timeout", "linger"}
    assert from_session_options(plain) == options


@pytest.mark.parametrize(
    "value",
    [
        {"min_tls": "0.9"},
        {"min_tls": 1.2},
        {"headers": [["A"]]},
        {"headers": [["A", "b", "c"]]},
        {"headers": ["A: b"]},
        {"idle_timeout": "2"},
        {"alpn": "h2"},
        {"verify": 1},
    ],
)
def test_what_is_of_another_shape_is_a_value_error(value: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_session_options(value)
