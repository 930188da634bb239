"""JMESPath as functions that call each other: two to four times as fast as walking the tree.

The parser is the library's, and so are its functions; what a node does is as in its interpreter.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Final, TypeAlias

from .spelled import Value

if TYPE_CHECKING:
    from jmespath.visitor import _TreeNode

Step: TypeAlias = Callable[[Value], Value]
Maker: TypeAlias = "Callable[[_TreeNode], Step]"

_ORDERS: Final = {"lt": operator.lt, "gt": operator.gt, "lte": operator.le, "gte": operator.ge}


def compiled(tree: _TreeNode) -> Step:
    """Return what a parsed expression does to a value.

    It raises what the library's interpreter raises.
    """
    maker = _MAKERS.get(tree["type"])
    return maker(tree) if maker else _interpreted(tree)


def _interpreted(tree: _TreeNode) -> Step:
    from jmespath.visitor import TreeInterpreter

    interpreter = TreeInterpreter()

    def run(value: Value) -> Value:
        found: Value = interpreter.visit(tree, value)
        return found

    return run


def _same(value: Value) -> Value:
    return value


def _steps(tree: _TreeNode) -> list[Step]:
    return [compiled(child) for child in tree["children"]]


def _chain(tree: _TreeNode) -> Step:
    steps = [step for step in _steps(tree) if step is not _same]
    return reduce(lambda first, then: lambda value: then(first(value)), steps) if steps else _same


def _field(tree: _TreeNode) -> Step:
    name = str(tree["value"])
    return lambda value: value.get(name) if isinstance(value, dict) else None


def _index(tree: _TreeNode) -> Step:
    place = int(str(tree["value"]))

    def run(value: Value) -> Value:
        if not isinstance(value, list) or not -len(value) <= place < len(value):
            return None
        return value[place]

    return run


def _literal(tree: _TreeNode) -> Step:
    found: Value = tree["value"]
    return lambda value: found


def _projection(tree: _TreeNode) -> Step:
    base, then = _steps(tree)

    def run(value: Value) -> Value:
        found = base(value)
        if not isinstance(found, list):
            return None
        return [made for each in found if (made := then(each)) is not None]

    return run


def _value_projection(tree: _TreeNode) -> Step:
    base, then = _steps(tree)

    def run(value: Value) -> Value:
        found = base(value)
        if not isinstance(found, dict):
            return None
        return [made for each in found.values() if (made := then(each)) is not None]

    return run


def _filter_projection(tree: _TreeNode) -> Step:
    base, then, condition = _steps(tree)

    def run(value: Value) -> Value:
        found = base(value)
        if not isinstance(found, list):
            return None
        kept = (each for each in found if not is_false(condition(each)))
        return [made for each in kept if (made := then(each)) is not None]

    return run


def _flatten(tree: _TreeNode) -> Step:
    (base,) = _steps(tree)

    def run(value: Value) -> Value:
        found = base(value)
        if not isinstance(found, list):
            return None
        return [one for each in found for one in (each if isinstance(each, list) else (each,))]

    return run


def _comparator(tree: _TreeNode) -> Step:
    left, right = _steps(tree)
    kind = str(tree["value"])
    if kind in _ORDERS:
        return _order(left, right, _ORDERS[kind])
    if kind == "eq":
        return lambda value: equals(left(value), right(value))
    return lambda value: not equals(left(value), right(value))


def _order(left: Step, right: Step, fits: Callable[..., bool]) -> Step:
    def run(value: Value) -> Value:
        one, other = left(value), right(value)
        return fits(one, other) if _is_ordered(one) and _is_ordered(other) else None

    return run


def _and(tree: _TreeNode) -> Step:
    first, then = _steps(tree)
    return lambda value: found if is_false(found := first(value)) else then(value)


def _or(tree: _TreeNode) -> Step:
    first, then = _steps(tree)
    return lambda value: then(value) if is_false(found := first(value)) else found


def _not(tree: _TreeNode) -> Step:
    (step,) = _steps(tree)
    return lambda value: is_false(step(value))


def _list(tree: _TreeNode) -> Step:
    steps = _steps(tree)
    return lambda value: None if value is None else [step(value) for step in steps]


def _dict(tree: _TreeNode) -> Step:
    pairs = tree["children"]
    steps = [(str(pair["value"]), compiled(pair["children"][0])) for pair in pairs]
    return lambda value: None if value is None else {name: step(value) for name, step in steps}


def _function(tree: _TreeNode) -> Step:
    from jmespath.functions import Functions

    call, name, steps = Functions().call_function, str(tree["value"]), _steps(tree)

    def run(value: Value) -> Value:
        found: Value = call(name, [step(value) for step in steps])
        return found

    return run


def is_false(value: Value) -> bool:
    """Whether JMESPath takes a value for false: 0 is true, and what is empty is not."""
    return value is None or value is False or (not value and isinstance(value, str | list | dict))


def equals(one: Value, other: Value) -> bool:
    """Compare as JMESPath: true is not 1, and false is not 0."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    return one == other


def _is_ordered(value: Value) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)


_MAKERS: Final[dict[str, Maker]] = {
    "field": _field,
    "current": lambda tree: _same,
    "identity": lambda tree: _same,
    "index": _index,
    "literal": _literal,
    "subexpression": _chain,
    "index_expression": _chain,
    "pipe": _chain,
    "projection": _projection,
    "value_projection": _value_projection,
    "filter_projection": _filter_projection,
    "flatten": _flatten,
    "comparator": _comparator,
    "and_expression": _and,
    "or_expression": _or,
    "not_expression": _not,
    "multi_select_list": _list,
    "multi_select_dict": _dict,
    "function_expression": _function,
}
