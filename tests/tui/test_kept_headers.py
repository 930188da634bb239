from __future__ import annotations

from sonde_tui.kept_headers import KeptHeaders

HEADERS = (("Authorization", "t0ken"),)


def test_headers_are_for_a_host_and_port_whatever_the_path() -> None:
    kept = KeptHeaders()
    kept.keep("wss://Example.org/a", HEADERS)
    assert kept.of("wss://example.org:443/b?c") == HEADERS
    assert kept.of("wss://example.org:444/a") == kept.of("wss://other.org/a") == ()
    assert kept.elsewhere("wss://other.org/a") == "1 header kept for example.org:443"
    assert kept.elsewhere("wss://example.org/") == ""


def test_of_several_hosts_each_has_its_own() -> None:
    kept = KeptHeaders()
    kept.keep("ws://a:1", HEADERS)
    kept.keep("ws://b:1", (("X-B", "2"),))
    assert kept.of("ws://a:1/") == HEADERS
    assert kept.of("ws://b:1/") == (("X-B", "2"),)
    assert kept.elsewhere("ws://c:1") == "headers kept for 2 other hosts"
    kept.keep("ws://b:1", ())
    assert kept.elsewhere("ws://c:1") == "1 header kept for a:1"


def test_headers_typed_without_an_address_are_for_the_first_that_is_opened() -> None:
    kept = KeptHeaders()
    kept.keep("ws://", HEADERS)
    assert kept.of("ws://a:1") == HEADERS
    kept.bind("ws://ab:1")
    assert kept.of("ws://ab:1") == HEADERS
    assert kept.of("ws://a:1") == ()
