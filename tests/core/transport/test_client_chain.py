from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.transport.client_chain import certificates_in


def sized(data: bytes, length: int) -> bytes:
    return len(data).to_bytes(length) + data


def message(certificates: list[bytes], *, is_new: bool) -> bytes:
    extensions = sized(b"ext", 2) if is_new else b""
    each = b"".join(sized(data, 3) + extensions for data in certificates)
    context = sized(b"ctx", 1) if is_new else b""
    return b"\x0b" + sized(context + sized(each, 3), 3)


@pytest.mark.parametrize("is_new", [False, True])
@pytest.mark.parametrize("certificates", [[], [b"one"], [b"own", b"x" * 1000, b"root"]])
def test_certificates_come_back_in_order(certificates: list[bytes], is_new: bool) -> None:
    found = certificates_in(message(certificates, is_new=is_new), with_context=is_new)
    assert found == certificates


@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_are_cut_into_something(data: bytes, is_new: bool) -> None:
    found = certificates_in(data, with_context=is_new)
    assert sum(map(len, found)) <= len(data)


def test_what_is_cut_off_is_left_out() -> None:
    whole = message([b"own", b"root"], is_new=False)
    assert certificates_in(whole[:-1], with_context=False) == [b"own"]
