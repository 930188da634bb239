from __future__ import annotations

import pytest

from sonde_core.comparing.places import join, parse
from sonde_core.errors import RequestError


def test_places_are_read() -> None:
    places = parse(
        ["header:ETag", "header:x-*", "trailer:a", "status", "body.a.b[0]", "body[*].id"]
    )
    assert places.has("header", "etag")
    assert places.has("header", "X-Request-Id")
    assert not places.has("header", "date")
    assert not places.has("trailer", "etag")
    assert places.has("status")
    assert not places.has("body")
    assert places.paths == (("a", "b", 0), (None, "id"))


@pytest.mark.parametrize("name", ["plain", "a key", "a.b", "", "naïve", 'quo"te', "*", "[0]"])
def test_a_path_that_was_shown_is_read_back(name: str) -> None:
    path = join(join("", name), 3)
    shown = f"body{path}" if path.startswith("[") else f"body.{path}"
    assert parse([shown]).paths == ((name, 3),)


@pytest.mark.parametrize("text", ["body.items[*].id", "$.items[].id", ".items[ ].id"])
def test_a_path_may_be_written_as_elsewhere(text: str) -> None:
    assert parse([text]).paths == (("items", None, "id"),)


def test_regular_expressions_are_read() -> None:
    found = parse(["/^a/b$/", "/x/i"]).patterns
    assert [each.pattern for each in found] == ["^a/b$", "x"]
    assert found[1].search("X")
    assert not found[0].search("A/b")
    with pytest.raises(RequestError, match=r"^'/\\d\(/' is no regular expression"):
        parse([r"/\d(/"])


@pytest.mark.parametrize(
    "text", ["", "headers", "header:", "boddy.a", "body.", "body.a[", "body a", "body.a..b", "x:y"]
)
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="no place") as caught:
        parse([text])
    assert "header:etag" in caught.value.advice


def test_patterns_can_be_given_up() -> None:
    left = parse(["status", "/a/", "body.x", "/b/i"]).without_patterns(["/a/"])
    assert (left.pattern_texts, left.paths) == (("/b/i",), (("x",),))
    assert [each.pattern for each in left.patterns] == ["b"]
