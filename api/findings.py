"""Findings on their way out of `lianshen lint`: as text for people, as JSON, as SARIF 2.1.0 for tools that show findings beside the
files, and as the annotations of workflow runs."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from engine.catalogue import all_rules
from engine.diagrams import Diagram, Finding, Mark, Rule, Severity, Station, scopes_of

SEVERITY_NAMES: Mapping[Severity, str] = {Severity.ERROR: "错误", Severity.WARNING: "提醒", Severity.INFO: "说明"}
_PAGES = Path(__file__).parent.parent / "docs" / "rules"
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SARIF_LEVELS: Mapping[Severity, str] = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "note",
}
_COMMANDS: Mapping[Severity, str] = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "notice",
}


@dataclass(frozen=True)
class Looked:
    """What was looked at as one: a matter, or a file by itself. diagram: None where none could be read; it knows the places of what
    a way passes."""

    findings: tuple[Finding, ...]
    diagram: Diagram | None


def line(f: Finding) -> str:
    """One finding in one line."""
    return (
        f"{f.file}:{f.line}:{f.column}: {SEVERITY_NAMES[f.severity]} {f.rule} [{f.element}] {f.sentence} —— {f.remedy}"
    )


# ---------------------------------------------------------------- for people
def as_text(looked: Sequence[Looked]) -> str:
    """File by file: the place as editors understand it, the sentence, and below it the remedy and the way that shows it."""
    found = _all(looked)
    by_file = [list(some) for _, some in groupby(found, key=lambda f: f.file)]
    blocks = [
        "\n".join(told for f in some for told in (_head(f), *(f"    {more}" for more in _below(f)))) for some in by_file
    ]
    return "\n\n".join([*blocks, _count(found)])


def _head(f: Finding) -> str:
    at = f" [{f.element}]" if f.element else ""
    return f"{f.file}:{f.line}:{f.column}: {SEVERITY_NAMES[f.severity]} {f.rule}{at} {f.sentence}"


def _below(f: Finding) -> Iterator[str]:
    """The remedy, and the way where the sentence does not tell it already."""
    if f.remedy and f.waived is None:
        yield f"改法：{f.remedy}"
    if f.way is not None and str(f.way) not in f.sentence:
        yield f"走法：{f.way}"


def _count(found: Sequence[Finding]) -> str:
    """`3 处：错误 1，提醒 2（已豁免 1）`"""
    if not found:
        return "没有发现问题"
    counts, waived = Counter(f.severity for f in found), sum(1 for f in found if f.waived)
    kinds = "，".join(f"{name} {counts[severity]}" for severity, name in SEVERITY_NAMES.items() if counts[severity])
    return f"{len(found)} 处：{kinds}" + (f"（已豁免 {waived}）" if waived else "")


# ---------------------------------------------------------------- for programs
def as_json(looked: Sequence[Looked]) -> str:
    """An array, one object a finding, as the fields of `Finding` are called; dates as 2026-12-31."""
    return json.dumps([asdict(f) for f in _all(looked)], ensure_ascii=False, indent=1, default=str)


# ---------------------------------------------------------------- workflow runs
def as_annotations(looked: Sequence[Looked]) -> str:
    """One line a finding: `::error file=…,line=…,col=…,title=…::…`. Nothing where nothing was found."""
    return "\n".join(_annotation(f) for f in _all(looked))


def _annotation(f: Finding) -> str:
    told = {
        "file": f.file,
        "line": f.line,
        "col": f.column,
        "title": f"{f.rule} [{f.element}]" if f.element else f.rule,
    }
    properties = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in told.items())
    return f"::{_COMMANDS[f.severity]} {properties}::{_escaped(chr(10).join([f.sentence, *_below(f)]))}"


def _escaped(text: str, also: str = "") -> str:
    """As the commands of a workflow are read: a line end would end the command, `:` and `,` a property."""
    for sign in f"%\r\n{also}":
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


# ---------------------------------------------------------------- SARIF
def as_sarif(looked: Sequence[Looked]) -> str:
    """One run with all rules of this release, whether they found something or not."""
    known = {rule.code: _descriptor(rule) for rule in all_rules()}
    found = [(f, one.diagram) for one in looked for f in one.findings]
    known |= {f.rule: {"id": f.rule} for f, _ in found if f.rule not in known}
    numbers = {code: number for number, code in enumerate(known)}
    driver = {
        "name": "lianshen",
        "fullName": "联审 lianshen lint",
        "version": metadata.version("lianshen"),
        "language": "zh-CN",
        "rules": list(known.values()),
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, numbers[f.rule], _places(diagram)) for f, diagram in found],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1)


def _descriptor(rule: Rule) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": rule.code,
        "shortDescription": {"text": rule.title},
        "defaultConfiguration": {"level": _SARIF_LEVELS[rule.severity]},
    }
    page = _page(rule)
    if page:
        told["fullDescription"] = {"text": _section(page, "为什么") or rule.title}
        told["help"] = {"text": page, "markdown": page}
    return told


def _page(rule: Rule) -> str:
    """The page of a rule without its links, which lead nowhere elsewhere; nothing where the documents do not lie beside the
    program."""
    page = _PAGES / f"{rule.code}.md"
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", page.read_text("utf-8")) if page.is_file() else ""


def _section(page: str, heading: str) -> str:
    """The text below a heading of a page."""
    found = re.search(rf"^## {heading}\n+(.*?)(?=\n## |\Z)", page, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def _message(text: str) -> dict[str, str]:
    """A sentence as SARIF writes one: a brace twice, else it would be a place to fill; what looks like a link is none, for names and
    conditions come from the drawing."""
    text = text.replace("](", "\\](") if "](" in text else text
    return {"text": text.replace("{", "{{").replace("}", "}}")}


Places = Mapping[tuple[str, str], Mark]


def _places(diagram: Diagram | None) -> Places:
    """Where every node and flow is written, by scope and id."""
    found = dict[tuple[str, str], Mark]()
    for scope in scopes_of(diagram) if diagram else ():
        found |= {(scope.id, node.id): node.at for node in scope.nodes.values()}
        found |= {(scope.id, flow.id): flow.at for flow in scope.flows}
    return found


def _result(f: Finding, number: int, places: Places) -> dict[str, Any]:
    told: dict[str, Any] = {
        "ruleId": f.rule,
        "ruleIndex": number,
        "level": _SARIF_LEVELS[f.waived.severity if f.waived else f.severity],
        "message": _message(f"{f.sentence}{f.remedy}"),
        "locations": [_location(f.file, f.line, f.column, f.element)],
    }
    if f.way is not None and f.way.passed:
        stations = [{"location": _station(one, places)} for one in f.way.passed]
        told["codeFlows"] = [{"message": _message(str(f.way) or f.sentence), "threadFlows": [{"locations": stations}]}]
    if f.waived is not None:
        where = _location(f.file, f.waived.line, f.waived.column, "")
        until = f"{f.waived.reason}（到 {f.waived.until}）"
        told["suppressions"] = [{"kind": "inSource", "justification": until, "location": where}]
    return told


def _station(station: Station, places: Places) -> dict[str, Any]:
    at = places.get((station.scope, station.element))
    where = (
        _location(at.file, at.line, at.column, station.element)
        if at
        else {"logicalLocations": [_named(station.element)]}
    )
    return {**where, "message": _message(station.told or station.element)}


def _location(file: str, line: int, column: int, element: str) -> dict[str, Any]:
    region = {"startLine": max(line, 1), "startColumn": max(column, 1)}
    where: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _uri(file)}, "region": region}}
    return {**where, "logicalLocations": [_named(element)]} if element else where


def _named(element: str) -> dict[str, str]:
    return {"name": element, "kind": "element"}


def _uri(file: str) -> str:
    """A path as it is written in a URI: relative ones stay relative to where the command ran."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))


def _all(looked: Iterable[Looked]) -> list[Finding]:
    return [f for one in looked for f in one.findings]


FORMATS: Mapping[str, Callable[[Sequence[Looked]], str]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "annotations": as_annotations,
}
