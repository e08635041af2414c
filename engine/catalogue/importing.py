"""Somebody else's drawing becomes a draft: read, compiled, mended by name where that is possible, else refused by element and line.

Nothing is stored and nothing is asked of a database. What a person has still to confirm stops the draft at publishing, not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..diagrams import (
    Diagram,
    Finding,
    Reading,
    Repair,
    Severity,
    find_places,
    forms_of,
    is_decisions,
    is_without_graph,
    lint_structure,
    nodes_of,
    read,
    repair,
)
from ..errors import Fault
from ..runtime import Plan, Refused, compile

MOST_ROUNDS = 25
"""A repair may bring to light what stood behind it; each round mends all that it sees, so real files need two or three."""
_ASKED_ALSO = frozenset(
    {
        "service-implementation",
        "reference-undeclared",
        "listener-not-carried",
        "meaning-not-carried",
        "assignment-foreign",
    }
)
"""Warnings that a repair puts into the file, where a person sees and confirms them."""
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)((?:\s[^<>]*)?)>")
_ID = re.compile(r"""\sid\s*=\s*["']([^"'<>&]+)["']""")


@dataclass(frozen=True)
class Imported:
    """What became of a file. result: imported (as it is), repaired, refused.

    findings: what was found in the file as it came, its places in it. repairs: those of this file and of the files that it
    calls. files: the drawing with its repairs and the files that it calls, by name; of what was refused the files as they came.
    """

    file: str
    result: str
    findings: tuple[Finding, ...]
    repairs: tuple[Repair, ...]
    files: Mapping[str, bytes]
    diagram: Diagram | None
    plan: Plan | None

    @property
    def forms(self) -> dict[str, bytes]:
        """The forms that are drawn inside the steps, as files of a matter: what the repair `assignment` refers to."""
        return forms_of(self.diagram) if self.diagram else {}

    def told(self) -> dict[str, Any]:
        """For machines: only what concerns the file itself."""
        return {
            "file": self.file,
            "result": self.result,
            "findings": [_told(finding) for finding in self.findings if finding.file == self.file],
            "repairs": [
                {"kind": made.kind, "element": made.element, "confirm": made.confirm}
                for made in self.repairs
                if made.file == self.file
            ],
        }


def _told(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "level": str(finding.severity),
        "element": finding.element,
        "line": finding.line,
        "column": finding.column,
        "message": f"{finding.sentence}{finding.remedy}",
    }


def import_diagram(files: Mapping[str, bytes], main: str | None = None) -> Imported:
    """Import the first of these files; the others are taken where it calls a process that they draw.

    main: id of the process that a case would run; None takes the likeliest of the first file. Raises nothing for what is in
    the files, whatever it is.
    """
    if not files:
        raise ValueError("no file to import")
    draft = _Draft(dict(files), main)
    while not draft.settled():
        draft.rounds += 1
    return draft.imported()


class _Draft:
    """A drawing on its way in. taken: the first file and those that it calls, as they are mended by now."""

    def __init__(self, files: Mapping[str, bytes], main: str | None) -> None:
        self.files, self.main = files, main
        self.file = next(iter(files))
        self.taken = {self.file: files[self.file]}
        self.rounds = 0
        self.found = dict[tuple[str, str, str, str], Finding]()
        self.repairs: list[Repair] = []
        self.reading = Reading(None, ())
        self.marks = dict[str, Mapping[str, tuple[int, int]]]()
        self.plan: Plan | None = None

    def settled(self) -> bool:
        """Read and compile what there is, and mend what can be mended; true when there is nothing left to do."""
        self.reading = self.read()
        findings = [*self.reading.findings]
        if self.reading.diagram is not None:
            findings += self.compiled(self.reading.diagram)
        self.note(findings)
        wanted = [f.fault() for f in findings if f.severity is Severity.ERROR or f.rule in _ASKED_ALSO]
        made = (
            [self.mended(file, wanted) for file in self.taken if not is_decisions(file)]
            if wanted and self.rounds < MOST_ROUNDS
            else []
        )
        return not any(made)

    def read(self) -> Reading:
        """The first file, with the files that it calls."""
        reading = read(self.taken, self.main or self.own_main())
        while reading.diagram is not None and (called := self.called(reading.diagram)):
            self.taken |= called
            reading = read(self.taken, reading.diagram.main)
        if reading.diagram is not None and (asked := self.asked(reading.diagram)):
            self.taken |= asked
            reading = read(self.taken, reading.diagram.main)
        return reading

    def asked(self, diagram: Diagram) -> dict[str, bytes]:
        """The files of the decisions that are asked and not here."""
        wanted = {node.decision.ref for node in nodes_of(diagram) if node.decision} - diagram.decisions.keys()
        others = {file: body for file, body in self.files.items() if file not in self.taken and is_decisions(file)}
        written = [f"{quote}{ref}{quote}".encode() for ref in wanted if ref for quote in "\"'"]
        return {file: body for file, body in others.items() if any(key in body for key in written)}

    def own_main(self) -> str | None:
        """The likeliest process of the first file, where others stand beside it."""
        if len(self.taken) == 1:
            return None
        alone = read({self.file: self.taken[self.file]}).diagram
        return alone.main if alone else None

    def called(self, diagram: Diagram) -> dict[str, bytes]:
        """The next file that draws a process which is called and not here."""
        wanted = {node.called for node in nodes_of(diagram) if node.kind == "callActivity" and node.called}
        for name in sorted(wanted - diagram.processes.keys()):
            plain = name.rpartition(":")[2]
            for file, body in self.files.items():
                if file in self.taken or is_decisions(file) or plain.encode() not in body:
                    continue
                other = read({file: body}).diagram
                if other and plain in other.processes and not other.processes.keys() & diagram.processes.keys():
                    return {file: body}
        return {}

    def compiled(self, diagram: Diagram) -> list[Finding]:
        """What the compiler refuses, and the rules of structure."""
        self.plan = None
        try:
            self.plan = compile(diagram)
        except Refused as refused:
            return [_finding(fault, self.file) for fault in refused.faults]
        except Exception as error:  # a fault of ours must not take the others' files with it
            at = diagram.processes[diagram.main].at
            return [
                Finding(
                    "import-error",
                    Severity.ERROR,
                    at.file,
                    at.line,
                    at.column,
                    diagram.main,
                    f"导入自身出错（{type(error).__name__}），没有查完。",
                    "请把流程图文件交给系统维护人员。",
                )
            ]
        return list(lint_structure(diagram))

    def mended(self, file: str, wanted: list[Fault]) -> bool:
        done = repair(self.taken[file], file, wanted)
        self.taken[file] = done.body
        self.repairs += [replace(made, file=file) for made in done.repairs]
        return bool(done.repairs)

    def note(self, findings: list[Finding]) -> None:
        """Everything once, at its place in the file as it came. What the rules say of a repair of ours is no news."""
        for finding in findings:
            key = (finding.file, finding.rule, finding.element, finding.sentence)
            if key not in self.found and not (self.rounds and finding.rule == "repair-unconfirmed"):
                self.found[key] = self.placed(finding) if self.rounds else finding

    def placed(self, finding: Finding) -> Finding:
        line, column = self.places(finding.file).get(finding.element, (finding.line, finding.column))
        return replace(finding, line=line, column=column)

    def places(self, file: str) -> Mapping[str, tuple[int, int]]:
        """Of everything in a file as it came."""
        if file not in self.marks:
            self.marks[file] = find_places(self.files[file], file) if file in self.files else {}
        return self.marks[file]

    def imported(self) -> Imported:
        refused = self.plan is None or is_without_graph(self.reading.findings)
        findings = sorted(
            map(self.pointed, self.found.values()), key=lambda f: (f.file != self.file, f.file, f.line, f.column)
        )
        if refused:
            came = {file: self.files[file] for file in self.taken}
            return Imported(self.file, "refused", tuple(findings), (), came, None, None)
        repairs = tuple(replace(made, line=self.line(made)) for made in self.repairs)
        own = any(made.file == self.file for made in repairs)
        result = "repaired" if own else "imported"
        return Imported(self.file, result, tuple(findings), repairs, dict(self.taken), self.reading.diagram, self.plan)

    def line(self, made: Repair) -> int:
        return self.places(made.file).get(made.element, (made.line, 1))[0] if made.element else made.line

    def pointed(self, finding: Finding) -> Finding:
        """A finding always names something, and a line: where it is of the file as a whole, the file's outermost element."""
        file = finding.file or self.file
        element = finding.element or _outermost(self.files.get(file, b""))
        return replace(finding, file=file, element=element, line=max(finding.line, 1), column=max(finding.column, 1))


def _finding(fault: Fault, file: str) -> Finding:
    return Finding(
        fault.code,
        Severity.ERROR,
        fault.file or file,
        max(fault.line, 1),
        max(fault.column, 1),
        fault.place,
        fault.sentence,
        fault.remedy,
    )


def _outermost(body: bytes) -> str:
    """The id of a file's first element, or its name; `definitions`, which is missing, where there is none."""
    root = next(_starts(body), None)
    if root is None:
        return "definitions"
    found = _ID.search(root[2])
    return found[1] if found else root[1]


def _starts(body: bytes) -> Iterator[re.Match[str]]:
    text = body[:20_000].replace(b"\0", b"").decode("utf-8", "replace")
    return _ROOT.finditer(text)
