"""Two drawings compared, in words: what a designer has added, taken out and changed. Pure.

Whatever the graph holds is either told by its own sentence or by “其他设置有改动”: nothing that runs changes in silence.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from ..decisions import Decision
from ..expressions import ExpressionNotUnderstood, expression
from ..graph import Diagram, EventDefinition, Flow, Loop, Node, Outbound, Outcome, Scope, Signing, Waiver, Work
from ..reader.layout import drawn_key
from ..rulebook import title
from ..tour import scopes_in
from ..vocabulary import KIND_NAMES, NODE_NAMES, OUTCOME_LABELS, PLACE_NAMES, SIGNING_RULES
from .changes import Change, ChangeKind
from .elsewhere import Placed, elsewhere
from .renamed import NOWHERE, Renamed, renamed


def compare(old: Diagram, new: Diagram, names: Mapping[str, str] | None = None) -> tuple[Change, ...]:
    """Every difference between two drawings of one matter, from the old one to the new one.

    names: what people call the codes of departments, windows, grounds and forms. Elements are the same where their ids
    are, or where everything but the id is (`renamed`); the main processes are the same whatever they are called. Nothing for
    equal drawings.
    """
    return tuple(_Comparison(old, new, names or {}).changes())


@dataclass(frozen=True)
class _Comparison:
    old: Diagram
    new: Diagram
    names: Mapping[str, str]

    def changes(self) -> Iterator[Change]:
        before, after = _processes(self.old), _processes(self.new)
        for key in [*after, *(key for key in before if key not in after)]:
            yield from self._process(key, before.get(key), after.get(key))
        for name in sorted(self.old.messages.keys() & self.new.messages.keys()):
            if self.old.messages[name] != self.new.messages[name]:
                yield self._changed(after[""], f"消息“{name}”：内容的写法有改动")
        if self.old.correlation_keys != self.new.correlation_keys:
            yield self._changed(after[""], "消息的对应关系有改动")
        for key in sorted(self.old.decisions.keys() | self.new.decisions.keys()):
            yield from self._decision(self.old.decisions.get(key), self.new.decisions.get(key))
        yield from self._waivers()
        yield from elsewhere(self.old, self.new, list(self._placed(before, after)))

    @cached_property
    def same(self) -> Mapping[str, Renamed]:
        """What bears another id, by process."""
        before, after = _processes(self.old), _processes(self.new)
        return {key: renamed(before[key], after[key]) for key in after if key in before}

    def _placed(self, before: Mapping[str, Scope], after: Mapping[str, Scope]) -> Iterator[Placed]:
        """Everything that both drawings draw, lanes and pools too, with its places."""
        homes = before[""].at.file, after[""].at.file
        for key, same in self.same.items():
            file = before[key].at.file
            was = {new: old for old, new in (*same.nodes.items(), *same.flows.items())}
            for scope in scopes_in(after[key]):
                for node in scope.nodes.values():
                    at = drawn_key(was.get(node.id, node.id), file, homes[0])
                    yield Placed(title(node), scope.at.file, node.id, at, drawn_key(node.id, scope.at.file, homes[1]))
                for flow in scope.flows:
                    at = drawn_key(was.get(flow.id, flow.id), file, homes[0])
                    now, *ends = (
                        drawn_key(one, scope.at.file, homes[1]) for one in (flow.id, flow.source, flow.target)
                    )
                    yield Placed(_ends(flow, scope), scope.at.file, flow.id, at, now, tuple(ends))
        for key in (key for key in self.new.bands if key in self.old.bands):
            file, _, element = key.rpartition("#")
            yield Placed(self.new.bands[key] or element, file or after[""].at.file, element, key, key)

    def _waivers(self) -> Iterator[Change]:
        """What designers let pass now and did not before, and the other way round."""
        before, after = _told_once(self.old.waivers), _told_once(self.new.waivers)
        for key, waiver in after.items():
            if key not in before:
                yield Change(ChangeKind.ADDED, waiver.at.file, waiver.id, f"新增豁免：{_waiver(waiver)}")
            elif _waiver(before[key]) != _waiver(waiver):
                sentence = f"豁免改为：{_waiver(waiver)}；原为：{_waiver(before[key])}"
                yield Change(ChangeKind.CHANGED, waiver.at.file, waiver.id, sentence)
        for key, waiver in before.items():
            if key not in after:
                yield Change(ChangeKind.REMOVED, waiver.at.file, waiver.id, f"删去豁免：{_waiver(waiver)}")

    @staticmethod
    def _decision(old: Decision | None, new: Decision | None) -> Iterator[Change]:
        if old is None and new is not None:
            yield Change(ChangeKind.ADDED, new.at.file, new.id, f"新增决策“{new.name}”")
        elif new is None and old is not None:
            yield Change(ChangeKind.REMOVED, old.at.file, old.id, f"删去决策“{old.name}”")
        elif old is not None and new is not None and old.meaning != new.meaning:
            yield Change(ChangeKind.CHANGED, new.at.file, new.id, f"决策“{new.name}”的内容有改动")

    # ---- processes
    def _process(self, key: str, old: Scope | None, new: Scope | None) -> Iterator[Change]:
        if new is None:
            assert old is not None
            yield Change(ChangeKind.REMOVED, old.at.file, old.id, f"删去流程“{old.name}”")
        elif old is None:
            yield Change(ChangeKind.ADDED, new.at.file, new.id, f"新增流程“{new.name}”")
        else:
            yield from self._scopes(key, old, new)

    def _scopes(self, process: str, old: Scope, new: Scope) -> Iterator[Change]:
        if old.name != new.name:
            yield self._changed(new, f"流程名称：{old.name} → {new.name}")
        if old.id != new.id:
            yield self._changed(new, f"流程编号：{old.id} → {new.id}")
        same = self.same[process]
        yield from self._renamed(same, new)
        old = same.applied(old)
        before = {node.id: (node, scope) for scope in scopes_in(old) for node in scope.nodes.values()}
        after = {node.id: (node, scope) for scope in scopes_in(new) for node in scope.nodes.values()}
        for key, (node, scope) in after.items():
            if key not in before:
                yield Change(ChangeKind.ADDED, node.at.file, key, f"新增{self._described(node)}")
                continue
            other, other_scope = before[key]
            for sentence in self._node(other, node, other_scope, scope):
                yield self._changed(node, sentence)
            for sentence in _brought(other, node, other_scope, scope):
                yield Change(ChangeKind.MOVED, node.at.file, key, sentence)
        for key, (node, _) in before.items():
            if key not in after:
                yield Change(ChangeKind.REMOVED, node.at.file, key, f"删去{_kind(node)}“{title(node)}”")
        yield from self._flows(old, new)

    @staticmethod
    def _renamed(same: Renamed, new: Scope) -> Iterator[Change]:
        """Steps one by one, because their numbers stand in conditions and statistics; lines together."""
        drawn = {node.id: node for scope in scopes_in(new) for node in scope.nodes.values()}
        for key, other in same.nodes.items():
            node = drawn[other]
            sentence = f"{_kind(node)}“{title(node)}”：编号 {key} → {other}"
            yield Change(ChangeKind.RENAMED, node.at.file, other, sentence, before=(key,))
        if same.flows:
            first, *others = same.flows.values()
            sentence = f"{len(same.flows)} 条连线换了编号，不影响办理"
            yield Change(ChangeKind.RENAMED, new.at.file, first, sentence, tuple(others), tuple(same.flows))

    def _described(self, node: Node) -> str:
        """A new node with what matters of it: `步骤“复审”（审核，自然资源和规划局，2 个工作日）`."""
        if node.work is None:
            return f"{_kind(node)}“{title(node)}”"
        work = node.work
        told = [KIND_NAMES[work.kind], self._who(work), limit_words(work.limit) if work.limit else ""]
        return f"步骤“{title(node)}”（{'，'.join(t for t in told if t)}）"

    def _who(self, work: Work) -> str:
        return self._called(work.department) if work.department else self._called(work.window)

    # ---- nodes
    def _node(self, old: Node, new: Node, old_scope: Scope, new_scope: Scope) -> Iterator[str]:
        if old.name != new.name:
            yield f"{title(old)}：名称 {old.name or '无'} → {new.name or '无'}"
        who = title(new)
        if old.kind != new.kind:
            yield f"{who}：图元 {NODE_NAMES.get(old.kind, old.kind)} → {NODE_NAMES.get(new.kind, new.kind)}"
        yield from (f"{who}：{sentence}" for sentence in self._work(old.work, new.work))
        yield from (f"{who}：{sentence}" for sentence in self._settings(old, new, old_scope, new_scope))

    def _work(self, old: Work | None, new: Work | None) -> Iterator[str]:
        if old is None or new is None:
            if old is not new:
                yield f"步骤类型 {KIND_NAMES[old.kind] if old else '无'} → {KIND_NAMES[new.kind] if new else '无'}"
            return
        if old.kind is not new.kind:
            yield f"步骤类型 {KIND_NAMES[old.kind]} → {KIND_NAMES[new.kind]}"
        for what, before, after in (
            ("部门", old.department, new.department),
            ("窗口", old.window, new.window),
            ("经办人", old.officer, new.officer),
            ("表单", old.form, new.form),
            ("依据", old.ground, new.ground),
        ):
            if before != after:
                yield f"{what} {self._called(before)} → {self._called(after)}"
        if old.limit != new.limit:
            yield f"环节时限 {_limits(old.limit, new.limit)}"
        if old.place is not new.place:
            yield f"地点 {PLACE_NAMES[old.place]} → {PLACE_NAMES[new.place]}"
        if old.kind is new.kind:
            yield from _outcomes(old.outcomes, new.outcomes)
        yield from self._signing(old.signing, new.signing)

    def _signing(self, old: Signing | None, new: Signing | None) -> Iterator[str]:
        rules = [SIGNING_RULES[one.rule] if one else "无" for one in (old, new)]
        if rules[0] != rules[1]:
            yield f"会签规则 {rules[0]} → {rules[1]}"
        before, after = ({s.department: s.weight for s in one.signers} if one else {} for one in (old, new))
        yield from (f"会签部门新增“{self._called(code)}”" for code in after if code not in before)
        yield from (f"会签部门去掉“{self._called(code)}”" for code in before if code not in after)
        for code in (code for code in after if code in before):
            if before[code] != after[code]:
                yield f"会签部门“{self._called(code)}”的票数 {before[code]} → {after[code]}"
        if old and new and old.rule == new.rule and old.threshold != new.threshold:
            yield f"表决通过的票数 {old.threshold} → {new.threshold}"
        if [code for code in before if code in after] != [code for code in after if code in before]:
            yield "会签部门的顺序有改动"

    def _settings(self, old: Node, new: Node, old_scope: Scope, new_scope: Scope) -> Iterator[str]:
        """What is no work of a person: triggers, ways, calls."""
        if _triggers(old) != _triggers(new):
            yield f"触发 {_triggers(old)} → {_triggers(new)}"
        elif old.events != new.events:
            yield "触发的设置有改动"
        if old.default != new.default:
            yield f"默认走向 {_way(old_scope, old.default)} → {_way(new_scope, new.default)}"
        if old.called != new.called:
            yield f"调用 {self._process_name(self.old, old.called)} → {self._process_name(self.new, new.called)}"
        if old.outbound != new.outbound:
            yield f"对外调用 {_outbound(old.outbound)} → {_outbound(new.outbound)}"
        if old.message != new.message:
            yield f"消息 {old.message or '无'} → {new.message or '无'}"
        if old.attached_to != new.attached_to:
            yield f"所在的步骤 {_host(old, old_scope)} → {_host(new, new_scope)}"
        if old.interrupting != new.interrupting:
            yield f"改为{'中断' if new.interrupting else '不中断'}所在的步骤"
        if old.loop != new.loop:
            yield from _loops(old.loop, new.loop)
        if old.optional != new.optional:
            yield "改为可选，阶段不再等它" if new.optional else "不再可选，阶段要等它"
        if old.decision != new.decision:
            asked = [one.ref if one else "无" for one in (old.decision, new.decision)]
            yield f"决策 {asked[0]} → {asked[1]}" if asked[0] != asked[1] else "决策结果的存法有改动"
        if old.completion != new.completion:
            yield f"完成条件 {condition_words(old.completion)} → {condition_words(new.completion)}"
        for what, before, after in (
            ("脚本", _scripted(old), _scripted(new)),
            ("别的工具写的办理人", old.assigned, new.assigned),
            ("开始、完成时的赋值", (old.before, old.after), (new.before, new.after)),
            ("进出的数据", old.passage, new.passage),
        ):
            if before != after:
                yield f"{what}有改动"
        if _bare(old) != _bare(new):
            yield "其他设置有改动"

    # ---- flows
    def _flows(self, old: Scope, new: Scope) -> Iterator[Change]:
        before = {flow.id: (flow, scope) for scope in scopes_in(old) for flow in scope.flows}
        after = {flow.id: (flow, scope) for scope in scopes_in(new) for flow in scope.flows}
        for key, (flow, scope) in after.items():
            if key not in before:
                words = f"，条件：{condition_words(flow.condition)}" if flow.condition else ""
                yield Change(ChangeKind.ADDED, flow.at.file, key, f"新增连线 {_ends(flow, scope)}{words}")
                continue
            for sentence in _flow(before[key], (flow, scope)):
                yield self._changed(flow, f"连线 {_ends(flow, scope)}：{sentence}")
        for key, (flow, scope) in before.items():
            if key not in after:
                yield Change(ChangeKind.REMOVED, flow.at.file, key, f"删去连线 {_ends(flow, scope)}")

    # ---- words
    def _called(self, code: str | None) -> str:
        return self.names.get(code, code) if code else "无"

    def _process_name(self, among: Diagram, key: str | None) -> str:
        if key is None:
            return "无"
        return among.processes[key].name if key in among.processes else key

    def _changed(self, drawn: Node | Flow | Scope, sentence: str) -> Change:
        return Change(ChangeKind.CHANGED, drawn.at.file, drawn.id, sentence)


def condition_words(text: str | None) -> str:
    """A condition as people say it: `结果为“受理”或“容缺受理”`; what is not only about an outcome stays as it is drawn."""
    if not text:
        return "无"
    try:
        return _said(expression(text).tree.body) or text
    except ExpressionNotUnderstood:
        return text


def _said(tree: ast.expr) -> str:
    outcomes = _asked(tree)
    return f"结果为{'或'.join(f'“{OUTCOME_LABELS.get(o, o)}”' for o in outcomes)}" if outcomes else ""


def _asked(tree: ast.expr) -> list[str]:
    """The outcomes that a condition asks for, nothing where it asks for something else too."""
    match tree:
        case ast.BoolOp(op=ast.Or(), values=values):
            parts = [_asked(value) for value in values]
            return [outcome for part in parts for outcome in part] if all(parts) else []
        case ast.Compare(left=ast.Name(id="outcome"), ops=[ast.Eq()], comparators=[ast.Constant(value=str(value))]):
            return [value]
        case ast.Compare(
            left=ast.Name(id="outcome"), ops=[ast.In()], comparators=[ast.List(elts=among) | ast.Tuple(elts=among)]
        ):
            texts = [one.value for one in among if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            return texts if len(texts) == len(among) else []
        case _:
            return []


def _told_once(waivers: tuple[Waiver, ...]) -> dict[tuple[str, str, int], Waiver]:
    """By element (a process is the same one under another id) and rule, and by number where one rule is let pass there twice."""
    found = dict[tuple[str, str, int], Waiver]()
    for waiver in waivers:
        place = "" if waiver.whole else waiver.id
        number = sum(1 for element, rule, _ in found if (element, rule) == (place, waiver.rule))
        found[place, waiver.rule, number] = waiver
    return found


def _waiver(waiver: Waiver) -> str:
    """`规则“unreachable”到 2026-12-31，理由：留待二期`"""
    place = "全图的" if waiver.whole else ""
    return f"{place}规则“{waiver.rule}”到 {waiver.until}，理由：{waiver.reason}"


def _processes(diagram: Diagram) -> dict[str, Scope]:
    """All processes by id; the main one by nothing, because it is the same one under another id."""
    main = diagram.processes[diagram.main]
    return {"": main, **{key: scope for key, scope in diagram.processes.items() if key != diagram.main}}


def _kind(node: Node) -> str:
    return "步骤" if node.work is not None else NODE_NAMES.get(node.kind, node.kind)


def _inner(scope: Scope) -> str:
    """The path of sub-processes; the process itself may be called otherwise."""
    return scope.id.partition("/")[2]


def _bare(node: Node) -> Node:
    """A node with only what no sentence of its own tells."""
    return replace(
        node,
        kind="",
        at=NOWHERE,
        name=None,
        lane=None,
        work=None,
        events=(),
        default=None,
        called=None,
        message=None,
        outbound=None,
        inner=None,
        attached_to=None,
        interrupting=True,
        loop=None,
        optional=False,
        decision=None,
        completion=None,
        script=None,
        script_language=None,
        script_stores=False,
        script_result=None,
        assigned=None,
        before=(),
        after=(),
        passage=None,
    )


def _scripted(node: Node) -> tuple[str | bool | None, ...]:
    return node.script, node.script_language, node.script_stores, node.script_result


def _host(node: Node, scope: Scope) -> str:
    return _title(scope, node.attached_to) if node.attached_to else "无"


def _brought(old: Node, new: Node, old_scope: Scope, new_scope: Scope) -> Iterator[str]:
    """Into which sub-process and which lane it was taken."""
    if (old_scope.kind, _inner(old_scope)) != (new_scope.kind, _inner(new_scope)):
        yield f"{title(new)}：移到了“{new_scope.name}”里"
    if old.lane != new.lane:
        yield f"{title(new)}：泳道 {old.lane or '无'} → {new.lane or '无'}"


def _loops(old: Loop | None, new: Loop | None) -> Iterator[str]:
    """How often it is done."""
    if old is None or new is None or old.kind != new.kind:
        yield f"重复 {_LOOPS.get(old.kind, old.kind) if old else '无'} → {_LOOPS.get(new.kind, new.kind) if new else '无'}"
        return
    for what, before, after in (
        ("名单", old.collection, new.collection),
        ("份数", old.cardinality, new.cardinality),
        ("完成条件", condition_words(old.condition), condition_words(new.condition)),
        ("最多次数", old.maximum, new.maximum),
    ):
        if before != after:
            yield f"重复的{what} {before or '无'} → {after or '无'}"
    told = {"collection": None, "cardinality": None, "condition": None, "maximum": None}
    if replace(old, **told) != replace(new, **told):  # type: ignore[arg-type]
        yield "重复的其他设置有改动"


def _ends(flow: Flow, scope: Scope) -> str:
    source, target = (_title(scope, key) for key in (flow.source, flow.target))
    return f"{source} → {target}" + (f"（{flow.name}）" if flow.name else "")


def _title(scope: Scope, key: str) -> str:
    return title(scope.nodes[key]) if key in scope.nodes else key


def _flow(old: tuple[Flow, Scope], new: tuple[Flow, Scope]) -> Iterator[str]:
    (before, old_scope), (after, new_scope) = old, new
    if before.source != after.source:
        yield f"起点 {_title(old_scope, before.source)} → {_title(new_scope, after.source)}"
    if before.target != after.target:
        yield f"终点 {_title(old_scope, before.target)} → {_title(new_scope, after.target)}"
    if before.name != after.name:
        yield f"名称 {before.name or '无'} → {after.name or '无'}"
    if before.condition != after.condition:
        yield f"条件 {condition_words(before.condition)} → {condition_words(after.condition)}"
    if before.taken != after.taken:
        yield "经过时的赋值有改动"


def _way(scope: Scope, key: str | None) -> str:
    """What people call the flow."""
    flow = next((flow for flow in scope.flows if flow.id == key), None)
    return "无" if flow is None else flow.name or f"到{_title(scope, flow.target)}"


def _triggers(node: Node) -> str:
    """What an event waits for or throws: `消息 correction_received`, `时间 PT1H`."""
    return "、".join(f"{_trigger(event)} {event.text or event.name or ''}".strip() for event in node.events) or "无"


def _trigger(event: EventDefinition) -> str:
    return _TIMERS.get(event.timer or "") or _TRIGGERS.get(event.kind, event.kind)


def _outbound(call: Outbound | None) -> str:
    """`RK（发出 id_number，带回 alive）`"""
    if call is None:
        return "无"
    sends, returns = ("、".join(names) or "无" for names in (call.sends, call.returns))
    return f"{call.connection}（发出 {sends}，带回 {returns}）"


def _outcomes(old: tuple[Outcome, ...], new: tuple[Outcome, ...]) -> Iterator[str]:
    before, after = {o.code: o.label for o in old}, {o.code: o.label for o in new}
    for code, label in after.items():
        if code not in before:
            yield f"结果新增“{label}”"
        elif before[code] != label:
            yield f"结果“{before[code]}”改称“{label}”"
    yield from (f"结果去掉“{label}”" for code, label in before.items() if code not in after)
    kept = [code for code in before if code in after]
    if kept != [code for code in after if code in before]:
        yield "结果的顺序有改动"


def _limits(old: str | None, new: str | None) -> str:
    """`3 → 2 个工作日`; both units where they differ."""
    if old and new and old[-2:] == new[-2:]:
        return f"{old[:-2]} → {limit_words(new)}"
    return f"{limit_words(old)} → {limit_words(new)}"


def limit_words(text: str | None) -> str:
    """`3wd` as people say it: `3 个工作日`."""
    return f"{text[:-2]} 个{'工作日' if text.endswith('wd') else '自然日'}" if text else "无"


_LOOPS = {"parallel": "几份同时办", "sequential": "几份依次办", "standard": "办到条件成立"}
_TIMERS = {"date": "时刻", "cycle": "周期"}
_TRIGGERS = {
    "message": "消息",
    "signal": "信号",
    "timer": "时间",
    "error": "差错",
    "escalation": "上报",
    "conditional": "条件",
    "link": "链接",
    "terminate": "终止",
    "cancel": "取消",
    "compensate": "撤销",
}
