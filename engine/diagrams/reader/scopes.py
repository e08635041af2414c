"""Processes and sub-processes of one file as scopes of nodes and flows, and the faults that make no graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from ..graph import Flow, Node, Scope
from . import other_tools
from .events import Declared, events, loop, odd, quantity
from .sheet import (
    Element,
    Sheet,
    children,
    foreign_only,
    is_aside,
    is_true,
    local,
    our_children,
    ours,
    reference,
    tag,
    text,
)
from .steps import is_optional, node_kind, outbound, work
from .unheeded import unheeded

SCOPES = ("subProcess", "transaction", "adHocSubProcess")
ACTIVITIES = (
    "task",
    "userTask",
    "manualTask",
    "scriptTask",
    "serviceTask",
    "sendTask",
    "receiveTask",
    "businessRuleTask",
    "callActivity",
    *SCOPES,
)
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway")
EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
GLOBAL_TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
NODES = (*ACTIVITIES, *GATEWAYS, *EVENTS)


@dataclass(frozen=True)
class Process:
    """What is known around an element: ids of all processes, lanes and handlers by node id, scope of each drawn id."""

    sheet: Sheet
    declared: Declared
    known: frozenset[str]
    lanes: dict[str, str | None]
    handlers: dict[str, str | None]
    drawn: dict[str, str] = field(default_factory=dict)

    @classmethod
    def around(cls, element: Element, sheet: Sheet, declared: Declared, known: frozenset[str]) -> Process:
        inner = list(element.iter())
        # an inner lane follows its outer one, so that the innermost name stays
        lanes = {
            text(ref) or "": lane.get("name")
            for lane in inner
            if tag(lane) == "lane"
            for ref in children(lane, "flowNodeRef")
        }
        links = (link for link in inner if tag(link) == "association")
        handlers = {reference(link.get("sourceRef")) or "": reference(link.get("targetRef")) for link in links}
        return cls(sheet, declared, known, lanes, handlers)


def name_the_nameless(sheet: Sheet) -> None:
    """A process or node without an id is called by its tag and its number among those like it: the same for the same file.
    Only what is read bears it, the file stays as it is."""
    nameless = [e for e in sheet.root.iter() if not e.get("id") and tag(e) in ("process", *GLOBAL_TASKS, *NODES)]
    taken, count = {e.get("id") for e in sheet.root.iter()} if nameless else set(), Counter[str]()
    for element in nameless:
        count[tag(element)] += 1
        key = f"{tag(element)}_{count[tag(element)]}"
        while key in taken:
            key += "_"
        element.set("id", key)
        sheet.complain("id-missing", element, tag=tag(element), id=key)


def scope(element: Element, process: Process, outside: str = "") -> Scope:
    """A process or sub-process.

    Faults become findings; what is faulty is left out, and the reader gives no diagram then.
    """
    path = f"{outside}/{element.get('id')}".lstrip("/")
    if not outside:
        _heard(element, process.sheet)
    for told in (element, *_read(element, "dataObject")) if not outside else _read(element, "dataObject"):
        note_unheeded(told, process.sheet)
    drawn = [node(inner, process, path) for inner in _read(element, *NODES) if _is_new(inner, process, path)]
    nodes = {found.id: found for found in drawn}
    connections = [
        inner for inner in _read(element, "sequenceFlow") if not inner.get("id") or _is_new(inner, process, path)
    ]
    flows = tuple(_flow(inner, process.sheet, number) for number, inner in enumerate(connections))
    return Scope(
        id=path,
        name=element.get("name") or path,
        kind=tag(element),
        at=process.sheet.at(element),
        nodes=nodes,
        flows=flows,
        leaving=_by_node(nodes, flows, "source"),
        entering=_by_node(nodes, flows, "target"),
    )


def global_task(element: Element, process: Process) -> Scope:
    """A task that is declared outside every process, as the process that a call of it runs: that one task."""
    key = element.get("id")
    alone = replace(node(element, process, key), kind=GLOBAL_TASKS[tag(element)])
    at = process.sheet.at(element)
    return Scope(key, element.get("name") or key, tag(element), at, {key: alone}, (), {key: ()}, {key: ()})


def _read(element: Element, *tags: str) -> Iterator[Element]:
    """What is drawn directly in it and not set aside."""
    return (inner for inner in children(element, *tags) if not is_aside(inner))


def _is_new(element: Element, process: Process, path: str) -> bool:
    key = element.get("id")
    if key in process.drawn:
        process.sheet.complain("id-duplicate", element, id=key)
        return False
    process.drawn[key] = path
    return True


def node(element: Element, process: Process, path: str) -> Node:
    """One flow node, with its inner scope where it has one."""
    key, sheet, declared = element.get("id"), process.sheet, process.declared
    triggers = events(element, declared)
    _note_what_is_outside(element, process)
    note_unheeded(element, sheet)
    written = other_tools.written_script(element)
    heard = _heard(element, sheet, "before", "after") if tag(element) in ACTIVITIES else _heard(element, sheet)
    undone = any(event.kind == "compensate" for event in triggers)
    return Node(
        id=key,
        kind=node_kind(element),
        at=sheet.at(element),
        name=element.get("name") or None,
        lane=process.lanes.get(key),
        work=work(element, sheet),
        events=triggers,
        default=reference(element.get("default")),
        attached_to=reference(element.get("attachedToRef")) if tag(element) == "boundaryEvent" else None,
        interrupting=is_true(element, "cancelActivity", True) and is_true(element, "isInterrupting", True),
        parallel_multiple=is_true(element, "parallelMultiple"),
        loop=loop(element, sheet, declared) if tag(element) in ACTIVITIES else None,
        called=_called(element.get("calledElement") or other_tools.called(element), process.known),
        optional=is_optional(element),
        script=written.text,
        script_language=written.language,
        script_stores=written.stores,
        script_result=written.result,
        assigned=other_tools.assigned(element, sheet.root),
        before=heard.before,
        after=heard.after,
        passage=other_tools.passage(element),
        decision=other_tools.decision(element),
        initiator=other_tools.initiator(element),
        message=declared.name(element.get("messageRef"), "message"),
        by_event=tag(element) in SCOPES and is_true(element, "triggeredByEvent"),
        compensates=is_true(element, "isForCompensation"),
        inner=scope(element, process, path) if tag(element) in SCOPES else None,
        handler=process.handlers.get(key) if undone else None,
        ordering=element.get("ordering", "Parallel"),
        cancel_remaining=is_true(element, "cancelRemainingInstances", True),
        completion=sheet.expression(element, "completionCondition") or sheet.expression(element, "activationCondition"),
        needs=(quantity(element, "startQuantity") or 1) if tag(element) in ACTIVITIES else 1,
        gives=(quantity(element, "completionQuantity") or 1) if tag(element) in ACTIVITIES else 1,
        instantiates=is_true(element, "instantiate"),
        all_events=is_true(element, "instantiate") and element.get("eventGatewayType") == "Parallel",
        outbound=outbound(element, sheet),
        odd=odd(element),
    )


_OF_PROGRAMS = ("serviceTask", "sendTask", "businessRuleTask")
_BY_PROGRAMS = ("class", "delegateExpression", "expression", "topic", "type")
_REFERENCES = {"message": "消息", "signal": "信号", "error": "错误", "escalation": "升级"}


def _note_what_is_outside(element: Element, process: Process) -> None:
    """A task that a program outside would do, unless its designer has chosen who answers it here; and a reference to what no file
    declares."""
    name = element.get("name") or element.get("id")
    drawn = ours(element).keys() & {"call", "kind"}
    asked = tag(element) == "businessRuleTask" and other_tools.decision(element) is not None
    what = _program(element) if tag(element) in _OF_PROGRAMS and not drawn and not asked else None
    if what and not any(trace.get("kind") == "service-by-hand" for trace in our_children(element)):
        process.sheet.complain("service-implementation", element, name=name, what=what)
    if other_tools.passes_nothing_there(element):
        process.sheet.complain("call-passes-everything", element, name=name)
    if tag(element) == "sendTask" and drawn and element.get("messageRef"):
        process.sheet.complain("call-twofold", element, name=name, what="要发出一条消息")
    if tag(element) == "businessRuleTask" and "call" in drawn and other_tools.decision(element):
        process.sheet.complain("call-twofold", element, name=name, what="要算一张决策表")
    for holder in (element, *(inner for inner in element if tag(inner).endswith("EventDefinition"))):
        for kind, words in _REFERENCES.items():
            ref = reference(holder.get(f"{kind}Ref"))
            if ref and ref not in process.declared.named:
                process.sheet.complain("reference-undeclared", element, name=name, what=words, ref=ref)


def _program(element: Element) -> str | None:
    """How a vendor's engine would find the program: the attribute or extension element that names it."""
    for attribute in _BY_PROGRAMS:
        if value := foreign_only(element, attribute):
            return f"{attribute}={' '.join(value.split())[:80]}"
    if tag(element) == "serviceTask" and element.get("operationRef"):
        return f"operationRef={element.get('operationRef')}"
    inside = (
        inner
        for box in children(element, "extensionElements")
        for inner in box.iter("{*}taskDefinition", "{*}connectorId", "{*}serviceTaskOperator")
    )
    found = next(inside, None)
    return (
        None
        if found is None
        else f"{local(found)}={(found.get('type') or found.get('id') or text(found) or '').strip()[:80]}"
    )


def _called(value: str | None, known: frozenset[str]) -> str | None:
    """The process as written, or without the prefix of a qualified name where only that is known."""
    written, plain = (value or "").strip(), reference(value)
    return plain if plain in known and written not in known else written or None


def _flow(element: Element, sheet: Sheet, number: int) -> Flow:
    source, target = reference(element.get("sourceRef")) or "", reference(element.get("targetRef")) or ""
    note_unheeded(element, sheet)
    return Flow(
        id=element.get("id") or f"{source}>{target}#{number}",
        source=source,
        target=target,
        condition=sheet.expression(element, "conditionExpression"),
        name=element.get("name") or None,
        at=sheet.at(element),
        taken=_heard(element, sheet, "taken").taken,
    )


def _heard(element: Element, sheet: Sheet, *moments: str) -> other_tools.Listeners:
    """What listeners assign; of those that are programs a person must know, until he has confirmed that they may be missing."""
    found = other_tools.listeners(element, *moments)
    if found.lost and not any(trace.get("kind") == "listener-aside" for trace in our_children(element)):
        name, what = element.get("name") or element.get("id") or tag(element), "；".join(found.lost)
        sheet.complain("listener-not-carried", element, name=name, what=what)
    return found


def note_unheeded(element: Element, sheet: Sheet) -> None:
    """What is written there and has no effect here, until somebody has confirmed that it may be so."""
    found = unheeded(element)
    if found and not any(trace.get("kind") == "meaning-aside" for trace in our_children(element)):
        name = element.get("name") or element.get("id") or tag(element)
        sheet.complain("meaning-not-carried", element, name=name, what="；".join(found))


def _by_node(nodes: Iterable[str], flows: Iterable[Flow], end: str) -> dict[str, tuple[Flow, ...]]:
    found: dict[str, list[Flow]] = {key: [] for key in nodes}
    for flow in flows:
        if (key := getattr(flow, end)) in found:
            found[key].append(flow)
    return {key: tuple(some) for key, some in found.items()}


def check_connections(drawn: Scope, process: Process) -> None:
    """Flows and boundary events must end at something of their own scope; the whole process has been read by now."""
    for flow in drawn.flows:
        for end, key in (("起点", flow.source), ("终点", flow.target)):
            if key not in drawn.nodes:
                crosses = "flow-crosses-border" if key in process.drawn else "flow-dangling"
                process.sheet.complain_at(crosses, flow.at, flow.id, end=end, id=key)
        if flow.source in drawn.nodes and drawn.nodes[flow.source].kind == "endEvent":
            process.sheet.complain_at(
                "flow-after-end", flow.at, flow.id, name=drawn.nodes[flow.source].name or flow.source
            )
        elif flow.target in drawn.nodes and drawn.nodes[flow.target].kind == "startEvent":
            process.sheet.complain_at(
                "flow-into-start", flow.at, flow.id, name=drawn.nodes[flow.target].name or flow.target
            )
    for found in drawn.nodes.values():
        host = drawn.nodes.get(found.attached_to or "")
        if found.kind == "boundaryEvent" and (host is None or host.kind not in ACTIVITIES):
            process.sheet.complain_at("boundary-without-host", found.at, found.id, id=found.attached_to or "")
        if found.inner is not None:
            check_connections(found.inner, process)
