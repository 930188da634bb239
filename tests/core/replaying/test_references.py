from __future__ import annotations

import pytest

from sonde_core.replaying.references import is_reference


@pytest.mark.parametrize(
    "word", ["@1", "@", "01a21a52-518e", "0", "c0ffee00-0000-4000-8000-000000000000"]
)
def test_what_looks_like_an_id_is_one(word: str) -> None:
    assert is_reference(word)


@pytest.mark.parametrize(
    "word", ["login", "host:a", "-0", "status:404", "404", "cafe", "a", "/a", ""]
)
def test_other_words_are_of_a_filter(word: str) -> None:
    assert not is_reference(word)
