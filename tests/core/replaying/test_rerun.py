from __future__ import annotations

import asyncio
import gc
import itertools
import tracemalloc
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from sonde_core.comparing import bodies
from sonde_core.comparing.ignoring import IgnoreRule, IgnoreRules
from sonde_core.difference import compare
from sonde_core.exchange import Exchanger
from sonde_core.history.entry import Entry
from sonde_core.left_out import LeftOut
from sonde_core.listen_request import ListenRequest
from sonde_core.model import Exchange, Outcome
from sonde_core.replay import Changes
from sonde_core.replaying.rerun import Manner, Rerun, in_order
from sonde_core.replaying.verdict import Judged, Verdict
from sonde_core.session_request import SessionRequest
from tests.peers import Peer, echo
from tests.web import WebHandler, serving

from .conftest import Answers, ask, asked


def verdicts(rerun: Rerun) -> list[Verdict]:
    return [each.verdict for each in rerun.over]


async def test_each_is_performed_recorded_and_judged(
    exchanger: Exchanger, answers: Answers
) -> None:
    entries = await asked(exchanger, answers, "/a", "/b", "/error", "/d")
    answers.changed = {"/b", "/error"}
    told: list[Judged] = []
    rerun = Rerun(exchanger, entries, on_result=told.append)
    await rerun.run()
    assert verdicts(rerun) == [Verdict.SAME, Verdict.CHANGED, Verdict.CHANGED, Verdict.SAME]
    assert [each.status for each in rerun.over] == [200, 200, 503, 200]
    assert any("body.what" in text for text in rerun.over[1].lines)
    assert rerun.over[0].lines == ()
    assert sorted(each.number for each in told) == [0, 1, 2, 3]
    assert rerun.counts.summary == "4 replays: 2 same · 2 changed · 0 failed"
    assert not rerun.counts.passed
    for before, result in zip(entries, rerun.over, strict=True):
        after = await exchanger.history.get(result.after)
        assert after.replay_of == before.id


async def test_other_rules_judge_anew_and_steps_that_decide_alone_stay(
    exchanger: Exchanger, answers: Answers
) -> None:
    entries = await asked(exchanger, answers, "/a", "/b")
    answers.changed = {"/b"}
    rerun = Rerun(exchanger, entries)
    await rerun.run()
    before, after = [
        (await exchanger.history.get(each)).exchange
        for each in (rerun.over[1].before.id, rerun.over[1].after)
    ]
    differs, same = compare(before, after), compare(before, before)
    result = rerun.over[1]
    rerun.renew(result, same)
    assert verdicts(rerun) == [Verdict.SAME, Verdict.SAME]
    assert (rerun.over[1].lines, rerun.over[1].told) == ((), same.summary)
    assert rerun.counts.passed
    rerun.renew(rerun.over[1], differs)
    assert rerun.over[1] == result
    assert rerun.counts.summary == "2 replays: 1 same · 1 changed · 0 failed"
    assert result.grounds is not None
    alone = replace(result.grounds, fine=False, alone=True)
    stopped = replace(result.grounds, cut_off=True)
    for grounds, verdict in ((alone, Verdict.CHANGED), (stopped, Verdict.STOPPED)):
        assert replace(result, grounds=grounds).renewed(same).verdict is verdict
    unperformed = replace(result, grounds=None, verdict=Verdict.FAILED)
    assert unperformed.renewed(same) is unperformed


async def test_results_stand_in_the_order_of_the_entries(
    exchanger: Exchanger, answers: Answers
) -> None:
    answers.gate.set()
    entries = await asked(exchanger, answers, "/held", "/b", "/c")
    answers.gate.clear()
    answers.came.clear()
    first_over = asyncio.Event()
    rerun = Rerun(exchanger, entries, Manner(2), on_result=lambda _: first_over.set())
    running = asyncio.create_task(rerun.run())
    await asyncio.wait_for(first_over.wait(), 20)
    assert rerun.results[0] is None
    assert rerun.running >= {0}
    answers.gate.set()
    await running
    assert [each.before.id for each in rerun.over] == [each.id for each in entries]
    assert rerun.counts.passed


async def test_one_at_a_time_keeps_the_order(exchanger: Exchanger, answers: Answers) -> None:
    paths = [f"/{number}" for number in range(12)]
    entries = await asked(exchanger, answers, *paths)
    await Rerun(exchanger, entries, Manner(1)).run()
    assert answers.heard == paths
    assert answers.most == 1


async def test_no_more_than_the_jobs_are_under_way(exchanger: Exchanger, answers: Answers) -> None:
    entries = await asked(exchanger, answers, *[f"/{number}" for number in range(30)])
    await Rerun(exchanger, entries, Manner(3)).run()
    assert len(answers.heard) == 30
    assert answers.most <= 3


async def test_what_cannot_be_replayed_fails_with_the_reason(
    exchanger: Exchanger, answers: Answers, closed_port: int
) -> None:
    listener = exchanger.listener(ListenRequest("tcp://127.0.0.1:0"))
    await listener.start()
    session = exchanger.session(SessionRequest(str(listener.bound)))
    await session.open()
    session.abort()
    await exchanger.recorded(session)
    await listener.close()
    entries = await asked(exchanger, answers, "/a")
    elsewhere = Changes(address=f"http://127.0.0.1:{closed_port}")
    rerun = Rerun(exchanger, entries, Manner(changes=elsewhere))
    await rerun.run()
    assert set(verdicts(rerun)) == {Verdict.FAILED}
    http = rerun.over[-1]
    assert "connection refused" in http.told
    assert http.after
    refused = [each.told for each in rerun.over if not each.after]
    assert refused
    assert all("HTTP server" in told or "client of your listener" in told for told in refused)


async def test_the_same_failure_is_the_same(exchanger: Exchanger, closed_port: int) -> None:
    await ask(exchanger, f"http://127.0.0.1:{closed_port}/")
    rerun = Rerun(exchanger, exchanger.history.summaries())
    await rerun.run()
    assert verdicts(rerun) == [Verdict.SAME]


async def test_sessions_are_judged_like_http(exchanger: Exchanger) -> None:
    with Peer(echo) as peer:
        session = exchanger.session(SessionRequest(peer.address))
        await session.open()
        await session.send(b"hello")
        await session.expect(5, seconds=10)
        await session.close()
        await exchanger.recorded(session)
        rerun = Rerun(exchanger, exchanger.history.summaries())
        await rerun.run()
    assert verdicts(rerun) == [Verdict.SAME]
    assert rerun.over[0].status == 0


async def test_what_ran_is_kept_when_it_is_cancelled(
    exchanger: Exchanger, answers: Answers
) -> None:
    answers.gate.set()
    entries = await asked(exchanger, answers, "/a", "/held", "/c")
    answers.gate.clear()
    answers.came.clear()
    rerun = Rerun(exchanger, entries, Manner(1))
    running = asyncio.create_task(rerun.run())
    assert await asyncio.to_thread(answers.came.wait, 20)
    rerun.cancel()
    await asyncio.wait_for(running, 20)
    assert verdicts(rerun) == [Verdict.SAME, Verdict.STOPPED]
    assert rerun.counts.summary == (
        "2 replays: 1 same · 0 changed · 0 failed · 1 stopped · 1 not performed"
    )
    stopped = await exchanger.history.get(rerun.over[1].after)
    assert stopped.exchange.outcome is Outcome.CANCELLED
    assert answers.heard == ["/a", "/held"]


async def test_the_first_that_differs_can_end_it(exchanger: Exchanger, answers: Answers) -> None:
    entries = await asked(exchanger, answers, "/a", "/b", "/c", "/d")
    answers.changed = {"/b"}
    rerun = Rerun(exchanger, entries, Manner(1, fail_fast=True))
    await rerun.run()
    assert verdicts(rerun) == [Verdict.SAME, Verdict.CHANGED]
    assert answers.heard == ["/a", "/b"]
    assert not rerun.cancelled


async def test_rules_for_the_recorded_address_hold_at_another_one(
    exchanger: Exchanger, answers: Answers
) -> None:
    entries = await asked(exchanger, answers, "/a")
    answers.changed = {"/v2/a"}
    rule = IgnoreRule("body", f"{answers.url}/*")
    length = IgnoreRule("header:content-length", f"{answers.url}/*")
    other = Changes(address=answers.url.replace("127.0.0.1", "localhost") + "/v2")
    for rules, verdict in (((rule, length), Verdict.SAME), ((), Verdict.CHANGED)):
        rerun = Rerun(exchanger, entries, Manner(changes=other, ignore=IgnoreRules(rules)))
        await rerun.run()
        assert verdicts(rerun) == [verdict]
    assert answers.heard == ["/v2/a", "/v2/a"]


async def test_a_pattern_that_took_too_long_is_not_tried_again(
    exchanger: Exchanger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "_PATIENCE", 0.5)
    numbers = itertools.count()

    class Answering(WebHandler):
        def do_GET(self) -> None:
            body = b"a" * 60 + b" %d\n" % next(numbers)
            self.answer(body, "text/plain")

    rules = IgnoreRules(default=("header:date", "/(a+)+$/"))
    with serving(Answering) as url:
        for path in ("/a", "/b"):
            await ask(exchanger, url + path)
        entries = list(reversed(exchanger.history.summaries()))
        rerun = Rerun(exchanger, entries, Manner(1, ignore=rules))
        await rerun.run()
    assert verdicts(rerun) == [Verdict.CHANGED, Verdict.CHANGED]
    assert rerun.given_up == ["/(a+)+$/"]
    first, second = [await exchanger.history.get(each.after) for each in rerun.over]
    assert rules.for_endpoint(url) == ("header:date",)
    found = compare(first.exchange, second.exchange, ignore=("/(a+)+$/",))
    assert found.given_up == ("/(a+)+$/",)
    assert "was given up" in found.notes[0]
    assert not compare(first.exchange, second.exchange, ignore=rules).given_up


async def test_many_results_take_little_memory(exchanger: Exchanger, answers: Answers) -> None:
    entries = await asked(exchanger, answers, "/a", "/b")
    answers.changed = {"/b"}
    many = [*entries] * 50
    rerun = Rerun(exchanger, many, Manner(8))
    await Rerun(exchanger, entries).run()
    gc.collect()
    tracemalloc.start()
    await rerun.run()
    gc.collect()
    results = sum(
        trace.size
        for trace in tracemalloc.take_snapshot().statistics("filename")
        if "replaying" in trace.traceback[0].filename or "safetext" in trace.traceback[0].filename
    )
    tracemalloc.stop()
    assert len(rerun.over) == 100
    assert results / 100 < 2000


async def test_replays_of_what_is_chosen_are_left_out(
    exchanger: Exchanger, answers: Answers
) -> None:
    entries = await asked(exchanger, answers, "/a", "/b")
    await Rerun(exchanger, entries).run()
    chosen, left_out = in_order(exchanger.history.summaries())
    assert [each.id for each in chosen] == [each.id for each in entries]
    assert left_out == 2
    only_replays = exchanger.history.summaries()[:2]
    assert in_order(only_replays) == (list(reversed(only_replays)), 0)


async def test_a_secret_that_is_not_told_is_asked_for_once(exchanger: Exchanger) -> None:
    url = "http://127.0.0.1:1/"
    asks: list[str] = []

    async def ask(_: Entry, missing: Sequence[LeftOut]) -> Mapping[str, bytes]:
        asks.append(missing[0].name)
        return {"1": b"told"} if missing[0].name == "known" else {}

    exchanger.ask = ask
    rerun = Rerun(exchanger, ())
    entry = Entry("id", await failing(exchanger, url))
    for name in ("token", "token", "known", "known"):
        found = await rerun._ask(entry, [LeftOut(1, name)])
        assert found == ({"1": b"told"} if name == "known" else {})
    assert asks == ["token", "known", "known"]


async def failing(exchanger: Exchanger, url: str) -> Exchange:
    return (await ask(exchanger, url)).exchange
