"""A loop that tells of few sockets at a time, with real ones."""

from __future__ import annotations

import asyncio
import selectors
import socket
from collections.abc import Iterator

import pytest

from sonde_core.fair_loop import AT_ONCE, PASSED, FairLoop, FairSelector, hurry

MANY = 5 * AT_ONCE


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    """Sockets of which each first one has something to read."""
    made = [socket.socketpair() for _ in range(MANY)]
    for near, far in made:
        near.setblocking(False)
        far.sendall(b"x")
    yield made
    for near, far in made:
        near.close()
        far.close()


@pytest.fixture
def selector(pairs: list[tuple[socket.socket, socket.socket]]) -> Iterator[FairSelector]:
    with FairSelector() as made:
        for near, _ in pairs:
            made.register(near, selectors.EVENT_READ)
        yield made


def test_all_have_their_turn_before_one_has_another(selector: FairSelector) -> None:
    for _ in range(2):
        told = [key.fd for _ in range(MANY // AT_ONCE) for key, _ in selector.select(0)]
        assert len(told) == len(set(told)) == MANY


def test_who_is_not_watched_any_more_is_not_told_of(
    selector: FairSelector, pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    told = {key.fd for key, _ in selector.select(0)}
    for near, _ in pairs:
        if near.fileno() not in told:
            selector.unregister(near)
    assert selector.select(0) == []
    assert {key.fd for key, _ in selector.select(0)} == told


def test_who_is_watched_otherwise_is_told_of_as_such(
    selector: FairSelector, pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    told = {key.fd for key, _ in selector.select(0)}
    changed = {near.fileno() for near, _ in pairs} - told
    for fd in changed:
        selector.modify(fd, selectors.EVENT_READ | selectors.EVENT_WRITE)
    assert selector.select(0) == []
    both = [selector.select(0) for _ in range(MANY // AT_ONCE)]
    seen = {key.fd: events for found in both for key, events in found}
    assert {fd for fd, events in seen.items() if events & selectors.EVENT_WRITE} == changed


def test_few_are_told_of_at_once_and_nothing_ready_waits_for_the_time(
    selector: FairSelector, pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    for near, _ in pairs[AT_ONCE:]:
        selector.unregister(near)
    assert len(selector.select(60)) == AT_ONCE
    assert len(selector.select(60)) == AT_ONCE


def test_what_is_to_be_done_soon_is_done_between_sockets(
    pairs: list[tuple[socket.socket, socket.socket]],
) -> None:
    async def work() -> list[int]:
        loop = asyncio.get_running_loop()
        read = 0
        through = loop.create_future()

        def take(near: socket.socket) -> None:
            nonlocal read
            near.recv(1)
            read += 1
            if read == MANY:
                through.set_result(None)

        for near, _ in pairs:
            loop.add_reader(near, take, near)
        seen = []
        while not through.done():
            await asyncio.sleep(0)
            seen.append(read)
        for near, _ in pairs:
            loop.remove_reader(near)
        return seen

    with asyncio.Runner(loop_factory=FairLoop) as runner:
        seen = runner.run(work())
    steps = [after - before for before, after in zip([0, *seen], seen, strict=False)]
    assert max(steps) <= AT_ONCE
    assert sum(steps) == MANY


def test_in_a_hurry_sockets_are_served_now_and_then(selector: FairSelector) -> None:
    selector.in_hurry = True
    told = [len(selector.select(0)) for _ in range(2 * PASSED)]
    assert sorted(told)[-2:] == [AT_ONCE, AT_ONCE]
    assert sum(told) == 2 * AT_ONCE
    assert len(selector.select(60)) == AT_ONCE  # nothing else waits


def test_what_is_urgent_is_done_before_the_sockets(
    pairs: list[tuple[socket.socket, socket.socket]],
) -> None:
    async def turns(*, wanted: bool) -> int:
        """Return how many turns it takes until all sockets were served."""
        loop = asyncio.get_running_loop()
        left = {near.fileno() for near, _ in pairs}
        for near, _ in pairs:
            loop.add_reader(near, left.discard, near.fileno())
        hurry(wanted)
        count = 0
        while left:
            await asyncio.sleep(0)
            count += 1
        hurry(False)
        for near, _ in pairs:
            loop.remove_reader(near)
        return count

    with asyncio.Runner(loop_factory=FairLoop) as runner:
        usual, hurried = runner.run(turns(wanted=False)), runner.run(turns(wanted=True))
    assert hurried >= usual * PASSED // 2


async def test_another_loop_knows_no_hurry() -> None:
    hurry(True)
