"""May a condition hold, when only some facts are known? Three answers: True, False, and None for "it may"."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations

from ..expressions import ExpressionNotUnderstood, expression
from ..graph import Flow, Node, Scope

OUTCOME = "outcome"
_UNKNOWN = object()


def holds(condition: str | None, known: Mapping[str, object]) -> bool | None:
    """Judge a drawn condition. No condition is True; one that cannot be read, or asks for unknown facts, is None."""
    if condition is None:
        return True
    try:
        return _truth(expression(condition).tree.body, known)
    except ExpressionNotUnderstood:
        return None


def names_of(condition: str | None) -> frozenset[str]:
    """The facts that the condition reads; none where there is none or it cannot be read."""
    try:
        return expression(condition).names if condition is not None else frozenset()
    except ExpressionNotUnderstood:
        return frozenset()


def outcome_asked(condition: str | None) -> tuple[str, str] | None:
    """What a condition that asks for one outcome asks: `${outcome == 'pass'}` is ("outcome", "pass"). None for any other."""
    try:
        tree = expression(condition).tree.body if condition is not None else None
    except ExpressionNotUnderstood:
        return None
    match tree:
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant(value=str(code))]):
            return name, code
        case _:
            return None


def question(name: str) -> str | None:
    """Known facts may hold the answer to a whole question as well, under `?` and its text; None for the name of a fact."""
    return name[1:] if name.startswith("?") else None


def _answered(tree: ast.expr, known: Mapping[str, object]) -> bool | None:
    """What was answered to just this question, where such answers are known at all."""
    if not any(name.startswith("?") for name in known):
        return None
    said = known.get(f"?{ast.unparse(tree)}")
    return said if isinstance(said, bool) else None


def _truth(tree: ast.expr, known: Mapping[str, object]) -> bool | None:
    match tree:
        case ast.BoolOp(op=ast.And(), values=values):
            parts = [_truth(value, known) for value in values]
            return False if False in parts else None if None in parts else True
        case ast.BoolOp(values=values):
            parts = [_truth(value, known) for value in values]
            return True if True in parts else None if None in parts else False
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _truth(operand, known)
            return None if inner is None else not inner
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            found = _compared(op, left, right, known)
            return _answered(tree, known) if found is None else found
        case _:
            value = _value(tree, known)
            return _answered(tree, known) if value is _UNKNOWN else bool(value)


def _compared(op: ast.cmpop, left: ast.expr, right: ast.expr, known: Mapping[str, object]) -> bool | None:
    one, other = _value(left, known), _value(right, known)
    if one is _UNKNOWN or other is _UNKNOWN:
        return None
    match op:
        case ast.Eq():
            return one == other
        case ast.NotEq():
            return one != other
        case ast.In() if isinstance(other, tuple):
            return one in other
        case ast.NotIn() if isinstance(other, tuple):
            return one not in other
        case ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE() if isinstance(one, int | float) and isinstance(
            other, int | float
        ):
            return _ordered(op, one, other)
        case _:
            return None


def _ordered(op: ast.cmpop, one: float, other: float) -> bool:
    match op:
        case ast.Lt():
            return one < other
        case ast.LtE():
            return one <= other
        case ast.Gt():
            return one > other
        case _:
            return one >= other


def _value(tree: ast.expr, known: Mapping[str, object]) -> object:
    match tree:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return known.get(name, _UNKNOWN)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            values = tuple(_value(part, known) for part in parts)
            return _UNKNOWN if _UNKNOWN in values else values
        case _:
            return _UNKNOWN


def alternatives(node: Node, leaving: Sequence[Flow], known: Mapping[str, object]) -> tuple[tuple[Flow, ...], ...]:
    """Every set of flows that may be taken together from the node. None at all: the conditions shut every door.

    A gateway that tries conditions in order stops at the first that surely holds; an exclusive gateway without any
    condition is a choice of a person, and every way is possible.
    """
    match node.kind:
        case "parallelGateway":
            return (tuple(leaving),) if leaving else ()
        case "eventBasedGateway":
            return tuple((flow,) for flow in leaving)
        case "exclusiveGateway":
            return tuple((flow,) for flow in _exclusive(node, leaving, known))
        case _:
            return _inclusive(node, leaving, known)


def _exclusive(node: Node, leaving: Sequence[Flow], known: Mapping[str, object]) -> tuple[Flow, ...]:
    default = tuple(flow for flow in leaving if flow.id == node.default)
    tried = [flow for flow in leaving if flow.id != node.default]
    if all(flow.condition is None for flow in leaving):
        return tuple(leaving)
    possible: list[Flow] = []
    for flow in tried:
        may = holds(flow.condition, known)
        if may is not False:
            possible.append(flow)
        if may:
            return tuple(possible)
    return (*possible, *default)


def _inclusive(node: Node, leaving: Sequence[Flow], known: Mapping[str, object]) -> tuple[tuple[Flow, ...], ...]:
    default = tuple(flow for flow in leaving if flow.id == node.default)
    judged = [(flow, holds(flow.condition, known)) for flow in leaving if flow.id != node.default]
    sure = tuple(flow for flow, may in judged if may)
    maybe = [flow for flow, may in judged if may is None]
    taken = (sure + some for some in _some(maybe))
    chosen = (flows if any(flow.condition for flow in flows) else flows + default for flows in taken)
    return tuple(flows for flows in chosen if flows)


def _some(flows: list[Flow]) -> Iterator[tuple[Flow, ...]]:
    """All subsets; of very many flows only none, each and all, which decides whether something can be reached."""
    sizes = range(len(flows) + 1) if len(flows) <= 5 else (0, 1, len(flows))
    return chain.from_iterable(combinations(flows, size) for size in sizes)


def ways_behind(node: Node, scope: Scope, known: Mapping[str, object]) -> tuple[Flow, ...]:
    """The flows that may be taken from the node at all, with these facts."""
    possible = {flow.id for flows in alternatives(node, scope.leaving[node.id], known) for flow in flows}
    return tuple(flow for flow in scope.leaving[node.id] if flow.id in possible)
