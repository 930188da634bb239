from __future__ import annotations

from sonde_core.entry_filter import parse
from sonde_core.entry_filter.keys import FLAGS, KEYS
from sonde_core.entry_filter.language import ROWS


def test_every_key_is_told_with_an_example_that_is_understood() -> None:
    told = [term for term, _ in ROWS]
    for key in KEYS.values():
        assert key.example in told
        parse(key.example)
    assert set(FLAGS) <= set(told)
    assert all(len(term) < 27 and len(about) < 75 for term, about in ROWS)
