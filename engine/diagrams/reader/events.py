"""Event definitions and repetitions of one element. Definitions may be drawn in the event or shared by reference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..graph import Announcement, EventDefinition, Loop
from ..languages import marked
from .sheet import Element, Sheet, child, children, extensions, foreign, is_true, local, ours, reference, tag, text

_TIMERS = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
_NAMED = ("message", "signal", "error", "escalation")
BEHAVIORS = ("All", "None", "One", "Complex")
_CODES = {"error": "errorCode", "escalation": "escalationCode"}


@dataclass(frozen=True)
class Declared:
    """What a file declares outside its processes: messages and their like, shared event definitions, by id."""

    sheet: Sheet
    named: dict[str, Element]
    definitions: dict[str, Element]

    @classmethod
    def of(cls, sheet: Sheet) -> Declared:
        roots = [element for element in sheet.root if element.get("id")]
        return cls(
            sheet,
            {e.get("id"): e for e in roots if tag(e) in _NAMED},
            {e.get("id"): e for e in roots if tag(e).endswith("EventDefinition")},
        )

    def name(self, ref: str | None, kind: str) -> str | None:
        """Name of a message or signal, code of an error or escalation; the reference itself where it is undeclared."""
        key = reference(ref)
        found = self.named.get(key) if key else None
        if found is None:
            return key
        return found.get(_CODES.get(kind, "name")) or found.get("name") or key


def events(element: Element, declared: Declared) -> tuple[EventDefinition, ...]:
    """The triggers or results of an event, drawn ones first."""
    drawn = [inner for inner in element if tag(inner).endswith("EventDefinition")]
    keys = (reference(text(inner)) for inner in children(element, "eventDefinitionRef"))
    shared = [declared.definitions[key] for key in keys if key in declared.definitions]
    return tuple(_event(inner, element, declared) for inner in drawn + shared)


def _event(definition: Element, event: Element, declared: Declared) -> EventDefinition:
    kind = tag(definition).removesuffix("EventDefinition")
    match kind:
        case "timer":
            return _timer(definition)
        case "conditional":
            return EventDefinition(kind, text=declared.sheet.expression(definition, "condition"))
        case "link":
            return EventDefinition(kind, _link(definition, event))
        case _:
            name = declared.name(definition.get(f"{kind}Ref"), kind)
            activity = reference(definition.get("activityRef"))
            return EventDefinition(kind, name, activity=activity, waits=is_true(definition, "waitForCompletion", True))


def _link(definition: Element, event: Element) -> str | None:
    """The name that a link is known by: of the link that it points at, else its own."""
    wanted = reference(text(definition, "target"))
    drawn = definition.getroottree().iter("{*}linkEventDefinition") if wanted else ()
    meant = next((other for other in drawn if other.get("id") == wanted), definition)
    around = event if meant is definition else meant.getparent()
    name: str | None = meant.get("name") or around.get("name") or around.get("id")
    return name


def _timer(definition: Element) -> EventDefinition:
    for name, timer in _TIMERS.items():
        if child(definition, name) is not None:
            # files of SpiffWorkflow quote the text, because there it is a Python expression
            return EventDefinition("timer", text=(text(definition, name) or "").strip("\"'"), timer=timer)
    return EventDefinition("timer", text="", timer="duration")


def loop(element: Element, sheet: Sheet, declared: Declared) -> Loop | None:
    """Multi-instance or standard loop, with the vendors' collection and elementVariable by their local names."""
    if (standard := child(element, "standardLoopCharacteristics")) is not None:
        top = _count(standard, "loopMaximum", sheet)
        return Loop(
            "standard",
            condition=sheet.expression(standard, "loopCondition"),
            maximum=top,
            test_before=is_true(standard, "testBefore"),
        )
    if (many := child(element, "multiInstanceLoopCharacteristics")) is None:
        return None
    zeebe = next((dict(e.attrib) for e in extensions(many, "loopCharacteristics")), {})
    return Loop(
        kind="sequential" if is_true(many, "isSequential") else "parallel",
        collection=_plain(
            ours(many).get("collection")
            or _passed(element, text(many, "loopDataInputRef"), "dataInput")
            or foreign(many, "collection")
            or zeebe.get("inputCollection")
        ),
        item=_item(many, "inputDataItem") or foreign(many, "elementVariable") or zeebe.get("inputElement"),
        output=_passed(element, text(many, "loopDataOutputRef"), "dataOutput")
        or foreign(many, "outputCollection")
        or zeebe.get("outputCollection"),
        output_item=_item(many, "outputDataItem") or _named(zeebe.get("outputElement")),
        cardinality=sheet.expression(many, "loopCardinality"),
        condition=sheet.expression(many, "completionCondition"),
        behavior=many.get("behavior", "All"),
        announces=tuple(_announced(many, declared)),
    )


def _passed(element: Element, ref: str | None, kind: str) -> str | None:
    """The fact that a repetition goes over or writes: BPMN names the activity's own data, which is associated with the fact."""
    own = (one for box in children(element, "ioSpecification") for one in children(box, kind))
    found = next((one for one in own if one.get("id") == reference(ref)), None)
    if ref is None or found is None:
        return ref
    near, far = ("targetRef", "sourceRef") if kind == "dataInput" else ("sourceRef", "targetRef")
    for link in children(element, f"{kind}Association"):
        outside = reference(text(link, far))
        if reference(text(link, near)) == found.get("id") and outside:
            drawn = link.getroottree().xpath("//*[@id=$key]", key=outside)
            return (drawn[0].get("name") if drawn else None) or outside
    return found.get("name") or ref


def _named(written: str | None) -> str | None:
    """The name that an expression of Camunda 8 gives, where it is nothing but one: `= vote`."""
    found = re.fullmatch(r"=\s*([^\W\d]\w*)\s*", written or "")
    return found[1] if found else None


def _announced(many: Element, declared: Declared) -> Iterator[Announcement]:
    """What the instances throw; for One and None the event definition stands elsewhere in the file."""
    match many.get("behavior", "All"):
        case "One" | "None" as behavior:
            key = reference(many.get(f"{behavior.lower()}BehaviorEventRef"))
            shared = declared.definitions.get(key) if key else None
            yield Announcement(None if shared is None else _event(shared, many, declared))
        case "Complex":
            for drawn in children(many, "complexBehaviorDefinition"):
                thrown = child(drawn, "event")
                found = () if thrown is None else events(thrown, declared)
                yield Announcement(found[0] if found else None, text(drawn, "condition") or "")


def _plain(value: str | None) -> str | None:
    """people, ${people} and #{people} name the same collection."""
    inner = re.fullmatch(r"[$#]\{(.*)\}", value.strip(), re.DOTALL) if value else None
    return inner[1].strip() if inner else value


def _item(many: Element, name: str) -> str | None:
    item = child(many, name)
    return item.get("name") or item.get("id") if item is not None else None


def _count(element: Element, name: str, sheet: Sheet) -> int | None:
    value = (element.get(name) or "").strip()
    if not value:
        return None
    if re.fullmatch(r"[0-9]{1,6}", value):
        return int(value)
    sheet.complain("number-unreadable", element, element.getparent().get("id"), name=name, value=value)
    return None


def quantity(element: Element, name: str) -> int:
    """startQuantity or completionQuantity; 0 for what is no number of tokens."""
    value = element.get(name, "1").strip()
    return int(value) if re.fullmatch(r"[0-9]{1,3}", value) else 0


def odd(element: Element) -> str | None:
    """The BPMN attribute of this node whose value means nothing, if it has one."""
    for name in ("startQuantity", "completionQuantity"):
        if quantity(element, name) < 1:
            return name
    if element.get("eventGatewayType") == "Parallel" and not is_true(element, "instantiate"):
        return "eventGatewayType"
    many = child(element, "multiInstanceLoopCharacteristics")
    return "behavior" if many is not None and many.get("behavior", "All") not in BEHAVIORS else None


def retrievals(prop: Element) -> list[Element]:
    """How a correlation property is taken from each message."""
    return [how for how in prop if local(how).endswith("RetrievalExpression")]


def retrieved_by(how: Element) -> str | None:
    """The text that takes it, marked with the language that it says it is written in."""
    path = next(how.iter("{*}formalExpression", "{*}messagePath"), None)
    return marked(text(path), path.get("language"), None) if path is not None else None
