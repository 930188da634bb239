from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.exchange import Exchanger
from sonde_core.history.summary import Summary
from sonde_core.model import Outcome
from sonde_core.replay import replay
from sonde_core.replaying.repetition import Repetition
from sonde_core.replaying.report import junit, repetition_json, rerun_json, row_of, status_of
from sonde_core.replaying.rerun import Manner, Rerun
from sonde_core.replaying.verdict import Judged, Verdict
from sonde_core.safetext import SafeText, line

from .conftest import Answers, asked

STARTED = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BEFORE = Summary("id-1", STARTED, "http", "http://u:pw@h/a?token=s3", Outcome.DONE, "GET")


def over(exchanger: Exchanger, *results: Judged | None) -> Rerun:
    """Return a test that is over, with these results."""
    rerun = Rerun(exchanger, [each.before if each else BEFORE for each in results])
    rerun.results = list(results)
    for each in results:
        if each is not None:
            rerun.counts.add(each.verdict)
    return rerun


def xml(rerun: Rerun) -> ElementTree.Element:
    return ElementTree.fromstring(b"".join(junit(rerun, started=STARTED, seconds=1.5)))  # noqa: S314 - ours


def result(verdict: Verdict, told: str = "it differs", *lines: str) -> Judged:
    shown = tuple(map(line, lines))
    return Judged(0, BEFORE, verdict, line(told), "id-2", 200, 0.25, shown)


async def test_ci_reads_what_came_of_each(exchanger: Exchanger) -> None:
    results = [result(verdict, "it differs", "~ body.a: 1 → 2") for verdict in Verdict]
    suites = xml(over(exchanger, *results, None))
    suite = suites[0]
    for each in (suites, suite):
        counts = {name: each.get(name) for name in ("tests", "failures", "errors", "skipped")}
        assert counts == {"tests": "5", "failures": "1", "errors": "1", "skipped": "2"}
    assert suite.get("timestamp") == "2026-11-24T12:00:00.000"
    cases = list(suite)
    assert [[child.tag for child in case] for case in cases] == [
        [],
        ["failure"],
        ["error"],
        ["skipped"],
        ["skipped"],
    ]
    assert cases[1][0].get("message") == "it differs"
    assert "~ body.a: 1 → 2" in (cases[1][0].text or "")
    assert cases[0].get("time") == "0.250"


async def test_secrets_are_masked(exchanger: Exchanger) -> None:
    rerun = over(exchanger, result(Verdict.CHANGED))
    told = b"".join(junit(rerun, started=STARTED, seconds=0)).decode()
    for text in (told, rerun_json(rerun), row_of(result(Verdict.CHANGED))):
        assert "s3" not in text
        assert "pw" not in text
        assert "***" in text


@given(st.text(st.characters(codec=None), max_size=40))
def test_any_text_gives_xml_that_can_be_read(text: str) -> None:
    from sonde_core.replaying.report import _case

    before = replace(BEFORE, target=f"http://h/{text}", id=text)
    judged = Judged(0, before, Verdict.FAILED, SafeText(text), text, lines=(SafeText(text),))
    case = ElementTree.fromstring(_case(before, judged).encode("utf-8"))  # noqa: S314 - ours
    assert case[0].tag == "error"


async def test_machines_read_counts_and_results(exchanger: Exchanger, answers: Answers) -> None:
    entries = await asked(exchanger, answers, "/a", "/b")
    answers.changed = {"/b"}
    rerun = Rerun(exchanger, entries, Manner(2))
    await rerun.run()
    told = json.loads(rerun_json(rerun))
    assert (told["total"], told["same"], told["changed"], told["failed"]) == (2, 1, 1, 0)
    assert [each["verdict"] for each in told["results"]] == ["same", "changed"]
    assert told["results"][0]["before"] == entries[0].id
    assert told["results"][1]["difference"]
    assert json.loads(rerun_json(Rerun(exchanger, ())))["results"] == []


async def test_a_repeated_entry_is_told_with_its_times(
    exchanger: Exchanger, answers: Answers
) -> None:
    (summary,) = await asked(exchanger, answers, "/a")
    entry = await exchanger.history.get(summary.id)
    repetition = Repetition(lambda: replay(exchanger, entry), 3)
    await repetition.run()
    told = json.loads(repetition_json(repetition, entry=summary.id))
    assert (told["times"], told["same"], len(told["rounds"])) == (3, 3, 3)
    assert told["seconds"]["min"] <= told["seconds"]["p95"] <= told["seconds"]["max"]
    assert sum(each["count"] for each in told["histogram"]) == 3


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [(200, 200, "200"), (200, 503, "200 → 503"), (200, 0, "200 → none"), (0, 0, "")],
)
def test_a_status_that_changed_is_told_as_both(before: int, after: int, told: str) -> None:
    assert status_of(before, after) == told
