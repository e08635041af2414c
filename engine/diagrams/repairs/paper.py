"""A file that is edited: everything that an edit does not touch stays, down to comments, unknown extensions and the encoding."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from lxml import etree

from engine.errors import Fault

from ..expressions import ExpressionNotUnderstood, expression
from ..graph import Mark
from ..languages import marked
from ..reader.faults import fault
from ..reader.gate import Refused, admit, codec_of
from ..reader.scopes import NODES
from ..reader.sheet import Element, children, is_aside, local, parted, reference, tag, tree_of
from ..reader.sheet import text as written_in
from ..vocabulary import NAMESPACE
from .card import Card

_ROOT = re.compile(r"<([A-Za-z_][\w.-]*:)?definitions(?=[\s/>])")
_BINDING = re.compile(r"\sxmlns:ls\s*=")
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    codecs.BOM_UTF8: "utf-8",
}
"""The first bytes that tell an encoding, and what follows them."""
_ENDS = {"sequenceFlow": ("sourceRef", "targetRef"), "boundaryEvent": ("attachedToRef",)}
_NOT_IN_NAMES = re.compile(r"\W")


class Paper:
    """One file. `faulty` tells which ids have a fault of a code, for repairs that mend a whole part at once."""

    def __init__(self, file: str, body: bytes, faults: Iterable[Fault] = ()) -> None:
        """Raises Refused where the reader cannot read it either."""
        page = admit(file, body)
        self.file, self.body, self.codec = file, body, codec_of(file, body)
        self.begun = set[Element]()
        """Scopes that have been given a start: what was told of their reach is no more true."""
        self.faults, self.kept = tuple(faults), dict[str, frozenset[str]]()
        text = body.decode(self.codec)
        self.line_end = "\r\n" if "\r\n" in text else "\n"
        self.head = _before(text.replace("\r\n", "\n").replace("\r", "\n"), page.marks[0])
        self.tail = "\n" if text.endswith(("\n", "\r")) else ""
        self.root = tree_of(replace(page, xml=_with_our_prefix(page.xml.decode()).encode()), strip_cdata=False)
        if tag(self.root) != "definitions":
            raise Refused(fault("file-not-bpmn", page.marks[0], "", root=local(self.root)))
        self.elements = list(self.root.iter(etree.Element))
        self.places = {
            (mark.line, mark.column): element for mark, element in zip(page.marks, self.elements, strict=True)
        }
        self.lines = {element: mark.line for mark, element in zip(page.marks, self.elements, strict=True)}
        self.ids = {element.get("id"): element for element in reversed(self.elements) if element.get("id")}
        self.model = parted(self.root.tag)[0]
        self.changed = False

    # ---- finding
    def at(self, fault: Fault) -> Element | None:
        """What a fault points at: of what bears its id the one at its place, or what begins there without an id."""
        here, named = self.places.get((fault.line, fault.column)), self.by_id(fault.place)
        return here if here is not None and (named is None or here.get("id") == fault.place) else named

    def by_id(self, key: str | None) -> Element | None:
        return self.ids.get(key)

    def faulty(self, code: str) -> frozenset[str]:
        """The ids of what has this fault."""
        if code not in self.kept:
            self.kept[code] = frozenset(fault.place for fault in self.faults if fault.code == code)
        return self.kept[code]

    def name(self, element: Element) -> str:
        """What people call it."""
        return " ".join((element.get("name") or element.get("id") or local(element)).split())

    def nodes(self, scope: Element) -> list[Element]:
        """What is drawn directly in a process or sub-process and not set aside."""
        return [node for node in children(scope, *NODES) if not self.is_aside(node)]

    def flows(self, node: Element, end: str) -> list[Element]:
        """The flows that leave this node (end: sourceRef) or enter it (targetRef)."""
        found = self.ends.get((end, node.getparent(), node.get("id")), ())
        return [flow for flow in found if not self.is_aside(flow)]

    def borders(self, node: Element) -> list[Element]:
        found = self.ends.get(("attachedToRef", node.getparent(), node.get("id")), ())
        return [border for border in found if not self.is_aside(border)]

    @cached_property
    def ends(self) -> Mapping[tuple[str, Element, str | None], list[Element]]:
        """What refers to a node from beside it: its flows by their ends, its border events. No repair connects anything."""
        found = dict[tuple[str, Element, str | None], list[Element]]()
        for element in self.elements:
            for end in _ENDS.get(tag(element), ()):
                if key := reference(element.get(end)):
                    found.setdefault((end, element.getparent(), key), []).append(element)
        return found

    def definitions(self, event: Element) -> list[Element]:
        """The event definitions drawn in an event, and its references to shared ones."""
        return [inner for inner in event if tag(inner).endswith(("EventDefinition", "eventDefinitionRef"))]

    def kind_of(self, definition: Element) -> str:
        """message, timer …, of a drawn or a shared definition."""
        if tag(definition) != "eventDefinitionRef":
            return tag(definition).removesuffix("EventDefinition")
        shared = self.by_id(reference(written_in(definition)))
        return tag(shared).removesuffix("EventDefinition") if shared is not None else ""

    def is_aside(self, element: Element) -> bool:
        return is_aside(element)

    # ---- changing
    def ours(self, element: Element, name: str, value: str) -> None:
        """An attribute of our namespace."""
        self.changed = True
        element.set(f"{{{NAMESPACE}}}{name}", value)

    def set(self, element: Element, name: str, value: str) -> None:
        self.changed = True
        element.set(name, value)

    def unset(self, element: Element, *names: str) -> str:
        """Take attributes off; what they were, as it was written."""
        was = [f'{name}="{element.attrib.pop(name)}"' for name in names if element.get(name) is not None]
        self.changed = self.changed or bool(was)
        return " ".join(was)

    def retag(self, element: Element, name: str) -> None:
        """Another kind of the same thing: its id, place, attributes and contents stay."""
        self.changed = True
        element.tag = f"{{{self.model}}}{name}"

    def drop(self, element: Element) -> str:
        """Take an element out, with the line that it stood on; what it was, as XML."""
        self.changed = True
        was = _written(element)
        before, parent = element.getprevious(), element.getparent()
        if before is not None:
            before.tail = _joined(before.tail, element.tail)
        else:
            parent.text = _joined(parent.text, element.tail)
        parent.remove(element)
        return was

    def drop_all(self, elements: Iterable[Element]) -> str:
        return "\n".join([self.drop(element) for element in elements])

    def add(
        self, parent: Element, tagged: str, text: str | None = None, at: int | None = None, /, **attributes: str
    ) -> Element:
        """A new BPMN element, last unless a place is told."""
        self.changed = True
        made = etree.Element(f"{{{self.model}}}{tagged}", attributes)
        made.text = text
        parent.insert(len(parent) if at is None else at, made)
        return made

    def write(self, element: Element, text: str) -> str:
        """Another text of an element; what it was."""
        self.changed = True
        was = written_in(element) or ""
        for inner in list(element):
            element.remove(inner)
        element.text = text
        return was

    def aside(self, element: Element) -> None:
        """It stays in the file and on the drawing, and is neither read nor run."""
        self.ours(element, "aside", "true")

    def aside_with_flows(self, node: Element) -> None:
        """The same for a node, with its flows and what hangs on its border."""
        self.aside(node)
        for flow in (*self.flows(node, "sourceRef"), *self.flows(node, "targetRef")):
            self.aside(flow)
        for border in self.borders(node):
            self.aside_with_flows(border)

    def waits_for_message(self, event: Element, name: str) -> None:
        """The event waits for a message of this name, which is declared."""
        message = self.declared("message", name)
        inner = self.add(event, "messageEventDefinition")
        inner.set("messageRef", _qualified(self.root, message.get("id")))

    def declared(self, kind: str, name: str) -> Element:
        """The message (signal, …) of this name; declared before the first process where there is none yet."""
        if (kind, name) not in self.named:
            self.declare(kind, self.free_id(safe(name, kind)), name)
        return self.named[kind, name]

    @cached_property
    def started(self) -> frozenset[Element]:
        """The scopes in which a start is drawn."""
        starts = (element for element in self.elements if tag(element) == "startEvent")
        return frozenset(start.getparent() for start in starts if not self.is_aside(start))

    @cached_property
    def first(self) -> Element | None:
        """The first process or collaboration: declarations stand before it."""
        return next(children(self.root, "collaboration", "process"), None)

    @cached_property
    def links(self) -> Mapping[tuple[Element, str], list[Element]]:
        """The catching links of each scope by their names."""
        found = dict[tuple[Element, str], list[Element]]()
        for element in self.elements:
            name = self.link(element) if tag(element) == "intermediateCatchEvent" else None
            if name is not None:
                found.setdefault((element.getparent(), name), []).append(element)
        return found

    def link(self, event: Element) -> str | None:
        """The name of a link event, as the reader reads it."""
        drawn = (one for one in self.definitions(event) if self.kind_of(one) == "link")
        return next((one.get("name") or event.get("name") or "" for one in drawn), None)

    def targets(self, event: Element) -> list[Element]:
        """Where a link event leads: the catching ones of its name in its scope."""
        name = self.link(event)
        found = [] if name is None else self.links.get((event.getparent(), name), [])
        return [target for target in found if not self.is_aside(target)]

    @cached_property
    def named(self) -> dict[tuple[str, str], Element]:
        """What is declared, by its kind and its name."""
        return {
            (tag(element), element.get("name") or element.get("id") or ""): element for element in reversed(self.root)
        }

    def declare(self, kind: str, key: str, name: str) -> Element:
        """A message (signal, …) of this id, before the first process."""
        first = self.first
        made = self.add(self.root, kind, None, None if first is None else self.root.index(first), id=key, name=name)
        made.tail = "\n  "
        self.ids[key] = self.named[kind, name] = made
        return made

    def add_node(self, scope: Element, kind: str, near: Element) -> Element:
        """A new event in a scope, drawn to the left of another node where that is drawn."""
        key = self.free_id(f"{kind}_{safe(scope.get('id') or 'x')}")
        made = self.add(scope, kind, None, list(scope).index(near), id=key)
        self.ids[key] = made
        shape = next(
            (s for s in self.root.iter("{*}BPMNShape") if reference(s.get("bpmnElement")) == near.get("id")), None
        )
        bounds = None if shape is None else next((inner for inner in shape if local(inner) == "Bounds"), None)
        if shape is not None and bounds is not None:
            x, y = (_coordinate(bounds.get(name)) for name in "xy")
            drawn = etree.SubElement(
                shape.getparent(), shape.tag, {"id": self.free_id(f"{key}_di"), "bpmnElement": key}
            )
            place = {"x": f"{x - 80:g}", "y": f"{y:g}", "width": "36", "height": "36"}
            etree.SubElement(drawn, bounds.tag, place)
        return made

    def connect(self, scope: Element, source: Element, target: Element) -> Element:
        """A new flow, drawn as a straight line where both ends are drawn."""
        key = self.free_id(f"flow_{safe(source.get('id'))}")
        ends = {"sourceRef": source.get("id"), "targetRef": target.get("id")}
        made = self.add(scope, "sequenceFlow", None, list(scope).index(target) + 1, id=key, **ends)
        self.ids[key] = made
        self.draw_line(key, ends["sourceRef"], ends["targetRef"])
        return made

    def draw_line(self, flow: str, source: str, target: str) -> bool:
        """A flow drawn as a straight line from middle to middle; False where an end is not drawn, or nothing is."""
        shapes = {reference(s.get("bpmnElement")): s for s in self.root.iter("{*}BPMNShape")}
        found = [shapes.get(end) for end in (source, target)]
        middles = [_middle(shape) for shape in found if shape is not None]
        edge = next(self.root.iter("{*}BPMNEdge"), None)
        point = next((one.tag for one in self.root.iter("{*}waypoint")), None)
        if len(middles) < 2 or edge is None or point is None:
            return False
        self.changed = True
        drawn = etree.SubElement(edge.getparent(), edge.tag, {"id": self.free_id(f"{flow}_di"), "bpmnElement": flow})
        for x, y in middles:
            etree.SubElement(drawn, point, {"x": f"{x:g}", "y": f"{y:g}"})
        return True

    def free_id(self, wanted: str) -> str:
        """An id that nothing bears yet."""
        while wanted in self.ids:
            wanted += "_"
        return wanted

    def trace(self, element: Element, card: Card, was: str) -> None:
        """What a repair leaves: its kind, whether a person has still to confirm it, what stood there."""
        self.changed = True
        box = next(children(element, "extensionElements"), None)
        if box is None:
            after = sum(1 for _ in children(element, "documentation"))
            box = self.add(element, "extensionElements", None, after)
        mark = etree.SubElement(box, f"{{{NAMESPACE}}}repair", {"kind": card.kind})
        if card.confirm:
            mark.set("confirmed", "false")
        mark.text = was or None

    def traces(self, element: Element) -> frozenset[str]:
        """The kinds of the repairs that have been made here."""
        boxes = children(element, "extensionElements")
        return frozenset(mark.get("kind") for box in boxes for mark in box.iter(f"{{{NAMESPACE}}}repair"))

    # ---- the bytes
    def bytes(self) -> bytes:
        """As it stands now, in its own encoding; what that cannot write is written by number."""
        if not self.changed:
            return self.body
        after = "".join(
            f"\n{etree.tostring(one, encoding='unicode', with_tail=False)}" for one in self.root.itersiblings()
        )
        text: str = self.head + etree.tostring(self.root, encoding="unicode", with_tail=False) + after + self.tail
        mark = next((mark for mark in _MARKS if self.body.startswith(mark)), b"")
        codec = _MARKS.get(mark, self.codec)
        written: bytes = text.replace("\n", self.line_end).encode(codec, "xmlcharrefreplace")
        return mark + written


def _coordinate(value: str | None) -> float:
    try:
        return float(value or "")
    except ValueError:
        return 0.0


def _middle(shape: Element) -> tuple[float, float]:
    bounds = next((inner for inner in shape if local(inner) == "Bounds"), None)
    x, y, width, height = (
        _coordinate(None if bounds is None else bounds.get(n)) for n in ("x", "y", "width", "height")
    )
    return x + width / 2, y + height / 2


def _before(text: str, root: Mark) -> str:
    """What stands before the root: the declaration, comments, instructions, to the letter."""
    lines = text.split("\n")
    return "\n".join([*lines[: root.line - 1], lines[root.line - 1][: root.column - 1]])


def _with_our_prefix(text: str) -> str:
    """Our prefix is bound at the root, so that nothing of ours needs a binding of its own. No line moves."""
    if _BINDING.search(text):
        return text
    found = _ROOT.search(text)
    return text if found is None else f'{text[: found.end()]} xmlns:ls="{NAMESPACE}"{text[found.end() :]}'


def _written(element: Element) -> str:
    """An element as XML, without the bindings of prefixes that it has from outside."""
    xml = etree.tostring(element, encoding="unicode", with_tail=False)
    return re.sub(r'\sxmlns(?::[\w.-]+)?="[^"]*"', "", xml).strip()


def _joined(before: str | None, after: str | None) -> str | None:
    """The white space around something taken out: what follows a line stays on its own."""
    if before and after and not before.strip() and not after.strip():
        return after
    return (before or "") + (after or "") or None


def _qualified(root: Element, key: str) -> str:
    """A reference as it has to be written where the target namespace has a prefix and the default is another."""
    target = root.get("targetNamespace")
    prefix = next((p for p, uri in root.nsmap.items() if uri == target and p), None)
    return f"{prefix}:{key}" if prefix and target else key


def safe(text: str, kind: str = "") -> str:
    """A name that may be an id and a field: letters, digits, low lines."""
    plain = _NOT_IN_NAMES.sub("_", text).strip("_") or "x"
    return f"{kind}_{plain}" if kind else plain


def understood(text: str | None) -> bool:
    """Whether a condition or value can be read."""
    try:
        expression(text or "")
    except ExpressionNotUnderstood:
        return False
    return True


def is_read(element: Element) -> bool:
    """Whether the expression of an element can be read, in the language that it is declared in."""
    written = written_in(element) or ""
    return understood(
        marked(written, element.get("language"), element.getroottree().getroot().get("expressionLanguage"))
    )


def conditions(paper: Paper, node: Element) -> Iterator[Element]:
    """The condition expressions on the flows that leave a node."""
    for flow in paper.flows(node, "sourceRef"):
        yield from children(flow, "conditionExpression")
