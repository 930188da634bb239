from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.endpoint import Endpoint, parse
from sonde_core.errors import EndpointSyntaxError


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("tcp://localhost:80", Endpoint("tcp", "localhost", 80)),
        ("TLS://example.org:443", Endpoint("tls", "example.org", 443)),
        ("udp://127.0.0.1:53/", Endpoint("udp", "127.0.0.1", 53)),
        ("tcp://[::1]:80", Endpoint("tcp", "::1", 80)),
        ("tcp://[fe80::1%eth0]:80", Endpoint("tcp", "fe80::1%eth0", 80)),
        ("unix:/tmp/a b", Endpoint("unix", path="/tmp/a b")),  # noqa: S108 - only parsed
        ("unix:///tmp/s", Endpoint("unix", path="/tmp/s")),  # noqa: S108 - only parsed
        ("https://a.b/c?d#e", Endpoint("https", "a.b", 443, "/c?d#e")),
        ("http://u:p@h:81/x", Endpoint("http", "h", 81, "/x")),
        ("localhost:8888", Endpoint("http", "localhost", 8888)),
        ("example.org?x=1", Endpoint("http", "example.org", 80, "?x=1")),
        ("  tcp://h:1  ", Endpoint("tcp", "h", 1)),
    ],
)
def test_text_becomes_an_endpoint(text: str, endpoint: Endpoint) -> None:
    assert parse(text) == endpoint


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "empty"),
        ("foo://x", "Unknown scheme 'foo'"),
        ("mailto:x@y", "Unknown scheme"),
        ("tcp://h", "names no port"),
        ("tcp://h:99999", "Port 99999 is out of range"),
        ("tcp://h:0", "Port 0 is out of range"),
        ("tcp://h:8O", "'8O' is no port"),
        ("tcp://:80", "names no host"),
        ("http://", "names no host"),
        ("http://a b", "'a b' is no host name"),
        ("::1:80", "too many colons"),
        ("tcp://[zz]:80", "no IPv6 address"),
        ("tcp://[::1:80", "no IPv6 address"),
        ("unix:", "names no socket path"),
        ("unix:/" + "x" * 200, "longer than 107 bytes"),
        ("unix:/\ud800", "half a character"),
        ("tcp://\ud800:80", "no host name"),
        ("tcp:h:80", "lacks //"),
        ("tcp://user@h:80", "takes no user name"),
        ("ws://h/path#part", "takes no fragment"),
        ("wss://h#", "takes no fragment"),
    ],
)
def test_what_is_no_endpoint_is_told_with_its_value(text: str, sentence: str) -> None:
    with pytest.raises(EndpointSyntaxError) as caught:
        parse(text)
    assert sentence in caught.value.message
    assert caught.value.advice


def test_an_abstract_name_that_is_too_long_lies_in_no_folder() -> None:
    with pytest.raises(EndpointSyntaxError) as caught:
        parse("unix:@" + "x" * 200)
    assert caught.value.advice == "Use a shorter name."


def test_a_bare_number_is_told_how_to_be_a_listeners_port() -> None:
    with pytest.raises(EndpointSyntaxError) as caught:
        parse("8888", listening=True)
    assert caught.value.advice == "Write :8888 for that port."


def test_a_listener_takes_any_port_and_binds_loopback() -> None:
    assert parse("tcp://:0", listening=True) == Endpoint("tcp", "127.0.0.1", 0)
    assert parse(":8888", listening=True) == Endpoint("tcp", "127.0.0.1", 8888)


def test_a_listener_takes_no_http() -> None:
    with pytest.raises(EndpointSyntaxError, match="listener"):
        parse("http://127.0.0.1:80", listening=True)


@given(
    scheme=st.sampled_from(["tcp", "tls", "udp", "http", "https"]),
    host=st.sampled_from(["localhost", "127.0.0.1", "::1", "xn--bcher-kva.example"]),
    port=st.integers(1, 65535),
)
def test_an_endpoint_reads_back_what_it_writes(scheme: str, host: str, port: int) -> None:
    endpoint = Endpoint(scheme, host, port)
    assert parse(str(endpoint)) == endpoint


@given(st.text() | st.text(st.characters(categories=["Cs"])).map(lambda text: f"unix:{text}"))
def test_any_text_is_an_endpoint_or_a_clear_error(text: str) -> None:
    with contextlib.suppress(EndpointSyntaxError):
        assert parse(text).scheme


@pytest.mark.parametrize(("listening", "hint"), [(True, "from 0 to"), (False, "from 1 to")])
def test_a_port_that_is_none_is_told_with_those_that_are(listening: bool, hint: str) -> None:
    with pytest.raises(EndpointSyntaxError) as caught:
        parse("tcp://127.0.0.1:80000", listening=listening)
    assert hint in caught.value.advice
