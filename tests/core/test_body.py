from __future__ import annotations

import gc
import hashlib
import stat
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import EMPTY, IN_MEMORY, Body, PrivateFile, Spool
from sonde_core.errors import BodyError


def test_a_body_knows_its_length_and_digest() -> None:
    body = Body.of(b"abc", media_type="text/plain")
    assert (body.size, body.sha256) == (3, hashlib.sha256(b"abc").hexdigest())
    assert body.media_type == "text/plain"
    assert EMPTY.sha256 == hashlib.sha256(b"").hexdigest()


@given(st.lists(st.binary(max_size=200)), st.integers(0, 500))
def test_a_spool_gives_back_what_it_took(parts: list[bytes], in_memory: int) -> None:
    spool = Spool(in_memory)
    for part in parts:
        spool.write(part)
    whole = b"".join(parts)
    body = spool.body()
    assert body.read() == whole
    assert b"".join(body.slices(7)) == whole
    assert body.read(3, 5) == whole[3:8]
    assert body.sha256 == hashlib.sha256(whole).hexdigest()


def test_a_large_body_lies_in_a_private_file() -> None:
    spool = Spool()
    spool.write(b"x" * (IN_MEMORY + 1))
    path = spool.body().path
    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_private_file_goes_with_its_last_holder() -> None:
    spool = Spool(0)
    spool.write(b"secret")
    body = spool.body()
    path = body.path
    assert path is not None
    del spool
    assert body.read() == b"secret"
    del body
    gc.collect()
    assert not path.exists()


def test_a_private_file_can_be_closed_early() -> None:
    file = PrivateFile()
    file.close()
    assert not file.path.exists()


def test_a_spool_without_digests_gives_bodies_that_live_without_it() -> None:
    spool = Spool(10, digested=False)
    spool.write(b"12345678")
    assert spool.body().sha256 == ""
    spool.write(b"9abcdef")
    first = spool.body()
    spool.write(b"!")
    path = spool.body().path
    assert path is not None
    assert path.stat().st_mode & 0o777 == 0o600
    assert (first.size, spool.body().read()) == (15, b"123456789abcdef!")
    del spool
    gc.collect()
    assert first.read(0, first.size) == b"123456789abcdef"
    del first
    gc.collect()
    assert not path.exists()


def test_a_body_that_is_not_kept_says_so() -> None:
    body = Body.lost(5, "0" * 64)
    assert not body.kept
    with pytest.raises(BodyError, match="not kept any more"):
        body.read()


def test_bytes_in_place_of_others_are_described_as_they_were() -> None:
    whole = Body.of(b"abc").described(media_type="a/b", coding="gzip", complete=None, cut="peer")
    other = Body.of(b"***").in_place_of(whole)
    assert (other.read(), other.media_type, other.coding) == (b"***", "a/b", "gzip")
    assert (other.complete, other.cut) == (None, "peer")
    part = Body.of(b"***").in_place_of(replace(Body.of(b"abc"), size=9, _stored=3))
    assert (part.size, part.complete, part.cut) == (3, False, "limit")


def test_a_file_that_vanished_is_told() -> None:
    file = PrivateFile()
    body = Body.in_file(file.path, 3, "0" * 64)
    file.close()
    with pytest.raises(BodyError, match="Could not read the body"):
        body.read()


def test_a_growing_spool_can_be_looked_at() -> None:
    spool = Spool(4)
    spool.write(b"ab")
    first = spool.body()
    spool.write(b"cdef")
    second = spool.body()
    spool.write(b"gh")
    assert first.read() == b"ab"
    assert second.read(0, second.size) == b"abcdef"
