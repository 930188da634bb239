from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.cells import cell_len

from sonde_core.exchange import Exchanger
from sonde_core.history.history import History
from sonde_core.history.summary import Summary
from sonde_core.model import Outcome
from sonde_core.replaying.rerun import Rerun
from sonde_core.replaying.verdict import Judged, Verdict
from sonde_core.safetext import line
from sonde_tui.widgets.rerun_rows import RerunRows, fitted

STARTED = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EVIL = "http://me:pw@h/\x1b[31m" + "世界" * 60 + "?token=s3cret"


@pytest.fixture
def rerun(tmp_path: Path) -> Rerun:
    entries = [
        Summary(f"id-{number}", STARTED, "http", EVIL, Outcome.DONE, "GET", status=200)
        for number in range(10_000)
    ]
    made = Rerun(Exchanger(History(tmp_path / "history.json")), entries)
    told = line("Differs: " + "status " * 40)
    made.results[1] = Judged(1, entries[1], Verdict.CHANGED, told, "a", 503, 1.5)
    made.results[2] = Judged(2, entries[2], Verdict.SAME, line("Same: 200"), "b", 200, 0.1)
    made.running.add(3)
    return made


@pytest.mark.parametrize("width", [40, 79, 119, 300])
def test_rows_fit_and_are_safe(rerun: Rerun, width: int) -> None:
    rows = RerunRows(rerun, width=width)
    assert rows.count == 10_000
    for row in range(5):
        text = rows.text(row)
        assert cell_len(text) <= max(width, 64)
        assert "\x1b" not in text
        assert "s3cret" not in text


def test_a_row_tells_verdict_status_and_what_differs(rerun: Rerun) -> None:
    rows = RerunRows(rerun, width=120)
    assert rows.text(0).startswith("· waiting")
    assert rows.text(1).startswith("≠ changed")
    assert "200 → 503" in rows.text(1)
    assert "Differs: status" in rows.text(1)
    assert rows.text(2).startswith("= same")
    assert "Same" not in rows.text(2)
    assert rows.text(3).startswith("… running")
    assert "pw" in RerunRows(rerun, width=300, reveal=True).text(0)


def test_only_some_are_listed(rerun: Rerun) -> None:
    rows = RerunRows(rerun, [1, 3])
    assert (rows.count, rows.number(1)) == (2, 3)
    assert (rows.row_of(3), rows.row_of(2)) == (1, 0)


def test_both_ends_of_a_long_target_are_seen() -> None:
    assert fitted("http://h/a", 12) == "http://h/a  "
    assert fitted("http://host/abc", 10) == "host/abc  "
    short = fitted("http://host/" + "a" * 50 + "/end", 16)
    assert (short[:4], short[-4:], cell_len(short)) == ("host", "/end", 16)
