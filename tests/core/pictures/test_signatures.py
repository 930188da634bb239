"""Which picture some bytes begin as."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from sonde_core.pictures.picture_child import FORMATS
from sonde_core.pictures.signatures import LOOKED_AT, format_of


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_known_by_its_first_bytes(name: str) -> None:
    out = io.BytesIO()
    try:
        Image.new("RGB", (32, 32)).save(out, name)
    except (KeyError, OSError):
        pytest.skip(f"{name} cannot be made here")
    assert format_of(out.getvalue()[:LOOKED_AT]) == name


@pytest.mark.parametrize(
    "data", [b"", b"BM is a text", b"GIF89", b"RIFF1234WAVE", b"\0\0\1\0", b"\x89PNG", b"\xff\xd8"]
)
def test_what_is_too_little_or_something_else_is_none(data: bytes) -> None:
    assert format_of(data) == ""
