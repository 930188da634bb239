import json
import time
from collections.abc import Iterator
from typing import TypeVar

import pytest
from hypothesis import given

from sonde_core.text.folds import Fold
from sonde_core.text.line_index import readable
from sonde_core.text.nodes import Node, Steps, around, children, fold_of, node_at
from tests.strategies import JSON, examples

T = TypeVar("T")


def run(steps: Steps[T]) -> T:
    while True:
        try:
            next(steps)
        except StopIteration as over:
            found: T = over.value
            return found


def written(value: object) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode("utf-8", "surrogatepass")


def lines_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    for line in data.split(b"\n"):
        yield place, line
        place += len(line) + 1


def nodes_by_stack(data: bytes) -> list[tuple[Node, list[int]]]:
    """Find the nodes by counting brackets, and the lines that lead to each."""
    found: list[tuple[Node, list[int]]] = []
    stack: list[tuple[int, int, int, list[int]]] = []
    for place, line in lines_of(data):
        words = line.lstrip(b" ")
        if words[:1] in (b"]", b"}"):
            at, indent, begin, own = stack.pop()
            found.append((Node(at, indent, begin, place + indent), [*own, place]))
        elif line[-1:] in (b"[", b"{"):
            stack.append((place, len(line) - len(words), place + len(line), [place]))
        elif stack:
            stack[-1][3].append(place)
    return found


@examples(2)
@given(JSON)
def test_each_line_leads_to_the_node_it_belongs_to(value: object) -> None:
    data = written(value)
    source = readable(data)
    for node, lines in nodes_by_stack(data):
        for line in lines:
            assert run(node_at(source, line)) == node
            assert run(node_at(source, line + node.indent)) == node


@examples(2)
@given(JSON)
def test_children_are_the_nodes_right_inside(value: object) -> None:
    data = written(value)
    source = readable(data)
    nodes = [node for node, _ in nodes_by_stack(data)]
    for node in nodes:
        inside = [
            Fold(other.begin, other.end, data[other.begin : other.end].count(b"\n") - 1)
            for other in sorted(nodes)
            if node.begin < other.begin < node.end and other.indent == node.indent + 2
        ]
        assert list(run(children(source, node))) == inside
        for fold, other in zip(
            inside, (o for o in sorted(nodes) if o.begin in {f.begin for f in inside}), strict=True
        ):
            assert run(fold_of(source, other)) == fold
            assert run(around(source, other)) == node


def test_a_value_alone_lies_in_nothing() -> None:
    assert run(node_at(readable(b"12"), 0)) is None
    assert run(node_at(readable(b""), 0)) is None
    assert run(node_at(readable(b"[]"), 0)) is None


def test_a_node_that_has_not_ended_yet_is_none() -> None:
    assert run(node_at(readable(b'{\n  "a": [\n    1,'), 14)) is None


@pytest.fixture(scope="module")
def large() -> bytes:
    rows = b",\n".join(
        b'    {\n      "id": %d,\n      "tags": [\n        "x"\n      ]\n    }' % n
        for n in range(100_000)
    )
    return b'{\n  "items": [\n' + rows + b'\n  ],\n  "last": "' + b"z" * 3_000_000 + b'"\n}'


def test_large_nodes_are_found_step_by_step(large: bytes) -> None:
    source = readable(large)
    end = large.index(b'"last"')
    found: list[Node | None] = []
    slowest = 0.0

    def timed(steps: Steps[T]) -> T:
        nonlocal slowest
        while True:
            begun = time.process_time()
            try:
                next(steps)
            except StopIteration as over:
                value: T = over.value
                return value
            finally:
                slowest = max(slowest, time.process_time() - begun)

    found = [timed(node_at(source, place)) for place in (0, 4, 40, end - 5, end)]
    assert found[0] == found[4] == Node(0, 0, 1, len(large) - 1)
    assert found[1] == found[3] == Node(2, 2, 14, end - 5)
    items = found[1]
    assert items is not None
    folds = timed(children(source, items))
    assert len(folds) == 100_000
    assert set(folds.rows) == {4}
    assert timed(fold_of(source, items)).rows == 100_000 * 6
    assert slowest < 0.05  # a few milliseconds
