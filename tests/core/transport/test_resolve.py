from __future__ import annotations

import asyncio
import socket

import pytest

from sonde_core.transport.resolve import Address, interleave, resolve


async def test_numbers_are_taken_without_asking() -> None:
    found = await resolve("127.0.0.1", 80, socket.SOCK_STREAM)
    assert found == [(socket.AF_INET, ("127.0.0.1", 80))]


async def test_localhost_has_an_address() -> None:
    found = await resolve("localhost", 80, socket.SOCK_STREAM)
    assert {address[1][0] for address in found} <= {"127.0.0.1", "::1"}
    assert found


async def test_names_that_have_none_raise() -> None:
    with pytest.raises(socket.gaierror):
        await resolve("no-such-host.invalid", 80, socket.SOCK_STREAM)
    with pytest.raises(UnicodeError):
        await resolve("ä" * 100, 80, socket.SOCK_STREAM)


async def test_waiting_for_a_name_can_be_cancelled() -> None:
    looking = asyncio.create_task(resolve("no-such-host.invalid", 80, socket.SOCK_STREAM))
    await asyncio.sleep(0)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking


def test_families_take_turns() -> None:
    four: list[Address] = [(socket.AF_INET, (f"10.0.0.{n}", 1)) for n in range(3)]
    six: list[Address] = [(socket.AF_INET6, ("::1", 1, 0, 0))]
    assert interleave(six + four) == [six[0], four[0], four[1], four[2]]
    assert interleave([]) == []
