from __future__ import annotations

import asyncio

from sonde_core.live import Live
from sonde_core.model import State


class Probe(Live):
    def go(self, state: State) -> None:
        self._advance(state)


async def test_a_watcher_is_told_of_a_change() -> None:
    live = Probe()
    waiting = asyncio.ensure_future(live.changed(live.version))
    await asyncio.sleep(0)
    assert not waiting.done()
    live.go(State.CONNECTING)
    assert await waiting == live.version


async def test_what_is_over_is_told_at_once() -> None:
    live = Probe()
    live.go(State.CLOSED)
    assert await live.changed(live.version) == live.version


def test_the_state_only_moves_forward() -> None:
    live = Probe()
    live.go(State.OPEN)
    live.go(State.CONNECTING)
    assert live.state == State.OPEN.value
    live.go(State.FAILED)
    live.go(State.CLOSED)
    assert live.state == State.FAILED.value
    assert live.state.over
