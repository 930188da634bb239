"""What was measured, as a table for the screen and for the documentation."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

MS: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        what: What was measured.
        unit: Of the two values.
        sonde: What Sonde takes.
        beside: What the same takes elsewhere: bare libraries, or the server alone.
        judged: What the bar is for: the value, a ratio or a difference.
        bar: The most that `judged` may be; None where there is no promise.
        least: Whether the bar is the least instead: for rates.
    """

    what: str
    unit: str
    sonde: float
    beside: float | None
    judged: float
    bar: float | None
    suffix: str = ""
    least: bool = False

    @property
    def fine(self) -> bool:
        """Whether the promise is kept; never of what could not be measured."""
        if self.bar is None:
            return True
        return self.judged >= self.bar if self.least else self.judged <= self.bar

    def cells(self) -> tuple[str, ...]:
        """Return what stands in the columns."""
        beside = "" if self.beside is None else _number(self.beside)
        bar = "" if self.bar is None else f"{_number(self.bar)}{self.suffix}"
        word = "" if self.bar is None else "ok" if self.fine else "OVER"
        judged = f"{_number(self.judged)}{self.suffix}"
        return self.what, self.unit, beside, _number(self.sonde), judged, bar, word


HEAD: Final = ("what", "unit", "beside", "sonde", "judged", "bar", "")


def most(
    what: str, sonde: float, bar: float | None, unit: str = "ms", *, beside: float | None = None
) -> Figure:
    """Judge a value by itself; what stands beside it only tells more."""
    return Figure(what, unit, sonde, beside, sonde, bar)


def ratio(what: str, beside: float, sonde: float, bar: float, unit: str = "ms") -> Figure:
    """Judge a value by how many times as much it is as another."""
    return Figure(what, unit, sonde, beside, sonde / beside, bar, " x")


def at_least(what: str, beside: float, sonde: float, bar: float, unit: str) -> Figure:
    """Judge a rate by how many times as much it is as another."""
    return Figure(what, unit, sonde, beside, sonde / beside, bar, " x", least=True)


def beyond(what: str, beside: float, sonde: float, bar: float, unit: str = "ms") -> Figure:
    """Judge how far a value is above another."""
    return Figure(what, unit, sonde, beside, max(sonde - beside, 0.0), bar, " more")


def lacking(what: str) -> Figure:
    """Stand for what could not be measured."""
    return Figure(what, "", math.nan, None, math.nan, 0.0)


def p95(values: Sequence[float]) -> float:
    """Return what nineteen of twenty values stay below."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def table(figures: Iterable[Figure]) -> str:
    """Return the figures in columns."""
    rows = [HEAD, *(figure.cells() for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if number < 2 else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def markdown(figures: Iterable[Figure]) -> str:
    """Return the figures as a table of Markdown."""
    rows: list[tuple[str, ...]] = [HEAD, ("---", "---", "---:", "---:", "---:", "---:", "---")]
    rows += [figure.cells() for figure in figures]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _number(value: float) -> str:
    if math.isnan(value):
        return "none"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
