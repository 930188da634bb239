"""The way through a proxy: its handshake over a link that is open, written down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol, TypeVar

from ..endpoint import Endpoint
from ..errors import ConnectError, RequestError, SondeError
from ..model import EventKind
from .base import LinkOwner, Log
from .edge import explain, reason
from .groups import is_group
from .proxy_address import ProxyAddress
from .socks5 import Socks5
from .socks5_address import Place
from .stream import StreamLink

# A proxy says little before the way is open; more than this is an attack or no proxy.
MOST: Final = 1 << 18
_ALL: Final = "255.255.255.255"


class Dialogue(Protocol):
    """What is said to a proxy, without I/O."""

    done: bool
    said: str

    @property
    def rest(self) -> bytes: ...
    def begin(self) -> bytes: ...
    def receive(self, data: bytes) -> bytes: ...


_Asked = TypeVar("_Asked", bound=Dialogue)


def check_target(endpoint: Endpoint, proxy: ProxyAddress) -> None:
    """Refuse what such a proxy does not carry.

    Raises:
        RequestError: The endpoint is a Unix socket or a group, or UDP where only TCP goes.
    """
    if endpoint.is_unix:
        text = "A Unix socket does not go through a proxy."
        hint = "Take the proxy out of the options, or use tcp:// or tls://."
    elif endpoint.scheme != "udp":
        return
    elif proxy.scheme != "socks5":
        text = "UDP does not go through an HTTP proxy."
        hint = "Use a SOCKS5 proxy, socks5://host:port, or none."
    elif endpoint.host == _ALL or is_group(endpoint.host):
        text = "Multicast and broadcast do not go through a proxy."
        hint = "Take the proxy out of the options, or write the address of one host."
    else:
        return
    raise RequestError(text, hint=hint, phase="request")


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
    dialogue = await _ask(link, partial(_dialogue, proxy, target), proxy, target, log)
    link.give_back(dialogue.rest)
    link.owner = owner


async def associate(link: StreamLink, proxy: ProxyAddress, target: Endpoint, log: Log) -> Place:
    """Have a SOCKS5 proxy relay datagrams; return where it takes them, as it says.

    The link is paused then: the relay is there as long as it is open.

    Args:
        link: Connected to the proxy, and paused. It is aborted when the proxy does not help.
        proxy: Whom to ask.
        target: Where to, for what is told.
        log: Takes PROXY events, without credentials.

    Raises:
        SondeError: The proxy refused, or is none.
    """

    def make() -> Socks5:
        return Socks5(proxy, target.host, target.port, datagrams=True)

    return (await _ask(link, make, proxy, target, log)).bound


async def _ask(
    link: StreamLink,
    make: Callable[[], _Asked],
    proxy: ProxyAddress,
    target: Endpoint,
    log: Log,
) -> _Asked:
    """Hold a dialogue with the proxy to its good end; the link is paused then."""
    where = target.address
    what = f"datagrams to {where}" if target.scheme == "udp" else where
    log(EventKind.PROXY, f"asking {proxy} for {what}", proxy=str(proxy), target=where)
    try:
        dialogue = make()
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
    text = f"{proxy.address}: {dialogue.said}"
    log(EventKind.PROXY, text, proxy=str(proxy), target=where, answer=dialogue.said)
    return dialogue


def _dialogue(proxy: ProxyAddress, target: Endpoint) -> Dialogue:
    if proxy.scheme == "socks5":
        return Socks5(proxy, target.host, target.port)
    from .http_connect import HttpConnect

    return HttpConnect(proxy, target.host, target.port)


class ProxyOwner:
    """Owns the link to a proxy, and hears in words when that is gone."""

    def on_end(self) -> None:
        self.gone("it closed the connection")

    def on_lost(self, error: BaseException | None) -> None:
        self.gone(reason(error) if error else "it closed the connection")

    def on_advice(self, error: OSError) -> None:
        """Ignore it: a stream has none."""

    def gone(self, words: str) -> None:
        """Hear that nothing more comes, and why; it may come twice."""
        raise NotImplementedError


class _Ear(ProxyOwner):
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

    def gone(self, words: str) -> None:
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
