from __future__ import annotations

import resource
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sonde_core.body import Body
from sonde_core.comparing import apart, apart_child
from sonde_core.comparing.apart import GivenUpError, SlowPatternError, compare, is_worth
from sonde_core.comparing.places import Places, parse
from sonde_core.comparing.watch import StoppedError, Watch

OPTIONS: dict[str, object] = {
    "where": "body",
    "part": False,
    "hides": False,
    "reveal": False,
    "places": [],
}
SLOW: dict[str, object] = {**OPTIONS, "places": ["/(a+)+$/"]}
ONE, OTHER = Body.of(b"a" * 60 + b"b\n"), Body.of(b"a" * 60 + b"c\n")


def json_body(text: bytes) -> Body:
    return Body.of(text, media_type="application/json")


def test_small_bodies_need_no_process() -> None:
    small, large = Body.of(b"x"), Body.of(bytes(apart.LARGE + 1))
    assert not is_worth(small, small, Places())
    assert is_worth(small, large, Places())
    assert is_worth(small, small, parse(["/x/"]))


def test_a_process_finds_out_the_same(tmp_path: Path) -> None:
    before, after = b'{"a": 1, "\\udc80": "\xc3\xa9"}', b'{"a": 2, "b": 1.0}'
    file = tmp_path / "body"
    file.write_bytes(before)
    body = json_body(before)
    kept = Body.in_file(file, body.size, body.sha256).described(media_type=body.media_type)
    for one in (body, kept):
        found = compare(one, json_body(after), Watch(), OPTIONS)
        assert [(each.path, each.before, each.after) for each in found.changes] == [
            ("a", "1", "2"),
            ("\udc80", '"é"', None),
            ("b", None, "1.0"),
        ]
        assert found.told == {"place in the JSON body": 3}


def test_what_is_kept_of_a_body_is_handed_over() -> None:
    part = replace(Body.of(b"one\n"), size=10**9, sha256="ab" * 32, _stored=4)
    found = compare(part, Body.of(b"1st\n"), Watch(), OPTIONS)
    assert [(each.before, each.after) for each in found.changes] == [("one", "1st")]


def test_a_file_that_went_away_is_told_apart_by_its_digest(tmp_path: Path) -> None:
    gone = Body.in_file(tmp_path / "gone", 5, "ab" * 32)
    found = compare(gone, Body.of(b"12345"), Watch(), OPTIONS)
    assert "sha256 abab" in str(found.changes)


def test_it_is_ended_at_once_from_another_thread() -> None:
    watch = Watch()
    begun = time.monotonic()
    timer = threading.Timer(0.3, watch.stop)
    timer.start()
    with pytest.raises(StoppedError):
        compare(ONE, OTHER, watch, SLOW)
    assert time.monotonic() - begun < 15  # it ends by itself after 20 s


def test_it_is_given_up_when_it_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_GRACE", 0.2)
    with pytest.raises(GivenUpError):
        compare(ONE, OTHER, Watch(), SLOW, seconds=0.1)


def test_a_process_ends_when_nobody_is_there_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart_child, "_GRACE", 1)
    before = resource.getrlimit(resource.RLIMIT_CPU)
    try:
        apart_child._limit(10_000)
        assert resource.getrlimit(resource.RLIMIT_CPU)[0] == 10_001
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, before)


def test_it_tells_how_far_it_is() -> None:
    told: list[str] = []
    compare(json_body(b"[1]"), json_body(b"[2]"), Watch(on_progress=told.append), OPTIONS)
    assert told == ["reading JSON", "comparing"]


def test_a_slow_pattern_is_named() -> None:
    slow = {**OPTIONS, "places": ["/x/", "body.a", "/(a+)+$/"]}
    with pytest.raises(SlowPatternError) as caught:
        compare(ONE, OTHER, Watch(), slow, patience=0.5)
    assert caught.value.number == 1
