from __future__ import annotations

import pytest

from sonde_core.errors import RequestError
from sonde_core.transport.proxy_address import ProxyAddress, parse_proxy


def test_a_proxy_is_read_with_and_without_credentials() -> None:
    assert parse_proxy("socks5://localhost:1080") == ProxyAddress("socks5", "localhost", 1080)
    assert parse_proxy(" SOCKS5H://[::1]:9/ ") == ProxyAddress("socks5", "::1", 9)
    read = parse_proxy("http://a%40b:p%3Aq:r@proxy:3128")
    assert (read.scheme, read.address) == ("http", "proxy:3128")
    assert (read.user, read.password) == ("a@b", "p:q:r")


def test_credentials_are_not_shown() -> None:
    read = parse_proxy("socks5://somebody:hunter2@proxy:1")
    assert str(read) == "socks5://***@proxy:1"
    assert "hunter2" not in repr(read) + str(read)
    assert "somebody" not in repr(read) + str(read)


@pytest.mark.parametrize(
    "text",
    [
        "proxy:1080",
        "me:hunter2@proxy:1080",
        "ftp://me:hunter2@proxy:1080",
        "https://me:hunter2@proxy:1080",
        "socks5://me:hunter2@proxy",
        "socks5://me:hunter2@proxy:99999",
        "socks5://me:hunter2@",
        "http://me:hunter2@proxy:80/path",
        "",
    ],
)
def test_what_is_no_proxy_is_told_without_its_credentials(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_proxy(text)
    assert caught.value.advice
    assert "hunter2" not in str(caught.value) + caught.value.advice
