from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from sonde_core.model import Outcome
from sonde_core.replay_many import Round
from sonde_core.replaying.verdict import Verdict as Judgement
from sonde_core.safetext import line
from sonde_core.script.results import StepResult, Verdict
from sonde_core.steps import ExpectStep, SendStep
from sonde_tui.widgets.rows.line_source import LineSource
from sonde_tui.widgets.step_rows import PlainSteps, RoundRows, StepRows, step_lines


def drawn(source: LineSource) -> list[str]:
    texts = []
    for row in range(source.count):
        parts = source.line(row)
        assert isinstance(parts, Sequence)
        texts.append("".join(text for text, _ in parts))
    return texts


def test_each_verdict_has_a_sign_of_its_own() -> None:
    results = [StepResult(SendStep(b"x"), verdict) for verdict in Verdict]
    assert "".join(text[0] for text in drawn(StepRows(results))) == "·=»≠+−/!■○"  # noqa: RUF001


def test_the_step_under_way_waits() -> None:
    results = [StepResult(ExpectStep("any")), StepResult(SendStep(b"x"))]
    rows = drawn(StepRows(results, current=0))
    assert rows[0].startswith("…")
    assert "waiting" in rows[0]
    assert rows[1].startswith("·")


def test_narrow_rows_tell_what_differs_and_wide_ones_times_too() -> None:
    step = ExpectStep("equal", b"\x1b[2Jhello" * 20)
    result = StepResult(step, Verdict.DIFFERS, line("at byte 3"), then=0.1, now=0.25)
    narrow, wide = (step_lines([result], width)[0] for width in (80, 120))
    assert "at byte 3" in narrow
    assert cell_len(narrow) < 80
    assert "100 ms → 250 ms" in wide
    assert wide.endswith("at byte 3")
    assert "\x1b" not in wide


def test_steps_alone_are_drawn_in_the_width() -> None:
    rows = drawn(PlainSteps([SendStep(b"a" * 1_000_000), ExpectStep("end")], width=40))
    assert cell_len(rows[0]) <= 40
    assert rows[1].strip() == "2  expect end"


def test_a_round_is_the_same_or_differs_and_the_last_may_be_under_way() -> None:
    rounds = [
        Round("1", Outcome.DONE, Judgement.SAME, 0.1, line("Same")),
        Round("2", Outcome.DONE, Judgement.CHANGED, 0.2, line("1 differs")),
        Round("3", Outcome.CANCELLED, Judgement.STOPPED, 0.2, line("2 of 3")),
    ]
    rows = drawn(RoundRows(rounds, under_way=True, times=4))
    assert [text[0] for text in rows] == ["=", "≠", "■", "…"]
    assert "200 ms" in rows[1]
    assert "1 differs" in rows[1]
