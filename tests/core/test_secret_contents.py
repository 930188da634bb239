from __future__ import annotations

import time

import pytest

from sonde_core import secret_contents
from sonde_core.secret_contents import kind_by, mask_content, mask_said, mask_talk, secret_members


@pytest.mark.parametrize(
    ("main", "first", "kind"),
    [
        ("", b"user=ann&password=x", "form"),
        ("", b"password=x", "form"),
        ("", b"a[b]=%20&c=", "form"),
        ("", b"a = b", ""),
        ("", b"some text\nwith a=b", ""),
        ("text/plain", b"user=ann&password=x", ""),
        ("", b' {"a": 1}', "json"),
        ("text/plain", b"[1]", "json"),
        ("application/xml", b"{", ""),
        ("application/hal+json", b"", "json"),
    ],
)
def test_what_a_body_is(main: str, first: bytes, kind: str) -> None:
    assert kind_by(main, first) == kind


def test_a_request_in_a_stream_without_a_content_type() -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: 20\r\n\r\n"
    assert mask_said(head + b"user=ann&password=ab") == head + b"user=ann&password=**"


def test_a_message_of_json() -> None:
    assert mask_talk(b'{"token": "abc", "x": "y"}') == b'{"token": "***", "x": "y"}'
    assert mask_talk(b'[{"\\u0074oken": "abc"}]') == b'[{"\\u0074oken": "***"}]'
    assert mask_talk(b'{"x": "y"}') == b'{"x": "y"}'
    assert mask_talk(b'a {"token": "abc"}') == b'a {"token": "abc"}'


def test_logins_in_a_stream_are_masked_with_the_rest() -> None:
    assert mask_said(b"USER a\r\nPASS b\r\n") == b"USER a\r\nPASS *\r\n"


def test_members_that_give_access_and_their_names() -> None:
    data = b'{"a": 1, "token": "xy", "pin_token": 12, "pwd": "", "jwt": "cut'
    found = [(data[start:end], name) for start, end, name in secret_members(data)]
    assert found == [(b"xy", "token"), (b"12", "pin_token"), (b"cut", "jwt")]


def test_members_are_those_that_a_mask_hides() -> None:
    data = b'{"token": "abc", "x": {"password": "de\\"f"}, "n": [1]}'
    masked = mask_content(data, "json", same_length=True)
    for start, end, _ in secret_members(data):
        assert masked[start:end] == b"*" * (end - start)


@pytest.mark.parametrize(
    "name", ["to\u212aen", "\u017fecret", "\u0130d_token", "SID", "to\\u006ben"]
)
def test_names_are_told_in_any_letters_also_the_last_one(name: str) -> None:
    data = b'{"a": 1, "%s": "xy", "b": 2}' % name.encode()
    assert [data[start:end] for start, end, _ in secret_members(data)] == [b"xy"]
    assert mask_talk(data) == data.replace(b"xy", b"**")


def test_names_that_come_again_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []

    def judge(name: str) -> bool:
        judged.append(name)
        return False

    monkeypatch.setattr(secret_contents, "is_secret_name", judge)
    list(secret_members(b'[%s{"token": 1}]' % (b'{"a": 1, "author": "b"},' * 1000)))
    assert judged == ["a", "author", "token"]


def test_json_that_names_nothing_costs_little() -> None:
    data = b'{"a": "b"},' * 100_000
    start = time.process_time()
    mask_talk(data)
    assert list(secret_members(data)) == []
    assert time.process_time() - start < 1  # 10 ms on a quiet machine
