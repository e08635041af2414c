"""One drawn scope becomes a spec with its steps: which kind of step each node is, and what of it is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from engine.diagrams import Decision, Expression, Flow, Loop, Node, Scope

from .decision import DecisionStep, understand
from .events import Border, Catch, Compensate, Listener, Throw, Trigger, Undo
from .gateways import Choice, Complex, EventGateway, Exclusive, Inclusive, Join
from .judge import Judge
from .passing import door
from .reach import Paths, backwards, link_name, links, reached
from .repeating import Many, Repetition
from .step import AdHoc, Exit, Layout, ScopeSpec, Step
from .tasks import Begun, Inner, MatterCall, ScriptStep
from .top import MAX_DEPTH
from .triggers import IN_FLOW, OF_HANDLER, ON_BORDER, awaited, judge_start, of_message, thrown

MANUAL = frozenset({"userTask", "manualTask", "serviceTask", "businessRuleTask"})
SCOPES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
ACTIVITIES = MANUAL | SCOPES | {"task", "scriptTask", "sendTask", "receiveTask", "callActivity"}


class Scopes(Protocol):
    """Where the specs of other scopes come from."""

    def scope(self, drawn: Scope, holder: Node | None, around: Scope | None) -> ScopeSpec: ...
    def depth(self, drawn: Scope) -> int: ...
    def called(self, node: Node) -> Scope | None: ...
    def matter(self, node: Node) -> str | None: ...
    @property
    def decisions(self) -> Mapping[str, Decision]: ...


class Assembly:
    """The building of one scope. holder: the node that draws it, in the scope `around`; both None for a process."""

    def __init__(self, whole: Scopes, judge: Judge, spec: ScopeSpec, holder: Node | None, around: Scope | None) -> None:
        self.whole, self.judge, self.spec = whole, judge, spec
        self.drawn: Scope = spec.drawn
        self.holder, self.around = holder, around
        self.backwards = backwards(spec.drawn)
        self.places = {name: place for place, name in enumerate(self.backwards)}
        self.attached = dict[str, list[str]]()
        for node in spec.drawn.nodes.values():
            if node.attached_to is not None and not _undoes(node):
                self.attached.setdefault(node.attached_to, []).append(node.id)

    def build(self) -> None:
        nodes = self.drawn.nodes.values()
        if not nodes:
            self.judge.refuse_at("nothing-drawn", (self.holder or self.drawn).id, self.drawn.at, name=self.drawn.name)
        for node in nodes:
            self.node(node)
        Undo(self.spec)
        listeners = [self.listener(node) for node in nodes if node.by_event and node.inner]
        handlers = _handlers(self.drawn)
        steps = self.spec.task_specs.values()
        self.spec.layout = Layout(
            starts=self.starts(),
            choosable=(*(node.id for node in nodes if node.kind == "startEvent"), *self.openers()),
            listeners=tuple(name for name in listeners if name),
            handlers=handlers,
            undoer=next((node.id for node in nodes if _undoes_all(node)), None),
            together=self.together(),
            gates=tuple(step for step in steps if isinstance(step, Join) and len(step.entering) > 1),
            adhoc=self.adhoc(),
        )
        self.judge_reach(list(handlers.values()))
        for node in [node for node in nodes if _undoes_all(node)][1:]:
            self.judge.refuse("undo-twice", node)
        for node in nodes:
            self.judge_event_gateway(node)
            self.judge_undoing(node, handlers)
            self.judge_cancelling(node)

    # ---- nodes
    def node(self, node: Node) -> None:
        """The step of a node, and around it what repeats it."""
        if node.odd:
            self.judge.refuse("attribute-not-carried-out", node, attribute=node.odd)
        if node.loop is None:
            self.step(node, self.exits(node), self.borders(node), None)
            return
        around = Many(self.spec, node, self.repetition(node), self.exits(node), self.borders(node))
        self.step(node, (), (), around.each)

    def step(self, node: Node, exits: tuple[Exit, ...], borders: tuple[str, ...], name: str | None) -> None:
        """A node as such. name: that of one turn, where the node is repeated."""
        spec, judge = self.spec, self.judge
        self.kind_of_step(node, exits, borders, name)
        made = spec.task_specs.get(name or node.id)
        if made is not None and not made.holds_scope:
            made.door = door(node, judge)
        if made is not None:
            made.before, made.after = judge.snippets(node, node.before), judge.snippets(node, node.after)

    def kind_of_step(self, node: Node, exits: tuple[Exit, ...], borders: tuple[str, ...], name: str | None) -> None:
        spec, judge = self.spec, self.judge
        match node.kind:
            case "businessRuleTask" if node.decision and not node.outbound and self.whole.decisions:
                asked = understand(self.whole.decisions, node.decision, node, judge)
                if asked is not None:
                    DecisionStep(spec, node, asked, exits, borders, name)
            case kind if kind in SCOPES and node.inner and self.whole.depth(self.drawn) >= MAX_DEPTH:
                judge.refuse("scopes-too-deep", node, depth=MAX_DEPTH)
                Step(spec, node, exits, borders, name=name)  # what is inside is not judged
            case kind if kind in MANUAL or node.outbound or (kind in ("task", "sendTask") and node.work):
                Step(spec, node, exits, borders, manual=True, name=name)
            case "task":
                Step(spec, node, exits, borders, name=name)
            case "scriptTask":
                ScriptStep(spec, node, judge.script(node), exits, borders, name)
            case "receiveTask":
                Catch(spec, node, of_message(node), exits, borders, name)
            case "sendTask":
                Throw(spec, node, of_message(node), exits, borders, name)
            case kind if kind in SCOPES and node.inner:
                Inner(
                    spec,
                    node,
                    self.whole.scope(node.inner, node, self.drawn).name,
                    exits,
                    borders,
                    name,
                    door(node, judge),
                )
            case "callActivity":
                self.call(node, exits, borders, name)
            case kind if kind.endswith("Gateway"):
                self.gateway(node, exits)
            case kind if kind.endswith("Event"):
                self.event(node, exits)
            case kind:
                judge.refuse("kind-unknown", node, kind=kind)

    def call(self, node: Node, exits: tuple[Exit, ...], borders: tuple[str, ...], name: str | None) -> None:
        called, matter = self.whole.called(node), self.whole.matter(node)
        if matter is not None:
            MatterCall(self.spec, node, matter, exits, borders, name)
            return
        if called is None:
            self.judge.refuse("called-unknown", node, called=node.called or "")
            return
        spec = self.whole.scope(called, None, None)
        starts = [inner for inner in called.nodes.values() if inner.kind == "startEvent"]
        if len(starts) > 1 and sum(not start.events for start in starts) != 1:
            self.judge.refuse("starts-unclear", node, count=len(starts))
        Inner(self.spec, node, spec.name, exits, borders, name, door(node, self.judge))

    def gateway(self, node: Node, exits: tuple[Exit, ...]) -> None:
        spec, drawn = self.spec, self.drawn
        entering = tuple(flow.id for flow in drawn.entering.get(node.id, ()))
        paths = Paths(drawn, node.id, self.backwards, self.places)
        match node.kind:
            case "exclusiveGateway":
                self.exclusive(node, exits)
            case "parallelGateway":
                Join(spec, node, exits, entering, paths)
            case "inclusiveGateway":
                Inclusive(spec, node, exits, entering, paths)
            case "complexGateway" if len(entering) < 2:
                Inclusive(spec, node, exits, entering, paths)
            case "complexGateway":
                condition = self.judge.expression(node, node.completion, "激活条件")
                if not node.completion:
                    self.judge.refuse("complex-unclear", node)
                if condition:
                    Complex(spec, node, exits, entering, paths, condition)
            case "eventBasedGateway":
                EventGateway(spec, node, exits)
            case kind:
                self.judge.refuse("kind-unknown", node, kind=kind)

    def exclusive(self, node: Node, exits: tuple[Exit, ...]) -> None:
        """By conditions; by a person where nobody drew one; the two mixed mean nothing certain."""
        free = [way for way in exits if way.flow.condition is None and way.flow.id != node.default]
        drawn = any(way.flow.condition for way in exits)
        if len(exits) > 1 and not drawn:
            Choice(self.spec, node, exits)
            return
        if len(exits) > 1 and (len(free) > 1 or (free and node.default)):
            self.judge.refuse("ways-mixed", node)
        Exclusive(self.spec, node, exits)

    def event(self, node: Node, exits: tuple[Exit, ...]) -> None:
        spec, judge = self.spec, self.judge
        match node.kind:
            case "startEvent" if self.holder is None and node.events:
                judge_start(node, judge)
                Catch(spec, node, (), exits)
            case "startEvent" if node.initiator:
                Begun(spec, node, exits)
            case "startEvent":
                Step(spec, node, exits)
            case "boundaryEvent" if _undoes(node):
                Step(spec, node, exits)
            case "boundaryEvent":
                Border(spec, node, awaited(node, ON_BORDER, judge), exits)
            case "intermediateCatchEvent" if link_name(node, node.kind):
                Step(spec, node, exits)
            case "intermediateCatchEvent":
                Catch(spec, node, awaited(node, IN_FLOW, judge), exits)
            case "intermediateThrowEvent" if link_name(node, node.kind):
                Step(spec, node, self.link(node))
            case "intermediateThrowEvent" | "endEvent":
                triggers = thrown(node, judge)
                undoing = any(trigger.kind in ("compensate", "cancel") for trigger in triggers)
                (Compensate if undoing else Throw)(spec, node, triggers, exits)
            case kind:
                judge.refuse("kind-unknown", node, kind=kind)

    def link(self, node: Node) -> tuple[Exit, ...]:
        """A link is a flow that is not drawn."""
        targets, flows = links(self.drawn, node), self.drawn.leaving.get(node.id, ())
        if len(targets) != 1 or flows:  # a flow beside the link would be left without a word
            self.judge.refuse("link-unclear", node, link=node.events[0].name, count=len(targets) + len(flows))
        return tuple(Exit(Flow(f"{node.id}~{target}", node.id, target, None, None, node.at)) for target in targets)

    # ---- what is drawn around a node
    def exits(self, node: Node) -> tuple[Exit, ...]:
        leaving = self.drawn.leaving.get(node.id, ())
        for flow in leaving:
            if flow.target not in self.drawn.nodes:
                self.judge.refuse_flow("flow-to-nowhere", flow, node)
        if node.default and node.default not in {flow.id for flow in leaving}:
            self.judge.refuse("default-elsewhere", node, flow=node.default)
        if node.kind in ("parallelGateway", "eventBasedGateway"):  # BPMN: taken without looking at any condition
            return tuple(Exit(flow, told=self.judge.taken(node, flow)) for flow in leaving)
        judge = self.judge
        return tuple(
            Exit(flow, judge.expression(node, flow.condition, "条件"), judge.taken(node, flow)) for flow in leaving
        )

    def borders(self, node: Node) -> tuple[str, ...]:
        return tuple(self.attached.get(node.id, ()))

    def repetition(self, node: Node) -> Repetition:
        loop, judge = node.loop, self.judge
        assert loop is not None
        if loop.kind == "standard" and loop.condition is None and loop.maximum is None:
            judge.refuse("loop-endless", node)
        if (loop.maximum is not None and loop.maximum < 1) or (loop.cardinality or "").strip().startswith("-"):
            judge.refuse("loop-no-turn", node)
        if loop.kind != "standard" and loop.collection is None and loop.cardinality is None:
            judge.refuse("loop-over-nothing", node)
        if loop.kind != "standard" and loop.output and not loop.output_item:
            judge.refuse("loop-result-unnamed", node, output=loop.output)
        return Repetition(
            loop,
            tuple(self.announcements(node, loop)),
            judge.expression(node, loop.condition, "循环条件" if loop.kind == "standard" else "完成条件"),
            judge.expression(node, loop.collection, "名单"),
            judge.expression(node, loop.cardinality, "份数"),
        )

    def announcements(self, node: Node, loop: Loop) -> Iterator[tuple[Trigger | None, Expression | None]]:
        """What the instances throw, each with its condition."""
        if loop.kind != "standard" and loop.behavior in ("One", "None", "Complex") and not loop.announces:
            self.judge.refuse("announces-nothing", node, behavior=loop.behavior)
        for drawn in loop.announces:
            event, trigger = drawn.event, None
            if event is None and loop.behavior != "Complex":
                self.judge.refuse("announces-nothing", node, behavior=loop.behavior)
            elif event and event.kind not in ("message", "signal", "escalation"):
                self.judge.refuse("cannot-throw", node, kinds=event.kind)
            elif event:
                trigger = Trigger(event.kind, event.name or node.id)
            yield trigger, self.judge.expression(node, drawn.condition, "多实例的条件")

    def adhoc(self) -> AdHoc | None:
        if self.drawn.kind != "adHocSubProcess" or self.holder is None:
            return None
        enough = self.judge.expression(self.holder, self.holder.completion, "完成条件")
        return AdHoc(self.holder.ordering != "Sequential", enough, self.holder.cancel_remaining)

    # ---- where tokens begin
    def starts(self) -> tuple[str, ...]:
        """The start without a trigger, else the only one with it, else (none drawn) every node that nothing leads to.

        None where a process has several: whoever starts it says which.
        """
        events = [node for node in self.drawn.nodes.values() if node.kind == "startEvent"]
        plain = [node.id for node in events if not node.events]
        triggered = [node.id for node in events if node.events]
        if self.holder and self.holder.by_event:
            return tuple(triggered)
        if self.holder and triggered:
            for name in triggered:
                self.judge.refuse("start-waits-inside", self.drawn.nodes[name])
        if len(plain) > 1 and self.holder:
            self.judge.refuse("starts-unclear", self.holder, count=len(plain))
        if events:
            found = plain or triggered
            return tuple(found if len(found) == 1 else ())
        return tuple(self.entries())

    def openers(self) -> Iterator[str]:
        """Beside start events: what waits for the event that begins the process."""
        for node in self.drawn.nodes.values():
            if node.instantiates and not self.drawn.entering.get(node.id) and self.holder is None:
                yield from self.behind(node) if node.kind == "eventBasedGateway" else (node.id,)

    def behind(self, gateway: Node) -> tuple[str, ...]:
        return tuple(flow.target for flow in self.drawn.leaving.get(gateway.id, ()))

    def together(self) -> dict[str, tuple[str, ...]]:
        """Behind a gateway that all events begin together: what is still waited for when one has come."""
        gateways = [node for node in self.drawn.nodes.values() if node.all_events]
        return {
            target: tuple(other for other in self.behind(gateway) if other != target)
            for gateway in gateways
            for target in self.behind(gateway)
        }

    def entries(self) -> Iterator[str]:
        for node in self.drawn.nodes.values():
            aside = node.attached_to or node.by_event or node.compensates or link_name(node, "intermediateCatchEvent")
            if not aside and not self.drawn.entering.get(node.id) and node.id in self.spec.task_specs:
                yield node.id

    def listener(self, node: Node) -> str | None:
        """What waits, in this scope, for the event that opens an event sub-process."""
        inner = node.inner.nodes.values() if node.inner else ()
        starts = [start for start in inner if start.kind == "startEvent"]
        if len(starts) != 1 or not starts[0].events:
            self.judge.refuse("handler-start", node)
            return None
        if self.drawn.entering.get(node.id) or self.drawn.leaving.get(node.id) or self.borders(node) or node.loop:
            self.judge.refuse("handler-in-flow", node)
        if _undoes_all(node):
            return None
        name = f"{node.id}!{starts[0].id}"
        Listener(self.spec, starts[0], awaited(starts[0], OF_HANDLER, self.judge), node.id, name)
        return name

    # ---- what the drawing of the whole scope must keep
    def judge_reach(self, handlers: list[str]) -> None:
        drawn, layout = self.drawn, self.spec.layout
        aside = [node.id for node in drawn.nodes.values() if node.attached_to or node.by_event]
        found = reached(drawn, [*layout.starts, *layout.choosable, *aside, *handlers])
        for node in drawn.nodes.values():
            if node.id not in found:
                self.judge.refuse("unreachable", node)
            if node.kind == "boundaryEvent" and not self.well_attached(node):
                self.judge.refuse("border-misplaced", node)

    def well_attached(self, node: Node) -> bool:
        host = self.drawn.nodes.get(node.attached_to or "")
        return host is not None and host.kind in ACTIVITIES and not self.drawn.entering.get(node.id)

    def judge_event_gateway(self, node: Node) -> None:
        for flow in self.drawn.leaving.get(node.id, ()) if node.kind == "eventBasedGateway" else ():
            target = self.drawn.nodes.get(flow.target)
            step = self.spec.task_specs.get(target.id) if target else None
            if target and not isinstance(step, Catch):
                self.judge.refuse("nothing-waits", node, target=target.name or target.id)
            for trigger in step.triggers if isinstance(step, Catch) else ():
                if trigger.timing and trigger.timing.every:
                    self.judge.refuse("timer-repeats-in-flow", target or node, text=trigger.timing.text)

    def judge_undoing(self, node: Node, handlers: dict[str, str]) -> None:
        """Compensation: an activity of this very scope, undone by a step outside the flow."""
        drawn, judge = self.drawn, self.judge
        if node.kind == "boundaryEvent" and _undoes(node) and node.handler not in drawn.nodes:
            judge.refuse("undo-missing", node)
        if node.id in handlers.values() and (
            drawn.entering.get(node.id) or drawn.leaving.get(node.id) or self.borders(node)
        ):
            judge.refuse("undo-in-flow", node)
        if node.kind not in ("intermediateThrowEvent", "endEvent") or not {e.kind for e in node.events} & {
            "compensate",
            "cancel",
        }:
            return
        around = self.around if self.around and self.holder and self.holder.by_event else drawn
        wanted = node.events[0].activity
        if wanted and wanted not in _handlers(around) and not self.has_undoing(around.nodes.get(wanted)):
            judge.refuse("undo-missing", node)

    def has_undoing(self, node: Node | None, seen: frozenset[str] = frozenset()) -> bool:
        """Whether something inside this activity can be undone."""
        inside = node and (node.inner or (self.whole.called(node) if node.kind == "callActivity" else None))
        if not inside or inside.id in seen:
            return False
        parts = inside.nodes.values()
        return any(_undoes(p) or _undoes_all(p) or self.has_undoing(p, seen | {inside.id}) for p in parts)

    def judge_cancelling(self, node: Node) -> None:
        """A cancel end needs a transaction with a cancel border, and the border a transaction."""
        if not any(event.kind == "cancel" for event in node.events):
            return
        if node.kind == "boundaryEvent":
            host = self.drawn.nodes.get(node.attached_to or "")
            fits = host is not None and host.kind == "transaction"
        else:
            beside = (
                self.around.nodes.values() if self.around and self.holder and self.holder.kind == "transaction" else ()
            )
            borders = [other for other in beside if self.holder and other.attached_to == self.holder.id]
            fits = any(event.kind == "cancel" for border in borders for event in border.events)
        if not fits:
            self.judge.refuse("cancel-misplaced", node)


def _undoes(node: Node) -> bool:
    """A compensation border: it waits for nothing, it says what undoes its activity."""
    return node.kind == "boundaryEvent" and any(event.kind == "compensate" for event in node.events)


def _undoes_all(node: Node) -> bool:
    """An event sub-process that undoes all that the scope around it has done."""
    starts = [start for start in node.inner.nodes.values() if start.kind == "startEvent"] if node.inner else []
    return node.by_event and any(event.kind == "compensate" for start in starts for event in start.events)


def _handlers(drawn: Scope) -> dict[str, str]:
    """Activity -> the step outside the flow that undoes it."""
    borders = [node for node in drawn.nodes.values() if _undoes(node)]
    return {border.attached_to: border.handler for border in borders if border.attached_to and border.handler}
