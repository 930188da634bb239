from __future__ import annotations

import pytest

from sonde_core.comparing.change import Change
from sonde_core.comparing.offers import offers
from sonde_core.comparing.places import parse


@pytest.mark.parametrize(
    ("change", "places"),
    [
        (Change("header", "etag", "1", "2"), ["header:etag"]),
        (Change("status", "", "200 OK", "404"), ["status"]),
        (Change("body", "items[3].id", "1", "2"), ["body.items[3].id", "body.items[*].id"]),
        (Change("body", '["a key"][0]', "1", "2"), ['body["a key"][0]', 'body["a key"][*]']),
        (Change("body", "a (time 2)", "1", "2"), ["body.a"]),
        (Change("body", "a[1]", "1", to="body.a[3]"), ["body.a[1]", "body.a[*]"]),
        (Change("body", "line 4", "Took 12 ms.", "Took 9 ms.", block=True), None),
        (Change("body", "lines 4-5", "a\nb", "c", block=True), ["body"]),
        (Change("body", "bytes 4-5", "00", "01", block=True), ["body"]),
        (Change("body", "", "1 B, sha256 a…", "2 B, sha256 b…"), ["body"]),
        (Change("received", "step 3, line 1", None, "a.b", block=True), ["/^a\\.b$/", "received"]),
        (Change("kind", "", "http", "tcp"), ["kind"]),
        (Change("time", "in all", "1 ms", "2 ms"), []),
    ],
)
def test_places_that_cover_a_change_are_offered(change: Change, places: list[str] | None) -> None:
    assert list(offers(change)) == (["/^Took .* ms\\.$/", "body"] if places is None else places)


def test_an_offer_is_a_place() -> None:
    change = Change("body", "line 1", "at (10:00) [x]", "at (11:00) [x]", block=True)
    [pattern] = parse(offers(change)[:1]).patterns
    assert pattern.search("at (99:00) [x]")
    assert not pattern.search("at (99:00) [y]")
