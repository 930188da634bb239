"""The instruments of the benchmark: what they read is what is there."""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path

import pyte
import pytest

from sonde_core.history.archive import Archive
from tests.bench import keeping
from tests.bench.bodies import FIRST, LAST, made, noise
from tests.bench.grid import Grid
from tests.bench.page import page
from tests.bench.process import Peak, cpu, memory, tree
from tests.bench.report import Figure, beyond, lacking, most, p95, ratio, table
from tests.bench.server import serving
from tests.bench.window import NotShownError, Window
from tests.terminal import Terminal

SONDE = str(Path(sys.executable).with_name("sonde"))


def test_the_grid_shows_what_a_terminal_shows(tmp_path: Path) -> None:
    environment = {**os.environ, "SONDE_HISTORY": str(tmp_path / "history.json")}
    environment["XDG_CONFIG_HOME"] = str(tmp_path)
    with Terminal([SONDE], environment) as terminal:
        terminal.wait("^q Quit")
        terminal.type("abc\t\t?")
        terminal.settle()
        grid = Grid(120, 40)
        text = terminal.output.decode()
        for start in range(0, len(text), 1000):  # cut anywhere
            grid.feed(text[start : start + 1000])
        assert [row.rstrip() for row in grid.rows] == terminal.text.split("\n")


def test_the_grid_knows_the_style_of_each_cell() -> None:
    grid = Grid(10, 2)
    grid.feed("\x1b[2;3H\x1b[1;31mred\x1b[0mno\x1b[H\x1b[K")
    assert grid.rows == [" " * 10, "  redno   "]
    assert grid.styles[1] == ["", "", "1;31", "1;31", "1;31", "", "", "", "", ""]
    screen = pyte.Screen(10, 2)
    pyte.Stream(screen).feed("\x1b[2;3H\x1b[1;31mred\x1b[0mno\x1b[H\x1b[K")
    assert screen.display == grid.rows


def test_a_key_is_timed_until_its_effect_and_a_lack_of_it_is_told() -> None:
    with Window([sys.executable, "-c", "print('ready'); print(input())"], os.environ) as window:
        window.until("ready")
        assert 0 < window.key("seen\r", "seen") < 5
        with pytest.raises(NotShownError, match="'more' is not on the screen"):
            window.until("more")


def test_the_server_tells_of_each_answer_and_numbers_it() -> None:
    with serving() as server:
        server.prepare("10k-pretty")
        assert server.mark == "answer 000002"
        server.prepare("10k-minified")


@pytest.mark.parametrize("name", ["10k-pretty", "1m-minified"])
def test_a_body_is_json_of_its_size_with_a_first_and_a_last_record(name: str) -> None:
    kind, data = made(name)
    size = 10_000 if name.startswith("10k") else 1_000_000
    assert kind == "application/json"
    assert 0.9 < len(data) / size < 1.1
    records = json.loads(data)
    assert (records[0]["name"], records[-1]["name"]) == (FIRST, LAST)
    assert (b"\n" in data) is name.endswith("pretty")
    assert len(noise(1000)) == 1000


@pytest.mark.skipif(sys.platform != "linux", reason="reads the proc file system")
def test_memory_and_time_are_of_the_process_and_its_children() -> None:
    code = (
        "import subprocess, sys\n"
        "child = 'x = b\"x\" * 30_000_000\\nfor _ in range(3_000_000): pass\\n'\n"
        "child += 'print(\"there\", flush=True)\\ninput()'\n"
        "subprocess.run([sys.executable, '-c', child])"
    )
    with Window([sys.executable, "-c", code], os.environ) as window:
        peak = Peak(window.pid)
        with peak.watching():
            window.until("there")
        assert len(tree(window.pid)) == 2
        assert memory(window.pid) > 30_000_000
        assert peak.growth > 20_000_000
        assert cpu(window.pid) > 0.02
        window.type("\r")


def test_figures_are_judged_by_what_their_bar_is_for() -> None:
    assert most("", 20.0, 20.0).fine
    assert not most("", 20.1, 20.0).fine
    assert ratio("", 100.0, 130.0, 1.3).fine
    assert not ratio("", 100.0, 131.0, 1.3).fine
    assert beyond("", 0.5, 1.4, 1.0).fine
    assert not beyond("", 0.5, 1.6, 1.0).fine
    assert most("", math.inf, None).fine
    assert not lacking("").fine
    assert p95([1.0] * 99 + [9.0]) == 1.0


def test_a_run_is_a_table_and_a_page() -> None:
    figures: list[Figure] = [ratio("start", 100.0, 130.0, 1.3), lacking("find")]
    head, start, find = table(figures).split("\n")
    assert head.split() == ["what", "unit", "beside", "sonde", "judged", "bar"]
    assert start.split() == ["start", "ms", "100", "130", "1.30", "x", "1.30", "x", "ok"]
    assert find.split()[-1] == "OVER"
    assert "| start | ms | 100 | 130 | 1.30 x | 1.30 x | ok |" in page(figures)


def test_a_long_history_is_as_long_as_it_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    keeping.fill(path, 30)
    archive = Archive(path)
    archive.open()
    shown = archive.view.summaries()
    assert len({each.id for each in shown}) == 30
    assert archive.telling.warnings == []
    assert 1900 < path.stat().st_size / 30 < 2100
    archive.close()
