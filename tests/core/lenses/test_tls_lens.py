from __future__ import annotations

import contextlib
import ssl

from sonde_core.lenses.catalogue import lens_of
from sonde_core.lenses.cutter import split

LENS = lens_of("tls")


def client_hello(host: str) -> bytes:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    outgoing = ssl.MemoryBIO()
    tls = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=host)
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def test_a_real_client_hello_names_its_server() -> None:
    hello = client_hello("secret.example.org")
    found = LENS.read(hello)
    assert found.error == ""
    assert found.title.endswith("handshake: ClientHello, secret.example.org")
    named = {part.name: part for part in found.parts}
    assert named["ALPN"].value == "h2, http/1.1"
    assert "TLS 1.3" in named["versions"].value
    part = named["server name"]
    assert b"secret.example.org" in hello[part.start : part.end]


def test_records_are_cut_and_named() -> None:
    records = [
        client_hello("a"),
        b"\x14\x03\x03\0\1\1",
        b"\x17\x03\x03\0\5hello",
        b"\x15\x03\x03\0\2\2\x28",
        b"\x16\x03\x03\0\x28" + bytes(8) + b"\xa7" * 32,
        b"\x15\x03\x03\0\x1a" + b"\xa7" * 26,
    ]
    assert split(LENS, b"".join(records)) == records
    assert [LENS.read(record).title for record in records][1:] == [
        "TLS 1.2 change cipher spec",
        "TLS 1.2 application data, 5 bytes",
        "TLS 1.2 alert: handshake_failure (fatal)",
        "TLS 1.2 handshake, encrypted",
        "TLS 1.2 alert, encrypted",
    ]


def test_it_goes_on_at_the_next_record() -> None:
    found = split(LENS, b"EHLO x\r\n" + b"\x17\x03\x03\0\1x")
    assert found == [b"EHLO x\r\n", b"\x17\x03\x03\0\1x"]
    assert LENS.read(found[0]).error == "this is no TLS record"
    assert LENS.read(b"\x17\x03\x03\0\5ab").error == "2 of 5 bytes"


def test_a_hello_that_lies_about_its_sizes_is_read_as_far_as_it_goes() -> None:
    hello = client_hello("a.example")
    for at in range(5, len(hello)):
        broken = hello[:at] + b"\xff" + hello[at + 1 :]
        assert LENS.read(broken).title.startswith("TLS ")
        assert LENS.read(hello[:at]).title.startswith("TLS ")
    assert not LENS.failure
