from __future__ import annotations

import json
from datetime import UTC, datetime

from sonde_core.difference import compare
from sonde_core.formats.listing import difference_json, summaries_json
from sonde_core.history.summary import Summary
from sonde_core.http_request import HttpRequest
from sonde_core.model import Exchange, HttpResponse, Outcome

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_summaries_are_one_a_line() -> None:
    one = Summary("1", NOON, "http", "http://user:hush@a/?token=hush\x1b", Outcome.DONE, status=200)
    two = Summary("2", NOON, "tcp", "tcp://a:1", Outcome.TIMED_OUT)
    text = summaries_json([one, two])
    assert len(text.splitlines()) == 4
    assert text.isascii()
    assert "hush" not in text
    values = json.loads(text)
    assert [value["id"] for value in values] == ["1", "2"]
    assert values[0]["time"] == "2026-11-24T12:00:00.000Z"
    assert values[1]["outcome"] == "timed out"
    assert values[1]["status"] is None


def test_no_summaries_are_an_empty_array() -> None:
    assert json.loads(summaries_json([])) == []


def test_difference_names_each_change() -> None:
    def answer(status: int) -> Exchange:
        response = HttpResponse(status)
        return Exchange(HttpRequest(), NOON, Outcome.DONE, "http", response=response)

    value = json.loads(difference_json(compare(answer(200), answer(404))))
    assert value["same"] is False
    assert value["summary"]
    assert any("404" in str(change["after"]) for change in value["changes"])
    assert value["unlisted"] == value["notes"] == []
    assert value["facts"][0]["where"] == "time"
