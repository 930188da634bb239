"""Names to addresses, in a thread of our own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import TypeAlias

Address: TypeAlias = tuple[int, tuple[str, int] | tuple[str, int, int, int]]  # family, sockaddr


async def resolve(host: str, port: int, kind: socket.SocketKind) -> list[Address]:
    """Return the addresses of a host in the order of preference (RFC 6724).

    The loop's own resolver runs in the default thread pool: a name server that does not answer
    cannot be cancelled there, and holds up the end of the program. A daemon thread does neither.

    Raises:
        OSError: The name has no address.
        UnicodeError: It cannot be a name.
    """
    with contextlib.suppress(socket.gaierror):  # an address in numbers asks nobody
        return _lookup(host, port, kind, socket.AI_NUMERICHOST)
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[Address]] = loop.create_future()

    def look() -> None:
        try:
            found: list[Address] | Exception = _lookup(host, port, kind, 0)
        except (OSError, UnicodeError) as error:
            found = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_tell, answer, found)

    threading.Thread(target=look, name=f"resolve {host}", daemon=True).start()
    return await answer


def _tell(answer: asyncio.Future[list[Address]], found: list[Address] | Exception) -> None:
    if answer.done():
        return
    if isinstance(found, Exception):
        answer.set_exception(found)
    else:
        answer.set_result(found)


def _lookup(host: str, port: int, kind: socket.SocketKind, flags: int) -> list[Address]:
    found: list[Address] = []
    for family, _, _, _, address in socket.getaddrinfo(host, port, type=kind, flags=flags):
        entry: Address = (family, address)  # type: ignore[assignment]
        if family in (socket.AF_INET, socket.AF_INET6) and entry not in found:
            found.append(entry)
    return found


def interleave(addresses: list[Address]) -> list[Address]:
    """Let the families take turns, the first one first (RFC 8305, section 4)."""
    if not addresses:
        return []
    first = [entry for entry in addresses if entry[0] == addresses[0][0]]
    other = [entry for entry in addresses if entry[0] != addresses[0][0]]
    mixed: list[Address] = []
    while first or other:
        mixed += first[:1] + other[:1]
        first, other = first[1:], other[1:]
    return mixed
