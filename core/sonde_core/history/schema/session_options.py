"""The options of a session ⇄ plain JSON values; what is as usual is left out."""

from __future__ import annotations

from dataclasses import fields
from typing import Final, get_args

from ...session_request import SessionOptions, TlsVersion
from .values import (
    Record,
    count,
    finite,
    flag,
    from_pairs,
    from_text,
    number,
    one_of,
    record,
    texts,
    to_text,
)

_USUAL: Final = SessionOptions()
_VERSIONS: Final[tuple[TlsVersion, ...]] = get_args(TlsVersion)


def to_session_options(options: SessionOptions) -> Record:
    """Write options by the names of their fields."""
    values = {field.name: getattr(options, field.name) for field in fields(options)}
    return {
        name: _written(value) for name, value in values.items() if value != getattr(_USUAL, name)
    }


def _written(value: object) -> object:
    if isinstance(value, str):
        return to_text(value)
    if isinstance(value, float):
        return finite(value)
    if isinstance(value, tuple):
        return [_written(each) for each in value]
    return value


def from_session_options(value: object) -> SessionOptions:
    """Read options; what is missing is as usual."""
    plain = record(value)
    return SessionOptions(
        connect_timeout=number(plain.get("connect_timeout", _USUAL.connect_timeout)),
        idle_timeout=_or_none(plain.get("idle_timeout")),
        verify=flag(plain.get("verify", _USUAL.verify)),
        ca_file=_text(plain, "ca_file"),
        server_name=_text(plain, "server_name"),
        alpn=texts(plain.get("alpn")),
        min_tls=one_of(
            plain.get("min_tls", _USUAL.min_tls), _VERSIONS, why="unknown version of TLS"
        ),
        certificate=_text(plain, "certificate"),
        key=_text(plain, "key"),
        proxy=_text(plain, "proxy"),
        source=_text(plain, "source"),
        nodelay=flag(plain.get("nodelay", _USUAL.nodelay)),
        keepalive=flag(plain.get("keepalive", _USUAL.keepalive)),
        reuse=flag(plain.get("reuse", _USUAL.reuse)),
        linger=_or_none(plain.get("linger")),
        send_buffer=count(plain.get("send_buffer", 0)),
        receive_buffer=count(plain.get("receive_buffer", 0)),
        hops=count(plain.get("hops", _USUAL.hops)),
        interface=_text(plain, "interface"),
        headers=from_pairs(plain.get("headers")),
        subprotocols=texts(plain.get("subprotocols")),
        compression=flag(plain.get("compression", _USUAL.compression)),
    )


def _text(plain: Record, name: str) -> str:
    return from_text(plain.get(name, ""))


def _or_none(value: object) -> float | None:
    return None if value is None else number(value)
