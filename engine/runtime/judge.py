"""Collects what is refused while a diagram is compiled: everything at once, nothing raised before the end."""

from __future__ import annotations

from collections.abc import Iterable

from engine.diagrams import (
    Expression,
    ExpressionNotUnderstood,
    Flow,
    Mark,
    Node,
    Script,
    ScriptLanguageNotRun,
    Snippet,
    expression,
    script,
)
from engine.errors import Fault

from .refusals import fault


class Judge:
    """What cannot be understood is refused and read as absent, so that the rest is judged as well."""

    def __init__(self) -> None:
        self.faults = list[Fault]()

    def refuse(self, code: str, node: Node, **facts: object) -> None:
        self.refuse_at(code, node.id, node.at, name=node.name or node.id, **facts)

    def refuse_flow(self, code: str, flow: Flow, node: Node) -> None:
        self.refuse_at(code, flow.id, flow.at, name=node.name or node.id, flow=flow.id)

    def refuse_at(self, code: str, element: str, at: Mark, **facts: object) -> None:
        found = fault(code, element, at, **facts)
        if found not in self.faults:
            self.faults.append(found)

    def expression(self, node: Node, text: str | None, what: str) -> Expression | None:
        """A condition or value of this node."""
        if text is None:
            return None
        try:
            return expression(text)
        except ExpressionNotUnderstood as error:
            self.refuse("expression-refused", node, what=what, why=_why(error))
            return None

    def script(self, node: Node) -> Script:
        """The script of a task; none is a step that does nothing."""
        try:
            return script(node.script or "", node.script_language, stores=node.script_stores, result=node.script_result)
        except ScriptLanguageNotRun as error:
            self.refuse("script-language", node, language=node.script_language, why=_why(error))
            return Script(())
        except ExpressionNotUnderstood as error:
            self.refuse("expression-refused", node, what="脚本", why=_why(error))
            return Script(())

    def snippets(self, node: Node, drawn: Iterable[Snippet]) -> tuple[Script, ...]:
        """What listeners assign; the reader keeps only those that can be read."""
        found = list[Script]()
        for one in drawn:
            try:
                found.append(script(one.text, one.language))
            except ExpressionNotUnderstood as error:
                self.refuse("expression-refused", node, what="脚本", why=_why(error))
        return tuple(found)

    def taken(self, node: Node, flow: Flow) -> Script | None:
        """What is assigned when a flow is taken, one after another."""
        parts = self.snippets(node, flow.taken)
        if not parts:
            return None
        local = frozenset[str]().union(*(part.local for part in parts))
        return Script(tuple(line for part in parts for line in part.lines), local)


def _why(error: ExpressionNotUnderstood) -> str:
    return f"“{error.facts['text']}”，{error.facts['why']}"
