"""Several files together: a matter and the parts that it calls become one Diagram."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..decisions import Decision, is_decisions
from ..decisions.reader import read_decisions
from ..findings import DiagramNotValid, Finding, has_errors, in_order
from ..graph import Diagram, Mark, Mended, Message, Scope
from ..tour import nodes_in
from ..vocabulary import NAMESPACE
from .events import Declared, retrievals, retrieved_by
from .faults import FAULTS, fault
from .gate import Refused, admit
from .layout import Layout, layout
from .scopes import GLOBAL_TASKS, Process, check_connections, global_task, name_the_nameless, note_unheeded, scope
from .sheet import Element, Sheet, children, is_true, local, reference, tag, text
from .unheeded import is_readable
from .waivers import waivers


@dataclass(frozen=True)
class Reading:
    """What came of it. `diagram` is None where no faithful graph could be made; the findings then say why."""

    diagram: Diagram | None
    findings: tuple[Finding, ...]

    def usable(self) -> Diagram:
        """The diagram, for those who want nothing else. Raises DiagramNotValid with every error as a fault."""
        if self.diagram is None or has_errors(self.findings):
            raise DiagramNotValid.because(self.findings)
        return self.diagram


def is_without_graph(findings: Iterable[Finding]) -> bool:
    """Whether one of these says that there is no faithful graph."""
    return any(f.rule in FAULTS and FAULTS[f.rule].no_graph for f in findings)


def read(files: Mapping[str, bytes], main: str | None = None) -> Reading:
    """Read the files as one diagram.

    files: name -> bytes, hostile until proven otherwise; the names appear in findings only, nothing is opened.
    main: id of the process that a case runs; None takes the only executable one of those that no other one calls, else the
    one of them in which the most is drawn, with a warning.
    Raises nothing: whatever is wrong with the files is a finding. A structure that cannot be a graph (an id twice, a
    flow to nowhere, no process) gives no diagram; a faulty attribute gives a diagram without it, and the finding.
    """
    findings: list[Finding] = []
    decided = _decisions(files, findings)
    sheets = list(_sheets({file: data for file, data in files.items() if not is_decisions(file)}, findings))
    drawn = _processes(sheets)
    # a refused file may hold anything: without it nothing can be said of the main process
    chosen = _main(main, drawn, sheets, findings) if not any(FAULTS[f.rule].no_graph for f in findings) else None
    layouts = {sheet.file: layout(sheet) for sheet in sheets}
    waived = tuple(waiver for sheet in sheets for waiver in waivers(sheet))
    findings += (finding for sheet in sheets for finding in sheet.findings)
    if chosen is None or any(FAULTS[f.rule].no_graph for f in findings):
        return Reading(None, in_order(findings))
    processes = {found.id: found for found in drawn.values()}
    drawing, home = Layout(), processes[chosen].at.file
    for file, found in layouts.items():
        drawing.take(found, file, home)
    diagram = Diagram(
        chosen,
        processes,
        _messages(sheets),
        _correlation_keys(sheets),
        drawing.shapes,
        drawing.edges,
        tuple(files),
        drawing.labels,
        drawing.bands,
        tuple(mend for sheet in sheets for mend in _mended(sheet)),
        decisions=decided,
        waivers=waived,
    )
    return Reading(diagram, in_order(findings))


def _decisions(files: Mapping[str, bytes], findings: list[Finding]) -> dict[str, Decision]:
    """The decisions of all DMN files; one id in two files is a finding."""
    decided = dict[str, Decision]()
    for file, data in files.items():
        if not is_decisions(file):
            continue
        found, faults = read_decisions(file, data)
        findings += faults
        findings += [fault("decision-id-unclear", found[key].at, key, id=key) for key in found if key in decided]
        decided = {**found, **decided}
    return decided


def _sheets(files: Mapping[str, bytes], findings: list[Finding]) -> Iterator[Sheet]:
    for file, data in files.items():
        try:
            yield Sheet(admit(file, data))
        except Refused as refused:
            findings.append(refused.finding)


def _processes(sheets: list[Sheet]) -> dict[Element, Scope]:
    """Every process by its element; one whose id is missing or taken is left out, with a finding."""
    for sheet in sheets:
        name_the_nameless(sheet)
    elements = [(sheet, element) for sheet in sheets for element in children(sheet.root, "process", *GLOBAL_TASKS)]
    first: dict[str, Sheet] = {}
    kept: list[tuple[Sheet, Element]] = []
    for sheet, element in elements:
        key = element.get("id")
        if key in first:
            sheet.complain("process-id-duplicate", element, id=key, other=first[key].file)
        else:
            first[key] = sheet
            kept.append((sheet, element))
    known = frozenset(first)
    declared = {sheet: Declared.of(sheet) for sheet in sheets}
    for sheet, found in declared.items():
        for element in (*found.named.values(), *children(sheet.root, "correlationProperty")):
            note_unheeded(element, sheet)
    around = [(element, Process.around(element, sheet, declared[sheet], known)) for sheet, element in kept]
    drawn = {
        element: (scope if tag(element) == "process" else global_task)(element, process) for element, process in around
    }
    for element, process in around:
        check_connections(drawn[element], process)
    _check_shared_ids([(drawn[element], process) for element, process in around])
    return drawn


def _check_shared_ids(drawn: list[tuple[Scope, Process]]) -> None:
    seen: dict[tuple[Sheet, str], str] = {}
    for found, process in drawn:
        for key in process.drawn:
            other = seen.setdefault((process.sheet, key), found.id)
            if other != found.id:
                process.sheet.complain_at("id-in-two-processes", found.at, key, id=key, other=other)


def _main(main: str | None, drawn: dict[Element, Scope], sheets: list[Sheet], findings: list[Finding]) -> str | None:
    start = sheets[0].at(sheets[0].root) if sheets else Mark("", 1, 1)
    known = {found.id: element for element, found in drawn.items()}
    if main is not None and main not in known:
        findings.append(fault("main-process-missing", start, main, id=main, known="、".join(known) or "没有"))
        return None
    if not known:
        findings.append(fault("process-missing", start, _root_id(sheets)))
        return None
    return main or _most_likely(known, drawn, findings)


def _root_id(sheets: list[Sheet]) -> str:
    """What there is to point at in files without any process."""
    return next((sheet.root.get("id") or "definitions" for sheet in sheets), "")


def _most_likely(known: dict[str, Element], drawn: dict[Element, Scope], findings: list[Finding]) -> str:
    """Of the processes with something in them that no other one calls, the only executable one; else the fullest."""
    called = {node.called for found in drawn.values() for node in nodes_in(found) if node.called != found.id}
    filled = [key for key, element in known.items() if drawn[element].nodes and tag(element) == "process"]
    candidates = [key for key in filled if key not in called] or filled or list(known)
    executable = [key for key in candidates if is_true(known[key], "isExecutable")]
    if len(candidates) == 1 or len(executable) == 1:
        return (executable or candidates)[0]
    chosen = max(executable or candidates, key=lambda key: sum(1 for _ in nodes_in(drawn[known[key]])))
    at = drawn[known[chosen]].at
    findings.append(fault("main-process-unclear", at, chosen, known="、".join(candidates), chosen=chosen))
    return chosen


def _mended(sheet: Sheet) -> Iterator[Mended]:
    """The traces that repairs have left."""
    for trace in sheet.root.iter(f"{{{NAMESPACE}}}repair"):
        holder = trace.getparent().getparent() if trace.getparent() is not None else None
        if holder is not None:
            is_open = trace.get("confirmed", "true") != "true"
            yield Mended(
                holder.get("id") or local(holder), trace.get("kind", ""), sheet.at(holder), is_open, text(trace) or ""
            )


def _messages(sheets: list[Sheet]) -> dict[str, Message]:
    messages: dict[str, Message] = {}
    for sheet in sheets:
        declared = Declared.of(sheet)
        keys = _retrieved(sheet, declared)
        for element in (e for e in declared.named.values() if tag(e) == "message"):
            name = declared.name(element.get("id"), "message") or ""
            deep = {local(inner): text(inner) for inner in element.iter("{*}messagePayload", "{*}messageVariable")}
            before = messages.get(name, Message())
            messages[name] = Message(
                before.payload or deep.get("messagePayload"),
                before.variable or deep.get("messageVariable"),
                {**before.keys, **keys.get(name, {})},
                before.id or element.get("id"),
                before.at or sheet.at(element),
            )
    return messages


def _retrieved(sheet: Sheet, declared: Declared) -> dict[str, dict[str, str]]:
    """Message name -> correlation property -> text that takes it from the payload."""
    found: dict[str, dict[str, str]] = {}
    for prop in sheet.root.iter("{*}correlationProperty"):
        for how in retrievals(prop):
            name = declared.name(how.get("messageRef"), "message")
            path = retrieved_by(how)
            if name and is_readable(path) and prop.get("id"):
                found.setdefault(name, {})[prop.get("id")] = path or ""
    return found


def _correlation_keys(sheets: list[Sheet]) -> dict[str, tuple[str, ...]]:
    keys = (key for sheet in sheets for key in sheet.root.iter("{*}correlationKey"))
    return {
        key.get("name") or key.get("id") or "": tuple(
            filter(None, (reference(text(ref)) for ref in key if local(ref) == "correlationPropertyRef"))
        )
        for key in keys
    }
