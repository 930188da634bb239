"""One end of a connection, as a program: `python -m tests.bench.talker KIND ROLE [PORT]`.

The kinds are what is compared: asyncio streams, a bare `BufferedProtocol`, and a session of ours
with its record. A server prints its port; who measures prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Final, cast

from .process import resident

TOTAL: Final = 1 << 30
WRITE: Final = 1 << 16
ROUNDS: Final = 10_000
MESSAGE: Final = b"x" * 64
KINDS: Final = ("streams", "buffered", "sonde")

_HOST: Final = "127.0.0.1"


def tell(**values: float) -> None:
    """Print what was measured."""
    print(json.dumps(values), flush=True)  # noqa: T201


def tell_port(port: int) -> None:
    """Print where a server listens."""
    print(port, flush=True)  # noqa: T201


# asyncio streams


async def streams_receive() -> None:
    """Take all, and tell how long it took."""
    over = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        start, size = time.monotonic(), 0
        while data := await reader.read(WRITE):
            size += len(data)
        tell(seconds=time.monotonic() - start, size=size)
        writer.close()
        over.set()

    server = await asyncio.start_server(take, _HOST, 0)
    tell_port(server.sockets[0].getsockname()[1])
    await over.wait()


async def streams_send(port: int) -> None:
    """Send all."""
    _, writer = await asyncio.open_connection(_HOST, port)
    data = bytes(WRITE)
    for _ in range(TOTAL // WRITE):
        writer.write(data)
        await writer.drain()
    writer.close()
    await writer.wait_closed()


async def streams_echo() -> None:
    """Send back what comes."""
    over = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(WRITE):
            writer.write(data)
            await writer.drain()
        writer.close()
        over.set()

    server = await asyncio.start_server(answer, _HOST, 0)
    tell_port(server.sockets[0].getsockname()[1])
    await over.wait()


async def streams_ping(port: int) -> None:
    """Say something and wait for the echo, many times."""
    reader, writer = await asyncio.open_connection(_HOST, port)
    start = time.monotonic()
    for _ in range(ROUNDS):
        writer.write(MESSAGE)
        await writer.drain()
        await reader.readexactly(len(MESSAGE))
    tell(seconds=time.monotonic() - start)
    writer.close()


# a bare BufferedProtocol


class Bare(asyncio.BufferedProtocol):
    """Counts, or sends back, what comes."""

    def __init__(self, *, echo: bool = False) -> None:
        self._buffer = bytearray(WRITE)
        self._echo = echo
        self.size = 0
        self.start = 0.0
        self.over = asyncio.Event()
        self.news = asyncio.Event()
        self.room = asyncio.Event()
        self.room.set()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.start = time.monotonic()

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.size += nbytes
        if self._echo and self.transport:
            self.transport.write(bytes(self._buffer[:nbytes]))
        self.news.set()

    def pause_writing(self) -> None:
        self.room.clear()

    def resume_writing(self) -> None:
        self.room.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.room.set()
        self.over.set()


async def _serve_bare(bare: Bare) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: bare, _HOST, 0)
    tell_port(server.sockets[0].getsockname()[1])
    await bare.over.wait()


async def buffered_receive() -> None:
    """Take all, and tell how long it took."""
    bare = Bare()
    await _serve_bare(bare)
    tell(seconds=time.monotonic() - bare.start, size=bare.size)


async def buffered_send(port: int) -> None:
    """Send all."""
    transport, bare = await asyncio.get_running_loop().create_connection(Bare, _HOST, port)
    data = bytes(WRITE)
    for _ in range(TOTAL // WRITE):
        transport.write(data)
        await bare.room.wait()
    transport.close()
    await bare.over.wait()


async def buffered_echo() -> None:
    """Send back what comes."""
    await _serve_bare(Bare(echo=True))


async def buffered_ping(port: int) -> None:
    """Say something and wait for the echo, many times."""
    transport, bare = await asyncio.get_running_loop().create_connection(Bare, _HOST, port)
    start = time.monotonic()
    for done in range(1, ROUNDS + 1):
        transport.write(MESSAGE)
        while bare.size < done * len(MESSAGE):
            bare.news.clear()
            await bare.news.wait()
    tell(seconds=time.monotonic() - start)
    transport.close()
    await bare.over.wait()


# ours


async def sonde_receive() -> None:
    """Take and record all, and tell how long it took."""
    from sonde_core.listen_request import ListenRequest
    from sonde_core.session import Session
    from sonde_core.transport.listener import Listener

    came: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
    listener = Listener(ListenRequest("tcp://127.0.0.1:0"), on_session=came.set_result)
    await listener.start()
    tell_port(listener.bound.port)
    session = await came
    start, seen = time.monotonic(), -1
    while not session.has_peer_end:
        seen = await session.changed(seen)
    tell(seconds=time.monotonic() - start, size=session.recorder.received)
    await session.close()
    await listener.close()


async def sonde_send(port: int) -> None:
    """Send and record all."""
    from sonde_core.session import Session
    from sonde_core.session_request import SessionRequest

    session = Session(SessionRequest(f"tcp://{_HOST}:{port}"))
    await session.open()
    data = bytes(WRITE)
    for _ in range(TOTAL // WRITE):
        await session.send(data)
    await session.close(60)


async def sonde_echo() -> None:
    """Send back and record what comes."""
    from sonde_core.listen_request import ListenRequest
    from sonde_core.session import Session
    from sonde_core.transport.listener import Listener

    came: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
    request = ListenRequest("tcp://127.0.0.1:0", echo=True)
    listener = Listener(request, on_session=came.set_result)
    await listener.start()
    tell_port(listener.bound.port)
    await (await came).finished()
    await listener.close()


async def sonde_ping(port: int) -> None:
    """Say something and wait for the echo, many times; tell what the record took too."""
    from sonde_core.expecting import Match
    from sonde_core.session import Session
    from sonde_core.session_request import SessionRequest

    session = Session(SessionRequest(f"tcp://{_HOST}:{port}"))
    await session.open()
    await session.send(MESSAGE)
    await session.expect(len(MESSAGE), seconds=10)
    before, start = resident(_own()), time.monotonic()
    for done in range(2, ROUNDS + 2):
        await session.send(MESSAGE)
        answer = await session.expect(done * len(MESSAGE), seconds=10)
        if not isinstance(answer, Match):
            raise SystemExit(f"no echo: {answer}")
    tell(seconds=time.monotonic() - start, growth=resident(_own()) - before)
    await session.close()


async def sonde_idle(port: int) -> None:
    """Open a session to a peer that sends for ever, and look away for two seconds."""
    from sonde_core.session import Session
    from sonde_core.session_request import SessionRequest

    session = Session(SessionRequest(f"tcp://{_HOST}:{port}"))
    before = resident(_own())
    await session.open()
    await asyncio.sleep(2.0)
    tell(growth=resident(_own()) - before, received=session.recorder.received)
    session.abort()


async def sonde_forward(port: int) -> None:
    """Pass one connection on to a port, and record it; a server that has a port of its own."""
    from sonde_core.listen_request import ListenRequest
    from sonde_core.serving.forward import Forward
    from sonde_core.session import Session
    from sonde_core.transport.listener import Listener

    came: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
    request = ListenRequest("tcp://127.0.0.1:0", forward=Forward(f"tcp://{_HOST}:{port}"))
    listener = Listener(request, on_session=came.set_result)
    await listener.start()
    tell_port(listener.bound.port)
    await (await came).finished()
    await listener.close()


async def plain_send(port: int) -> None:
    """Send all as fast as the kernel takes it."""
    with socket.create_connection((_HOST, port)) as client:
        data = bytes(WRITE)
        for _ in range(TOTAL // WRITE):
            client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        client.recv(1)


async def plain_receive() -> None:
    """Take all, and tell how long it took from the first byte on."""
    with socket.create_server((_HOST, 0)) as server:
        tell_port(server.getsockname()[1])
        client, _ = server.accept()
        buffer = bytearray(WRITE)
        size = client.recv_into(buffer)
        start = time.monotonic()
        while count := client.recv_into(buffer):
            size += count
        tell(seconds=time.monotonic() - start, size=size)
        client.close()


async def plain_endless() -> None:
    """Send for ever."""
    with socket.create_server((_HOST, 0)) as server:
        tell_port(server.getsockname()[1])
        client, _ = server.accept()
        data = bytes(WRITE)
        try:
            while True:
                client.sendall(data)
        except OSError:
            return


def _own() -> int:
    return os.getpid()


SERVERS: Final[dict[str, Callable[[], Coroutine[object, object, None]]]] = {
    "streams receive": streams_receive,
    "streams echo": streams_echo,
    "buffered receive": buffered_receive,
    "buffered echo": buffered_echo,
    "sonde receive": sonde_receive,
    "sonde echo": sonde_echo,
    "plain receive": plain_receive,
    "plain endless": plain_endless,
}
CLIENTS: Final[dict[str, Callable[[int], Coroutine[object, object, None]]]] = {
    "streams send": streams_send,
    "streams ping": streams_ping,
    "buffered send": buffered_send,
    "buffered ping": buffered_ping,
    "sonde send": sonde_send,
    "sonde ping": sonde_ping,
    "sonde idle": sonde_idle,
    "sonde forward": sonde_forward,
    "plain send": plain_send,
}


def main() -> None:
    """Play the role that is named."""
    role = f"{sys.argv[1]} {sys.argv[2]}"
    if role in SERVERS:
        asyncio.run(SERVERS[role]())
    else:
        asyncio.run(CLIENTS[role](int(sys.argv[3])))


if __name__ == "__main__":
    main()
