"""What another engine would heed and we do not: a meaning that is neither carried out nor refused is told, never passed over.

Only what changes the way, the facts or the deadlines of a case stands here. What is about an engine's own work (asynchronous
continuation, job priority, history, tenants, versions kept) or about who may start it has no meaning here, see docs/dialects.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..expressions import ExpressionNotUnderstood, expression
from .events import retrievals, retrieved_by
from .sheet import Element, child, children, extensions, foreign_only, local, parted, reference, tag, text

_CALLS = ("callActivity",)
_THROWING = ("intermediateThrowEvent", "endEvent")
_SCOPES = ("subProcess", "transaction", "adHocSubProcess", "callActivity")
_DOCUMENTS = ("dataObjectReference", "dataStoreReference", "dataObject")
"""They are drawn to be seen."""
_OF_JBPM = ("TaskName", "Skippable", "NodeName", "GroupId")
"""Told otherwise, or nothing: the name of a task again, its candidates."""
_ONLY_OUT = ("userTask", "manualTask", "task", "scriptTask", "businessRuleTask")
"""Steps whose outputs become facts, and whose inputs are seen by nobody; other steps and events have neither."""


def unheeded(element: Element) -> tuple[str, ...]:
    """In words, as they are written, what is drawn at a node, flow, process or declaration and has no effect here."""
    is_bare = len(element) == 0 and not any(key.startswith("{") for key in element.attrib)
    return tuple(dict.fromkeys(word for look in (_LOOKS_AT_BARE if is_bare else _LOOKS) for word in look(element)))


def _written(element: Element, *names: str) -> Iterator[str]:
    for name in names:
        if (value := foreign_only(element, name)) is not None:
            yield f"{name}={' '.join(value.split())[:80]}"


def _of_steps(element: Element) -> Iterator[str]:
    yield from _written(element, "skipExpression", "owner", "taskIdVariableName", "taskCompleterVariableName")
    if foreign_only(element, "dueDate"):
        yield from _written(element, "businessCalendarName")
    if tag(element) == "businessRuleTask":
        yield from _written(element, "ruleFlowGroup", "rules", "ruleVariablesInput")
    for data in extensions(element, "metaData"):  # jBPM
        if (data.get("name") or "") == "customSLADueDate":
            yield f"customSLADueDate={''.join(data.itertext()).strip()[:80]}"
    yield from (f"eventType={text(event)}" for event in extensions(element, "eventType"))
    for chosen in extensions(element, "adHoc"):
        yield from (f"{name}={value[:80]}" for name, value in chosen.attrib.items())


def _of_starts(element: Element) -> Iterator[str]:
    """What would start a process by itself: here somebody files it."""
    if tag(element) != "startEvent" or tag(element.getparent()) != "process":
        return
    for event in children(element, "timerEventDefinition", "signalEventDefinition", "conditionalEventDefinition"):
        words = " ".join("".join(event.itertext()).split())
        yield f"{tag(event)} {words[:80]}".strip()


def _of_what_stands_twice(element: Element) -> Iterator[str]:
    """BPMN allows one of these, and the first is read; a number of tokens belongs to activities only."""
    if tag(element).endswith(("Gateway", "Event")):
        numbers = ((name, element.get(name)) for name in ("startQuantity", "completionQuantity"))
        yield from (f"{name}={value}" for name, value in numbers if value and value.strip() != "1")
    found = [local(one) for one in children(element, "conditionExpression", "script")]
    loops = [local(one) for one in children(element, "standardLoopCharacteristics", "multiInstanceLoopCharacteristics")]
    yield from (*found[1:], *sorted(loops)[:-1])
    for timer in children(element, "timerEventDefinition"):
        yield from [local(one) for one in children(timer, "timeDate", "timeDuration", "timeCycle")][1:]


def _of_calls(element: Element) -> Iterator[str]:
    if tag(element) not in _CALLS:
        return
    yield from _written(
        element,
        "calledElementVersion",
        "calledElementVersionTag",
        "caseRef",
        "processInstanceIdVariableName",
        "idVariableName",
    )
    if foreign_only(element, "waitForCompletion") == "false":
        yield "waitForCompletion=false"
    for called in extensions(element, "calledElement"):
        if called.get("versionTag"):
            yield f"versionTag={called.get('versionTag')}"


def _of_loops(element: Element) -> Iterator[str]:
    many = child(element, "multiInstanceLoopCharacteristics")
    if many is None:
        return
    listed = foreign_only(many, "collection") or child(many, "loopDataInputRef") is not None
    if listed and text(many, "loopCardinality"):  # other engines count by the number, we by the list
        yield f"loopCardinality={text(many, 'loopCardinality')}"
    if "{" in many.get("isSequential", ""):
        yield f"isSequential={many.get('isSequential')}"
    yield from _written(many, "elementIndexVariable")
    for box in extensions(many, "variableAggregation", "collection"):
        yield " ".join([local(box), *(f"{parted(name)[1]}={value}" for name, value in box.attrib.items())])


def _of_events(element: Element) -> Iterator[str]:
    for event in (inner for inner in element if tag(inner).endswith("EventDefinition")):
        yield from _written(event, "errorCodeVariable", "errorMessageVariable", "errorVariableName")
        yield from _written(event, "escalationCodeVariable", "signalExpression", "messageExpression")
        yield from _written(event, "variableName", "variableEvents", "businessCalendarName")
        yield from _written(event, "terminateAll", "terminateMultiInstance")
        yield from (f"in {one.get('source') or one.get('sourceExpression')}" for one in extensions(event, "in"))
        if tag(element) in _THROWING:
            yield from _written(event, "class", "delegateExpression", "expression", "type")
        for time in children(event, "timeCycle"):
            yield from _written(time, "endDate")


def _of_parameters(element: Element) -> Iterator[str]:
    """What goes in and out by name, where only the one, or neither, is carried out. Of what a program would do it is told anyhow."""
    if tag(element) in (*_SCOPES, "serviceTask", "sendTask"):
        return
    for box in extensions(element, "inputOutput", "ioMapping"):
        lost = (one for one in box if tag(element) not in _ONLY_OUT or local(one).startswith("input"))
        yield from (f"{local(one)} {one.get('name') or one.get('target')}" for one in lost)


def _of_declarations(element: Element) -> Iterator[str]:
    if tag(element) in ("message", "signal", "error", "escalation"):
        written = [element.get(name) or "" for name in ("name", "errorCode", "escalationCode")]
        yield from (word for word in written if "${" in word or "#{" in word or word.startswith("="))
        for heard in extensions(element, "subscription"):
            yield f"correlationKey={heard.get('correlationKey')}"
    if tag(element) == "correlationProperty":
        unread = (path for path in map(retrieved_by, retrievals(element)) if not is_readable(path))
        yield from (f"correlationProperty {path or ''}".strip() for path in unread)
    if tag(element) == "dataObject":
        yield from (f"value={text(value)}" for value in extensions(element, "value") if text(value))


def is_readable(text: str | None) -> bool:
    try:
        expression(text or "")
    except ExpressionNotUnderstood:
        return False
    return True


def _of_data(element: Element) -> Iterator[str]:
    """Data that goes in and out by another name, or is computed. What only draws a document beside a step has no effect."""
    holders = (element, *children(element, "ioSpecification"))
    inner = (one for holder in holders for one in children(holder, "dataInput", "dataOutput"))
    names = {one.get("id"): one.get("name") or one.get("id") for one in inner}
    for link in children(element, "dataInputAssociation", "dataOutputAssociation"):
        ends = [reference(text(link, end)) or "" for end in ("sourceRef", "targetRef")]
        inside = next((names[end] for end in ends if end in names), None)
        computed = child(link, "assignment") is not None or child(link, "transformation") is not None
        if set(ends) & _repeated(element) or inside in _OF_JBPM:
            continue
        if computed or (inside and (tag(element) in _CALLS or _is_named_otherwise(link, ends, names))):
            yield f"{tag(link)} {inside or ' '.join(filter(None, ends))}".strip()


def _repeated(element: Element) -> set[str]:
    """What a repetition goes over and writes, which is carried out."""
    many = child(element, "multiInstanceLoopCharacteristics")
    refs = ("loopDataInputRef", "loopDataOutputRef")
    return {key for ref in refs if many is not None and (key := reference(text(many, ref)))}


def _is_named_otherwise(link: Element, ends: list[str], names: dict[str, str]) -> bool:
    outside = [end for end in ends if end and end not in names]
    inside = [names[end] for end in ends if end in names]
    drawn = link.getroottree().xpath("//*[@id=$key]", key=outside[0]) if outside else []
    if any(tag(one) in _DOCUMENTS for one in drawn):
        return False
    known = {(one.get("name") or one.get("id") or "").strip() for one in drawn} or set(outside)
    return bool(outside) and not known & set(inside)


_LOOKS: tuple[Callable[[Element], Iterator[str]], ...] = (
    _of_starts,
    _of_what_stands_twice,
    _of_steps,
    _of_calls,
    _of_loops,
    _of_events,
    _of_parameters,
    _of_declarations,
    _of_data,
)
_LOOKS_AT_BARE = (_of_what_stands_twice, _of_declarations)
"""All that there may be at an element with nothing inside and no attribute of a vendor: most are such."""
