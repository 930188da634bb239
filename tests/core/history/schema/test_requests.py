from __future__ import annotations

import pytest
from hypothesis import given

from sonde_core.history.schema.requests import from_request, to_request
from sonde_core.history.schema.values import Record, dumps, loads, record
from sonde_core.http_request import Field, HttpRequest, RequestBody
from sonde_core.model import Request
from sonde_core.session_request import SessionRequest
from sonde_core.steps import HalfCloseStep, SendStep
from tests.strategies import HTTP_REQUESTS, SESSION_REQUESTS


def plain(request: Request) -> Record:
    return record(loads(dumps(to_request(request, None, 1 << 14))))


@given(HTTP_REQUESTS | SESSION_REQUESTS)
def test_a_request_comes_back_equal(request: Request) -> None:
    assert from_request(plain(request), None) == request


def test_rows_that_are_off_stay_off() -> None:
    request = HttpRequest(headers=(Field("a", "1"), Field("b", "2", on=False)))
    assert plain(request)["headers"] == [["a", "1"], ["b", "2", False]]
    assert from_request(plain(request), None) == request


def test_what_is_absent_is_the_default() -> None:
    assert from_request({"url": "http://a"}, None) == HttpRequest(url="http://a")
    assert from_request({"address": "tcp://a:1"}, None) == SessionRequest("tcp://a:1")


def test_a_step_whose_bytes_are_gone_is_left_out() -> None:
    steps = (SendStep(b"one"), SendStep(b"two"), HalfCloseStep(3))
    value = plain(SessionRequest("tcp://a:1", steps=steps))
    del value["steps"][0]["send"]["text"]  # type: ignore[index]
    assert from_request(value, None) == SessionRequest("tcp://a:1", steps=steps[1:])


@pytest.mark.parametrize(
    "change",
    [
        {"url": 7},
        {"method": None},
        {"params": 7},
        {"params": [["a"]]},
        {"headers": [["a", "b", "off"]]},
        {"auth": {"kind": "magic"}},
        {"auth": []},
        {"opts": {"total_timeout": "long"}},
        {"opts": {"max_redirects": 1.5}},
        {"opts": {"verify": 1}},
        {"body": {"kind": "scent"}},
        {"body": {"kind": ["json"]}},
        {"body": {"uploads": [["a"]]}},
        {"body": {"text": {"body": 7}}},
    ],
)
def test_a_field_of_the_wrong_shape_is_a_value_error(change: Record) -> None:
    value = plain(HttpRequest(url="http://a", body=RequestBody("text", "x")))
    with pytest.raises(ValueError, match=r".+"):
        from_request(value | change, None)


@pytest.mark.parametrize("value", [None, [], {}, {"address": 7}, {"address": "a", "steps": [7]}])
def test_what_is_no_request_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_request(value, None)
