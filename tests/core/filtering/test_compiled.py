"""JMESPath as functions gives what the library's interpreter gives."""

from __future__ import annotations

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError

from sonde_core.filtering.compiled import compiled
from sonde_core.filtering.spelled import Value

SCALARS: st.SearchStrategy[Value] = (
    st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from([0.5, "", "a", "b"])
)
VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)
    ),
    max_leaves=15,
)

STARTS = st.sampled_from(["a", "b", "@", "*", "[*]", "[]", "[0]", "'a'", "`0`", "`[1]`", "`false`"])


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, inner)
    comparators = st.sampled_from(["==", "!=", "<", ">=", "&&", "||", "|"])
    return st.one_of(
        st.builds(lambda one, name: f"{one}.{name}", inner, st.sampled_from(["a", "b", "*"])),
        st.builds(lambda one: f"{one}[*].a", inner),
        st.builds(lambda one: f"{one}[-1]", inner),
        st.builds(lambda one: f"{one}[0:2]", inner),
        st.builds(lambda one: f"{one}[]", inner),
        st.builds(lambda one, two: f"{one}[?{two}].b", inner, inner),
        st.builds(lambda pair, sign: f"({pair[0]} {sign} {pair[1]})", two, comparators),
        st.builds(lambda one: f"!{one}", inner),
        st.builds(lambda pair: f"[{pair[0]}, {pair[1]}]", two),
        st.builds(lambda pair: f"{{x: {pair[0]}, y: {pair[1]}}}", two),
        st.builds(lambda one: f"not_null({one}, `1`)", inner),
        st.builds(lambda one: f"length({one})", inner),
        st.builds(lambda one: f"map(&a, {one})", inner),
    )


EXPRESSIONS = st.recursive(STARTS, _grown, max_leaves=6)


def outcome(parsed: jmespath.parser.ParsedResult, value: Value, *, ours: bool) -> str:
    try:
        found: object = compiled(parsed.parsed)(value) if ours else parsed.search(value)
        return repr(found)
    except (JMESPathError, TypeError, ValueError) as error:
        return type(error).__name__


@given(EXPRESSIONS, VALUES)
def test_it_does_what_the_library_does(expression: str, value: Value) -> None:
    try:
        parsed = jmespath.compile(expression)
    except JMESPathError:
        return
    assert outcome(parsed, value, ours=True) == outcome(parsed, value, ours=False)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("sort_by(@, &n)[0].n", 1),
        ("[?n > `1`] | length(@)", 1),
        ("[].{m: n}", [{"m": 2}, {"m": 1}]),
        ("[0:1].n", [2]),
        ("max_by(@, &n).n", 2),
    ],
)
def test_some_that_people_write(expression: str, result: object) -> None:
    assert compiled(jmespath.compile(expression).parsed)([{"n": 2}, {"n": 1}]) == result
