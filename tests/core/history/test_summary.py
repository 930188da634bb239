from __future__ import annotations

from dataclasses import replace

from sonde_core.history.entry import Entry, summary_of
from sonde_core.history.summary import Summary, with_word
from tests.histories import http, session


def test_words_are_found_in_address_and_facts_in_any_case() -> None:
    one = replace(
        summary_of(Entry("a", http(1))), target="HTTP://Host/ÄB", name="Name", note="nöte"
    )
    many = replace(summary_of(Entry("b", session())), tags=("x" * 5000, "Tag"))
    both: list[Summary] = [one, many]
    for _ in range(2):  # made, and then known
        assert with_word(both, "äb") == [one]
        assert with_word(both, "nöte") == [one]
        assert with_word(both, "tag") == [many]
        assert with_word(both, "tag", there=False) == [one]
        assert with_word(both, "200") == [one]
    assert (one.address, one.head) == ("http://host/äb", "HTTP://Host")
    assert many.address is many.target  # which takes no room
    assert "done" in many.facts.split("\n")
    assert "server" in replace(many, role="server").facts.split("\n")
