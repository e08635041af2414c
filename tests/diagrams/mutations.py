"""One fault each in good drawings, and where it must be found: the element and the rules are named before anything is looked at.

Good are the matters that are shipped, with all that is known of them, and the good twins of the rules. A kind draws its fault at
every place where it can; of these a few are taken, from as many drawings as there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice, pairwise, zip_longest
from pathlib import Path

from lxml import etree

from engine.catalogue import OWN_DEPARTMENT, called_parts_only, read_folder, read_guide
from engine.clock import ClockKind, OfficeTime, WorkCalendar, shipped_notices
from engine.diagrams import NAMESPACE, Flow, MatterFacts, Node, Reading, Scope, StepKind, nodes_of, read
from forms import read_form
from tests.diagrams.twins import TWINS, facts_of

ROOT = Path(__file__).parents[2]
LS = f"{{{NAMESPACE}}}"
_WHERE = ("department", "window")
_SHAPE = "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNShape"
_BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"


@dataclass(frozen=True)
class Good:
    """A drawing without a fault, as it was read. file: the one in which faults are drawn; main: its process; facts: what is known of
    the matter."""

    name: str
    files: Mapping[str, bytes]
    file: str
    main: str | None
    reading: Reading
    facts: MatterFacts

    @cached_property
    def scope(self) -> Scope:
        diagram = self.reading.usable()
        return diagram.processes[diagram.main]

    def steps(self, *kinds: StepKind) -> Iterator[Node]:
        return (n for n in self.scope.nodes.values() if n.work is not None and (not kinds or n.work.kind in kinds))

    def chosen(self, outcome: str) -> Iterator[Flow]:
        """The flows that are taken for this outcome and for no other."""
        return (f for f in self.scope.flows if re.fullmatch(rf"\$\{{outcome == '{outcome}'\}}", f.condition or ""))

    def by_outcome(self) -> Iterator[tuple[Flow, str]]:
        """The flows that are taken for one outcome, with its code."""
        for flow in self.scope.flows:
            if found := re.fullmatch(r"\$\{outcome == '(\w+)'\}", flow.condition or ""):
                yield flow, found[1]

    def step_before(self, flow: Flow) -> Node | None:
        """The step whose outcome a gateway right behind it asks for, where only that one leads there."""
        entering = self.scope.entering[flow.source]
        return self.scope.nodes[entering[0].source] if len(entering) == 1 else None

    def endless(self, targets: Mapping[str, str], gone: str) -> list[str]:
        """The nodes from which no end can be reached, in the order of the file, where flows lead to these targets."""
        nodes = self.scope.nodes
        reaches = {key for key, node in nodes.items() if node.kind == "endEvent" and key != gone}
        while more := {f.source for f in self.scope.flows if targets[f.id] in reaches} - reaches:
            reaches |= more
        lost = [node for key, node in nodes.items() if key not in reaches and key != gone]
        return [node.id for node in sorted(lost, key=lambda node: (node.at.line, node.at.column))]

    def gateways(self, kind: str) -> Iterator[tuple[Node, Node]]:
        """Splits with their joins: the next gateway of the same kind that all ways lead to, with nothing else between than steps in
        a row."""
        for node in self.scope.nodes.values():
            leaving = self.scope.leaving[node.id]
            if node.kind == kind and len(leaving) > 1:
                ends = {self._end_of_row(flow.target) for flow in leaving}
                join = self.scope.nodes[ends.pop()] if len(ends) == 1 else None
                if join is not None and join.kind == kind and len(self.scope.entering[join.id]) == len(leaving):
                    yield node, join

    def _end_of_row(self, key: str) -> str:
        while len(self.scope.leaving[key]) == 1 and len(self.scope.entering[key]) == 1:
            key = self.scope.leaving[key][0].target
        return key


class Sheet:
    """The file of a good drawing, to be spoilt."""

    def __init__(self, good: Good) -> None:
        self.root = etree.fromstring(good.files[good.file])

    def element(self, key: str) -> etree._Element:
        (found,) = self.root.xpath("//*[@id=$key]", key=key)
        return found

    def without(self, *names: str, at: str) -> None:
        """Attributes of ours are taken away."""
        for name in names:
            self.element(at).attrib.pop(f"{LS}{name}", None)

    def attribute(self, key: str, name: str, value: str) -> None:
        self.element(key).set(name, value)

    def ours(self, key: str, name: str, value: str) -> None:
        self.element(key).set(f"{LS}{name}", value)

    def condition(self, key: str, old: str, new: str) -> None:
        (text,) = (inner for inner in self.element(key) if etree.QName(inner).localname == "conditionExpression")
        assert old in text.text
        text.text = text.text.replace(old, new, 1)

    def remove(self, key: str) -> None:
        """The element and what is drawn of it."""
        self._drop(self.element(key))
        self.hide(key)

    def hide(self, key: str) -> None:
        for drawn in self.root.xpath("//*[@bpmnElement=$key]", key=key):
            self._drop(drawn)

    def outcomes(self) -> set[tuple[str, str]]:
        """Those that are drawn, by step and code."""
        found = ((next(o.iterancestors("{*}userTask"), None), o.get("code")) for o in self.root.iter(f"{LS}outcome"))
        return {(step.get("id"), code) for step, code in found if step is not None}

    def drop_outcome(self, key: str, code: str) -> None:
        (drawn,) = (inner for inner in self.element(key).iter(f"{LS}outcome") if inner.get("code") == code)
        self._drop(drawn)

    def rename(self, key: str, kind: str) -> None:
        """The element becomes one of another kind."""
        element = self.element(key)
        element.tag = etree.QName(etree.QName(element).namespace, kind)

    def cover(self, key: str, other: str) -> None:
        """One shape is moved onto another one."""
        mine, theirs = (next(shape.iter(_BOUNDS)) for shape in (self._shape(key), self._shape(other)))
        for name in ("x", "y"):
            mine.set(name, theirs.get(name))

    def _shape(self, key: str) -> etree._Element:
        return next(drawn for drawn in self.root.iter(_SHAPE) if drawn.get("bpmnElement") == key)

    @staticmethod
    def _drop(element: etree._Element) -> None:
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    def written(self) -> bytes:
        return etree.tostring(self.root, xml_declaration=True, encoding="UTF-8")


@dataclass(frozen=True)
class Fault:
    """One fault to be drawn. right: the findings of which one at least must be told, as rule and element."""

    right: frozenset[tuple[str, str]]
    spoil: Callable[[Sheet], None]


@dataclass(frozen=True)
class Mutation:
    kind: str
    good: Good
    fault: Fault
    number: int

    @property
    def name(self) -> str:
        return f"{self.kind} {self.number}: {self.good.name} {'/'.join(sorted({element for _, element in self.fault.right}))}"

    def files(self) -> dict[str, bytes]:
        sheet = Sheet(self.good)
        self.fault.spoil(sheet)
        return {**self.good.files, self.good.file: sheet.written()}


def fault(spoil: Callable[[Sheet], None], *right: tuple[str, str]) -> Fault:
    return Fault(frozenset(right), spoil)


Kind = Callable[[Good], Iterator[Fault]]


# ---------------------------------------------------------------- steps
def nobody_does_it(good: Good) -> Iterator[Fault]:
    for node in good.steps():
        yield fault(lambda s, key=node.id: s.without(*_WHERE, at=key), ("step-without-window", node.id))


def kind_removed(good: Good) -> Iterator[Fault]:
    """Of what another system answers it need not be written."""
    for node in (node for node in good.steps() if node.outbound is None):
        yield fault(lambda s, key=node.id: s.without("kind", at=key), ("step-without-kind", node.id))


def kind_misspelt(good: Good) -> Iterator[Fault]:
    for node in good.steps(StepKind.REVIEW, StepKind.CHECK, StepKind.DECIDE, StepKind.SITE_VISIT):
        yield fault(lambda s, key=node.id: s.ours(key, "kind", "revew"), ("kind-unknown", node.id))


def form_misspelt(good: Good) -> Iterator[Fault]:
    for node in good.steps():
        if node.work and node.work.form and good.facts.forms:
            yield fault(lambda s, key=node.id: s.ours(key, "form", "no_such_form"), ("form-unknown", node.id))


def department_unknown(good: Good) -> Iterator[Fault]:
    for node in good.steps():
        if node.work and node.work.department and good.facts.departments:
            yield fault(lambda s, key=node.id: s.ours(key, "department", "nobody"), ("step-without-window", node.id))


def window_unknown(good: Good) -> Iterator[Fault]:
    for node in good.steps():
        if node.work and node.work.window and good.facts.windows:
            yield fault(lambda s, key=node.id: s.ours(key, "window", "nr-99"), ("step-without-window", node.id))


def limit_unreadable(good: Good) -> Iterator[Fault]:
    for node in good.steps():
        if node.work and node.work.limit:
            yield fault(lambda s, key=node.id: s.ours(key, "limit", "3 天"), ("limit-unreadable", node.id))


def attribute_misspelt(good: Good) -> Iterator[Fault]:
    for node in good.steps():
        yield fault(lambda s, key=node.id: s.ours(key, "limt", "3wd"), ("attribute-unknown", node.id))


def outside_the_hall(good: Good) -> Iterator[Fault]:
    for node in good.steps(StepKind.REVIEW, StepKind.CHECK, StepKind.DECIDE, StepKind.INTAKE):
        yield fault(lambda s, key=node.id: s.ours(key, "place", "outside"), ("outside-the-hall", node.id))


def ground_removed(good: Good) -> Iterator[Fault]:
    for node in good.steps(StepKind.SPECIAL):
        yield fault(lambda s, key=node.id: s.without("ground", at=key), ("special-without-ground", node.id))


def ground_not_lawful_here(good: Good) -> Iterator[Fault]:
    if good.facts.grounds is not None and "auction" not in good.facts.grounds:
        for node in good.steps(StepKind.SPECIAL):
            yield fault(lambda s, key=node.id: s.ours(key, "ground", "auction"), ("special-without-ground", node.id))


def limit_too_long(good: Good) -> Iterator[Fault]:
    """One step may take more time than the law leaves for all."""
    if good.facts.statutory is not None:
        for node in good.steps(StepKind.REVIEW, StepKind.CHECK, StepKind.SITE_VISIT, StepKind.DECIDE):
            right = [(rule, node.id) for rule in ("statute-not-kept", "promise-not-kept")]
            yield fault(lambda s, key=node.id: s.ours(key, "limit", "99wd"), *right)


# ---------------------------------------------------------------- outcomes and conditions
def outcome_misspelt(good: Good) -> Iterator[Fault]:
    for flow, code in good.by_outcome():
        spoil = lambda s, key=flow.id, code=code: s.condition(key, code, f"{code}d")  # noqa: E731
        yield fault(spoil, ("outcome-never-given", flow.id))


def outcome_dropped(good: Good) -> Iterator[Fault]:
    """The step does not offer what a way asks for."""
    drawn = Sheet(good).outcomes()
    for flow, code in good.by_outcome():
        step = good.step_before(flow)
        if step and step.work and len(step.work.outcomes) > 1 and (step.id, code) in drawn:
            spoil = lambda s, key=step.id, code=code: s.drop_outcome(key, code)  # noqa: E731
            yield fault(spoil, ("outcome-never-given", flow.id))


def way_of_an_outcome_removed(good: Good) -> Iterator[Fault]:
    """Where no other way takes what is left over."""
    named = {flow.id for flow, _ in good.by_outcome()}
    for flow, code in good.by_outcome():
        step = good.step_before(flow)
        plain = all(other.id in named or "||" in (other.condition or "") for other in good.scope.leaving[flow.source])
        if step and step.work and plain and code in {o.code for o in step.work.outcomes}:
            yield fault(lambda s, key=flow.id: s.remove(key), ("outcome-without-way", step.id))


def condition_not_readable(good: Good) -> Iterator[Fault]:
    for flow, _ in good.by_outcome():
        yield fault(lambda s, key=flow.id: s.condition(key, "==", "=>"), ("condition-not-understood", flow.id))


def field_misspelt(good: Good) -> Iterator[Fault]:
    """A name that nobody fills in the condition of a way."""
    if good.facts.forms is not None and good.facts.initial is not None:
        for flow in good.scope.flows:
            if found := re.search(r"\$\{(\w+) ==", flow.condition or ""):
                spoil = lambda s, key=flow.id, name=found[1]: s.condition(key, name, f"{name}s")  # noqa: E731
                yield fault(spoil, ("condition-asks-unknown", flow.id))


def condition_removed(good: Good) -> Iterator[Fault]:
    for flow, _ in good.by_outcome():
        if good.scope.nodes[flow.source].kind == "exclusiveGateway":
            right = [("exclusive-without-condition", key) for key in (flow.id, flow.source)]
            yield fault(lambda s, key=flow.id: _unconditional(s, key), *right)


def _unconditional(sheet: Sheet, key: str) -> None:
    element = sheet.element(key)
    for inner in [inner for inner in element if etree.QName(inner).localname == "conditionExpression"]:
        element.remove(inner)


def label_removed(good: Good) -> Iterator[Fault]:
    for flow, _ in good.by_outcome():
        if flow.name and len(good.scope.leaving[flow.source]) > 1:
            yield fault(lambda s, key=flow.id: s.element(key).attrib.pop("name"), ("choice-unlabelled", flow.id))


# ---------------------------------------------------------------- the course
def way_to_a_step_removed(good: Good) -> Iterator[Fault]:
    """Nothing leads to it any more; what led there stops, or its outcome has no way."""
    for node in good.steps():
        entering = good.scope.entering[node.id]
        if len(entering) == 1 and entering[0].condition is None:
            source = good.scope.nodes[entering[0].source]
            right = [("unreachable", node.id), ("dead-end", source.id)]
            yield fault(lambda s, key=entering[0].id: s.remove(key), *right)


def end_removed(good: Good) -> Iterator[Fault]:
    """The end is not there, and what led to it leads nowhere."""
    for node in good.scope.nodes.values():
        entering = good.scope.entering[node.id]
        if node.kind == "endEvent" and len(entering) == 1:
            yield fault(lambda s, key=node.id: s.remove(key), ("flow-dangling", entering[0].id))


def way_to_the_end_removed(good: Good) -> Iterator[Fault]:
    for node in good.scope.nodes.values():
        entering = good.scope.entering[node.id]
        if node.kind == "endEvent" and len(entering) == 1:
            yield fault(lambda s, key=entering[0].id: s.remove(key), ("unreachable", node.id))


def part_unknown(good: Good) -> Iterator[Fault]:
    for node in good.scope.nodes.values() if good.facts.callable is not None else ():
        if node.kind == "callActivity":
            yield fault(
                lambda s, key=node.id: s.attribute(key, "calledElement", "part-nowhere"), ("call-to-nowhere", node.id)
            )


def decided_before_accepting(good: Good) -> Iterator[Fault]:
    """The start leads to the decision at once."""
    starts = [node for node in good.scope.nodes.values() if node.kind == "startEvent"]
    for node in good.steps(StepKind.DECIDE) if len(starts) == 1 else ():
        (first,) = good.scope.leaving[starts[0].id]
        spoil = lambda s, key=first.id, to=node.id: s.attribute(key, "targetRef", to)  # noqa: E731
        yield fault(spoil, ("decides-without-accepting", node.id))


def decided_again(good: Good) -> Iterator[Fault]:
    """What was granted is brought for decision once more."""
    for node in good.steps(StepKind.DECIDE):
        for flow in good.chosen("grant"):
            if good.step_before(flow) is node:
                spoil = lambda s, key=flow.id, to=node.id: s.attribute(key, "targetRef", to)  # noqa: E731
                yield fault(spoil, ("decides-twice", node.id))


def accepted_again(good: Good) -> Iterator[Fault]:
    """A decision is returned to the intake."""
    intakes = list(good.steps(StepKind.INTAKE))
    for flow in good.chosen("return") if len(intakes) == 1 else ():
        spoil = lambda s, key=flow.id, to=intakes[0].id: s.attribute(key, "targetRef", to)  # noqa: E731
        yield fault(spoil, ("decides-twice", intakes[0].id))


def ended_without_deciding(good: Good) -> Iterator[Fault]:
    """What is sent back goes to the end of those that are not accepted."""
    ends = [node for node in good.scope.nodes.values() if node.kind == "endEvent"]
    decided = {flow.target for flow in good.chosen("refuse_acceptance")}
    for flow in good.chosen("return"):
        for node in ends:
            if node.id in decided and node.id != flow.target:
                spoil = lambda s, key=flow.id, to=node.id: s.attribute(key, "targetRef", to)  # noqa: E731
                yield fault(spoil, ("ends-without-decision", node.id))


def correction_not_awaited(good: Good) -> Iterator[Fault]:
    """The applicant is told what is missing, and nobody waits for it."""
    for flow in good.chosen("request_correction"):
        step = good.step_before(flow)
        if step is not None and flow.target != step.id:
            spoil = lambda s, key=flow.id, to=step.id: s.attribute(key, "targetRef", to)  # noqa: E731
            yield fault(spoil, ("correction-not-awaited", step.id))


def special_never_ended(good: Good) -> Iterator[Fault]:
    """What was begun with a ground is passed by: the clock stands still, and the decision is made all the same."""
    for flow in good.chosen("start"):
        ending = good.scope.nodes[flow.target]
        if ending.work and ending.work.kind is StepKind.SPECIAL and len(good.scope.leaving[ending.id]) == 1:
            (out,) = good.scope.leaving[ending.id]
            spoil = lambda s, key=flow.id, to=out.target: s.attribute(key, "targetRef", to)  # noqa: E731
            decisions = [("special-without-ground", node.id) for node in good.steps(StepKind.DECIDE)]
            yield fault(spoil, *decisions)


def goes_round(good: Good) -> Iterator[Fault]:
    """Instead of ending, the last of the course goes back to what is before it: told at the first that never ends."""
    plain = not any(node.attached_to or (node.kind == "endEvent" and node.events) for node in good.scope.nodes.values())
    for node in good.scope.nodes.values() if plain else ():
        entering = good.scope.entering[node.id]
        if node.kind != "endEvent" or len(entering) != 1:
            continue
        last = entering[0]
        if len(good.scope.leaving[last.source]) == 1 and good.scope.entering[last.source]:
            back = good.scope.entering[last.source][0].source
            endless = good.endless({**{f.id: f.target for f in good.scope.flows}, last.id: back}, node.id)
            spoil = lambda s, key=last.id, to=back: s.attribute(key, "targetRef", to)  # noqa: E731
            if endless:  # where branches go side by side another end may still be reached
                yield fault(spoil, ("dead-end", endless[0]))


def connection_unknown(good: Good) -> Iterator[Fault]:
    for node in good.scope.nodes.values():
        if node.outbound and good.facts.connections is not None:
            yield fault(lambda s, key=node.id: s.ours(key, "call", "NOBODY"), ("call-to-no-connection", node.id))


# ---------------------------------------------------------------- branches
def join_takes_the_first(good: Good) -> Iterator[Fault]:
    """What was split goes on one by one: all behind it is done once a branch."""
    for kind in ("parallelGateway", "inclusiveGateway"):
        for _, join in good.gateways(kind):
            (out,) = good.scope.leaving[join.id]
            right = [("done-twice", join.id), ("done-twice", out.target)]
            yield fault(lambda s, key=join.id: s.rename(key, "exclusiveGateway"), *right)


def split_takes_one(good: Good) -> Iterator[Fault]:
    """One branch is taken, and the join waits for all."""
    for split, join in good.gateways("parallelGateway"):
        right = [("case-stuck", join.id), ("exclusive-without-condition", split.id)]
        right += [("exclusive-without-condition", flow.id) for flow in good.scope.leaving[split.id]]
        yield fault(lambda s, key=split.id: s.rename(key, "exclusiveGateway"), *right)


def branch_passes_the_join(good: Good) -> Iterator[Fault]:
    """A branch goes on without the others, and they wait for it in vain."""
    for _, join in good.gateways("parallelGateway"):
        (out,) = good.scope.leaving[join.id]
        for flow in good.scope.entering[join.id]:
            spoil = lambda s, key=flow.id, to=out.target: s.attribute(key, "targetRef", to)  # noqa: E731
            right = [("done-twice", out.target), ("case-stuck", join.id)]
            yield fault(spoil, *right)


def return_into_a_branch(good: Good) -> Iterator[Fault]:
    """What is sent back comes to the join alone: the others are not on their way again."""
    for _, join in good.gateways("parallelGateway"):
        for flow in good.chosen("return"):
            if flow.target != join.id:
                spoil = lambda s, key=flow.id, to=join.id: s.attribute(key, "targetRef", to)  # noqa: E731
                yield fault(spoil, ("case-stuck", join.id))


# ---------------------------------------------------------------- the picture
def shape_removed(good: Good) -> Iterator[Fault]:
    for node in good.scope.nodes.values():
        yield fault(lambda s, key=node.id: s.hide(key), ("layout-missing", node.id))


def edge_removed(good: Good) -> Iterator[Fault]:
    for flow in good.scope.flows:
        yield fault(lambda s, key=flow.id: s.hide(key), ("layout-missing", flow.id))


def shapes_cover_each_other(good: Good) -> Iterator[Fault]:
    steps = [node.id for node in good.steps()]
    for one, other in pairwise(steps):
        right = [("shapes-overlap", key) for key in (one, other)]
        yield fault(lambda s, one=one, other=other: s.cover(one, other), *right)


KINDS: Mapping[str, Kind] = {
    kind.__name__: kind
    for kind in (
        nobody_does_it,
        kind_removed,
        kind_misspelt,
        form_misspelt,
        department_unknown,
        window_unknown,
        limit_unreadable,
        limit_too_long,
        attribute_misspelt,
        outside_the_hall,
        ground_removed,
        ground_not_lawful_here,
        outcome_misspelt,
        outcome_dropped,
        way_of_an_outcome_removed,
        condition_not_readable,
        field_misspelt,
        condition_removed,
        label_removed,
        way_to_a_step_removed,
        end_removed,
        way_to_the_end_removed,
        part_unknown,
        decided_before_accepting,
        decided_again,
        accepted_again,
        ended_without_deciding,
        correction_not_awaited,
        special_never_ended,
        goes_round,
        connection_unknown,
        join_takes_the_first,
        split_takes_one,
        branch_passes_the_join,
        return_into_a_branch,
        shape_removed,
        edge_removed,
        shapes_cover_each_other,
    )
}


def mutations(goods: list[Good], each: int) -> list[Mutation]:
    """So many of every kind, as far as there are, from as many drawings as there are."""
    found = []
    for name, kind in KINDS.items():
        by_drawing = ([(good, one) for one in kind(good)] for good in goods)
        in_turn = (pair for pair in chain.from_iterable(zip_longest(*by_drawing)) if pair is not None)
        found += [Mutation(name, good, one, n) for n, (good, one) in enumerate(islice(in_turn, each), 1)]
    return found


# ---------------------------------------------------------------- good drawings
def shipped() -> list[Good]:
    """Every matter that comes with the program, with what an office that has all its windows knows of it."""
    folders = sorted(file.parent for file in (ROOT / "bpmn").rglob("guide.yaml"))
    bundles = {folder: called_parts_only(read_folder(folder)) for folder in folders}
    readings = {folder: read(_diagrams(bundle), folder.name.lower()) for folder, bundle in bundles.items()}
    works = [node.work for reading in readings.values() for node in nodes_of(reading.usable()) if node.work]
    facts = MatterFacts(
        departments=frozenset({w.department for w in works if w.department} | {OWN_DEPARTMENT}),
        windows=frozenset(w.window for w in works if w.window),
        matters=frozenset(folder.name for folder in folders),
        connections=frozenset(),
    )
    return [_matter(folder, bundle, readings[folder], facts) for folder, bundle in bundles.items()]


def _matter(folder: Path, bundle: Mapping[str, bytes], reading: Reading, known: MatterFacts) -> Good:
    guide = read_guide(bundle["guide.yaml"])
    forms = {
        name.removeprefix("forms/").removesuffix(".json"): read_form(body, name).keys
        for name, body in bundle.items()
        if name.startswith("forms/")
    }
    grounds = (guide.limits[kind].grounds for kind in (ClockKind.PROMISED, ClockKind.STATUTORY))
    facts = replace(
        known,
        forms=forms,
        initial=forms["application"],
        grounds=frozenset(str(ground) for some in grounds for ground in some),
        limits=frozenset(str(limit.span) for limit in guide.limits.values()),
        instant=guide.kind == "instant",
        two_person=guide.two_person,
        department=guide.department,
        promised=guide.limits[ClockKind.PROMISED],
        statutory=guide.limits[ClockKind.STATUTORY],
        time=OfficeTime(WorkCalendar.of(shipped_notices())),
        callable=frozenset(reading.usable().processes),
    )
    name = str(folder.relative_to(ROOT / "bpmn"))
    return Good(name, _diagrams(bundle), "matter.bpmn", folder.name.lower(), reading, facts)


def _diagrams(bundle: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: body for name, body in bundle.items() if name.endswith((".bpmn", ".dmn"))}


def twins() -> list[Good]:
    """The good twins of the rules."""
    return [_twin(folder) for folder in sorted(TWINS.iterdir())]


def _twin(folder: Path) -> Good:
    files = {"good.bpmn": (folder / "good.bpmn").read_bytes()}
    return Good(f"twin {folder.name}", files, "good.bpmn", None, read(files), facts_of(folder.name))
