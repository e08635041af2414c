"""What the designer's page and its script tell each other: the files of a drawing as texts, and what may be chosen for it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from marshmallow import fields

from engine.catalogue import (
    APPLICATION,
    DIAGRAM,
    GUIDE,
    OWN_DEPARTMENT,
    Bundle,
    BundleNotReadable,
    Move,
    export,
    gather,
    pack,
)
from engine.clock import GROUND_NAMES
from engine.connections import open_codes
from engine.diagrams import (
    KIND_NAMES,
    MENDS,
    NODE_NAMES,
    OUTCOME_LABELS,
    OUTCOMES,
    PLACE_NAMES,
    Diagram,
    Finding,
    Severity,
    TimeProof,
    Way,
    as_text,
    drawn_names,
    played,
    read,
)
from engine.errors import Fault
from engine.people import Office, departments, windows
from engine.store import Tx

from ..noun import Strict
from ..schemas import Asked, one_of, text, whole

BIGGEST = 5 * 1024 * 1024
_NAME = re.compile(
    r"matter\.bpmn|guide\.yaml|forms/[^/\\]{1,80}\.json|parts/[^/\\]{1,80}\.bpmn|decisions/[^/\\]{1,80}\.dmn"
)
MESSAGES = {"correction_received": "收到补正材料"}
FIELDS = {
    **dict.fromkeys(("step-without-kind", "kind-unknown", "call-of-kind"), "kind"),
    **dict.fromkeys(("step-unnamed", "name-twice", "choice-unlabelled"), "name"),
    **dict.fromkeys(("work-before-acceptance", "work-after-decision", "fee-not-published"), "kind"),
    "step-without-window": "department",
    "limit-unreadable": "limit",
    **dict.fromkeys(("form-unknown", "call-not-by-hand", "refusal-without-reason"), "form"),
    **dict.fromkeys(("visit-without-record", "field-shadows"), "form"),
    **dict.fromkeys(("outcome-unknown", "outcome-duplicate", "outcome-without-way"), "outcomes"),
    **dict.fromkeys(("special-without-ground", "ground-misplaced"), "ground"),
    **dict.fromkeys(("outside-the-hall", "place-unknown"), "place"),
    **dict.fromkeys(("condition-not-understood", "outcome-never-given", "exclusive-without-condition"), "condition"),
    **dict.fromkeys(("condition-asks-unknown", "default-with-condition"), "condition"),
    "call-to-nowhere": "called",
    **dict.fromkeys(("call-to-no-connection", "call-unreadable"), "call"),
    "call-sends-unknown": "sends",
    "legal-limit-as-timer": "timer",
}
"""The field of the panel at which a finding of a rule is told."""
SEVERITIES = {Severity.ERROR: ("e", "错误"), Severity.WARNING: ("w", "提醒"), Severity.INFO: ("i", "说明")}


# ---------------------------------------------------------------- what a script sends
def _files(**more: Any) -> fields.Dict:
    return fields.Dict(keys=text(120), values=text(BIGGEST, lines=True), **more)


class Drawn(Asked):
    """A drawing as it stands in the browser. matter: its code, empty for a new one; base: the version it was made from."""

    files = _files(required=True)
    matter = text(20, load_default="")
    base = whole(1, load_default=None, allow_none=True)


class OneMove(Asked):
    what = text(20, required=True)
    token = text(60, load_default="")
    choice = text(200, load_default="")
    facts = fields.Dict(keys=text(80), values=fields.Raw(), load_default=dict)


class Walking(Drawn):
    moves = fields.List(fields.Nested(OneMove), load_default=list)


class Mending(Drawn):
    """A quick fix: its name and the element, in one of the files."""

    file = text(120, required=True)
    fix = text(60, required=True)
    element = text(200, required=True)


class Publishing(Drawn):
    note = text(500, lines=True, load_default="")
    over = whole(1, load_default=None, allow_none=True)


class Choosing(Asked):
    """What is asked of an address."""

    version = whole(1, load_default=None)
    published = whole(1, load_default=None)
    kind = one_of("bpmn", "zip", load_default="zip")


class Comparing(Asked):
    """Two numbers of a matter's versions; the two newest where none is told."""

    old = whole(1, load_default=None)
    new = whole(1, load_default=None)


@dataclass(frozen=True)
class Brought:
    """A drawing that came with a request, as the bytes that would be published."""

    matter: str
    base: int | None
    bundle: Bundle
    more: Mapping[str, Any]

    @property
    def moves(self) -> list[Move]:
        return [Move(**move) for move in self.more.get("moves", ())]


def brought(tx: Tx, of: Office, shape: type[Drawn] = Drawn, *, faithful: bool = True) -> Brought:
    """What the script sent. Raises RequestNotValid for another shape, BundleNotReadable for files that no matter has.

    faithful: a file whose text is that of the version it was made from keeps that version's very bytes, whatever encoding
    these are in; a check need not.
    """
    given = Strict().parse(shape(), request, location="json")
    files, matter, base = given.pop("files"), given.pop("matter"), given.pop("base")
    strangers = [name for name in files if not _NAME.fullmatch(name)]
    faults = [Fault(name, f"“{name}”不是事项的文件", "去掉这个文件") for name in strangers]
    faults += [Fault(name, f"缺少 {name}", "补上这个文件") for name in (DIAGRAM, GUIDE) if name not in files]
    if faults:
        raise BundleNotReadable(faults=faults, count=len(faults))
    before = export(tx, of, matter, base)[1] if faithful and matter and base else {}
    kept = {name: body for name, body in before.items() if name in files and files[name] == text_of(name, body)}
    return Brought(matter, base, {name: kept.get(name) or body.encode() for name, body in files.items()}, given)


def text_of(name: str, body: bytes) -> str | None:
    """A file as the browser gets it; None where it is no text."""
    if name.endswith((".bpmn", ".dmn")):
        return as_text(body)
    try:
        return body.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None


def uploaded() -> dict[str, bytes]:
    """The files of an upload form as a bundle. Raises BundleNotReadable."""
    return gather(*({f.filename: f.read()} for f in request.files.getlist("files") if f.filename))


# ---------------------------------------------------------------- carried in a form, where there is no script
def folded(bundle: Bundle) -> str:
    """A bundle in a hidden field: nothing is kept between two pages."""
    return base64.b64encode(pack(bundle)).decode()


def unfolded(field: str) -> dict[str, bytes]:
    """The bundle of such a field. Raises BundleNotReadable."""
    try:
        return gather({"bundle.zip": base64.b64decode(field, validate=True)})
    except (binascii.Error, ValueError) as broken:
        fault = Fault("", "提交的文件不完整", "重新上传")
        raise BundleNotReadable(faults=[fault], count=1) from broken


# ---------------------------------------------------------------- what a page shows
@dataclass(frozen=True)
class Line:
    """One finding as a page lists it: its number is the one on the canvas."""

    number: int
    mark: str
    level: str
    finding: Finding
    where: str
    drawn: bool
    way: str = ""
    """How it comes about, as the script plays it on the canvas; empty where there is nothing to play."""

    @property
    def mend(self) -> str:
        """What one press of a button would do about it; empty where a person has to."""
        found = MENDS.get(self.finding.fix) if self.drawn else None
        return found.words if found else ""


def lines(findings: Iterable[Finding], diagram: Diagram | None) -> list[Line]:
    """The findings in the order of their numbers: errors first, else as they come."""
    names = drawn_names(diagram) if diagram else {}
    ranks = list(SEVERITIES)
    found = sorted(findings, key=lambda f: (ranks.index(f.severity), f.file != DIAGRAM))
    return [
        Line(
            number,
            *SEVERITIES[f.severity],
            f,
            (names.get((f.file, f.element)) or f.element if f.file.endswith(".bpmn") else "") or file_words(f.file),
            f.file.endswith(".bpmn") and bool(f.element),
            playable(f.way, diagram, names) if f.way and diagram else "",
        )
        for number, f in enumerate(found, 1)
    ]


def playable(way: Way, diagram: Diagram, names: Mapping[tuple[str, str], str]) -> str:
    """A way as the page's script plays or marks it; empty where there is nothing to show."""
    stops = [vars(stop) for stop in played(diagram, way, names)]
    left = {element: name for (_, element), name in names.items() if element in way.standing}
    last = "".join(f"“{left.get(key, key)}”" for key in way.standing)
    told = {"stops": stops, "standing": way.standing, "last": f"。最后在{last}" if last else ""}
    return json.dumps(told, ensure_ascii=False) if stops else ""


def critical(proof: TimeProof | None, diagram: Diagram | None) -> tuple[str, str]:
    """The longest course that the limits of the steps make, for the canvas and in words; two empty texts where there is none."""
    against = proof and (proof.straight.promised or proof.straight.statutory)
    if not against or diagram is None:
        return "", ""
    return playable(against.way, diagram, drawn_names(diagram)), str(against.way)


def file_words(name: str) -> str:
    """What people call a file of a bundle."""
    if name.startswith("parts/"):
        return f"部件 {name.removeprefix('parts/').removesuffix('.bpmn')}"
    if name.startswith("forms/"):
        key = name.removeprefix("forms/").removesuffix(".json")
        return "申请表单" if key == APPLICATION else f"表单 {key}"
    return {DIAGRAM: "流程图", GUIDE: "办事指南"}.get(name, name)


def choices(tx: Tx, of: Office, parts: Bundle) -> dict[str, Any]:
    """All that the panel of an element offers."""
    return {
        "kinds": [
            {"code": kind, "name": name, "outcomes": [{"code": o, "label": OUTCOME_LABELS[o]} for o in OUTCOMES[kind]]}
            for kind, name in KIND_NAMES.items()
        ],
        "departments": [{"code": code, "name": name} for code, name in departments(tx, of.id).items()],
        "windows": [{"code": w.code, "name": w.name, "department": w.department} for w in windows(tx, of.id)],
        "own": {"code": OWN_DEPARTMENT, "name": "本事项的部门"},
        "places": [{"code": place, "name": name} for place, name in PLACE_NAMES.items()],
        "grounds": [{"code": ground, "name": name} for ground, name in GROUND_NAMES.items()],
        "messages": [{"code": code, "name": name} for code, name in MESSAGES.items()],
        "calls": [
            {"code": process.id, "name": process.name, "file": name}
            for name, body in parts.items()
            if (diagram := read({name: body}).diagram)
            for process in diagram.processes.values()
        ],
        "connections": [{"code": code, "name": name} for code, name in open_codes(tx, of.id).items()],
        "nodes": dict(NODE_NAMES),
        "fields": FIELDS,
    }
