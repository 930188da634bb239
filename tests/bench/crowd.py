"""Peers of the app, as a program: `python -m tests.bench.crowd flood | clients PORT`.

`flood` sends a gigabyte to whoever connects: blocks that tell their number, so that any part of it
can be checked. `clients` has 500 clients say 1,000 messages each and check every echo.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from typing import Final

TOTAL: Final = 1 << 30
BLOCK: Final = 1 << 16
CLIENTS: Final = 500
MESSAGES: Final = 1000

_HOST: Final = "127.0.0.1"


def block(number: int) -> bytes:
    """Return one of the blocks of which the flood is made."""
    return number.to_bytes(8, "big") * (BLOCK // 8)


def holds(data: bytes, offset: int) -> bool:
    """Whether bytes are those of the flood from an offset on."""
    first = offset // BLOCK
    last = (offset + len(data) - 1) // BLOCK
    joined = b"".join(map(block, range(first, last + 1)))
    return data == joined[offset - first * BLOCK :][: len(data)]


def flood() -> None:
    """Send it, and tell how long it took."""
    with socket.create_server((_HOST, 0)) as server:
        print(server.getsockname()[1], flush=True)  # noqa: T201
        client, _ = server.accept()
        with client:
            start = time.monotonic()
            for number in range(TOTAL // BLOCK):
                client.sendall(block(number))
            client.shutdown(socket.SHUT_WR)
            print(json.dumps({"seconds": time.monotonic() - start}), flush=True)  # noqa: T201
            client.recv(1)


async def clients(port: int) -> None:
    """Have each client say its messages one after the other."""
    start = time.monotonic()
    wrong = sum(await asyncio.gather(*(_client(port, number) for number in range(CLIENTS))))
    told = {"seconds": time.monotonic() - start, "wrong": wrong}
    print(json.dumps(told), flush=True)  # noqa: T201


async def _client(port: int, number: int) -> int:
    """Return how many of the echoes were wrong."""
    reader, writer = await asyncio.open_connection(_HOST, port)
    wrong = 0
    for count in range(MESSAGES):
        said = b"client %4d message %5d" % (number, count)
        writer.write(said)
        wrong += await reader.readexactly(len(said)) != said
    writer.close()
    await writer.wait_closed()
    return wrong


def main() -> None:
    """Play the role that is named."""
    if sys.argv[1] == "flood":
        flood()
    else:
        asyncio.run(clients(int(sys.argv[2])))


if __name__ == "__main__":
    main()
