from __future__ import annotations

import fnmatch
import operator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde_core.entry_filter.entry_filter import EntryFilter, parse
from sonde_core.entry_filter.printing import printed
from sonde_core.entry_filter.tree import All, Any, Every, Flag, Node, Not, Term, Word
from sonde_core.history.summary import Summary
from sonde_core.model import Outcome
from tests.filters import COMPARED, NOW, SUMMARIES, TERMS, WORDS, summary, trees
from tests.strategies import examples

_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_SIGNS |= {":": operator.eq, "=": operator.eq, "!=": operator.ne}
_BYTES = {"0": 0, "1kb": 1000, "1k": 1000, "1.5mib": 1_572_864, "70": 70, "3": 3}
_DAY = datetime(2026, 11, 24)


def slow(node: Node, it: Summary) -> bool:
    """Tell the same as a filter, the obvious way."""
    match node:
        case Every():
            return True
        case Word(text):
            parts = [it.method, it.target, str(it.status or ""), it.outcome, it.kind, it.name]
            parts += [it.note, *it.tags, "server" if it.role == "server" else ""]
            return any(text.casefold() in part.casefold() for part in parts)
        case Flag():
            return it.pinned
        case Not(of):
            return not slow(of, it)
        case All(parts):
            return all(slow(part, it) for part in parts)
        case Any(parts):
            return any(slow(part, it) for part in parts)
        case Term():
            return slow_term(node, it)


def slow_term(term: Term, it: Summary) -> bool:
    scheme = it.target.partition(":")[0]
    parts = urlsplit(it.target)
    path = it.target.partition(":")[2] if scheme == "unix" else parts.path
    texts = {"url": it.target, "host": parts.hostname or "", "path": path}
    texts |= {"name": it.name, "note": it.note}
    value = term.value.casefold()
    like = "*" in value and not term.quoted
    match term.key:
        case "url" | "host" | "path" | "name" | "note":
            text = texts[term.key].casefold()
            if value == "*" and like:
                return text != ""
            return fnmatch.fnmatchcase(text, value) if like else value in text
        case "method" | "kind":
            text = getattr(it, term.key).casefold()
            return fnmatch.fnmatchcase(text, value) and (text != "" or value != "*")
        case "outcome":
            return it.outcome == value.replace("-", " ")
        case "tag":
            return any(fnmatch.fnmatchcase(tag.casefold(), value) for tag in it.tags)
        case "id" | "from":
            text = it.id if term.key == "id" else it.replay_of
            return bool(text) if value == "*" else text.startswith(value)
        case "port":
            port = parts.port or {"http": 80, "https": 443}.get(scheme, 0)
            return port == int(value) and port > 0
        case "status":
            return it.status in slow_statuses(value)
        case "time":
            return bool(_SIGNS[term.sign](it.seconds, 0.2))
        case "size" | "sent":
            return bool(_SIGNS[term.sign](getattr(it, term.key), _BYTES[value]))
        case "since":
            return it.time >= slow_time(value)[0]
        case _:
            return it.time < slow_time(value)[1]


def slow_statuses(value: str) -> set[int]:
    known = {"404": {404}, "5xx": set(range(500, 600)), "40x": set(range(400, 410))}
    known |= {"4": set(range(400, 500)), "400-404": {400, 401, 402, 403, 404}, "none": {0}}
    return (known | {"200..299": set(range(200, 300))})[value]


def slow_time(value: str) -> tuple[datetime, datetime]:
    today = datetime(*NOW.astimezone().timetuple()[:3])
    day = timedelta(days=1)
    known = {
        "today": (today, today + day),
        "yesterday": (today - day, today),
        "14:30": (today.replace(hour=14, minute=30), today.replace(hour=14, minute=31)),
        "2026": (datetime(2026, 1, 1), datetime(2027, 1, 1)),
        "2026-11": (datetime(2026, 11, 1), datetime(2026, 12, 1)),
        "2026-11-24": (_DAY, _DAY + day),
        "2026-11-24t12": (_DAY.replace(hour=12), _DAY.replace(hour=13)),
    }
    if value in known:
        start, end = known[value]
        return start.astimezone(), end.astimezone()
    if value == "2026-11-24t12:00z":
        start = _DAY.replace(hour=12, tzinfo=UTC)
        return start, start + timedelta(minutes=1)
    hours = {"2h": 2, "3d": 72, "1w": 168}[value]
    at = NOW - timedelta(hours=hours)
    return at, at


@given(trees(WORDS | TERMS | COMPARED | st.just(Flag("pinned"))), st.lists(SUMMARIES, max_size=5))
@examples(2)
def test_a_filter_tells_what_a_slow_one_tells(tree: Node, entries: list[Summary]) -> None:
    chosen = parse(printed(tree), now=NOW)
    expected = [each for each in entries if slow(tree, each)]
    assert [each for each in entries if chosen.matches(each)] == expected
    assert list(chosen.sift(entries)) == expected


def passes(text: str, it: Summary) -> bool:
    chosen = parse(text, now=NOW)
    assert not chosen.needs_entries
    return chosen.matches(it)


@pytest.mark.parametrize(
    ("text", "it"),
    [
        ("POST 404 login", summary("http://x/login", method="POST", status=404)),
        ("host:Example.ORG path:/v2", summary("https://user@example.org:444/v2?x#y")),
        ("port:443 host:::1", summary("wss://[::1]/")),
        ("port>1024", summary("tcp://h:8080", kind="tcp")),
        ("path:/run/x.sock -port>0", summary("unix:/run/x.sock", kind="unix")),
        ("outcome:timeout", summary(outcome=Outcome.TIMED_OUT)),
        ("kind:https method:*", summary()),
        ("tag:BUG -tag:bu", summary(tags=("bug",))),
        ("time>=1.5s time<2m", summary(seconds=1.5)),
        ("size=2kib", summary(size=2048)),
        ("-status>0 status:none", summary(status=0)),
        ("status!=404 status<300", summary(status=200)),
        ("since:1h until:2030", summary(at=NOW - timedelta(minutes=59))),
        ("019a0000-12", summary(id="019a0000-1234")),
        ("STRASSE", summary(name="Straße")),
        ("''' or \"\"", summary()),
    ],
)
def test_an_entry_passes(text: str, it: Summary) -> None:
    assert passes(text, it)
    assert not passes(f"-({text})", it)


@pytest.mark.parametrize("key", ["method", "host", "path", "name", "note", "tag", "from"])
def test_a_star_alone_asks_for_some_value(key: str) -> None:
    bare = summary("unix:", kind="unix", method="")
    full = replace(summary(tags=("bug",), name="login"), note="slow\nor not", replay_of="before")
    text = f"{key}:*"
    assert passes(text, full)
    assert not passes(text, bare)
    assert list(parse(text).sift([bare, full])) == [full]


def test_time_is_of_this_machine_s_zone() -> None:
    midnight = datetime(2026, 11, 24).astimezone()
    assert passes("since:2026-11-24", summary(at=midnight))
    assert not passes("since:2026-11-24", summary(at=midnight - timedelta(seconds=1)))
    assert passes("until:2026-11-24", summary(at=midnight + timedelta(hours=23)))
    assert not passes("until:2026-11-24", summary(at=midnight + timedelta(hours=25)))
    assert passes("since:2026-11-24T12:00+0100", summary(at=datetime(2026, 11, 24, 11, tzinfo=UTC)))


def test_what_is_inside_an_entry_is_not_known_from_its_summary() -> None:
    chosen = parse("status:200 -body:x or header:y=z")
    assert [term.key for term in chosen.inside] == ["body", "header"]
    assert chosen.needs_entries
    assert chosen.matches(summary(status=404))
    assert not parse("status:200 body:x").matches(summary(status=404))
    certain = parse("status:200 or body:x").certain()
    assert certain(summary(status=200))
    assert not certain(summary(status=404))
    assert not parse("-body:x").certain()(summary())


def test_an_empty_filter_is_told_from_others() -> None:
    assert parse("  ").is_empty
    assert not parse('""').is_empty
    assert isinstance(parse(""), EntryFilter)


def test_what_counts_from_now_means_another_time_later() -> None:
    assert parse("a or -since:1h").is_of_now
    assert not parse("a time>1s").is_of_now
