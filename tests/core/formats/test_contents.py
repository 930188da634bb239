from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.body import Body
from sonde_core.formats.contents import kind_of, mask_body
from sonde_core.http_request import Field, HttpRequest, RequestBody
from sonde_core.secret_contents import LARGEST_JSON, mask_bodies, mask_content

FORM = b"user=joe&password=hush&token=hu+sh&empty=&note=password"
_NAMES = st.sampled_from(["password", "a", 'to"ken', "access_token", "x\\"])
_PLAIN = st.one_of(st.text(), st.integers(), st.booleans(), st.none())


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (HttpRequest(body=RequestBody("form")), "form"),
        (HttpRequest(body=RequestBody("multipart")), "multipart"),
        (HttpRequest(body=RequestBody("json")), "json"),
        (HttpRequest(body=RequestBody("text")), ""),
        (HttpRequest(body=RequestBody("text", text=' {"a": 1}')), "json"),
        (HttpRequest(body=RequestBody("bytes", data=Body.of(b"[1]"))), "json"),
        (HttpRequest(body=RequestBody("bytes", data=Body.lost(3, "0" * 64))), ""),
        (HttpRequest(body=RequestBody("bytes", media_type="application/ld+json")), "json"),
        (HttpRequest(body=RequestBody("bytes", data=Body.of(b"{"), media_type="a/b")), ""),
        (
            HttpRequest(
                headers=(Field("content-TYPE", "Application/x-www-form-urlencoded; a=b"),),
                body=RequestBody("text"),
            ),
            "form",
        ),
        (
            HttpRequest(
                headers=(Field("Content-Type", "application/x-www-form-urlencoded", on=False),)
            ),
            "",
        ),
        (
            HttpRequest(body=RequestBody("bytes", media_type="multipart/form-data; boundary=x")),
            "multipart",
        ),
    ],
)
def test_what_a_body_is_told_by_kind_type_or_start(request_: HttpRequest, kind: str) -> None:
    assert kind_of(request_) == kind


def test_fields_of_a_form_are_starred() -> None:
    assert mask_content(FORM, "form") == (b"user=joe&password=***&token=***&empty=&note=password")
    assert mask_content(b"pass%77ord=hush two\r\nx=y", "form") == (b"pass%77ord=***\r\nx=y")
    assert mask_content(FORM, "") == FORM
    same = mask_content(FORM, "form", same_length=True)
    assert same == b"user=joe&password=****&token=*****&empty=&note=password"


def test_parts_of_a_form_are_starred_and_files_are_not() -> None:
    def part(name: bytes, more: bytes, data: bytes) -> bytes:
        head = b'--B\r\nContent-Disposition: form-data; name="' + name + b'"' + more
        return head + b"\r\n\r\n" + data + b"\r\n"

    before = part(b"password", b"", b"hu\r\nsh") + part(b"user", b"", b"joe")
    before += part(b"token", b"\r\nContent-Type: text/plain", b"hush")
    before += part(b"secret", b'; filename="a"', b"hush") + b"--B--\r\n"
    after = part(b"password", b"", b"***") + part(b"user", b"", b"joe")
    after += part(b"token", b"\r\nContent-Type: text/plain", b"***")
    after += part(b"secret", b'; filename="a"', b"hush") + b"--B--\r\n"
    assert mask_content(before, "multipart") == after


def test_a_part_that_breaks_off_is_starred_to_the_end() -> None:
    head = b'content-disposition: form-data; name="password"\r\n\r\n'
    assert mask_content(head + b"hu\r\nsh", "multipart") == head + b"***"
    assert mask_content(head * 20_000, "multipart") == head + b"***"


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (b'{"password": "hush"}', b'{"password": "***"}', b'{"password": "****"}'),
        (b'{"password":\n"hu\\"sh"}', b'{"password":\n"***"}', b'{"password":\n"******"}'),
        (b'{"user": "password", "a": "x"}',) * 3,
        (
            b'{"pass\\u0077ord": "hush"}',
            b'{"pass\\u0077ord": "***"}',
            b'{"pass\\u0077ord": "****"}',
        ),
        (b'[{"api_key": 12345}]', b'[{"api_key": "***"}]', b'[{"api_key": "***"}]'),
        (b'{"token": 7}', b'{"token": "***"}', b'{"token": 0}'),
        (b'{"token": null, "secret": ""}',) * 3,
        (b'{"token": "hush', b'{"token": "***"', b'{"token": "***"'),
        (
            b'{"a": "{\\"token\\": \\"x\\"}", "token": "h"}',
            b'{"a": "{\\"token\\": \\"x\\"}", "token": "***"}',
            b'{"a": "{\\"token\\": \\"x\\"}", "token": "*"}',
        ),
    ],
)
def test_members_of_json_are_starred(before: bytes, after: bytes, same: bytes) -> None:
    assert mask_content(before, "json") == after
    assert mask_content(before, "json", same_length=True) == same


def hidden(value: Any) -> Any:
    """Say what masking should make of a value."""
    if isinstance(value, list):
        return [hidden(item) for item in value]
    if isinstance(value, dict):
        return {
            name: "***"
            if name in ("password", "access_token") and is_starred(item)
            else hidden(item)
            for name, item in value.items()
        }
    return value


def is_starred(item: object) -> bool:
    return (isinstance(item, str) and item != "") or (
        isinstance(item, int) and not isinstance(item, bool)
    )


@given(
    st.recursive(_PLAIN, lambda inner: st.lists(inner) | st.dictionaries(_NAMES, inner)),
    st.booleans(),
)
def test_masked_json_is_json_that_differs_in_secrets_only(value: object, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    masked = mask_content(text, "json").decode("utf-8", "surrogatepass")
    assert json.loads(masked) == hidden(value)
    same = mask_content(text, "json", same_length=True)
    assert len(same) == len(text)
    json.loads(same.decode("utf-8", "surrogatepass"))


@given(st.binary(max_size=60), st.sampled_from(["form", "multipart", "json"]))
def test_no_bytes_are_too_odd(data: bytes, kind: Any) -> None:
    assert len(mask_content(data, kind, same_length=True)) == len(data)
    mask_content(data, kind)


@pytest.mark.parametrize(
    "piece", [b'\\"', b'"', b'"password":', b'"a":"b",', b'{"password":1', b"\\"]
)
def test_hostile_json_takes_no_time(piece: bytes) -> None:
    begun = time.process_time()
    mask_content(b'"' + piece * (LARGEST_JSON // len(piece) - 1), "json")
    assert time.process_time() - begun < 5  # 0.3 s on a quiet machine


def test_large_json_is_left_as_it_is() -> None:
    data = b'{"password": "hush"}' + b" " * LARGEST_JSON
    assert mask_content(data, "json") == data


def test_the_length_that_is_told_is_that_of_what_is_shown() -> None:
    request = HttpRequest(body=RequestBody("json"))
    headers = (("Host", "h"), ("content-length", "24"))
    body, told = mask_body(b'{"password": "hush hush"}', headers, request)
    assert body == b'{"password": "***"}'
    assert told == (("Host", "h"), ("content-length", "19"))
    assert mask_body(b"{}", headers, request) == (b"{}", headers)


LOGIN = b"POST /login HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"


def test_bodies_of_requests_in_a_stream_are_masked_by_their_heads() -> None:
    form = LOGIN + b"Content-Length: 21\r\n\r\nuser=a&password=hush1"
    other = b'PUT / HTTP/1.1\r\n\r\n{"token": "hush2"}'
    stream = b"noise\n" + form + other
    masked = mask_bodies(stream)
    assert len(masked) == len(stream)
    assert masked == stream.replace(b"hush1", b"*****").replace(b"hush2", b"*****")


@pytest.mark.parametrize("size", [b"", b"Content-Length: 3\r\n", b"Content-Length: 999\r\n"])
def test_a_body_is_masked_whatever_size_is_announced(size: bytes) -> None:
    masked = mask_bodies(LOGIN + size + b"\r\nuser=a&password=hush\r\nGET / HTTP/1.1\r\n\r\n")
    assert masked.endswith(b"user=a&password=****\r\nGET / HTTP/1.1\r\n\r\n")


def test_a_value_that_breaks_off_at_a_line_end_keeps_it() -> None:
    head = b"PUT / HTTP/1.1\r\n\r\n"
    masked = mask_bodies(head + b'{"token": "hush\n')
    assert masked == head + b'{"token": "****\n'


def test_what_is_no_request_stays() -> None:
    for data in (b"", b"password=x", b"HTTP/1.1 200 OK\r\n\r\npassword=x", LOGIN):
        assert mask_bodies(data) == data


@pytest.mark.parametrize(
    "piece", [b" HTTP/1.", b"\n", b"\nA ", b"GET / HTTP/1.1\n", b"GET / HTTP/1.1\n\n", b"x"]
)
def test_masking_a_stream_takes_time_that_grows_with_it(piece: bytes) -> None:
    begun = time.process_time()
    mask_bodies(piece * ((4 << 20) // len(piece)))
    assert time.process_time() - begun < 8


@given(
    st.lists(
        st.sampled_from(
            [
                LOGIN,
                b"\r\n",
                b"password=",
                b'{"token": "',
                b'"',
                b"&",
                b"a",
                b"\n",
                b"Content-Length: 9\r\n",
                b"GET / HTTP/1.1\r\nContent-Type: multipart/form-data\r\n\r\n",
                b'Content-Disposition: form-data; name="password"\r\n\r\n',
                b"\r\n--",
            ]
        ),
        max_size=12,
    )
)
def test_masking_a_stream_keeps_its_length_and_line_ends(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    masked = mask_bodies(data)
    assert [len(line) for line in masked.split(b"\n")] == [len(line) for line in data.split(b"\n")]
