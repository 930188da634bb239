from __future__ import annotations

from pathlib import Path

import pytest

from sonde_core.comparing.ignoring import (
    IgnoreRule,
    IgnoreRules,
    address_of,
    load_rules,
    server_of,
)

RULES = IgnoreRules(
    (
        IgnoreRule("body.time"),
        IgnoreRule("header:etag", "https://api.example.com/v1/*"),
        IgnoreRule("received", "tcp://127.0.0.1:7000"),
        IgnoreRule("status", "http://[::1]:8080/*"),
    )
)


@pytest.mark.parametrize(
    ("url", "places"),
    [
        ("http://elsewhere/", []),
        ("https://API.example.com/v1/users?token=x#y", ["header:etag"]),
        ("https://joe:hush@api.example.com/v1/", ["header:etag"]),
        ("https://api.example.com/v2/", []),
        ("tcp://127.0.0.1:7000", ["received"]),
        ("tcp://127.0.0.1:70001", []),
        ("[::1]:8080/a", ["status"]),
        ("", []),
    ],
)
def test_rules_hold_everywhere_or_at_their_endpoint(url: str, places: list[str]) -> None:
    assert list(RULES.for_endpoint(url)) == ["header:date", "body.time", *places]


def test_what_a_rule_names_is_where_it_holds() -> None:
    url = "https://joe:hush@API.example.com:8443/a/b?q=1#f"
    assert address_of(url) == "https://api.example.com:8443/a/b"
    assert server_of(url) == "https://api.example.com:8443/*"
    assert server_of("tcp://h:1") == address_of("tcp://h:1") == "tcp://h:1"
    assert address_of("unix:/run/a.sock") == "unix:/run/a.sock"
    for each in (address_of, server_of):
        for address in (url, "tcp://h:1", "unix:/run/a.sock", "unix-dgram:/x", "unix:@name", "h"):
            assert IgnoreRule("status", each(address)).applies(address)


def test_a_folder_without_rules_leaves_out_the_date(tmp_path: Path) -> None:
    assert load_rules(tmp_path).for_endpoint("http://a/") == ("header:date",)
    assert not load_rules(tmp_path).warning
