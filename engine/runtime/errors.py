"""What can stop an act on a running process. All of them leave the stored state as it was: the caller rolls back."""

from __future__ import annotations

from engine.errors import NotNow, NotValid


class StepNotOpen(NotNow):
    """The token is gone or waits for something else: somebody was first, or the page is old."""

    code = "step-not-open"
    sentence = "这一步已经办完、撤回或不在待办之中。"
    remedy = "请刷新页面，查看案件现在到了哪一步。"


class NoWayOut(NotNow):
    """Conditions shut every way out of a node, and no default is drawn."""

    code = "no-way-out"
    sentence = "“{name}”的所有条件都不成立，案件走不下去（{node}）。"
    remedy = "请核对所填的事实；若事实无误，请流程设计人员为“{name}”画上默认流向。"


class NotComputable(NotNow):
    """A condition, script, timer or list of the diagram has no value with these facts."""

    code = "not-computable"
    sentence = "“{name}”的{what}“{text}”算不出来：{why}（{node}）。"
    remedy = "请补全或改正它用到的事实；若事实无误，请流程设计人员修改流程图。"


class ChoiceNeeded(NotValid):
    """At a gateway drawn without conditions a person says which way."""

    code = "choice-needed"
    sentence = "“{name}”要选择走哪一条：{ways}。"
    remedy = "请从列出的流向中选一条。"


class DiagramSpins(NotNow):
    """An act took more automatic steps than any sound diagram needs."""

    code = "diagram-spins"
    sentence = "流程图自动走了 {steps} 步还没有停下，可能在“{name}”附近绕圈（{node}）。"
    remedy = "请流程设计人员检查循环的出口条件。"


class DiagramCrowded(DiagramSpins):
    """An act put more branches side by side than one act may carry: by a circle, or because so many are drawn."""

    code = "diagram-crowded"
    sentence = "太多路同时走：走了 {steps} 步，到“{name}”已有 {count} 路还没有走完，流程图停下了（{node}）。"
    remedy = "请流程设计人员减少同时展开的分支、份数，并检查分支有没有绕圈。"


class NestedTooDeep(NotNow):
    """Sub-processes open sub-processes without an end: a process that calls itself."""

    code = "nested-too-deep"
    sentence = "子流程嵌套超过 {depth} 层（“{name}”，{node}）。"
    remedy = "请流程设计人员检查流程是否不断调用自己。"


class SendBackNotNow(NotNow):
    """The return would leave a branch waiting for ever, or there is nothing to return to."""

    code = "send-back-not-now"
    sentence = "现在不能退回到“{target}”：{reason}。"
    remedy = "请选择列出的可退回步骤，或等并行的分支汇合后再退回。"


class StateNotReadable(ValueError):
    """The stored state is of an unknown format, or of a process that this plan does not draw: a bug of the caller."""
