"""Steps, and what came of them, as rows: a sign, the step, the verdict, and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size

from sonde_core.replay_many import Round
from sonde_core.replaying.verdict import Verdict as RoundVerdict
from sonde_core.safetext import SafeText, line
from sonde_core.script.results import StepResult, Verdict
from sonde_core.script.writing import write_step
from sonde_core.steps import Step
from sonde_core.words import duration

from .rows.line_source import LineSource, Part

_SIGNS: Final = {
    Verdict.PENDING: "·",
    Verdict.SAME: "=",
    Verdict.LATER: "»",
    Verdict.DIFFERS: "≠",
    Verdict.EXTRA: "+",
    Verdict.MISSING: "−",  # noqa: RUF001 - a sign, as wide as the others
    Verdict.SKIPPED: "/",
    Verdict.FAILED: "!",
    Verdict.STOPPED: "■",
    Verdict.UNDONE: "○",
}
# A sign, a word and a style for a performance.
_VERDICTS: Final = {
    RoundVerdict.SAME: ("=", "same", "$text-success"),
    RoundVerdict.CHANGED: ("≠", "differs", "$text-warning"),
    RoundVerdict.FAILED: ("!", "failed", "$text-error"),
    RoundVerdict.STOPPED: ("■", "stopped", "$text-accent"),
}
_STYLES: Final = {
    Verdict.PENDING: "muted",
    Verdict.SAME: "$text-success",
    Verdict.LATER: "$text-accent",
    Verdict.DIFFERS: "$text-warning",
    Verdict.EXTRA: "$text-warning",
    Verdict.MISSING: "$text-error",
    Verdict.SKIPPED: "muted",
    Verdict.FAILED: "$text-error",
    Verdict.STOPPED: "$text-accent",
    Verdict.UNDONE: "muted",
}
_UNDER_WAY: Final = "…"
_VERDICT: Final = 8  # cells
_TIMES: Final = 20
_NARROWEST, _WIDEST = 26, 60  # cells of a step
_WIDE: Final = 100


class StepRows(LineSource):
    """Steps that are being performed, or were.

    Attributes:
        current: The one under way; none of them when it is over.
        width: Cells that a row has.
    """

    def __init__(
        self, results: Sequence[StepResult], *, current: int = -1, width: int = 80
    ) -> None:
        self.results = results
        self.current = current
        self.width = width

    @property
    def count(self) -> int:
        return len(self.results)

    def line(self, row: int) -> list[Part]:
        result = self.results[row]
        verdict = result.verdict
        waits = row == self.current and verdict is Verdict.PENDING
        style = "strong" if waits else _STYLES[verdict]
        room = max(_NARROWEST, min(_WIDEST, self.width * 2 // 5))
        told = "waiting" if waits else verdict.value
        parts: list[Part] = [
            (line(f"{_UNDER_WAY if waits else _SIGNS[verdict]} "), style),
            (line(f"{row + 1:>{_digits(self.count)}}  "), "muted"),
            (_fitted(write_step(result.step, limit=room), room), "strong" if waits else ""),
            (line(f"  {told:<{_VERDICT}}"), style),
        ]
        if self.width >= _WIDE:
            parts.append((_fitted(f"  {_times(result)}", _TIMES), "time"))
            parts.append((line(f"  {result.detail}"), ""))
        else:
            detail = result.detail or _times(result)
            parts.append((line(f"  {detail}"), "" if result.detail else "time"))
        return parts


class PlainSteps(LineSource):
    """Steps that are too many, or too large, to be written in an editor."""

    def __init__(self, steps: Sequence[Step], *, width: int = 80) -> None:
        self._steps = steps
        self._width = width

    @property
    def count(self) -> int:
        return len(self._steps)

    def line(self, row: int) -> list[Part]:
        number = line(f"{row + 1:>{_digits(self.count)}}  ")
        room = max(_NARROWEST, self._width - cell_len(number) - 2)
        return [(number, "muted"), (line(write_step(self._steps[row], limit=room)), "")]


class RoundRows(LineSource):
    """Several performances, a row each; the last row may be of one under way."""

    def __init__(self, rounds: Sequence[Round], *, under_way: bool, times: int) -> None:
        self._rounds = rounds
        self._under_way = under_way
        self._times = times

    @property
    def count(self) -> int:
        return len(self._rounds) + self._under_way

    def line(self, row: int) -> list[Part]:
        number = f"{row + 1:>{_digits(self._times)}}  "
        if row >= len(self._rounds):
            return [(line(f"{_UNDER_WAY} {number}"), "strong"), (line("under way"), "strong")]
        each = self._rounds[row]
        sign, word, style = _VERDICTS[each.verdict]
        return [
            (line(f"{sign} "), style),
            (line(number), "muted"),
            (line(f"{duration(each.seconds):>9}  "), "time"),
            (line(f"{word}  "), style),
            (each.told, ""),
        ]


def step_lines(results: Sequence[StepResult], width: int) -> list[SafeText]:
    """Return steps as lines of text, to be shown or copied."""
    rows = StepRows(results, width=width)
    texts = ("".join(text for text, _ in rows.line(row)) for row in range(rows.count))
    return [line(text.rstrip()) for text in texts]


def _times(result: StepResult) -> str:
    """Say how long it took in the recording, and now."""
    now = duration(result.now) if result.now is not None else ""
    then = duration(result.then) if result.then is not None else ""
    return f"{then} → {now}" if then and now else now or then


def _digits(number: int) -> int:
    return max(3, len(str(number)))


def _fitted(text: str, room: int) -> SafeText:
    return line(set_cell_size(line(text), room))
