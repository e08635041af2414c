"""A frozen graph becomes specs of our own on SpiffWorkflow's, without its XML parser. Nothing is decided later.

Specs bear the drawn ids, so that a stored token finds its place in a plan compiled anew from the same diagram.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagrams import Decision, Diagram, Node, Scope
from engine.diagrams import Mark as At

from .assembly import Assembly
from .events import Catch
from .judge import Judge
from .plan import Plan
from .refusals import Refused
from .step import Letter, ScopeSpec


def compile(diagram: Diagram, process: str | None = None) -> Plan:
    """The plan of one process (the diagram's main one unless named) and of all that it calls.

    Raises Refused with every place that cannot be carried out as drawn. The plan may be kept by the content of the files
    and shared between threads and cases.
    """
    whole = _Whole(diagram)
    drawn = diagram.processes.get(process or diagram.main)
    if drawn is None:
        whole.judge.refuse_at("process-unknown", "", whole.somewhere, name=process or diagram.main)
        raise Refused.because(whole.judge.faults)
    main = whole.scope(drawn, None, None)
    if whole.judge.faults:
        raise Refused.because(whole.judge.faults)
    steps = [step for spec in whole.specs.values() for step in spec.task_specs.values()]
    conditional = any(trigger.condition for step in steps if isinstance(step, Catch) for trigger in step.triggers)
    return Plan(main, whole.specs, conditional)


class _Whole:
    """All scopes of one compilation; a process that calls itself is compiled once."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram, self.judge = diagram, Judge()
        self.specs = dict[str, ScopeSpec]()
        self.depths = dict[str, int]()
        self.somewhere = At(diagram.files[0] if diagram.files else "", 0, 0)
        self.letters = self._letters()

    def scope(self, drawn: Scope, holder: Node | None, around: Scope | None) -> ScopeSpec:
        """The spec of a process, or of the sub-process that `holder` draws in the scope `around`."""
        if drawn.id not in self.specs:
            spec = self.specs[drawn.id] = ScopeSpec(drawn, self.letters)
            self.depths[drawn.id] = self.depths[around.id] + 1 if around else 0
            Assembly(self, self.judge, spec, holder, around).build()
        return self.specs[drawn.id]

    def depth(self, drawn: Scope) -> int:
        """How many sub-processes a scope lies in, within its process."""
        return self.depths[drawn.id]

    def called(self, node: Node) -> Scope | None:
        return self.diagram.processes.get(node.called or "")

    @property
    def decisions(self) -> Mapping[str, Decision]:
        return self.diagram.decisions

    def matter(self, node: Node) -> str | None:
        return self.diagram.matter_called(node)

    def _letters(self) -> Mapping[str, Letter]:
        """How declared messages are written."""
        letters = dict[str, Letter]()
        for name, drawn in self.diagram.messages.items():
            at = Node(drawn.id or name, "message", drawn.at or self.somewhere, name)
            keys = {key: self.judge.expression(at, text, "关联键") for key, text in drawn.keys.items()}
            payload = self.judge.expression(at, drawn.payload, "消息内容")
            letters[name] = Letter(payload, drawn.variable, {key: how for key, how in keys.items() if how})
        return letters
