from __future__ import annotations

from sonde_core.entry_filter.known import Known
from tests.filters import summary


def test_frequent_values_come_first_and_their_number_is_bounded() -> None:
    known = Known()
    known.add(summary(f"tcp://h{count}:1", kind="tcp", method="") for count in range(5000))
    known.add([summary("tcp://h7:1", kind="tcp", method=""), summary()])
    assert known.values("host")[0] == "h7"
    assert len(known.values("host")) == 1000
    assert known.values("kind") == ["tcp", "http"]
    assert known.values("method") == ["GET"]
    assert known.values("note") == []
