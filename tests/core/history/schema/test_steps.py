from __future__ import annotations

import pytest

from sonde_core.body import Body
from sonde_core.history.schema.bodies import to_body
from sonde_core.history.schema.steps import from_step, to_step
from sonde_core.history.schema.values import dumps, loads
from sonde_core.steps import (
    CloseStep,
    ExpectStep,
    HalfCloseStep,
    MessageKind,
    SendStep,
    Step,
    UpgradeStep,
    WaitStep,
)


@pytest.mark.parametrize(
    "step",
    [
        SendStep(b"a\xff", 3, 0.5),
        SendStep(b"{{a}}", kind=MessageKind.TEXT, template=True),
        HalfCloseStep(7, 1.5, 4000, "bye"),
        UpgradeStep(1, 2.0),
        ExpectStep("regex", b"^a", seconds=2.5, kind=MessageKind.BINARY),
        ExpectStep("any", count=9, after=1),
        WaitStep(0.25, 4, 5.0),
        CloseStep(True, 2),
        CloseStep(),
    ],
)
def test_each_step_comes_back_equal(step: Step) -> None:
    assert from_step(loads(dumps(to_step(step, None, 1 << 14))), None) == step


@pytest.mark.parametrize("name", ["send", "expect"])
def test_a_step_whose_bytes_are_not_kept_is_left_out(name: str) -> None:
    gone = {"size": 3, "sha256": "0" * 64, "wire": 3}
    value = {"send": gone} if name == "send" else {"expect": "equal", "data": gone}
    assert from_step(value, None) is None


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"dance": True},
        {"expect": "nearly", "data": to_body(Body.of(b"a"), None, 99)},
        {"expect": 7, "data": to_body(Body.of(b"a"), None, 99)},
        {"send": {"text": "a"}, "after": -1},
        {"send": {"text": "a"}, "kind": "song"},
        {"wait": "long"},
        [],
    ],
)
def test_what_is_no_step_of_this_version_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_step(value, None)
