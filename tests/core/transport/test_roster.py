from __future__ import annotations

from sonde_core.session import Session
from sonde_core.session_request import SessionRequest
from sonde_core.transport import roster
from sonde_core.transport.roster import Roster


def session(*, over: bool = False) -> Session:
    made = Session(SessionRequest("tcp://127.0.0.1:1"), role="server")
    if over:
        made.cancel()
    return made


async def test_those_that_are_over_are_let_go_the_oldest_first() -> None:
    clients = Roster()
    live = session()
    clients.add(live)
    over = [session(over=True) for _ in range(roster.KEPT + 5)]
    for each in over:
        clients.add(each)
    assert clients.accepted == roster.KEPT + 6
    assert clients.live == 1
    assert clients.sessions == [live, *over[4:]]


async def test_many_clients_share_the_memory() -> None:
    clients = Roster()
    assert clients.share() == roster.IN_MEMORY
    for _ in range(1000):
        clients.add(session())
    assert clients.share() == roster.LEAST_IN_MEMORY
