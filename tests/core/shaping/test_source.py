"""A body as UTF-8, and where each byte of that text is in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.shaping.source import Source, Spot, spot


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-32-be", "cp932", "gb18030"])
@given(lines=st.lists(st.text("aéあ,𝄞 ", max_size=8), min_size=1, max_size=6), data=st.data())
def test_every_character_is_found(codec: str, lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    if codec == "cp932":
        text = text.replace("é", "x").replace("𝄞", "z")
    body = Body.of(text.encode(codec))
    at = data.draw(st.integers(0, len(text)))
    before = text[:at]
    found = spot(body, codec, len(before.encode()))
    start = before.rfind("\n") + 1
    assert found == Spot(before.count("\n") + 1, at - start + 1, len(before.encode(codec)))


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
def test_a_place_far_behind_is_found(codec: str) -> None:
    text = "é" * 200_000 + "\n" + "x" * 300_000 + "!"
    body = Body.of(("\ufeff" + text).encode(codec))
    found = spot(body, codec, len(text.encode()) - 1)
    size = 2 if codec == "utf-16-le" else 1
    assert found == Spot(2, 300_001, body.size - size)
    assert str(Spot(1234, 5678, 9)) == "line 1,234, column 5,678 (byte 9)"


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be", "cp1252", "euc_jp"])
@given(data=st.binary(max_size=60), sizes=st.lists(st.integers(1, 9), min_size=1))
def test_any_bytes_are_read_in_any_pieces(codec: str, data: bytes, sizes: list[int]) -> None:
    source, body, made = Source(codec), Body.of(data), b""
    for turn in range(len(data)):
        made += source.read(body, sizes[turn % len(sizes)])
    made += source.rest()
    assert source.taken == len(data)
    wanted = data if codec == "utf-8" else data.decode(codec, "replace").encode("utf-8", "replace")
    mark = "\ufeff".encode(codec, "ignore")
    assert source.marked == (mark != b"" and data.startswith(mark))
    assert made == (wanted.removeprefix("\ufeff".encode()) if mark else wanted)
