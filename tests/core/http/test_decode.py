from __future__ import annotations

import gzip
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Sequence

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.errors import BodyError
from sonde_core.http.decode import ACCEPTED, STEP, codings, decoder


def raw_deflate(data: bytes) -> bytes:
    squeezer = zlib.compressobj(wbits=-15)
    return squeezer.compress(data) + squeezer.flush()


CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
DATA = bytes(range(256)) * 1000 + b"the end"


def decode(names: Sequence[str], data: bytes, size: int = 1 << 16) -> bytes:
    """Decode what comes in pieces of a size, to the end."""
    parts: list[bytes] = []
    found = decoder(names, parts.append)
    assert found
    for start in range(0, len(data), size):
        found.feed(data[start : start + size])
    found.finish()
    assert all(len(part) <= STEP for part in parts)
    return b"".join(parts)


def test_headers_name_codings_in_order_and_any_case() -> None:
    assert codings(["GZip, br", " identity ,", "", "Deflate"]) == ("gzip", "br", "deflate")
    assert set(ACCEPTED.split(", ")) <= CODERS.keys()


@pytest.mark.parametrize("size", [1, 7, 1 << 16])
@pytest.mark.parametrize("name", CODERS)
def test_each_coding_decodes_however_it_is_cut(name: str, size: int) -> None:
    assert decode([name], CODERS[name](DATA), size) == DATA
    assert decode([name], CODERS[name](b"x"), size) == b"x"
    assert decode([name], CODERS[name](b""), size) == b""


@given(
    st.lists(st.sampled_from(sorted(CODERS)), min_size=1, max_size=5),
    st.binary(max_size=300),
    st.integers(1, 50),
)
def test_codings_are_taken_off_in_the_reverse_order(
    names: list[str], data: bytes, size: int
) -> None:
    coded = data
    for name in names:
        coded = CODERS[name](coded)
    assert decode(names, coded, size) == data


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_raw_deflate_is_told_from_zlib(size: int) -> None:
    assert decode(["deflate"], raw_deflate(DATA), size) == DATA
    assert decode(["deflate"], raw_deflate(b""), size) == b""


@pytest.mark.parametrize("size", [1, 5, 1 << 16])
def test_all_members_and_frames_are_read(size: int) -> None:
    assert decode(["gzip"], gzip.compress(b"one,") + gzip.compress(b"two"), size) == b"one,two"
    frame = CODERS["zstd"]
    assert decode(["zstd"], frame(b"one,") + frame(b"") + frame(b"two"), size) == b"one,two"


@pytest.mark.parametrize("name", ["gzip", "deflate"])
def test_what_follows_the_end_is_ignored(name: str) -> None:
    for rubbish in (b"\0" * 100, b"rubbish", b"\x1f", b"\x1f\x1f"):
        if (name, rubbish) != ("gzip", b"\x1f"):
            assert decode([name], CODERS[name](DATA) + rubbish, 3) == DATA


def test_what_follows_the_end_of_brotli_is_damage() -> None:
    """It ends itself (RFC 7932, section 9.1), and the library gives nothing of a last piece."""
    with pytest.raises(BodyError, match="br coding is damaged"):
        decode(["br"], brotli.compress(DATA) + b"rubbish")


def test_an_empty_body_is_of_any_coding() -> None:
    for name in CODERS:
        assert decode([name], b"") == b""


def test_nothing_to_remove_is_no_decoder() -> None:
    assert decoder([], print) is None


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_what_breaks_off_gives_what_came_and_says_so(name: str) -> None:
    coded = CODERS[name](DATA)
    for length in (1, 2, 3, len(coded) // 2, len(coded) - 1):
        parts: list[bytes] = []
        found = decoder([name], parts.append)
        assert found
        found.feed(coded[:length])
        with pytest.raises(BodyError, match=f"{name} coding breaks off"):
            found.finish()
        assert DATA.startswith(b"".join(parts))


def test_a_broken_off_inner_coding_is_told_too() -> None:
    inner = gzip.compress(DATA)[:-9]
    found = decoder(["gzip", "br"], lambda _: None)
    assert found
    found.feed(brotli.compress(inner))
    with pytest.raises(BodyError, match="gzip coding breaks off"):
        found.finish()


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
@given(data=st.binary(min_size=1, max_size=200), place=st.integers(0, 10_000))
def test_damaged_bytes_raise_nothing_but_body_errors(name: str, data: bytes, place: int) -> None:
    coded = CODERS[name](DATA)
    place %= len(coded)
    parts: list[bytes] = []
    for damaged in (data, coded[:place] + data + coded[place + len(data) :]):
        parts.clear()
        found = decoder([name], parts.append)
        assert found
        try:
            found.feed(damaged)
            found.finish()
        except BodyError as error:
            assert f"{name} coding" in error.message  # noqa: PT017 - or else it decodes
        assert all(len(part) <= STEP for part in parts)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["compress"], "'compress' is not known"),
        (["gzip", "\x1b[2J"], "is not known"),
        (["x" * 9999], "'xxx.{1,120}…' is not known"),
        (["gzip"] * 6, "6 codings are too many"),
    ],
)
def test_codings_that_cannot_be_removed_are_refused(names: list[str], said: str) -> None:
    with pytest.raises(BodyError, match=said):
        decoder(names, print)


def test_a_window_beyond_what_every_decoder_allows_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    coded = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = coded.compress(bytes(100)) + coded.flush()
    with pytest.raises(BodyError, match="zstd coding is damaged"):
        decode(["zstd"], data)


def test_a_flood_of_tiny_members_takes_its_time_and_no_more() -> None:
    data = gzip.compress(b"") * 20_000
    start = time.process_time()
    assert decode(["gzip"], data) == b""
    assert time.process_time() - start < 5  # 0.1 s on a quiet machine


BOMB = """
import gzip, resource, sys, zlib
import brotli, zstandard
from sonde_core.http.decode import decoder

name, nested = sys.argv[1], int(sys.argv[2])
zeros = bytes(1 << 20)

def squeeze(maker):
    return b"".join([maker.compress(zeros) for _ in range(256)]) + maker.flush()

def repeat(maker):
    "After a full flush each MiB is the same bytes again; nobody comes to the missing end."
    first, again = (maker.compress(zeros) + maker.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * 255

class Brotli:
    def __init__(self):
        self.maker = brotli.Compressor(quality=5)
    def compress(self, data):
        return self.maker.process(data)
    def flush(self):
        return self.maker.finish()

def make():
    if name == "br":
        return squeeze(Brotli())
    if name == "zstd":
        return squeeze(zstandard.ZstdCompressor(level=19).compressobj())
    return repeat(zlib.compressobj(9, wbits=31 if name == "gzip" else 15))

once = {"br": brotli.compress, "gzip": gzip.compress, "deflate": zlib.compress,
        "zstd": zstandard.ZstdCompressor().compress}[name]
data = make()
for _ in range(nested):
    data = once(data)

class Enough(Exception):
    pass

taken = 0
def sink(piece):
    global taken
    taken += len(piece)
    if taken > 10 << 20:
        raise Enough

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    decoder([name] * (nested + 1), sink).feed(data)
except Enough:
    print(len(data), taken, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("nested", [0, 1])
@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_costs_no_memory_and_stops_when_told(name: str, nested: int) -> None:
    """So few bytes unfold to 256 MiB; the sink has enough after 10."""
    outcome = subprocess.run(
        [sys.executable, "-c", BOMB, name, str(nested)], capture_output=True, text=True, check=True
    )
    size, taken, grown = map(int, outcome.stdout.split())
    assert size < 300_000
    assert 10 << 20 < taken <= (10 << 20) + STEP
    assert grown < 48  # MiB; 16 are a brotli window's
