from __future__ import annotations

from sonde_core.http.phases import Phases
from sonde_core.model import State


class Hand:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_phases_follow_each_other_and_add_up() -> None:
    hand = Hand()
    phases = Phases(hand)
    for state, after in ((State.RESOLVING, 1), (State.CONNECTING, 2), (State.SENDING, 4)):
        phases.enter(state)
        hand.now += after
    assert phases.current == "request"
    phases.enter(State.CONNECTING)  # a redirect
    hand.now += 8
    phases.end()
    hand.now += 100
    timing = phases.timing()
    assert dict(timing.phases()) == {"resolve": 1, "connect": 10, "request": 4}
    assert timing.total == 15


def test_the_total_runs_while_it_is_under_way() -> None:
    hand = Hand()
    phases = Phases(hand)
    hand.now = 3
    assert phases.timing().total == 3
