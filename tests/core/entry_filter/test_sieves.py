from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.entry_filter import parse
from sonde_core.history.summary import Summary
from sonde_core.model import Outcome
from tests.strategies import examples

TARGETS = st.text("ab/?#:@.[]ßÜİ8", max_size=12) | st.builds(
    "{}{}".format,
    st.sampled_from(
        ["http://a", "HTTPS://A:8", "unix:", "unix-dgram:/", "ws://[::1]:8", "tcp://ß"]
    ),
    st.text("ab/?#:ßİ", max_size=8),
)
PARTS = st.sampled_from(
    [
        "host:a",
        "host:*a",
        "port:8",
        "port>7",
        "path:/",
        "path:a",
        'path:"a/b"',
        "path:ss",
        "-path:b",
        'path:"?"',
        'path:"#a"',
        "path:*b",
        "a",
        "-a",
        "pinned",
        "kind:tcp",
        "(a or host:a)",
        "-(b a)",
    ]
)


def summaries(targets: list[str]) -> list[Summary]:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    return [
        Summary(f"{number}", at, "tcp" if number % 2 else "http", target, Outcome.DONE)
        for number, target in enumerate(targets)
    ]


@given(st.lists(TARGETS, max_size=6), st.lists(PARTS, min_size=1, max_size=3), st.booleans())
@examples(3)
def test_a_list_is_sifted_as_each_is_asked(
    targets: list[str], parts: list[str], either: bool
) -> None:
    chosen = parse((" or " if either else " ").join(parts))
    every = summaries(targets)
    for _ in range(2):  # what is made at the first time is there at the second
        assert list(chosen.sift(every)) == [each for each in every if chosen.matches(each)]


@pytest.mark.parametrize(
    ("text", "target", "found"),
    [
        ("path:/v2", "http://h/V2/x", True),
        ("path:/v2", "http://h/x?y=/v2", False),
        ("path:/v2", "http://h#/v2", False),
        ("path:h", "http://h/x", False),
        ("path:/", "http://h", True),
        ("path:/", "tcp://h:1", False),
        ("path:strasse", "http://h/Straße", True),
        ("path:b?c", "unix:/a/b?c", True),
        ("host:far", "localhost/?to=http://far/", False),
        ("host:localhost", "localhost/?to=http://h/", True),
        ("port:80", "localhost:80?x#http://h:81/", True),
    ],
)
def test_where_the_parts_of_an_address_end(text: str, target: str, found: bool) -> None:
    assert bool(parse(text).sift(summaries([target]))) is found
