from __future__ import annotations

import pytest

from sonde_core.errors import RequestError
from sonde_core.serving.fault_text import read_faults, write_faults
from sonde_core.serving.faults import Faults


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", Faults()),
        ("delay 0.2", Faults(delay=0.2)),
        ("rate 10 KB/s", Faults(rate=10_000)),
        ("cut 0", Faults(cut=0)),
        (" slice=1,delay: 2 ,", Faults(delay=2.0, slice=1)),
        ("delay 0.2, rate 10 KiB, cut 1 MiB, slice 3", Faults(0.2, 10_240, 1 << 20, 3)),
    ],
)
def test_faults_are_read_and_written_again(text: str, faults: Faults) -> None:
    assert read_faults(text) == faults
    assert read_faults(write_faults(faults)) == faults


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("slow", "'slow' is no fault"),
        ("delay", "'delay' is no fault"),
        ("delay 1, delay 2", "two faults called delay"),
        ("delay soon", "The delay is no time"),
        ("rate 0", "The rate is no size"),
        ("cut -1", "The cut is no size"),
        ("slice x", "The slice is no size"),
    ],
)
def test_what_is_no_fault_is_told(text: str, told: str) -> None:
    with pytest.raises(RequestError, match=told):
        read_faults(text)


@pytest.mark.parametrize(("text", "told"), [("cut -1", "from 0 on"), ("rate -1", "above 0")])
def test_it_is_told_whether_a_size_may_be_zero(text: str, told: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_faults(text)
    assert told in caught.value.advice
