"""Where shaped text goes."""

from __future__ import annotations

import gc

from sonde_core.shaping.sink import Sink


def test_small_text_stays_in_memory() -> None:
    sink = Sink("application/json; charset=utf-8")
    sink.write(b"[\n")
    first = sink.body()
    sink.write(b"]")
    assert (first.read(), sink.body().read(), sink.size) == (b"[\n", b"[\n]", 3)
    assert first.path is None
    assert first.media_type == "application/json; charset=utf-8"


def test_large_text_goes_to_a_private_file_that_lives_as_long_as_a_body() -> None:
    sink = Sink(in_memory=10)
    sink.write(b"12345678")
    sink.write(b"9abcdef")
    first = sink.body()
    sink.write(b"!")
    path = sink.body().path
    assert path is not None
    assert path.stat().st_mode & 0o777 == 0o600
    assert (first.size, sink.body().read()) == (15, b"123456789abcdef!")
    del sink
    gc.collect()
    assert first.read(0, first.size) == b"123456789abcdef"
    del first
    gc.collect()
    assert not path.exists()
