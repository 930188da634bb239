"""How a script of a session opens its connection: the lines, and what they call."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from typing import Final

from ..session_request import SessionOptions, SessionRequest
from ..transport.groups import is_group
from ..transport.proxy import check_target
from ..transport.proxy_address import ProxyAddress, parse_proxy
from ..transport.unix import address
from . import web_socket_bytes
from .literals import literal
from .script_links import RELAYED, THROUGH_HTTP, THROUGH_SOCKS, TLS, TO_MANY, WEB_SOCKET
from .script_parts import Part

_SECURE: Final = ("tls", "wss")
_VERSIONS: Final = {"1.0": "TLSv1", "1.1": "TLSv1_1", "1.2": "TLSv1_2", "1.3": "TLSv1_3"}


class Opening:
    """The beginning of a script, to where `connection` is open.

    Attributes:
        lines: Of them the last ones that are indented stand in a `with`.
        parts: What they call.
        modules: What they import.
    """

    def __init__(
        self, request: SessionRequest, facts: Mapping[str, str], *, upgrades: bool
    ) -> None:
        """Write it.

        Args:
            request: What was asked for.
            facts: Of the connection that was recorded; empty for none.
            upgrades: Whether TLS is put on it later.

        Raises:
            RequestError: The proxy is none, or does not go there.
        """
        self.parts: list[Part] = []
        self.modules = {"socket"}
        self._request = request
        self._endpoint = request.endpoint
        self._options = request.options
        self._facts = facts
        self.lines = tuple(self._lines(upgrades=upgrades))

    @property
    def name(self) -> str:
        """What the peer's certificate is to say, as a literal."""
        name = self._options.server_name or self._endpoint.host or "localhost"
        return literal(name.partition("%")[0])

    def _lines(self, *, upgrades: bool) -> Iterator[str]:
        endpoint = self._endpoint
        if endpoint.scheme in _SECURE or upgrades:
            self.parts.append(TLS)
            self.modules.add("ssl")
            yield from _context(self._options)
        match endpoint.scheme:
            case "unix":
                yield "with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:"
                yield from self._connect(literal(address(endpoint.path)))
            case "unix-dgram":
                yield from self._unix_datagrams()
            case "udp" if self._options.proxy:
                yield from self._relayed(parse_proxy(self._options.proxy))
            case "udp":
                yield from self._datagrams()
            case "tcp":
                yield from self._stream("connection")
            case "tls":
                yield from self._stream("plain")
                yield f"    connection = Tls(plain, context, {self.name})"
            case _:
                yield from self._web_socket()

    def _connect(self, where: str) -> Iterator[str]:
        yield "    connection.settimeout(TIMEOUT)"
        yield from self._options_of("connection")
        yield f"    connection.connect({where})"

    def _unix_datagrams(self) -> Iterator[str]:
        self.modules.add("tempfile")
        yield "with (  # answers come to a path of our own"
        yield "    tempfile.TemporaryDirectory() as folder,"
        yield "    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection,"
        yield "):"
        yield '    connection.bind(f"{folder}/socket")'
        yield from self._connect(literal(address(self._endpoint.path)))

    def _datagrams(self) -> Iterator[str]:
        many = [*self._to_many()]
        name = "plain" if many else "connection"
        yield f"found = socket.getaddrinfo(*{self._place()}, type=socket.SOCK_DGRAM)"
        yield f"with socket.socket(found[0][0], socket.SOCK_DGRAM) as {name}:"
        if self._source:
            yield f"    {name}.bind({self._source})"
        if not many:
            yield from self._connect("found[0][4]")
            return
        self.parts.append(TO_MANY)
        yield from (f"    plain.setsockopt({option})" for option in many)
        yield from self._options_of("plain")
        yield "    connection = ToMany(plain, found[0][4])"
        yield "    connection.settimeout(TIMEOUT)"

    def _to_many(self) -> Iterator[str]:
        """Yield what a socket is set to that sends to a group, or to all; nothing for one peer."""
        host, facts = self._endpoint.host, self._facts
        if is_group(host) or "multicast" in facts:
            yield from self._to_group(six=":" in host)
        elif "broadcast" in facts or (not facts and host.endswith(".255")):
            yield "socket.SOL_SOCKET, socket.SO_BROADCAST, 1"

    def _to_group(self, *, six: bool) -> Iterator[str]:
        hops = "IPV6, socket.IPV6_MULTICAST_HOPS" if six else "IP, socket.IP_MULTICAST_TTL"
        yield f"socket.IPPROTO_{hops}, {min(self._options.hops, 255)}"
        name = self._options.interface
        if not name:
            return
        index = f"socket.if_nametoindex({literal(name)})"
        if six:
            yield f"socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, {index}"
            return
        if _is_address(name):
            through = f"socket.inet_aton({literal(name)})"
        else:
            self.modules.add("struct")
            through = f'struct.pack("@8si", bytes(8), {index})'
        yield f"socket.IPPROTO_IP, socket.IP_MULTICAST_IF, {through}"

    def _stream(self, name: str) -> Iterator[str]:
        """Yield the lines that connect over TCP, through the proxy if there is one."""
        proxy = self._options.proxy
        if not proxy:
            source = f", {self._source}" if self._source else ""
            yield f"with socket.create_connection({self._place()}, TIMEOUT{source}) as {name}:"
            yield from self._options_of(name)
            return
        found = parse_proxy(proxy)
        yield from self._to_proxy(found, name)
        yield from self._options_of(name)
        target = f"{name}, {literal(self._endpoint.host)}, {self._endpoint.port}"
        yield f"    through({target}{self._credentials(found)})"

    def _relayed(self, proxy: ProxyAddress) -> Iterator[str]:
        check_target(self._endpoint, proxy)
        self.parts.append(RELAYED)
        yield from self._to_proxy(proxy, "control")
        target = f"control, {literal(self._endpoint.host)}, {self._endpoint.port}"
        source = f", source={self._source}" if self._source else ""
        yield f"    connection = Relayed({target}{self._credentials(proxy)}{source})"
        yield from self._options_of("connection.socket")

    def _to_proxy(self, proxy: ProxyAddress, name: str) -> Iterator[str]:
        where = f"({literal(proxy.host)}, {proxy.port})"
        source = f", {self._source}" if self._source else ""
        yield f"with socket.create_connection({where}, TIMEOUT{source}) as {name}:"

    def _credentials(self, proxy: ProxyAddress) -> str:
        user, password = proxy.user, proxy.password
        if proxy.scheme == "socks5":
            self.parts.append(THROUGH_SOCKS)
            return f", {literal(user)}, {literal(password)}" if user or password else ""
        self.parts.append(THROUGH_HTTP)
        if not user and not password:
            return ""
        token = base64.b64encode(f"{user}:{password}".encode("utf-8", "surrogateescape"))
        return f", [{literal(f'Proxy-Authorization: Basic {token.decode()}')}]"

    def _web_socket(self) -> Iterator[str]:
        self.parts.append(WEB_SOCKET)
        yield from self._stream("plain")
        stream = "plain"
        if self._endpoint.scheme == "wss":
            stream = f"Tls(plain, context, {self.name})"
        head = literal(web_socket_bytes.asked(self._request, {}), indent=4)
        yield f"    connection = WebSocket({stream}, {head})"

    def _options_of(self, name: str) -> Iterator[str]:
        """Yield what the options ask of the socket, where it is not as usual."""
        options = self._options
        wanted = {
            "SO_KEEPALIVE": int(options.keepalive),
            "SO_SNDBUF": options.send_buffer,
            "SO_RCVBUF": options.receive_buffer,
        }
        for option, value in wanted.items():
            if value:
                yield f"    {name}.setsockopt(socket.SOL_SOCKET, socket.{option}, {value})"
        if options.linger is not None:
            self.modules.add("struct")
            linger = f'struct.pack("ii", 1, {round(options.linger)})'
            yield f"    {name}.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, {linger})"

    def _place(self) -> str:
        return f"({literal(self._endpoint.host)}, {self._endpoint.port})"

    @property
    def _source(self) -> str:
        """The address to come from, as Python writes it; empty for any."""
        source = self._options.source
        if not source:
            return ""
        host, colon, port = source.rpartition(":")
        if not colon or not port.isdecimal() or (":" in host and not host.endswith("]")):
            host, port = source, "0"
        return f"({literal(host.strip('[]'))}, {port})"


def _is_address(name: str) -> bool:
    """Tell whether an interface is named by one of its addresses."""
    try:
        IPv4Address(name)
    except ValueError:
        return False
    return True


def _context(options: SessionOptions) -> Iterator[str]:
    trusted = f"cafile={literal(options.ca_file)}" if options.ca_file else ""
    yield f"context = ssl.create_default_context({trusted})"
    if not options.verify:
        yield "context.check_hostname = False"
        yield "context.verify_mode = ssl.CERT_NONE"
    if options.min_tls != "1.2":
        yield f"context.minimum_version = ssl.TLSVersion.{_VERSIONS[options.min_tls]}"
    if options.alpn:
        names = ", ".join(literal(name) for name in options.alpn)
        yield f"context.set_alpn_protocols([{names}])"
    if options.certificate:
        key = f", {literal(options.key)}" if options.key else ""
        yield f"context.load_cert_chain({literal(options.certificate)}{key})"
