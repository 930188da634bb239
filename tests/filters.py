"""What the tests of filters share: trees of every kind, and summaries of every kind."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from sonde_core.entry_filter.tree import All, Any, Every, Flag, Node, Not, Term, Word
from sonde_core.history.summary import Summary
from sonde_core.model import Outcome

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)

_VALUES = {
    "method": ["post", "G*", "*"],
    "url": ["example", "/a(b)", "*items*"],
    "host": ["example", "127.*", "::1", "*"],
    "port": ["80", "8080", "0"],
    "path": ["/v2", "*.json", "*"],
    "status": ["404", "5xx", "40x", "4", "400-404", "none", "200..299"],
    "outcome": ["failed", "timed-out", "DONE"],
    "kind": ["tcp", "http", "u*"],
    "size": ["0", "1kb", "1.5mib", "70"],
    "sent": ["0", "3", "1k"],
    "since": ["2h", "3d", "today", "yesterday", "14:30", "2026", "2026-11", "2026-11-24T12:00Z"],
    "until": ["2h", "1w", "today", "2026-11-24", "2026-11-24T12"],
    "name": ["login", "*", "Straße"],
    "note": ["slow", "*"],
    "tag": ["bug", "B*", "mail", "*"],
    "id": ["0", "019a", "*"],
    "from": ["*", "before"],
}
TEXT = st.text(max_size=8)
WORDS = st.builds(Word, TEXT | st.sampled_from(["or", "AND", "not", "pinned", "-x", "a(b", "k:v"]))
PLAIN = [(key, value) for key, values in _VALUES.items() for value in values]
TERMS = st.sampled_from(PLAIN).flatmap(
    lambda pair: st.builds(
        Term,
        st.just(pair[0]),
        st.just(":"),
        st.just(pair[1]),
        st.just(False) if "*" in pair[1] else st.booleans(),
    )
)
QUOTED = st.builds(
    Term,
    st.sampled_from(["method", "url", "host", "path", "name", "note", "tag", "id", "from", "body"]),
    st.just(":"),
    st.text(min_size=1, max_size=8),
    st.just(True),
)
COMPARED = st.builds(
    Term, st.sampled_from(["size", "sent"]), st.sampled_from(["<", ">=", "!=", "="]), st.just("1kb")
) | st.builds(Term, st.just("time"), st.sampled_from(["<", "<=", ">", ">="]), st.just("200ms"))
LEAVES = WORDS | TERMS | QUOTED | COMPARED | st.just(Flag("pinned"))
SUMMARIES = st.builds(
    Summary,
    st.sampled_from(["019a-1", "0"]),
    st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 30)).map(
        lambda at: at.replace(tzinfo=UTC)
    ),
    st.sampled_from(["http", "tcp", "udp", "ws", "later"]),
    st.sampled_from(
        [
            "http://Example.org/v2/items.json?page=404",
            "https://[::1]/a(b)",
            "tcp://127.0.0.1:8080",
            "unix:/run/v2",
            "",
        ]
    ),
    st.sampled_from(Outcome),
    method=st.sampled_from(["", "GET", "POST"]),
    role=st.sampled_from(["client", "server"]),
    status=st.sampled_from([0, 200, 404, 500]),
    seconds=st.sampled_from([0.0, 0.2, 3.5]),
    sent=st.sampled_from([0, 3, 1000]),
    size=st.sampled_from([0, 70, 1000, 1_572_864]),
    name=st.sampled_from(["", "login", "STRASSE"]),
    pinned=st.booleans(),
    tags=st.sampled_from([(), ("bug",), ("Bugs", "mail")]),
    note=st.sampled_from(["", "slow or not"]),
    replay_of=st.sampled_from(["", "before"]),
)


def trees(leaves: st.SearchStrategy[Node] = LEAVES) -> st.SearchStrategy[Node]:
    """Trees as a parser may make them."""
    return st.just(Every()) | st.recursive(
        leaves,
        lambda parts: st.one_of(
            parts.map(Not),
            st.lists(parts, min_size=2, max_size=3).map(lambda each: All(tuple(each))),
            st.lists(parts, min_size=2, max_size=3).map(lambda each: Any(tuple(each))),
        ),
        max_leaves=6,
    )


def summary(
    target: str = "http://example.org/",
    *,
    id: str = "019a-1",
    kind: str = "http",
    outcome: Outcome = Outcome.DONE,
    at: datetime = NOW,
    method: str = "GET",
    status: int = 200,
    seconds: float = 0.0,
    size: int = 0,
    tags: tuple[str, ...] = (),
    name: str = "",
) -> Summary:
    """Return one with some fields set."""
    return Summary(
        *(id, at, kind, target, outcome, method),
        status=status,
        seconds=seconds,
        size=size,
        tags=tags,
        name=name,
    )
