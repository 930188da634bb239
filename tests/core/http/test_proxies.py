from __future__ import annotations

import pytest

from sonde_core.http.proxies import proxy_for


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{scheme}_proxy", raising=False)
        monkeypatch.delenv(f"{scheme}_proxy".upper(), raising=False)


def test_what_the_environment_names_counts_also_when_it_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert proxy_for("http", "example.org") == ""
    monkeypatch.setenv("http_proxy", "http://one:1")
    assert proxy_for("http", "example.org") == "http://one:1"
    assert proxy_for("https", "example.org") == ""
    monkeypatch.setenv("http_proxy", "http://two:2")
    assert proxy_for("http", "example.org") == "http://two:2"
    monkeypatch.setenv("ALL_PROXY", "http://all:3")
    assert proxy_for("https", "example.org") == "http://all:3"
    monkeypatch.setenv("no_proxy", "example.org")
    assert proxy_for("http", "example.org") == ""
    assert proxy_for("http", "example.com") == "http://two:2"


def test_a_variable_that_anybody_may_set_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://evil:1")
    assert proxy_for("http", "example.org") == "http://evil:1"
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    assert proxy_for("http", "example.org") == ""
