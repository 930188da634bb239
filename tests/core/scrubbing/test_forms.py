from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.scrubbing.forms import plain, ways, write


@given(st.binary(min_size=1, max_size=20))
def test_each_way_leads_back_or_to_what_is_written_the_same(value: bytes) -> None:
    for form, written in ways(value):
        assert write(value, form) == written
        assert written in [other for _, other in ways(plain(written))]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (b"a%2Fb", b"a/b"),
        (b"a%2fb", b"a%2fb"),  # it would not come back so
        (b'say \\"x\\"', b'say "x"'),
        (b"plain", b"plain"),
        (b"a\\", b"a\\"),
    ],
)
def test_what_is_written_otherwise_is_told(written: bytes, value: bytes) -> None:
    assert plain(written) == value


def test_an_unknown_form_is_as_it_is() -> None:
    assert write(b"a/b", "rot13") == b"a/b"
