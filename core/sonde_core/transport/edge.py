"""The only place where `OSError`, `ssl` and time-outs become our errors."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from typing import Final

from ..endpoint import Endpoint, join_host
from ..errors import (
    BindError,
    ConnectError,
    DeadlineError,
    PeerClosedError,
    ResolveError,
    SondeError,
    TlsError,
)
from ..quoting import quoted
from .tls_words import PERHAPS_PLAIN, broken, tls_hint, tls_reason

_WORDS: Final = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "the peer reset the connection",
    errno.EPIPE: "the peer closed the connection",
    errno.ECONNABORTED: "the connection was aborted",
    errno.ETIMEDOUT: "nothing answered in the time of the operating system",
    errno.EHOSTUNREACH: "no route to that host",
    errno.ENETUNREACH: "no route to that network",
    errno.ENETDOWN: "the network is down",
    errno.EADDRINUSE: "the address is in use already",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
    errno.EACCES: "permission denied",
    errno.EPERM: "not permitted",
    errno.EMFILE: "this process has too many open files",
    errno.ENFILE: "this machine has too many open files",
    errno.ENOENT: "there is no such path",
    errno.ENOTDIR: "a part of the path is no folder",
    errno.ENOTSOCK: "that is no socket",
    errno.ENOTCONN: "the peer closed the connection at once",
    errno.EPROTOTYPE: "that is a socket of another kind",
    errno.EMSGSIZE: "the datagram is too large",
    errno.EAFNOSUPPORT: "this machine does not have that kind of address",
    errno.ENODEV: "no network interface leads there",
    errno.EAGAIN: "the peer does not read, and its queue is full",
    errno.EINVAL: "the address cannot be used as it is written",
}
_HINTS: Final = {
    errno.EACCES: "Check the rights of the address; ports below 1024 may need more of them.",
    errno.EHOSTUNREACH: "Check the network and the address.",
    errno.ENETUNREACH: "Check the network and the address.",
    errno.EMFILE: "Close some sessions, or raise the limit with `ulimit -n`.",
    errno.ENOENT: "Check the path; the server makes it when it starts.",
    errno.ENOTSOCK: "Give the path of a Unix socket.",
    errno.EMSGSIZE: "One datagram carries 65,507 bytes at most over IPv4.",
    errno.EADDRNOTAVAIL: "Bind 127.0.0.1, or an address that `ip address` lists.",
    errno.ENODEV: "Name the interface to use for multicast.",
    errno.EPROTOTYPE: "A stream socket is unix:, a datagram socket is unix-dgram:.",
    errno.EINVAL: "A link-local IPv6 address needs its interface: [fe80::1%eth0].",
}
_ENDED: Final = (errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED)


def explain(
    error: BaseException, what: str | Endpoint, phase: str, seconds: float | None = None
) -> SondeError:
    """Turn what the operating system or OpenSSL says into an error for people.

    Args:
        error: What was caught; one of ours comes back as it is.
        what: The address it is about.
        phase: As in `SondeError.phase`.
        seconds: The limit that ran out, for a time-out.
    """
    if isinstance(error, SondeError):
        return error
    if isinstance(error, ssl.SSLError):  # before OSError: it is a subclass
        return _explain_tls(error, what, phase)
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return _explain_name(error, what)
    if isinstance(error, TimeoutError) and not error.errno:  # asyncio's, not ETIMEDOUT
        limit = "in time" if seconds is None else f"within {seconds:g} s"
        hint = PERHAPS_PLAIN if phase == "tls" else ""
        return DeadlineError(f"No answer from {what} {limit}.", hint=hint, phase=phase)
    words = reason(error)
    hint = _HINTS.get(error.errno or 0, "") if isinstance(error, OSError) else ""
    if phase == "bind":
        return BindError(f"Could not listen on {what}: {words}.", hint=hint, phase=phase)
    if phase in ("send", "receive", "wait"):
        ended = isinstance(error, OSError) and error.errno in _ENDED
        kind = PeerClosedError if ended else ConnectError
        return kind(f"The connection to {what} broke: {words}.", hint=hint, phase=phase)
    return ConnectError(f"Could not reach {what}: {words}.", hint=hint, phase=phase)


def reason(error: BaseException) -> str:
    """Say in a few plain words what failed."""
    if isinstance(error, ssl.SSLError):
        return tls_reason(error)
    if isinstance(error, OSError) and error.errno:
        words = _WORDS.get(error.errno)
        return words or (error.strerror or os.strerror(error.errno)).rstrip(".").lower()
    if isinstance(error, EOFError):
        return "the peer closed the connection"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error).rstrip(".") or type(error).__name__


def _explain_tls(error: ssl.SSLError, what: str | Endpoint, phase: str) -> SondeError:
    if phase in ("send", "receive", "wait"):
        text, hint = broken(error)
        return TlsError(f"TLS with {what} broke: {text}.", hint=hint, phase=phase)
    text = tls_reason(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsError(f"The certificate of {what} is not trusted: {text}.", phase="tls")
    return TlsError(f"TLS with {what} failed: {text}.", hint=tls_hint(error), phase="tls")


def _explain_name(error: socket.gaierror | UnicodeError, what: str | Endpoint) -> SondeError:
    host = what.host if isinstance(what, Endpoint) else what
    if isinstance(error, UnicodeError):
        return ResolveError(f"{quoted(host)} cannot be a host name.", phase="resolve")
    if error.errno == socket.EAI_AGAIN:
        return ResolveError(
            f"The name {quoted(host)} could not be looked up: no name server answered.",
            hint="Check the network, or use the address in numbers.",
            phase="resolve",
        )
    if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", -5)):
        return ResolveError(f"The name {quoted(host)} has no address.", phase="resolve")
    words = (error.strerror or str(error)).lower()
    return ResolveError(
        f"The name {quoted(host)} could not be looked up: {words}.", phase="resolve"
    )


def address_text(address: object) -> str:
    """Write what `getsockname` or `getpeername` gives as people read it."""
    if isinstance(address, bytes):  # an abstract Unix name on Linux (unix(7))
        return "@" + address[1:].decode("utf-8", "surrogateescape")
    if isinstance(address, str):
        return "@" + address[1:] if address.startswith("\0") else address
    if isinstance(address, tuple) and len(address) >= 2:
        host = str(address[0])
        # A dual-stack socket shows IPv4 peers as mapped addresses (RFC 4291, section 2.5.5.2).
        if host.startswith("::ffff:") and "." in host:
            host = host.removeprefix("::ffff:")
        if len(address) == 4 and address[3] and "%" not in host:
            host = f"{host}%{address[3]}"
        return join_host(host, int(address[1]))
    return ""
