"""SOCKS version 5 (RFC 1928) with user name and password (RFC 1929), without I/O.

socksio (the last release is of 2020) reads a reply only when it comes whole and alone, and
python-socks wants a socket of its own; here a reply may come byte by byte and with more behind.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from ..endpoint import join_host
from ..errors import ConnectError, RequestError
from ..payload import escape
from ..quoting import quoted
from .proxy_address import ProxyAddress
from .socks5_address import NAME, SIZES, Place, pack, unpack

_VERSION: Final = 5
_CONNECT, _ASSOCIATE = 1, 3
_NO_LOGIN, _PASSWORD, _NONE_FITS = 0, 2, 0xFF
_REPLIES: Final = {
    1: ("the proxy failed", "Ask whoever runs the proxy."),
    2: ("the proxy's rules forbid it", "Ask whoever runs the proxy, or take another one."),
    3: ("the proxy has no route to that network", "Check the address."),
    4: ("the proxy cannot reach that host, or does not know its name", "Check the address."),
    5: ("connection refused", "Check that something is listening at that address."),
    6: ("the connection took too long", "Check that the host is alive."),
    7: ("the proxy does not know that command", "It may only serve other kinds of connections."),
    8: ("the proxy does not know that kind of address", "Try a name, or an IPv4 address."),
}
_OTHER: Final = "Ask whoever runs the proxy, or take another one."


class Socks5:
    """One request to connect, or to relay datagrams.

    Attributes:
        done: Whether the way is open.
        rest: Bytes behind the proxy's last reply: the target's first.
        said: What the proxy settled, for people.
        bound: Where the proxy takes datagrams, once it is done; of a connection its own address.
    """

    def __init__(
        self, proxy: ProxyAddress, host: str, port: int, *, datagrams: bool = False
    ) -> None:
        """Prepare a request; raises UnicodeError for a host that cannot be a name."""
        self.done = False
        self.said = ""
        self.bound = Place("", 0)
        self._proxy = proxy
        self._target = join_host(host, port)
        self._datagrams = datagrams
        asked = pack(host, port)
        if datagrams:  # our own address, which a network between may change: so all zeros
            asked = pack("0.0.0.0", 0)  # noqa: S104 - nothing is bound
        self._asked = bytes((_VERSION, _ASSOCIATE if datagrams else _CONNECT, 0)) + asked
        self._login = _login(proxy)
        self._outgoing = bytearray()
        self._came = bytearray()
        self._talk = self._steps()
        self._wanted = next(self._talk)

    @property
    def rest(self) -> bytes:
        return bytes(self._came) if self.done else b""

    def begin(self) -> bytes:
        """Return what to send first."""
        return self._take()

    def receive(self, data: bytes) -> bytes:
        """Take what came; return what to send next, often nothing.

        Raises:
            ConnectError: The proxy refuses, or does not speak SOCKS5.
        """
        self._came += data
        while not self.done and len(self._came) >= self._wanted:
            piece = bytes(self._came[: self._wanted])
            del self._came[: self._wanted]
            try:
                self._wanted = self._talk.send(piece)
            except StopIteration:
                self.done = True
        return self._take()

    def _take(self) -> bytes:
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def _steps(self) -> Generator[int, bytes, None]:
        """Yield how many bytes are wanted next."""
        methods = bytes((_NO_LOGIN, _PASSWORD)) if self._login else bytes((_NO_LOGIN,))
        self._outgoing += bytes((_VERSION, len(methods))) + methods
        version, method = chosen = yield 2
        self._check(version, chosen)
        if method == _NONE_FITS or (method == _PASSWORD and not self._login):
            raise self._not_let_in()
        if method == _PASSWORD and self._login:
            self._outgoing += self._login
            _, status = yield 2
            if status:
                raise self._not_let_in()
            self.said = "logged in; "
        elif method != _NO_LOGIN:
            raise self._odd(f"chose login method {method}, which was not offered")
        self._outgoing += self._asked
        version, reply, _, kind = answer = yield 4
        self._check(version, answer)
        if reply:
            raise self._refused(reply)
        size = SIZES.get(kind) or ((yield 1)[0] if kind == NAME else -1)
        if size < 0:
            raise self._odd(f"answered with an address of kind {kind}, which SOCKS5 does not have")
        self.bound = unpack(kind, (yield size + 2))
        self.said += "the way is open"

    def _check(self, version: int, answer: bytes) -> None:
        if version == _VERSION:
            return
        told = f"{quoted(escape(answer))} is no answer of it"
        hint = "It may be an HTTP proxy: http://host:port." if answer[:1] == b"H" else _OTHER
        text = f"The proxy {self._proxy.address} does not speak SOCKS5: {told}."
        raise ConnectError(text, hint=hint, phase="connect")

    def _odd(self, words: str) -> ConnectError:
        text = f"The proxy {self._proxy.address} {words}."
        return ConnectError(text, hint=_OTHER, phase="connect")

    def _not_let_in(self) -> ConnectError:
        if self._login:
            text = f"The proxy {self._proxy.address} refused the user name or password."
            return ConnectError(text, hint="Check both.", phase="connect")
        return ConnectError(
            f"The proxy {self._proxy.address} wants a user name and password.",
            hint="Write them before the host, as user:password@host:port.",
            phase="connect",
        )

    def _refused(self, reply: int) -> ConnectError:
        words, hint = _REPLIES.get(reply, (f"the proxy answered {reply}", ""))
        did = "takes no datagrams for" if self._datagrams else "did not reach"
        text = f"The proxy {self._proxy.address} {did} {self._target}: {words}."
        return ConnectError(text, hint=hint, phase="connect")


def _login(proxy: ProxyAddress) -> bytes:
    if not proxy.user and not proxy.password:
        return b""
    user, password = (
        text.encode("utf-8", "surrogateescape") for text in (proxy.user, proxy.password)
    )
    if not 0 < len(user) < 256 or not 0 < len(password) < 256:
        raise RequestError(
            "A user name and a password for SOCKS5 have 1 to 255 bytes each.",
            hint="Write them before the host, as user:password@host:port.",
            phase="request",
        )
    return bytes((1, len(user))) + user + bytes((len(password),)) + password
