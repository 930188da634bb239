from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.history.entry import (
    Entry,
    from_json,
    patch,
    patched,
    summary_from_json,
    summary_of,
    to_json,
)
from sonde_core.history.index import glance_shown
from sonde_core.history.schema.values import dumps, loads
from sonde_core.history.summary import Summary, with_head, with_path
from sonde_core.http_request import Field, HttpRequest, RequestBody
from sonde_core.left_out import Hidden
from sonde_core.model import Chunk, Direction, Exchange, HttpResponse
from sonde_core.session_request import SessionRequest
from sonde_core.steps import SendStep
from tests.histories import http, session
from tests.strategies import JSON, entries, examples


class Beside:
    """Bodies beside the file, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, body: Body) -> tuple[str, int]:
        data = body.read()
        digest = hashlib.sha256(data).hexdigest()
        self.kept[digest] = data
        return digest, len(data)

    def get(self, digest: str, size: int) -> Body | None:
        data = self.kept.get(digest)
        return Body.of(data) if data is not None and len(data) == size else None


def through_json(entry: Entry, beside: Beside | None = None, inline: int = 16 * 1024) -> Entry:
    """Return what a reader of the line makes of it."""
    line = dumps(to_json(entry, beside.put if beside else None, inline=inline))
    assert line.isascii()
    assert b"\n" not in line
    return from_json(loads(line), beside.get if beside else None)


@examples(1.5)
@given(entries())
def test_an_entry_comes_back_equal(entry: Entry) -> None:
    assert through_json(entry) == entry


@examples(1.5)
@given(entries(), st.sampled_from([0, 1, 10]))
def test_an_entry_comes_back_equal_with_its_bytes_beside(entry: Entry, inline: int) -> None:
    assert through_json(entry, Beside(), inline) == entry


@examples(1.5)
@given(entries())
def test_a_list_shows_the_same_of_a_line_as_of_its_entry(entry: Entry) -> None:
    line = dumps(to_json(entry))
    assert summary_from_json(glance_shown(line)) == summary_of(entry)
    assert summary_from_json(loads(line)) == summary_of(entry)


def test_what_a_list_shows_stands_in_the_first_kilobyte() -> None:
    exchange = replace(
        http(body=b"x" * 16_000),
        request=HttpRequest(
            "PROPPATCH", "http://a/" + "p" * 300, headers=(Field("h", "v" * 4000),)
        ),
    )
    entry = Entry("i" * 36, exchange, "n" * 100, True, ("tag", "other"), "", "r" * 36)
    line = dumps(to_json(entry))
    assert line.index(b',"req":') < 1024
    assert summary_from_json(loads(line[: line.index(b',"req":')] + b"}")) == summary_of(entry)


def test_a_long_note_comes_last_of_what_a_list_shows() -> None:
    entry = Entry("i", http(), "n", note="x" * 5000)
    assert dumps(to_json(entry)).index(b'"target"') < 400


def test_userinfo_is_in_no_list() -> None:
    exchange = replace(http(), request=HttpRequest(url="http://user:hush@a/?x=@"))
    summary = summary_of(Entry("i", exchange))
    assert summary.target == "http://a/?x=@"
    assert b"hush" not in dumps(to_json(Entry("i", exchange))).partition(b',"req":')[0]


@examples(3)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                *("v", "id", "t", "kind", "outcome", "role", "status", "sent", "size", "ms"),
                *("from", "pin", "method", "name", "tags", "target", "note", "of"),
            ]
        ),
        JSON,
    )
)
@example({"id": "a", "t": "9999-12-31T23:59:59-23:59"})
@example({"id": {"b64": "/w=="}, "tags": [{"wtf8": "7aCA"}]})
@example({"id": "a", "v": 1 << 70, "ms": {"total": 1e308}, "status": True})
def test_a_summary_of_anything_is_a_summary_or_a_value_error(value: dict[str, object]) -> None:
    try:
        summary = summary_from_json(value)
    except ValueError:
        assert not isinstance(value.get("id"), str) or not value["id"]
        return
    if value.get("v") != 1:
        assert not summary.readable
    patched(summary, value)


@given(entries(), st.data())
def test_an_entry_with_a_field_of_the_wrong_shape_is_a_value_error(
    entry: Entry, data: st.DataObject
) -> None:
    """Put a hostile value somewhere into an honest entry, in three places one by one."""
    line = dumps(to_json(entry))
    for _ in range(3):
        try:
            found = from_json(hostile(loads(line), data), Beside().get)
        except ValueError:
            continue
        list(found.exchange.timeline)
        assert dumps(to_json(found))


def hostile(value: object, data: st.DataObject) -> object:
    place = value
    while True:
        assert isinstance(place, dict | list)
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            place[key] = data.draw(JSON)
            return value
        place = inner


@pytest.mark.parametrize("value", [None, [], "x", 7, {}, {"v": 2}, {"v": "1"}, {"v": True}])
def test_what_is_no_entry_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_json(value)


def test_a_newer_version_is_named_as_such() -> None:
    value = to_json(Entry("i", http())) | {"v": 2}
    with pytest.raises(ValueError, match="newer version"):
        from_json(value)
    assert not summary_from_json(value).readable


def test_fields_that_a_newer_version_added_do_no_harm() -> None:
    entry = Entry("i", http())
    assert from_json(to_json(entry) | {"later": [1]}) == entry


def test_a_body_whose_file_is_gone_keeps_size_and_digest() -> None:
    beside = Beside()
    entry = Entry("i", http(body=b"x" * 5000))
    value = to_json(entry, beside.put, inline=100)
    beside.kept.clear()
    response = from_json(value, beside.get).exchange.response
    assert response
    assert (response.body.kept, response.body.size) == (False, 5000)
    assert response.body.sha256 == hashlib.sha256(b"x" * 5000).hexdigest()


def test_bytes_that_cannot_be_read_any_more_cost_no_entry(tmp_path: Path) -> None:
    body = Body.in_file(tmp_path / "gone", 5, "0" * 64)
    exchange = replace(http(), response=HttpResponse(200, body=body))
    value = to_json(Entry("i", exchange), Beside().put, inline=1)
    assert value["res"]["body"]["size"] == 5  # type: ignore[index]
    response = from_json(loads(dumps(value))).exchange.response
    assert response
    assert not response.body.kept


def test_a_flood_of_chunks_and_steps_lies_beside() -> None:
    chunks = tuple(Chunk(n / 1000, Direction.RECEIVED, b"%d" % n) for n in range(10_000))
    steps = tuple(SendStep(b"s", n, n / 1000) for n in range(5000))
    exchange = replace(session(), timeline=chunks, request=SessionRequest("tcp://a:1", steps=steps))
    beside = Beside()
    line = dumps(to_json(Entry("i", exchange), beside.put))
    assert len(line) < 2000
    found = from_json(loads(line), beside.get).exchange
    assert found == exchange
    beside.kept.clear()
    bare = from_json(loads(line), beside.get).exchange
    assert bare.received == exchange.received


def test_a_very_long_text_of_a_request_lies_beside() -> None:
    request = HttpRequest("POST", "http://a", body=RequestBody("text", "ü" * 100_000))
    exchange = replace(http(), request=request)
    beside = Beside()
    line = dumps(to_json(Entry("i", exchange), beside.put))
    assert len(line) < 3000
    assert from_json(loads(line), beside.get).exchange.request == request


def test_only_what_is_given_is_patched() -> None:
    assert patch() == {}
    assert patch(name="", pinned=False, tags=(), note="") == {
        "name": "",
        "pin": False,
        "tags": [],
        "note": "",
    }
    summary = summary_of(Entry("i", http(), "n", True, ("t",), "note"))
    assert patched(summary, {}) == summary
    assert patched(summary, {"name": 7, "pin": "yes", "tags": "t", "note": None}) == summary
    changed = patched(summary, patch(name="m", pinned=False, tags=(), note=""))
    assert (changed.name, changed.pinned, changed.tags, changed.note) == ("m", False, (), "")


def test_the_json_of_an_entry_is_read_by_any_reader() -> None:
    exchange = Exchange(
        HttpRequest(url="http://ä\udcff/\ud800"), http().started, http().outcome, "http"
    )
    value = json.loads(dumps(to_json(Entry("i", exchange))))
    assert value["req"]["url"] == {"wtf8": "aHR0cDovL8Ok7bO/L+2ggA=="}


@pytest.mark.parametrize("value", [{}, {"id": ""}, {"id": None}, [], 7])
def test_a_line_without_an_id_is_no_entry(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        summary_from_json(value)


def test_where_secret_variables_stand_comes_back() -> None:
    entry = Entry("a", session(), hidden=(Hidden(0, 3), Hidden(7, 2)))
    assert through_json(entry) == entry
    assert "hidden" not in to_json(Entry("a", session()))


def test_hosts_and_paths_are_found_without_asking_each_entry() -> None:
    one = summary_of(Entry("a", http()))
    targets = ("http://h:8/A/b?q#f", "https://h/b", "tcp://h:1", "unix:/run/b", "http://h/a?b")
    each = [replace(one, id=target, target=target) for target in targets]
    heads = [summary.head for summary in each]
    assert with_head(each, {head: head == heads[2] for head in heads}) == [each[2]]
    asked: list[str] = []

    def test(summary: Summary) -> bool:
        asked.append(summary.target)
        return "b" in summary.target

    assert with_path(each, "b", test)[:2] == each[:2]
    assert asked == list(targets)  # whose addresses were not made before
    asked.clear()
    assert {summary.address for summary in each} >= {"http://h:8/a/b?q#f"}
    assert with_path(each, "b", test) == [each[0], each[1], each[3]]
    assert asked == ["unix:/run/b"]


@pytest.mark.parametrize("change", [{"role": "referee"}, {"v": 2}, {"outcome": "dreamt"}])
def test_an_entry_with_a_word_that_is_not_known_is_a_value_error(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_json(to_json(Entry("i", session())) | change)
