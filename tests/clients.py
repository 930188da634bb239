"""Clients of our listeners: blocking sockets in threads, so that they share nothing with us."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from sonde_core.listen_request import ListenRequest
from sonde_core.model import Exchange
from sonde_core.session import Session
from sonde_core.transport.listener import Listener

from .patience import PATIENCE

T = TypeVar("T")


@contextlib.asynccontextmanager
async def serving(
    request: ListenRequest, told: list[Exchange] | None = None
) -> AsyncIterator[Listener]:
    """Listen, and close at the end; of each client what is told apart goes into a list."""
    found = [] if told is None else told

    async def tell(_: Session, exchange: Exchange) -> None:
        found.append(exchange)

    listener = Listener(request, on_exchange=tell)
    await listener.start()
    try:
        yield listener
    finally:
        await listener.close(grace=0.2)


async def as_client(listener: Listener, talk: Callable[[socket.socket], T]) -> T:
    """Connect to a TCP listener in a thread and talk."""

    def run() -> T:
        with socket.create_connection(("127.0.0.1", listener.bound.port), PATIENCE) as sock:
            return talk(sock)

    return await asyncio.to_thread(run)


def read_to_end(sock: socket.socket) -> bytes:
    """Read to the peer's end, or to a reset."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := sock.recv(1 << 16):
            data += piece
    return data


def read_until(sock: socket.socket, end: bytes) -> bytes:
    """Read until what came ends so."""
    data = b""
    while not data.endswith(end):
        piece = sock.recv(1 << 16)
        if not piece:
            break
        data += piece
    return data
