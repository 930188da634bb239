"""Text ⇄ `Endpoint`: where a request goes, or where a listener waits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .errors import EndpointSyntaxError
from .quoting import quoted

HTTP_SCHEMES: Final = frozenset({"http", "https"})
UNIX_SCHEMES: Final = frozenset({"unix", "unix-dgram"})
WEB_SOCKET_SCHEMES: Final = frozenset({"ws", "wss"})
TLS_SCHEMES: Final = frozenset({"tls", "wss"})  # of sessions
DATAGRAM_SCHEMES: Final = frozenset({"udp", "unix-dgram"})
# Each write and each read is a message of its own.
MESSAGE_SCHEMES: Final = DATAGRAM_SCHEMES | WEB_SOCKET_SCHEMES
STREAM_SCHEMES: Final = frozenset({"tcp", "tls", "unix"})
SESSION_SCHEMES: Final = STREAM_SCHEMES | MESSAGE_SCHEMES
_WITH_PATH: Final = HTTP_SCHEMES | WEB_SOCKET_SCHEMES
DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}

# sun_path holds 108 bytes on Linux with its final NUL (unix(7)).
UNIX_PATH_LIMIT: Final = 107

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d+(?:/|$))")
_PORT = re.compile(r"[0-9]{1,10}")
# A host name label or an address; IDNA takes letters beyond ASCII.
_HOST = re.compile(r"[^\s/?#@\[\]\\<>^`{|}%:\"\x00-\x20\x7f\ud800-\udfff]+")
_IPV6 = re.compile(r"[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._~-]+)?")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where: a scheme and an address.

    Attributes:
        scheme: `http`, `https`, `tcp`, `tls`, `udp`, `unix`, `unix-dgram`, `ws` or `wss`.
        host: A name or an address without brackets; empty for a Unix socket.
        port: 1 to 65535, or 0 for a listener that takes any free port; 0 for a Unix socket.
        path: The path of a Unix socket; path, query and fragment as written of a URL; WebSocket
            takes no fragment.
    """

    scheme: str
    host: str = ""
    port: int = 0
    path: str = ""

    @property
    def is_http(self) -> bool:
        return self.scheme in HTTP_SCHEMES

    @property
    def is_unix(self) -> bool:
        return self.scheme in UNIX_SCHEMES

    @property
    def is_web_socket(self) -> bool:
        return self.scheme in WEB_SOCKET_SCHEMES

    @property
    def has_tls(self) -> bool:
        """Whether a session speaks TLS from its start."""
        return self.scheme in TLS_SCHEMES

    @property
    def is_message(self) -> bool:
        """Whether each write and each read is a message of its own."""
        return self.scheme in MESSAGE_SCHEMES

    @property
    def address(self) -> str:
        """Host and port as text, IPv6 in brackets; the path of a Unix socket."""
        if self.is_unix:
            return self.path
        return join_host(self.host, self.port)

    def __str__(self) -> str:
        if self.is_unix:
            return f"{self.scheme}:{self.path}"
        if self.port == DEFAULT_PORTS.get(self.scheme):
            host = f"[{self.host}]" if ":" in self.host else self.host
            return f"{self.scheme}://{host}{self.path}"
        return f"{self.scheme}://{self.address}{self.path}"


def join_host(host: str, port: int) -> str:
    """Write `host:port`, an IPv6 address in brackets (RFC 3986, section 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse(text: str, *, listening: bool = False) -> Endpoint:
    """Read an endpoint as a person types it; without a scheme it is HTTP.

    Args:
        text: Such as `tcp://localhost:80`, `unix:/tmp/s`, `example.org/path`.
        listening: Allow port 0 and an empty host (127.0.0.1 then), and allow no HTTP.

    Raises:
        EndpointSyntaxError: The text is no address.
    """
    text = text.strip()
    if not text:
        raise EndpointSyntaxError("The address is empty.")
    match = _SCHEME.match(text)
    scheme = match[1].lower() if match else ("tcp" if listening else "http")
    rest = text[match.end() :] if match else text
    if scheme not in HTTP_SCHEMES | SESSION_SCHEMES:
        raise EndpointSyntaxError(
            f"Unknown scheme {quoted(scheme)} in {quoted(text)}.",
            hint="Known are http, https, tcp, tls, udp, unix, unix-dgram, ws and wss.",
        )
    if listening and scheme in HTTP_SCHEMES:
        raise EndpointSyntaxError(
            f"A listener takes no {scheme} address: {quoted(text)}.",
            hint="Bind tcp://, tls://, udp://, ws:// or unix: and answer by hand.",
        )
    if scheme in UNIX_SCHEMES:
        return _parse_unix(text, scheme, rest)
    if match and not rest.startswith("//"):
        raise EndpointSyntaxError(f"{quoted(text)} lacks // after {scheme}:.")
    return _parse_network(text, scheme, rest.removeprefix("//"), listening=listening)


def _parse_unix(text: str, scheme: str, rest: str) -> Endpoint:
    path = rest[2:] if rest.startswith("//") else rest
    if not path or "\0" in path:
        raise EndpointSyntaxError(
            f"{quoted(text)} names no socket path.", hint=f"Write {scheme}:/path."
        )
    try:
        size = len(path.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError as error:
        raise EndpointSyntaxError(f"{quoted(text)} holds half a character.") from error
    if size > UNIX_PATH_LIMIT:
        shorter = "name" if path.startswith("@") else "folder, or a relative path"
        raise EndpointSyntaxError(
            f"The socket path is longer than {UNIX_PATH_LIMIT} bytes: {quoted(path)}.",
            hint=f"Use a shorter {shorter}.",
        )
    return Endpoint(scheme, path=path)


def _parse_network(text: str, scheme: str, rest: str, *, listening: bool) -> Endpoint:
    cut = re.search(r"[/?#]", rest) if scheme in _WITH_PATH else re.search(r"/$", rest)
    authority, path = (rest[: cut.start()], rest[cut.start() :]) if cut else (rest, "")
    if scheme not in _WITH_PATH:
        path = ""
    if scheme in WEB_SOCKET_SCHEMES and "#" in path:
        raise EndpointSyntaxError(  # RFC 6455, section 3
            f"WebSocket takes no fragment, which begins with #: {quoted(text)}.",
            hint="Leave it out; a # that is of the path is written %23.",
        )
    host, port_text = _split_authority(text, authority.rpartition("@")[2])
    if scheme not in _WITH_PATH and "@" in authority:
        raise EndpointSyntaxError(f"{scheme}:// takes no user name: {quoted(text)}.")
    if not host:
        if not listening:
            raise EndpointSyntaxError(f"{quoted(text)} names no host.")
        host = "127.0.0.1"
    port = _port(text, scheme, port_text, listening=listening)
    return Endpoint(scheme, host, port, path)


def _split_authority(text: str, authority: str) -> tuple[str, str | None]:
    if authority.startswith("["):
        host, bracket, after = authority[1:].partition("]")
        if not bracket or not _IPV6.fullmatch(host) or (after and not after.startswith(":")):
            raise EndpointSyntaxError(f"{quoted(text)} holds no IPv6 address in its brackets.")
        return host, after[1:] if after else None
    host, colon, port = authority.partition(":")
    if ":" in port:
        raise EndpointSyntaxError(
            f"{quoted(text)} has too many colons.",
            hint="Put an IPv6 address in brackets: tcp://[::1]:80.",
        )
    if host and not _HOST.fullmatch(host):
        raise EndpointSyntaxError(f"{quoted(host)} is no host name, in {quoted(text)}.")
    return host, port if colon else None


def _port(text: str, scheme: str, port: str | None, *, listening: bool) -> int:
    if port is None or (not port and scheme in _WITH_PATH):
        if scheme in DEFAULT_PORTS:
            return DEFAULT_PORTS[scheme]
        bare = listening and text.isascii() and text.isdigit()
        hint = f"Write :{text} for that port." if bare else f"Write {scheme}://host:port."
        raise EndpointSyntaxError(f"{quoted(text)} names no port.", hint=hint)
    if not _PORT.fullmatch(port):
        raise EndpointSyntaxError(f"{quoted(port)} is no port, in {quoted(text)}.")
    number = int(port)
    lowest = 0 if listening else 1
    if not lowest <= number <= 65535:
        raise EndpointSyntaxError(
            f"Port {number} is out of range, in {quoted(text)}.",
            hint=f"Ports go from {lowest} to 65535.",
        )
    return number
