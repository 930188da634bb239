"""Everything that a filter can ask an entry for by name."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from ..history.summary import KINDS, Summary
from ..model import Outcome
from . import values
from .addresses import host_of, path_of, port_of
from .errors import ValueRefused
from .tree import Term

Predicate: TypeAlias = Callable[[Summary], bool]
# Reads a term's value; the time is what relative times count from.
Build: TypeAlias = Callable[[Term, datetime], Predicate]
Text: TypeAlias = Callable[[Summary], str]
# Tells of scheme and authority, see `Summary.head`.
HeadTest: TypeAlias = Callable[[str], bool]

FLAGS: Final[Mapping[str, Predicate]] = {"pinned": lambda summary: summary.pinned}

_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ":": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
_COLON: Final = frozenset({":"})
_SIGNS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
_NUMBERS: Final = frozenset({*_SIGNS, ":", *(f":{sign}" for sign in _SIGNS)})
MOST_PORTS: Final = 65_535


@dataclass(frozen=True, slots=True)
class Key:
    """One name.

    Attributes:
        signs: What may follow it.
        example: A term with it.
        about: What it asks for, in a few words.
        build: Makes the test of a summary; None when the entry itself must be read.
        named: Whether a name and `=` stand before the value.
    """

    name: str
    signs: frozenset[str]
    example: str
    about: str
    build: Build | None = None
    named: bool = False

    def check(self, term: Term) -> None:
        """Make sure that the value can be read; raises ValueRefused."""
        if self.build:
            self.build(term, _EPOCH)


def _like(text_of: Text, term: Term) -> Predicate | None:
    """Text that is like the pattern; None if the value is none."""
    pattern = values.pattern(term.value, quoted=term.quoted)
    if pattern is None:
        return None
    whole = pattern.fullmatch
    return lambda summary: whole(text_of(summary).casefold()) is not None


def _contains(text_of: Text) -> Build:
    """Text that holds the value, or is like the pattern."""

    def build(term: Term, _: datetime) -> Predicate:
        wanted = term.value.casefold()
        return _like(text_of, term) or (lambda summary: wanted in text_of(summary).casefold())

    return build


def _is(text_of: Text) -> Build:
    """Text that is the value, or is like the pattern."""

    def build(term: Term, _: datetime) -> Predicate:
        wanted = term.value.casefold()
        return _like(text_of, term) or (lambda summary: text_of(summary).casefold() == wanted)

    return build


def _tag(term: Term, _: datetime) -> Predicate:
    like = values.pattern(term.value, quoted=term.quoted)
    if like is not None:
        whole = like.fullmatch
        return lambda summary: any(whole(tag.casefold()) for tag in summary.tags)
    wanted = term.value.casefold()
    return lambda summary: bool(summary.tags) and wanted in map(str.casefold, summary.tags)


def _begins(text_of: Text) -> Build:
    """Text that begins with the value."""

    def build(term: Term, _: datetime) -> Predicate:
        if term.value == "*" and not term.quoted:
            return lambda summary: bool(text_of(summary))
        wanted = term.value.casefold()
        return lambda summary: text_of(summary).startswith(wanted)

    return build


def _kind(term: Term, now: datetime) -> Predicate:
    wanted = "http" if term.value.casefold() == "https" else term.value.casefold()
    if wanted not in KINDS and (term.quoted or "*" not in wanted):
        raise ValueRefused(f"There is no kind {term.value}.", f"There are {_listed(KINDS)}.")
    return _is(lambda summary: summary.kind)(Term("kind", ":", wanted, term.quoted), now)


def _outcome(term: Term, _: datetime) -> Predicate:
    typed = " ".join(term.value.casefold().replace("-", " ").replace("_", " ").split())
    wanted = "timed out" if typed == "timeout" else typed
    if wanted in set(Outcome):
        return lambda summary: summary.outcome == wanted
    names = _listed(outcome.value.replace(" ", "-") for outcome in Outcome)
    raise ValueRefused(f"There is no outcome {term.value}.", f"There are {names}.")


def _status(term: Term, _: datetime) -> Predicate:
    if term.sign in (":", "=", "!="):
        wanted, there = values.statuses(term.value), term.sign != "!="
        return lambda summary: (summary.status in wanted) is there
    bound = values.number(term.value, 999)
    compare = _COMPARE[term.sign]
    return lambda summary: summary.status > 0 and compare(summary.status, bound)


def _bytes(number_of: Callable[[Summary], int]) -> Build:
    def build(term: Term, _: datetime) -> Predicate:
        bound, compare = values.size(term.value), _COMPARE[term.sign]
        return lambda summary: compare(number_of(summary), bound)

    return build


def _time(term: Term, _: datetime) -> Predicate:
    if term.sign in (":", "=", "!="):
        raise ValueRefused("A duration is compared.", "Like time>200ms or time<=2s.")
    bound, compare = values.seconds(term.value), _COMPARE[term.sign]
    return lambda summary: compare(summary.seconds, bound)


def has_host(term: Term) -> HeadTest:
    """Return what tells whether a head has a host in which the value is found, or like it."""
    pattern, wanted = values.pattern(term.value, quoted=term.quoted), term.value.casefold()
    if pattern is not None:
        whole = pattern.fullmatch
        return lambda head: whole(host_of(head)) is not None
    return lambda head: wanted in host_of(head)


def has_port(term: Term) -> HeadTest:
    """Return what tells whether a head has a port, also one that goes without saying, like it."""
    bound, compare = values.number(term.value, MOST_PORTS), _COMPARE[term.sign]

    def matches(head: str) -> bool:
        port = port_of(head)
        return port > 0 and compare(port, bound)

    return matches


def _by_head(test_of: Callable[[Term], HeadTest]) -> Build:
    def build(term: Term, _: datetime) -> Predicate:
        test = test_of(term)
        return lambda summary: test(summary.head)

    return build


def _since(term: Term, now: datetime) -> Predicate:
    start, _ = values.span(term.value, now)
    return lambda summary: summary.time >= start


def _until(term: Term, now: datetime) -> Predicate:
    _, end = values.span(term.value, now)
    return lambda summary: summary.time < end


def _listed(names: object) -> str:
    *most, last = sorted(names)  # type: ignore[call-overload]
    return f"{', '.join(most)} and {last}"


_ALL: Final = (
    Key("method", _COLON, "method:post", "the method", _is(lambda s: s.method)),
    Key("url", _COLON, "url:/v2/users", "text in the address", _contains(lambda s: s.target)),
    Key("host", _COLON, "host:example.org", "text in the host", _by_head(has_host)),
    Key("port", _NUMBERS, "port:8080", "the port", _by_head(has_port)),
    Key("path", _COLON, "path:/login", "text in the path", _contains(path_of)),
    Key("status", _NUMBERS, "status:5xx", "the status: 404, 4xx, 400-404, none", _status),
    Key("outcome", _COLON, "outcome:failed", "how it ended", _outcome),
    Key("kind", _COLON, "kind:tcp", "http, tcp, tls, udp, unix, ws, listen…", _kind),
    Key("time", _NUMBERS, "time>200ms", "how long it took", _time),
    Key("size", _NUMBERS, "size>1mb", "bytes of the answer, or received", _bytes(lambda s: s.size)),
    Key("sent", _NUMBERS, "sent>10kb", "bytes sent", _bytes(lambda s: s.sent)),
    Key("since", _COLON, "since:2h", "from then on: 2h, today, 14:30, 2026-11-01", _since),
    Key("until", _COLON, "until:yesterday", "up to then, that day included", _until),
    Key("name", _COLON, "name:login", "text in the name", _contains(lambda s: s.name)),
    Key("note", _COLON, "note:slow", "text in the note", _contains(lambda s: s.note)),
    Key("tag", _COLON, "tag:bug", "a tag, whole", _tag),
    Key("id", _COLON, "id:019a", "the start of the id", _begins(lambda s: s.id)),
    Key(
        "from",
        _COLON,
        "from:*",
        "replayed from that id, or from any",
        _begins(lambda s: s.replay_of),
    ),
    Key(
        "header", _COLON, "header:content-type=json", "a header, with text in its value", named=True
    ),
    Key("body", _COLON, 'body:"text"', "text in bodies and what sessions said"),
)
KEYS: Final[Mapping[str, Key]] = {key.name: key for key in _ALL}
