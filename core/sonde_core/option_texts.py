"""The options of a session as a person reads and writes them, one text each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, get_args

from . import quantity
from .endpoint import SESSION_SCHEMES
from .errors import RequestError
from .quoting import quoted
from .session_request import SessionOptions, TlsVersion
from .words import count

YES, NO = "yes", "no"
USUAL: Final = SessionOptions()

_TLS: Final = frozenset({"tls", "wss", "tcp", "unix"})  # a plain session may be upgraded
_OVER_TCP: Final = frozenset({"tcp", "tls", "ws", "wss"})
_IP: Final = _OVER_TCP | {"udp"}
_UDP: Final = frozenset({"udp"})
_WEB_SOCKET: Final = frozenset({"ws", "wss"})
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2


@dataclass(frozen=True, slots=True)
class OptionText:
    """One option.

    Attributes:
        name: Of the field of `SessionOptions`.
        label: What it is, in a word or three.
        hint: What can be written.
        schemes: Where it means something.
        choices: The only texts there are; empty for any.
    """

    name: str
    label: str
    hint: str
    schemes: frozenset[str] = SESSION_SCHEMES
    choices: tuple[str, ...] = ()


_SWITCH: Final = (YES, NO)
OPTIONS: Final = (
    OptionText("connect_timeout", "connect within", "seconds"),
    OptionText("idle_timeout", "idle at most", "seconds without a byte; empty for ever"),
    OptionText("verify", "verify TLS", "", _TLS, _SWITCH),
    OptionText("ca_file", "CA file", "PEM file to trust; empty for the system's", _TLS),
    OptionText("server_name", "server name", "of SNI and certificate; empty: the host", _TLS),
    OptionText("alpn", "ALPN", "protocols to offer, such as h2, http/1.1", _TLS),
    OptionText("min_tls", "oldest TLS", "", _TLS, get_args(TlsVersion)),
    OptionText("certificate", "certificate", "PEM file of ours, if the peer asks for one", _TLS),
    OptionText("key", "key", "PEM file; empty: with the certificate", _TLS),
    OptionText("proxy", "proxy", "socks5://host:port or http://host:port", _IP),
    OptionText("source", "come from", "address, address:port or :port", _IP),
    OptionText("nodelay", "no delay", "", _OVER_TCP, _SWITCH),
    OptionText("keepalive", "keep alive", "", _OVER_TCP, _SWITCH),
    OptionText("reuse", "reuse port", "", _IP, _SWITCH),
    OptionText("linger", "linger", "seconds a close waits; 0 resets", _OVER_TCP),
    OptionText("send_buffer", "send buffer", "bytes, like 64 KiB; empty for the system's"),
    OptionText("receive_buffer", "receive buffer", "bytes, like 64 KiB; empty for the system's"),
    OptionText("hops", "multicast hops", "networks to cross, 0 to 255", _UDP),
    OptionText("interface", "multicast over", "address or name of an interface", _UDP),
    OptionText("subprotocols", "subprotocols", "to offer, the favourite first", _WEB_SOCKET),
    OptionText("compression", "compression", "", _WEB_SOCKET, _SWITCH),
    OptionText("headers", "headers", "", _WEB_SOCKET),
)


def options_of(scheme: str) -> list[OptionText]:
    """Return the options that mean something for a scheme, but for headers, in order."""
    return [each for each in OPTIONS if scheme in each.schemes and each.name != "headers"]


def fitting(options: SessionOptions, scheme: str) -> SessionOptions:
    """Return options with the usual in place of what means nothing for a scheme."""
    useless = (each.name for each in OPTIONS if scheme not in each.schemes)
    usual = {name: getattr(USUAL, name) for name in useless}
    return replace(options, **usual)


def text_of(options: SessionOptions, name: str) -> str:
    """Write the value of an option, so that `read_option` reads the same back."""
    value = getattr(options, name)
    match value:
        case None:
            return ""
        case bool():
            return YES if value else NO
        case float():
            return f"{value:.12g}"
        case int():
            if name == "hops":
                return str(value)
            return quantity.size_text(value) if value else ""
        case tuple():
            return ", ".join(value)
        case _:
            return str(value)


def read_options(texts: Mapping[str, str], usual: SessionOptions = USUAL) -> SessionOptions:
    """Read options from their texts; what is not among them is as in `usual`.

    Raises:
        RequestError: One of them is none; the sentence names it.
    """
    read = {name: _READ.get(name, _plain)(text.strip()) for name, text in texts.items()}
    return replace(usual, **read)  # type: ignore[arg-type]  # each reader gives its field's type


def differing(options: SessionOptions, scheme: str) -> str:
    """Say in one line what differs from the usual; empty for nothing."""
    return " · ".join(_differing(options, scheme))


def _differing(options: SessionOptions, scheme: str) -> Iterator[str]:
    for option in OPTIONS:
        value = getattr(options, option.name)
        if scheme not in option.schemes or value == getattr(USUAL, option.name):
            continue
        if option.name == "headers":
            yield count(len(value), "header")
        elif option.name == "proxy":
            yield f"proxy {_shown_proxy(value)}"
        else:
            text = text_of(options, option.name)
            seconds = " s" if isinstance(value, float) else ""
            yield f"{option.label} {text or 'as usual'}{seconds}"


def _shown_proxy(text: str) -> str:
    """Leave out its password."""
    from .transport.proxy_address import parse_proxy

    try:
        return str(parse_proxy(text))
    except RequestError:
        return "that is none"


def _plain(text: str) -> object:
    return text


def _yes(text: str) -> object:
    return text == YES


def _connect(text: str) -> object:
    return quantity.seconds(text, "The connect time-out")


def _idle(text: str) -> object:
    return quantity.seconds(text, "The idle time-out") if text else None


def _linger(text: str) -> object:
    if not text:
        return None
    return 0.0 if text == "0" else quantity.seconds(text, "The time to linger")


def _size(text: str) -> object:
    return quantity.size(text, "A buffer") if text else 0


def _hops(text: str) -> object:
    return quantity.count(text, "The number of hops", most=255)


def _proxy(text: str) -> object:
    if text:
        from .transport.proxy_address import parse_proxy

        parse_proxy(text)
    return text


def _source(text: str) -> object:
    if text:
        from .transport.sockopts import parse_source

        parse_source(text)
    return text


def _words(text: str) -> list[str]:
    return re.split(r"[\s,]+", text.strip(", \t")) if text.strip(", \t") else []


def _alpn(text: str) -> object:
    for name in _words(text):
        if not (name.isascii() and len(name) <= 255):
            raise RequestError(f"{quoted(name)} is no protocol's name.", hint="Write h2, http/1.1.")
    return tuple(_words(text))


def _subprotocols(text: str) -> object:
    for name in _words(text):
        if not _TOKEN.fullmatch(name):
            raise RequestError(f"{quoted(name)} is no subprotocol's name.", hint="Write chat, v2.")
    return tuple(_words(text))


def read_headers(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Check the headers of a handshake.

    Raises:
        RequestError: One of them cannot be sent.
    """
    headers = tuple((name.strip(), value.strip()) for name, value in pairs)
    for name, value in headers:
        if not _TOKEN.fullmatch(name) or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
            raise RequestError(
                f"{quoted(name)} is no header that can be sent.",
                hint="A name has no spaces or colons, and a value no line feeds.",
            )
    return headers


_READ: Final[dict[str, Callable[[str], object]]] = {
    "connect_timeout": _connect,
    "idle_timeout": _idle,
    "verify": _yes,
    "alpn": _alpn,
    "proxy": _proxy,
    "source": _source,
    "nodelay": _yes,
    "keepalive": _yes,
    "reuse": _yes,
    "linger": _linger,
    "send_buffer": _size,
    "receive_buffer": _size,
    "hops": _hops,
    "subprotocols": _subprotocols,
    "compression": _yes,
}
