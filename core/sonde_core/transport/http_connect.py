"""HTTP CONNECT (RFC 9110, section 9.3.6), without I/O, on h11."""

from __future__ import annotations

import base64
from typing import Final

import h11

from ..endpoint import join_host
from ..errors import ConnectError
from .proxy_address import ProxyAddress

_HEADERS: Final = 1 << 16  # bytes of one answer's headers
_REASON: Final = 100
_BEGIN: Final = b"HTTP/"


class HttpConnect:
    """One request to connect.

    Attributes:
        done: Whether the way is open.
        rest: Bytes behind the proxy's answer: the target's first.
        said: What the proxy answered; text of a peer.
    """

    def __init__(self, proxy: ProxyAddress, host: str, port: int) -> None:
        """Prepare a request; raises UnicodeError for a host that cannot be a name."""
        self.done = False
        self.said = ""
        self._proxy = proxy
        name = host.partition("%")[0]
        name = name if name.isascii() else name.encode("idna").decode("ascii")
        self._target = join_host(name, port)
        self._begin = b""
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEADERS)

    @property
    def rest(self) -> bytes:
        return self._http.trailing_data[0] if self.done else b""

    def begin(self) -> bytes:
        """Return what to send first."""
        headers = [("Host", self._target)]
        if self._proxy.user or self._proxy.password:
            pair = f"{self._proxy.user}:{self._proxy.password}".encode("utf-8", "surrogateescape")
            headers.append(("Proxy-Authorization", f"Basic {base64.b64encode(pair).decode()}"))
        request = h11.Request(method="CONNECT", target=self._target, headers=headers)
        return (self._http.send(request) or b"") + (self._http.send(h11.EndOfMessage()) or b"")

    def receive(self, data: bytes) -> bytes:
        """Take what came; nothing more is to be sent.

        Raises:
            ConnectError: The proxy refuses, or does not speak HTTP.
        """
        self._begin = (self._begin + data[: len(_BEGIN)])[: len(_BEGIN)]
        if not _BEGIN.startswith(self._begin):  # h11 would wait for the end of its headers
            raise self._nonsense()
        try:
            self._http.receive_data(data)
            while isinstance(event := self._http.next_event(), h11.InformationalResponse):
                pass
        except h11.RemoteProtocolError as error:
            raise self._nonsense() from error
        if isinstance(event, h11.Response):
            self._answered(event)
        return b""

    def _answered(self, answer: h11.Response) -> None:
        reason = answer.reason.decode("utf-8", "replace")[:_REASON]
        self.said = f"{answer.status_code} {reason}".strip()
        if 200 <= answer.status_code < 300:
            self.done = True
            return
        raise self._refused(answer.status_code)

    def _refused(self, status: int) -> ConnectError:
        if status == 407:
            return self._not_let_in()
        return ConnectError(
            f"The proxy {self._proxy.address} did not reach {self._target}: {self.said}.",
            hint="Check the address, and whether the proxy allows it.",
            phase="connect",
        )

    def _not_let_in(self) -> ConnectError:
        if self._proxy.user or self._proxy.password:
            text = f"The proxy {self._proxy.address} refused the user name or password."
            return ConnectError(text, hint="Check both.", phase="connect")
        return ConnectError(
            f"The proxy {self._proxy.address} wants a user name and password.",
            hint="Write them before the host, as user:password@host:port.",
            phase="connect",
        )

    def _nonsense(self) -> ConnectError:
        return ConnectError(
            f"The proxy {self._proxy.address} does not answer as an HTTP proxy does.",
            hint="It may speak SOCKS5: socks5://host:port.",
            phase="connect",
        )
