"""The flags of `SessionOptions`: how a session is opened and held."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol, get_args

from sonde_core.errors import SondeError
from sonde_core.outlets import files
from sonde_core.session_request import SessionOptions, TlsVersion

from . import options

_USUAL: Final = SessionOptions()
_TIMEOUT: Final = f"seconds to connect, a proxy included (default: {_USUAL.connect_timeout:g})"
# Flags whose value is kept as it is, and the field that it goes to.
_PLAIN: Final = {
    "timeout": "connect_timeout",
    "idle": "idle_timeout",
    "servername": "server_name",
    "tls_min": "min_tls",
    "cert": "certificate",
    "key": "key",
    "proxy": "proxy",
    "source": "source",
    "linger": "linger",
    "send_buffer": "send_buffer",
    "receive_buffer": "receive_buffer",
    "hops": "hops",
    "interface": "interface",
}
_LISTS: Final = {"alpn": "alpn", "header": "headers", "subprotocol": "subprotocols"}
_ON: Final = {"keepalive": "keepalive", "reuse": "reuse"}
OF_LISTENERS: Final = frozenset(
    {"linger", "send_buffer", "receive_buffer", "nagle", "keepalive", "interface"}
)
_OF_FAR: Final = (
    "timeout",
    "insecure",
    "cacert",
    "servername",
    "tls_min",
    "far_cert",
    "far_key",
    "far_alpn",
    "proxy",
    "source",
)
_OFF: Final = {"insecure": "verify", "nagle": "nodelay", "no_compression": "compression"}
# The option that each flag of `add` sets.
FIELDS: Final = {**_PLAIN, **_LISTS, **_ON, **_OFF, "cacert": "ca_file"}


def add(parser: ArgumentParser, *, timeout: str = _TIMEOUT) -> None:
    """Add a flag for each option, in groups; `timeout` is the help of `--timeout`."""
    parser.add_argument(
        "--timeout",
        metavar="S",
        action=options.Once,
        type=options.seconds,
        help=timeout,
    )
    options.add_trust(parser)
    _add_connection(parser)
    _add_tls(parser)
    _add_datagrams(parser)
    _add_web_socket(parser)


def add_listening(parser: ArgumentParser) -> None:
    """Add a flag for each option that a listener's sockets have."""
    _add_sockets(*_adders(parser, "sockets"))
    add, _ = _adders(parser, "multicast")
    _add_interface(add)


def read_listening(args: Namespace) -> SessionOptions:
    """Return what the flags of `add_listening` say."""
    given = {name: value for name, value in vars(args).items() if name in OF_LISTENERS}
    return read(Namespace(**given))


def add_far(parser: ArgumentParser) -> None:
    """Add a flag for each option of the far side of what a listener forwards.

    Its sockets are as those of the near side, whose flags `add_listening` adds.
    """
    add, switch = _adders(parser, "the far side of --forward")
    add("--timeout", "S", options.seconds, _TIMEOUT)
    switch("--insecure", "do not verify its certificate")
    add("--cacert", "FILE", options.file_name, "trust the certificates in this PEM file")
    add("--servername", "NAME", str, "for SNI and the certificate (default: the host)")
    add("--tls-min", "VERSION", tls_version, f"the oldest taken (default: {_USUAL.min_tls})")
    add("--far-cert", "FILE", options.file_name, "PEM file with a certificate to show it")
    add("--far-key", "FILE", options.file_name, "PEM file with the key of --far-cert")
    add("--far-alpn", "NAME", str, "offer it this protocol; repeatable", action="append")
    add("--proxy", "URL", _proxy, "reach it through socks5://… or http://…")
    add("--source", "ADDRESS", _source, "come from this address, address:port or :port")


def read_far(args: Namespace) -> SessionOptions:
    """Return what the flags of `add_far` say; raises SondeError."""
    given = vars(args)
    names = (*OF_LISTENERS, *_OF_FAR)
    far = {name.removeprefix("far_"): given[name] for name in names}
    return read(Namespace(**far))


def given_far(args: Namespace) -> list[str]:
    """Return those flags of `add_far` that are given."""
    return [f"--{name.replace('_', '-')}" for name in _OF_FAR if getattr(args, name)]


def read(args: Namespace, usual: SessionOptions = _USUAL) -> SessionOptions:
    """Return what the flags of `add` say; what they leave out is as in `usual`.

    Raises:
        SondeError: A file cannot be read.
    """
    return replace(usual, **given_fields(args))  # type: ignore[arg-type]


def given_fields(args: Namespace) -> dict[str, object]:
    """Return those fields of the options that the flags of `add` set; raises like `read`."""
    given = vars(args)
    for name in ("cacert", "cert", "key"):
        if given.get(name):
            files.check_readable(given[name])
    changed: dict[str, object] = {
        field: given[name] for name, field in _PLAIN.items() if given.get(name) is not None
    }
    changed |= {field: tuple(given[name]) for name, field in _LISTS.items() if given.get(name)}
    changed |= {field: True for name, field in _ON.items() if given.get(name)}
    changed |= {field: False for name, field in _OFF.items() if given.get(name)}
    if given.get("cacert"):
        changed["ca_file"] = given["cacert"]
    return changed


def _add_connection(parser: ArgumentParser) -> None:
    add, switch = _adders(parser, "connection")
    add("--idle", "S", options.seconds, "end as timed out after S seconds without a byte")
    add("--proxy", "URL", _proxy, "socks5://[USER:PASSWORD@]HOST:PORT, or http:// for CONNECT")
    add("--source", "ADDRESS", _source, "come from this address, address:port or :port")
    switch("--reuse", "take a source port that an old connection with --reuse still holds")
    _add_sockets(add, switch)


def _add_sockets(add: _Add, switch: Callable[[str, str], None]) -> None:
    add("--linger", "S", options.seconds_or_none, "seconds a close waits for the peer; 0 resets")
    add("--send-buffer", "SIZE", options.size, "the system's buffer for what is sent")
    add("--receive-buffer", "SIZE", options.size, "the system's buffer for what comes")
    switch("--nagle", "let the system gather small pieces (TCP_NODELAY off)")
    switch("--keepalive", "let the system ask a silent peer whether it is there")


def _add_tls(parser: ArgumentParser) -> None:
    add, _ = _adders(parser, "TLS")
    add("--servername", "NAME", str, "for SNI and the certificate (default: the host)")
    add("--cert", "FILE", options.file_name, "PEM file with our certificates, and the key or not")
    add("--key", "FILE", options.file_name, "PEM file with the key of --cert")
    add("--tls-min", "VERSION", tls_version, f"the oldest taken (default: {_USUAL.min_tls})")
    add("--alpn", "NAME", str, "offer this protocol; repeatable", action="append")


def _add_datagrams(parser: ArgumentParser) -> None:
    add, _ = _adders(parser, "multicast")
    add("--hops", "N", _hops, f"networks a datagram may cross (default: {_USUAL.hops})")
    _add_interface(add)


def _add_interface(add: _Add) -> None:
    add("--interface", "NAME", str, "name or address of the interface to use")


def _add_web_socket(parser: ArgumentParser) -> None:
    add, switch = _adders(parser, "WebSocket")
    add("--header", "'NAME: VALUE'", _header, "of the handshake; repeatable", action="append")
    add("--subprotocol", "NAME", str, "offer this one; repeatable", action="append")
    switch("--no-compression", "offer no permessage-deflate")


class _Add(Protocol):
    def __call__(
        self,
        flag: str,
        kind: str,
        convert: Callable[[str], object],
        words: str,
        *,
        action: str | type[argparse.Action] = ...,
    ) -> None: ...


def _adders(parser: ArgumentParser, title: str) -> tuple[_Add, Callable[[str, str], None]]:
    group = parser.add_argument_group(title)

    def add(
        flag: str,
        kind: str,
        convert: Callable[[str], object],
        words: str,
        *,
        action: str | type[argparse.Action] = options.Once,
    ) -> None:
        names = ("-H", flag) if flag == "--header" else (flag,)
        group.add_argument(*names, metavar=kind, action=action, type=convert, help=words)

    def switch(flag: str, words: str) -> None:
        group.add_argument(flag, action="store_true", help=words)

    return add, switch


def tls_version(text: str) -> TlsVersion:
    """Read a version of TLS, such as 1.2 or TLSv1.2."""
    known: tuple[TlsVersion, ...] = get_args(TlsVersion)
    for version in known:
        if text in (version, f"TLSv{version}"):
            return version
    raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(known)}")


def _proxy(text: str) -> str:
    from sonde_core.transport.proxy_address import parse_proxy

    return _read_by(parse_proxy, text)


def _source(text: str) -> str:
    from sonde_core.transport.sockopts import parse_source

    return _read_by(parse_source, text)


def _read_by(parse: Callable[[str], object], text: str) -> str:
    try:
        parse(text)
    except SondeError as error:
        raise argparse.ArgumentTypeError(f"{error.message} {error.advice}") from error
    return text


def _hops(text: str) -> int:
    value = 0 if text.strip() == "0" else options.count(text)
    if value > 255:
        raise argparse.ArgumentTypeError("a datagram crosses 255 networks at most")
    return value


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is no header; write 'Name: value'")
    return name.strip(), value.strip()
