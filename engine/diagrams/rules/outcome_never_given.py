"""A condition compares a step only with outcomes that the step can have.

A mistyped code would silently take the default way.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from difflib import get_close_matches

from ..expressions import ExpressionNotUnderstood, expression
from ..facts import MatterFacts
from ..findings import Level, Severity
from ..graph import Diagram, Flow
from ..paths import OUTCOME, steps_before
from ..report import Report
from ..rulebook import Rule
from ..tour import scopes, steps

RULE = Rule("outcome-never-given", Severity.ERROR, "条件里的办理结果不存在", Level.WARNING)


def check(diagram: Diagram, facts: MatterFacts | None, report: Report) -> None:
    labels: dict[str, list[str]] = {}
    for _, _, work in steps(diagram):
        for outcome in work.outcomes:
            labels.setdefault(outcome.code, []).append(outcome.label)
    for flow, name, value, possible in never_given(diagram):
        told = [f"{code}（{'／'.join(dict.fromkeys(labels[code]))}）" for code in sorted(possible)]
        report(
            flow,
            f"条件把 {name} 和“{value}”比较，可是步骤没有这个办理结果。",
            f"这里可能的结果：{'、'.join(told)}。",
            fix="outcome-spelt" if meant(value, possible) else "",
        )


def never_given(diagram: Diagram) -> Iterator[tuple[Flow, str, object, set[str]]]:
    """Flows with the name and the value that their conditions compare, and the outcomes that may come instead."""
    codes: dict[str, set[str]] = {}
    for _, node, work in steps(diagram):
        codes.setdefault(node.id, set()).update(outcome.code for outcome in work.outcomes)
    for scope in scopes(diagram):
        before = steps_before(scope)
        for flow in scope.flows:
            for name, value in _compared(flow.condition):
                asked = before[flow.source] if name == OUTCOME else frozenset({name})
                known = asked is not None and asked <= codes.keys()
                possible = set[str]().union(*(codes[key] for key in asked or ())) if known else set()
                if possible and value not in possible:
                    yield flow, name, value, possible


def meant(value: object, possible: set[str]) -> str:
    """The one outcome that is written nearly so (`accpet`); empty where none is near, or two are."""
    near = get_close_matches(str(value), possible, cutoff=0.75)
    return near[0] if len(near) == 1 else ""


def _compared(condition: str | None) -> Iterator[tuple[str, object]]:
    """Names and the constants that they are compared with."""
    try:
        tree = expression(condition).tree if condition is not None else None
    except ExpressionNotUnderstood:
        return
    for node in ast.walk(tree) if tree else ():
        match node:
            case ast.Compare(
                left=ast.Name(id=name), ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=str(value))]
            ):
                yield name, value
            case ast.Compare(
                left=ast.Constant(value=str(value)), ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Name(id=name)]
            ):
                yield name, value
            case ast.Compare(
                left=ast.Name(id=name),
                ops=[ast.In() | ast.NotIn()],
                comparators=[ast.List(elts=parts) | ast.Tuple(elts=parts)],
            ):
                yield from ((name, part.value) for part in parts if isinstance(part, ast.Constant))
