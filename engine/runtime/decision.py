"""A rule task that asks a decision of a DMN file: tables of every hit policy, and expressions, by the rules of FEEL.

DMN 1.3, §8.2.8-8.2.11. A decision first asks those that it requires; what they give is known to it by their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.diagrams import (
    Decision,
    DecisionCall,
    Expression,
    ExpressionNotUnderstood,
    Node,
    Table,
    cell,
    expression,
    expression_of_decision,
)
from engine.diagrams import Mark as At

from .data import plain
from .expressions import Uncomputable, holds, value
from .inventing import ask
from .marks import Facts
from .step import Exit, ScopeSpec, Step
from .token import Token
from .walk_feel import equal, fit_type

if TYPE_CHECKING:
    from .judge import Judge

POLICIES = frozenset(("UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"))
AGGREGATIONS = frozenset(("SUM", "MIN", "MAX", "COUNT"))
MANY = frozenset(("COLLECT", "RULE ORDER", "OUTPUT ORDER"))
INPUT = "?"
_NOT_CARRIED = {
    "businessKnowledgeModel": "用了业务知识模型",
    "context": "写成了上下文（context）",
    "functionDefinition": "写成了函数",
    "invocation": "写成了调用",
    "relation": "写成了关系表",
    "list": "写成了列表",
}


@dataclass(frozen=True)
class Row:
    """A rule, understood."""

    tests: tuple[Expression, ...]
    results: tuple[Expression | None, ...]


@dataclass(frozen=True)
class Asked:
    """A decision, understood. first: those that it asks before."""

    drawn: Decision
    inputs: tuple[Expression, ...] = ()
    rows: tuple[Row, ...] = ()
    priorities: tuple[tuple[Any, ...], ...] = ()
    defaults: tuple[Expression | None, ...] = ()
    text: Expression | None = None
    first: tuple[Asked, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Facts that it reads, those of the decisions before it included."""
        known = {one.drawn.name for one in self.first}
        texts = [*self.inputs, *(e for row in self.rows for e in (*row.tests, *row.results)), *self.defaults, self.text]
        read = frozenset[str]().union(
            *(one.names for one in texts if one is not None), *(one.names for one in self.first)
        )
        return read - known - {INPUT}


# ---- understanding
def understand(found: Mapping[str, Decision], call: DecisionCall, node: Node, judge: Judge) -> Asked | None:
    """The decision that a node asks, with all that it asks first; what of them is not carried out is refused at its place."""
    return _Reading(found, node, judge).decision(call.ref, ())


@dataclass
class _Reading:
    found: Mapping[str, Decision]
    node: Node
    judge: Judge
    known: dict[str, Asked | None] = field(default_factory=dict)

    def decision(self, key: str, asking: tuple[str, ...]) -> Asked | None:
        drawn = self.found.get(key)
        if drawn is None:
            self.judge.refuse("decision-unknown", self.node, decision=key)
            return None
        if key in asking:
            self.refuse(drawn, "绕着圈要它自己的结果")
            return None
        if key not in self.known:
            first = tuple(self.decision(other, (*asking, key)) for other in drawn.requires)
            understood = self.understood(drawn)
            whole = understood is not None and all(first)
            self.known[key] = _with_first(understood, first) if understood and whole else None
        return self.known[key]

    def understood(self, drawn: Decision) -> Asked | None:
        if drawn.odd:
            self.refuse(drawn, _NOT_CARRIED.get(drawn.odd, f"写成了 {drawn.odd}"))
            return None
        if drawn.table is not None:
            return self.table(drawn, drawn.table)
        if drawn.text:
            return Asked(drawn, text=self.expression(drawn.text, drawn.id, drawn.at, f"决策“{drawn.name}”"))
        self.refuse(drawn, "既没有决策表，也没有表达式")
        return None

    def table(self, drawn: Decision, table: Table) -> Asked | None:
        if why := _objection(table):
            self.refuse(drawn, why)
            return None
        rows = tuple(self.row(drawn, table, number) for number in range(len(table.rules)))
        return Asked(
            drawn,
            inputs=tuple(self.text(one.text, drawn, "输入") for one in table.inputs),
            rows=rows,
            priorities=tuple(tuple(self.constant(text, drawn) for text in out.values) for out in table.outputs),
            defaults=tuple(self.text(out.default, drawn, "默认输出") if out.default else None for out in table.outputs),
        )

    def row(self, drawn: Decision, table: Table, number: int) -> Row:
        rule, what = table.rules[number], f"决策表“{drawn.name}”第 {number + 1} 行"
        if len(rule.tests) != len(table.inputs) or len(rule.results) != len(table.outputs):
            self.refuse(drawn, f"第 {number + 1} 行的格子数与列数不同")
        tests = tuple(self.test(text, rule.id or drawn.id, rule.at, what) for text in rule.tests)
        results = tuple(
            self.expression(text, rule.id or drawn.id, rule.at, what) if text not in ("", "-") else None
            for text in rule.results
        )
        return Row(tests, results)

    def test(self, text: str, element: str, at: At, what: str) -> Expression:
        try:
            return cell(text[1:] if text.startswith("==") else text)
        except ExpressionNotUnderstood as error:
            self.judge.refuse_at("decision-text-refused", element, at, what=what, why=_why(error))
            return cell("-")

    def text(self, text: str, drawn: Decision, what: str) -> Expression:
        return self.expression(text, drawn.id, drawn.at, f"决策表“{drawn.name}”的{what}")

    def constant(self, text: str, drawn: Decision) -> Any:
        try:
            return value(self.text(text, drawn, "输出值"), {})
        except Uncomputable:
            return None

    def expression(self, text: str, element: str, at: At, what: str) -> Expression:
        try:
            return expression_of_decision(text)
        except ExpressionNotUnderstood as error:
            self.judge.refuse_at("decision-text-refused", element, at, what=what, why=_why(error))
            return expression("= null")

    def refuse(self, drawn: Decision, why: str) -> None:
        self.judge.refuse_at("decision-not-carried-out", drawn.id, drawn.at, name=drawn.name, why=why)


def _with_first(asked: Asked, first: Iterable[Asked | None]) -> Asked:
    return Asked(
        asked.drawn,
        asked.inputs,
        asked.rows,
        asked.priorities,
        asked.defaults,
        asked.text,
        tuple(one for one in first if one),
    )


def _why(error: ExpressionNotUnderstood) -> str:
    return f"“{error.facts['text']}”，{error.facts['why']}"


def _objection(table: Table) -> str | None:
    """What of a table has no certain meaning."""
    if table.policy not in POLICIES:
        return f"的命中策略“{table.policy}”不认识"
    if table.aggregation and (table.policy != "COLLECT" or table.aggregation not in AGGREGATIONS):
        return f"的汇总“{table.aggregation}”不认识"
    if not table.outputs:
        return "没有输出列"
    if table.aggregation and len(table.outputs) > 1:
        return "有几列输出，不能汇总"
    if table.policy in ("PRIORITY", "OUTPUT ORDER") and not any(out.values for out in table.outputs):
        return "按输出的次序取，却没有列出输出值的次序"
    if len({out.name for out in table.outputs}) < len(table.outputs):
        return "有两列输出同名"
    return None


# ---- deciding
def decide(asked: Asked, facts: Facts) -> list[dict[str, Any]] | Any:
    """The rows that hold, each with its outputs by name; of an expression or an aggregation, the value itself in one row.

    Raises Uncomputable.
    """
    table = asked.drawn.table
    known = {**facts, **{one.drawn.name: whole(one, decide(one, facts)) for one in asked.first}}
    if table is None or asked.text is not None:
        assert asked.text is not None
        return [{asked.drawn.name: value(asked.text, known)}]
    given = [fit_type(value(what, known), column.type) for what, column in zip(asked.inputs, table.inputs, strict=True)]
    hits = [
        {
            out.name: fit_type(value(what, known), out.type) if what else None
            for out, what in zip(table.outputs, row.results, strict=True)
        }
        for row in asked.rows
        if all(holds(test, {**known, INPUT: item}) for test, item in zip(row.tests, given, strict=True))
    ]
    if not hits and any(asked.defaults):
        hits = [
            {
                out.name: value(what, known) if what else None
                for out, what in zip(table.outputs, asked.defaults, strict=True)
            }
        ]
    return _by_policy(asked, table, hits)


def _by_policy(asked: Asked, table: Table, hits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    match table.policy:
        case "UNIQUE" if len(hits) > 1:
            raise Uncomputable(f"决策表“{asked.drawn.name}”有 {len(hits)} 行同时成立，它只许一行")
        case "ANY" if any(not _alike(hit, hits[0]) for hit in hits):
            raise Uncomputable(f"决策表“{asked.drawn.name}”成立的几行结果不同")
        case "UNIQUE" | "ANY" | "FIRST":
            return hits[:1]
        case "PRIORITY":
            return sorted(hits, key=lambda hit: _rank(asked, table, hit))[:1]
        case "OUTPUT ORDER":
            return sorted(hits, key=lambda hit: _rank(asked, table, hit))
        case "COLLECT" if table.aggregation:
            name = table.outputs[0].name
            return _aggregated(table.aggregation, name, [hit[name] for hit in hits])
        case _:
            return hits


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(equal(item, other[name]) is True for name, item in one.items())


def _rank(asked: Asked, table: Table, hit: Mapping[str, Any]) -> tuple[int, ...]:
    """The place of each output in the list of its values, the first column first; what is not listed comes last."""
    return tuple(
        next((place for place, known in enumerate(values) if equal(hit[out.name], known) is True), len(values))
        for out, values in zip(table.outputs, asked.priorities, strict=True)
        if values
    )


def _aggregated(how: str, name: str, values: list[Any]) -> list[dict[str, Any]]:
    if how == "COUNT":
        return [{name: len(values)}]
    if not values:
        return []
    if any(isinstance(item, bool) or not isinstance(item, int | float) for item in values):
        raise Uncomputable("要汇总的结果不都是数字")
    worth = {"SUM": "sum", "MIN": "min", "MAX": "max"}[how]
    return [{name: value(expression(f"= {worth}(all)"), {"all": values})}]


def whole(asked: Asked, rows: list[dict[str, Any]]) -> Any:
    """The result as DMN has it: one value, a context of several outputs, or a list of them where the policy gives many."""
    table = asked.drawn.table
    if table is None:
        return next(iter(rows[0].values()))
    found = [next(iter(row.values())) if len(table.outputs) == 1 else row for row in rows]
    if table.policy in MANY and not table.aggregation:
        return found
    return found[0] if found else None


def facts_of(asked: Asked, call: DecisionCall, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The facts that a rule task leaves, as the engine of its vendor would. Raises Uncomputable."""
    table, many = asked.drawn.table, asked.drawn.table is not None and asked.drawn.table.policy in MANY
    match call.vendor:
        case "camunda":
            return {call.result: _mapped(call.how, rows)} if call.result else {}
        case "zeebe":
            return {call.result or asked.drawn.id: whole(asked, rows)}
        case "flowable" if many and table is not None and not table.aggregation:
            return {asked.drawn.id: rows}
        case "spiff" if many and table is not None and not table.aggregation:
            return {out.name: [row[out.name] for row in rows] for out in table.outputs}
        case _:
            return dict(rows[0]) if rows else {}


def _mapped(how: str | None, rows: list[dict[str, Any]]) -> Any:
    """mapDecisionResult of Camunda 7. Raises Uncomputable where there is more than may be."""
    match how:
        case "singleEntry":
            if len(rows) > 1 or any(len(row) > 1 for row in rows):
                raise Uncomputable("决策的结果不止一个值")
            return next(iter(rows[0].values())) if rows else None
        case "singleResult":
            if len(rows) > 1:
                raise Uncomputable("决策的结果不止一行")
            return rows[0] if rows else None
        case "collectEntries":
            if any(len(row) > 1 for row in rows):
                raise Uncomputable("决策的结果不止一列")
            return [next(iter(row.values())) for row in rows]
        case _:
            return rows


class DecisionStep(Step):
    """A rule task that asks a decision and writes down what it gives."""

    def __init__(
        self,
        spec: ScopeSpec,
        node: Node,
        asked: Asked,
        exits: tuple[Exit, ...],
        borders: tuple[str, ...],
        name: str | None,
    ) -> None:
        super().__init__(spec, node, exits, borders, name=name)
        self.asked = asked

    def work(self, token: Token) -> None:
        call = self.node.decision
        assert call is not None
        ask(token, "script", (), token.data, self.asked.names)
        try:
            found = plain(facts_of(self.asked, call, decide(self.asked, token.data)))
        except Uncomputable as why:
            raise self.not_computable("决策", self.asked.drawn.name, str(why)) from None
        token.scope.write(token, found)
