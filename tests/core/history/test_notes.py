from __future__ import annotations

import pytest

from sonde_core.errors import RequestError
from sonde_core.history import notes


def test_a_note_is_kept_without_the_spaces_around_it() -> None:
    assert notes.read("\n one\n two \n\n") == "one\n two"


def test_a_note_has_a_limit_of_bytes() -> None:
    longest = "é" * (notes.LONGEST // 2)
    assert notes.read(longest) == longest
    with pytest.raises(RequestError, match="1,048,577 bytes, more than 1 MiB"):
        notes.read(f"{longest}!")


def test_halves_of_characters_count_too() -> None:
    assert notes.read("\udc80") == "\udc80"
