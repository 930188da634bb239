"""`sonde replay ID --times N --every S`."""

from __future__ import annotations

import itertools
import json
import signal

from tests.patience import PATIENCE
from tests.web import WebHandler, serving

from .conftest import Command, Requests


def test_statistics_follow_the_rounds(sonde: Command, web: Requests) -> None:
    sonde("send", f"{web.url}/")
    result = sonde("replay", "@1", "--times", "5")
    assert result.returncode == 0
    first, *histogram = result.stdout.decode().splitlines()
    assert first.startswith("min ")
    assert " p95 " in first
    assert sum(int(row.split()[-1]) for row in histogram) == 5
    assert b"5 of 5 the same" in result.stderr
    assert len(json.loads(sonde("history", "--json").stdout)) == 6


def test_it_goes_on_until_it_is_interrupted(sonde: Command, web: Requests) -> None:
    sonde("send", f"{web.url}/")
    process = sonde.start("replay", "@1", "--every", "0.01", "--json")
    assert process.stderr
    for _ in range(3):
        assert b"Same: 200" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    told = json.loads(out)
    assert told["times"] >= 3
    assert b"stopped" in err
    assert process.returncode == (0 if told["same"] == told["times"] else 1)


def test_each_line_says_what_it_compares(sonde: Command) -> None:
    numbers = itertools.chain([0, 1, 2], itertools.repeat(2))

    class Answering(WebHandler):
        def do_GET(self) -> None:
            body = b'{"n": %d}' % next(numbers)
            self.answer(body, "application/json")

    with serving(Answering) as url:
        sonde("send", f"{url}/")
        told = sonde("replay", "@1", "--times", "3").stderr.decode().splitlines()
        as_json = json.loads(sonde("replay", "@1", "--times", "2", "--json").stdout)
    assert all("against the recording: Differs: " in told[row] for row in (0, 2, 6))
    assert told[1] == "   ~ body.n: 0 → 1"
    assert told[3:5] == ["   ~ body.n: 0 → 2", "   against time 1:"]
    assert told[5] == "     ~ body.n: 1 → 2"
    assert told[8] == "   against time 2: the same"
    assert [each["since_round"] for each in as_json["rounds"]] == [None, 1]
