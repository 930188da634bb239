"""The way through a proxy: its handshake over a link that is open, written down."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from ..endpoint import DATAGRAM_SCHEMES, Endpoint, join_host
from ..errors import ConnectError, RequestError, SondeError
from ..model import EventKind
from .base import LinkOwner, Log
from .edge import explain, reason
from .proxy_address import ProxyAddress
from .stream import StreamLink

# A proxy says little before the way is open; more than this is an attack or no proxy.
MOST: Final = 1 << 18


class Dialogue(Protocol):
    """What is said to a proxy, without I/O."""

    done: bool
    said: str

    @property
    def rest(self) -> bytes: ...
    def begin(self) -> bytes: ...
    def receive(self, data: bytes) -> bytes: ...


def check_target(endpoint: Endpoint) -> None:
    """Refuse what no proxy carries.

    Raises:
        RequestError: The endpoint is UDP or a Unix socket.
    """
    if endpoint.scheme in DATAGRAM_SCHEMES or endpoint.is_unix:
        what = "UDP does" if endpoint.scheme == "udp" else "A Unix socket does"
        hint = "Take the proxy out of the options, or use tcp:// or tls://."
        raise RequestError(f"{what} not go through a proxy.", hint=hint, phase="request")


async def pass_through(
    link: StreamLink, owner: LinkOwner, proxy: ProxyAddress, target: Endpoint, log: Log
) -> None:
    """Have a proxy connect to the target; the link is paused then, and its owner is `owner`.

    Bytes that came behind the proxy's answer are the first that the owner hears on `resume`.

    Args:
        link: Connected to the proxy, and paused. It is aborted when the proxy does not help.
        owner: Hears what the target sends.
        proxy: Whom to ask.
        target: Where to.
        log: Takes PROXY events, without credentials.

    Raises:
        SondeError: The proxy refused, or is none.
    """
    where = join_host(target.host, target.port)
    log(EventKind.PROXY, f"asking {proxy} for {where}", proxy=str(proxy), target=where)
    try:
        dialogue = _dialogue(proxy, target)
        ear = _Ear(link, dialogue, proxy)
        link.owner = ear
        link.write(dialogue.begin())
        link.resume()
        await ear.opened
    except UnicodeError as error:
        link.abort()
        raise explain(error, target.host, "resolve") from error
    except SondeError as error:
        log(EventKind.PROXY, error.message, proxy=str(proxy), target=where, answer="refused")
        link.abort()
        raise
    except BaseException:
        link.abort()
        raise
    link.give_back(dialogue.rest)
    link.owner = owner
    text = f"{proxy.address}: {dialogue.said}"
    log(EventKind.PROXY, text, proxy=str(proxy), target=where, answer=dialogue.said)


def _dialogue(proxy: ProxyAddress, target: Endpoint) -> Dialogue:
    if proxy.scheme == "socks5":
        from .socks5 import Socks5

        return Socks5(proxy, target.host, target.port)
    from .http_connect import HttpConnect

    return HttpConnect(proxy, target.host, target.port)


class _Ear:
    """Hears the proxy until the way is open; then nothing more is read."""

    def __init__(self, link: StreamLink, dialogue: Dialogue, proxy: ProxyAddress) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._link = link
        self._dialogue = dialogue
        self._proxy = proxy
        self._taken = 0

    def on_data(self, data: bytes) -> None:
        if self.opened.done():
            return
        self._taken += len(data)
        try:
            if self._taken > MOST:
                raise ConnectError(
                    f"The proxy {self._proxy.address} sent more than {MOST // 1024} KiB"
                    " and no answer.",
                    hint="Check that it is a proxy.",
                    phase="connect",
                )
            answer = self._dialogue.receive(data)
        except SondeError as error:
            self._fail(error)
            return
        if answer:
            self._link.write(answer)
        if self._dialogue.done:
            self._link.pause()
            self.opened.set_result(None)

    def on_end(self) -> None:
        self._gone("it closed the connection")

    def on_lost(self, error: BaseException | None) -> None:
        self._gone(reason(error) if error else "it closed the connection")

    def on_advice(self, error: OSError) -> None:
        """Ignore it: a stream has none."""

    def _gone(self, words: str) -> None:
        self._fail(
            ConnectError(
                f"The proxy {self._proxy.address} gave no answer: {words}.",
                hint="Check that it is a proxy of that kind, and that it lets you in.",
                phase="connect",
            )
        )

    def _fail(self, error: SondeError) -> None:
        if not self.opened.done():
            self._link.pause()
            self.opened.set_exception(error)
