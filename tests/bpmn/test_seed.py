"""The shipped matters: every file is readable, speaks our vocabulary, shows its sources, and is drawn well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

import bpmn
from engine.clock import ClockKind, limits_from_catalogue
from engine.diagrams import NAMESPACE, OUTCOMES, MatterFacts, StepKind, describe, lint_files
from engine.runtime import Process, compile
from forms import FieldType, read_form

SEED = Path(next(iter(bpmn.__path__)))
MATTERS = (
    *("AJ01", "CG01", "CG02", "GH01", "GH02", "GH03", "GH04", "GH05", "GY01", "GY02", "HP01", "HP02", "HP03"),
    *("JN01", "LY01", "PS01", "QX01", "RF01", "SC01", "SL01", "SL02", "SL03", "TZ01", "TZ02", "TZ03", "WW01"),
    *("XF01", "XF02", "YL01", "YZ01", "ZJ01", "ZJ04", "ZJ05", "ZJ06", "ZR01", "ZR02", "ZR03"),
)
STAGES = tuple(f"{route}0{n}" for route in ("BA", "HZ") for n in (1, 2, 3, 4))
FOLDERS = (*MATTERS, *STAGES)
PARTS = {"part-certificate": "parts/certificate.bpmn", "part-delivery": "parts/delivery.bpmn"}
COUNTY = "county/LY01/matter.bpmn"
"""What a county draws otherwise: reviewed there, decided by the city."""
DIAGRAMS = tuple(sorted((*(f"{code}/matter.bpmn" for code in FOLDERS), COUNTY, *PARTS.values())))
DEPARTMENTS = (
    *("ndrc", "nr", "hurd", "samr", "ee", "for", "cad", "met", "urb", "police", "wat", "em", "cul", "archives"),
    *("water_co", "power_co"),
)
WINDOWS = {d: (f"{d}-1",) for d in DEPARTMENTS} | {
    "nr": ("nr-1", "nr-2"),
    "hurd": ("hurd-1", "hurd-2"),
    "gsc": ("joint-1",),
}
OWN_DEPARTMENT = "@matter"
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SOURCES = ("S", "G", "P")
BPMN, BPMNDI, DC, DI = (
    f"{{http://www.omg.org/spec/{name}}}"
    for name in ("BPMN/20100524/MODEL", "BPMN/20100524/DI", "DD/20100524/DC", "DD/20100524/DI")
)
OURS = f"{{{NAMESPACE}}}"
NODES = (
    *("startEvent", "endEvent", "intermediateCatchEvent", "exclusiveGateway", "parallelGateway", "userTask"),
    *("callActivity", "inclusiveGateway"),
)
TAKEN_ALONG = ("opinion", "countersign")
"""Kinds whose answer changes nothing on the way: it is collected and weighed later."""


# ---------------------------------------------------------------- reading
@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    def meets(self, other: Box) -> bool:
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def meets_diamond(self, around: Box) -> bool:
        """Whether this box meets the square on its corner that is drawn in the box `around` of a gateway."""
        x, y = around.centre
        away_x = max(self.x - x, 0, x - self.right)
        away_y = max(self.y - y, 0, y - self.bottom)
        return away_x + away_y < around.width / 2

    def has_on_border(self, point: tuple[float, float]) -> bool:
        x, y = point
        inside = self.x <= x <= self.right and self.y <= y <= self.bottom
        return inside and (x in (self.x, self.right) or y in (self.y, self.bottom))


@cache
def root(file: str) -> ElementTree.Element:
    return ElementTree.parse(SEED / file).getroot()


def tag(element: ElementTree.Element) -> str:
    return element.tag.removeprefix(BPMN)


def nodes(file: str) -> dict[str, ElementTree.Element]:
    return {e.get("id", ""): e for e in root(file).find(f"{BPMN}process") or () if tag(e) in NODES}


def flows(file: str) -> list[ElementTree.Element]:
    return list(root(file).iter(f"{BPMN}sequenceFlow"))


def steps(file: str) -> dict[str, ElementTree.Element]:
    return {key: node for key, node in nodes(file).items() if tag(node) == "userTask"}


def outcomes(step: ElementTree.Element) -> list[str]:
    """The drawn narrowing, or all outcomes of the kind."""
    drawn = [str(o.get("code")) for o in step.iter(f"{OURS}outcome")]
    return drawn or list(OUTCOMES[StepKind(str(step.get(f"{OURS}kind")))])


def box(bounds: ElementTree.Element) -> Box:
    return Box(*(float(bounds.get(name, "nan")) for name in ("x", "y", "width", "height")))


def shapes(file: str) -> dict[str, Box]:
    drawn = root(file).iter(f"{BPMNDI}BPMNShape")
    return {s.get("bpmnElement", ""): box(b) for s in drawn if (b := s.find(f"{DC}Bounds")) is not None}


def labels(file: str) -> dict[str, Box]:
    drawn = [*root(file).iter(f"{BPMNDI}BPMNShape"), *root(file).iter(f"{BPMNDI}BPMNEdge")]
    placed = ((d.get("bpmnElement", ""), d.find(f"{BPMNDI}BPMNLabel/{DC}Bounds")) for d in drawn)
    return {key: box(bounds) for key, bounds in placed if bounds is not None}


def edges(file: str) -> dict[str, list[tuple[float, float]]]:
    return {
        edge.get("bpmnElement", ""): [
            (float(p.get("x", "")), float(p.get("y", ""))) for p in edge.iter(f"{DI}waypoint")
        ]
        for edge in root(file).iter(f"{BPMNDI}BPMNEdge")
    }


def segments(points: list[tuple[float, float]]) -> Iterator[Box]:
    """The straight pieces of a line as boxes without thickness."""
    for (x1, y1), (x2, y2) in pairwise(points):
        yield Box(min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1))


@cache
def guide(code: str) -> dict[str, Any]:
    read = yaml.safe_load((SEED / code / "guide.yaml").read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


def form_keys(code: str) -> set[str]:
    return {path.stem for path in (SEED / code / "forms").glob("*.json")}


def facts(code: str) -> MatterFacts:
    record = guide(code)
    limits = record["limits"].values()
    forms = {key: read_form((SEED / code / f"forms/{key}.json").read_bytes(), key).keys for key in form_keys(code)}
    return MatterFacts(
        departments=frozenset((*WINDOWS, OWN_DEPARTMENT)),
        windows=frozenset(window for some in WINDOWS.values() for window in some),
        forms=forms,
        initial=forms["application"],
        grounds=frozenset(ground.partition("<=")[0] for limit in limits for ground in limit.get("pause", ())),
        limits=frozenset(f"{limit['lim'][0]}{limit['lim'][1]}" for limit in limits),
        instant=record["kind"] == "instant",
        two_person=record["two_person"],
        callable=frozenset(PARTS),
        matters=frozenset(MATTERS),
    )


# ---------------------------------------------------------------- the set
def test_the_set_is_what_it_says() -> None:
    assert sorted(path.parent.name for path in SEED.glob("*/guide.yaml")) == sorted(FOLDERS)
    assert sorted(str(path.relative_to(SEED)) for path in SEED.rglob("*.bpmn")) == list(DIAGRAMS)


def test_readme_has_six_lines() -> None:
    assert len((SEED / "README.md").read_text(encoding="utf-8").splitlines()) == 6


TEXTS = sorted(path for kind in ("bpmn", "yaml", "json", "md") for path in SEED.rglob(f"*.{kind}"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(SEED)))
def test_files_are_plain_utf8(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")
    assert "\r" not in text
    assert "\t" not in text
    assert text.endswith("\n")
    assert not re.search(r" +$", text, re.MULTILINE)


# ---------------------------------------------------------------- forms
@pytest.mark.parametrize("path", sorted(SEED.glob("*/forms/*.json")), ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_every_form_reads(path: Path) -> None:
    form = read_form(path.read_bytes(), path.name)
    assert form.id == f"{path.parts[-3].lower()}_{path.stem}"
    assert form.fields
    assert all(field.label != field.key for field in form.fields)


@pytest.mark.parametrize("code", MATTERS)
def test_the_application_asks_little_and_checks_it(code: str) -> None:
    form = read_form((SEED / code / "forms/application.json").read_bytes())
    patterns = {field.key: field.pattern for field in form.fields if field.pattern}
    assert 5 <= len(form.fields) <= 10
    assert patterns["contact_phone"] == "cn-mobile"
    assert all(field.decimal_digits is not None for field in form.fields if field.type is FieldType.NUMBER)


@pytest.mark.parametrize("code", FOLDERS)
def test_every_form_is_used_and_every_used_form_exists(code: str) -> None:
    used = {form for step in steps(f"{code}/matter.bpmn").values() if (form := step.get(f"{OURS}form"))}
    assert form_keys(code) == {"application", *used}


@pytest.mark.parametrize("code", FOLDERS)
def test_details_of_an_act_are_no_fields(code: str) -> None:
    details = {"reasons", "basis", "remedy", "items", "planned", "reason_code", "refer_to", "promises", "receiver"}
    for key in form_keys(code):
        assert not details & read_form((SEED / code / f"forms/{key}.json").read_bytes()).keys


# ---------------------------------------------------------------- guides
FIELDS = {
    *(
        "code",
        "name",
        "department",
        "type",
        "kind",
        "two_person",
        "summary",
        "basis",
        "conditions",
        "quantity",
        "limits",
    ),
    *("fee", "result", "visits", "channels", "materials", "contact", "sample"),
}


@pytest.mark.parametrize("code", FOLDERS)
def test_guide_has_all_fields(code: str) -> None:
    record = guide(code)
    assert record.keys() - {"prerequisites", "tolerant_start"} == FIELDS | ({"stage"} if code in STAGES else set())
    assert record["code"] == code
    assert record["department"] in WINDOWS
    assert record["type"] in ("01", "07", "10", "20")
    assert record["kind"] in ("instant", "promised")
    assert isinstance(record["two_person"], bool)
    assert record["limits"].keys() == {"notice", "promised", "statutory", "delivery"}
    assert record["result"].keys() == {"name", "validity"}
    assert record["result"]["name"]
    assert isinstance(record["visits"], int)
    assert set(record["channels"]) <= {"window", "web", "mobile", "post", "other"}
    assert record["contact"]["window"] in WINDOWS[record["department"]]
    assert record["contact"]["phone"].startswith("000-0000"), "a demo number nobody can be called on"
    assert record["summary"].endswith("。")


@pytest.mark.parametrize("code", FOLDERS)
def test_guide_limits_are_lawful_objects(code: str) -> None:
    for name, limit in guide(code)["limits"].items():
        n, unit, counted_from = limit["lim"]
        assert isinstance(n, int), name
        assert unit in ("wd", "cd"), name
        assert counted_from in ("received", "accepted", "decided"), name
        assert limit["src"] in SOURCES, name
        assert ("basis" in limit) == (limit["src"] == "S"), f"{name}: an article is named exactly where it was read"
        grounds = {ground.partition("<=")[0] for ground in limit.get("pause", ())}
        named = set(limit.get("pause_basis", {}))
        assert named == (grounds if limit["src"] == "S" or "pause_basis" in limit else set()), (
            f"{name}: basis of a pause"
        )
        assert ("ext" in limit) == ("ext_basis" in limit), name


def test_limits_of_the_seed() -> None:
    limits = {code: {name: limit["lim"] for name, limit in guide(code)["limits"].items()} for code in MATTERS}
    assert limits["TZ01"]["promised"] == limits["TZ01"]["statutory"] == [0, "wd", "received"]
    assert limits["GH02"]["promised"] == [3, "wd", "accepted"]
    assert limits["GH02"]["statutory"] == [20, "wd", "accepted"]
    assert guide("GH02")["limits"]["statutory"]["ext"] == [10, "wd", "head"]
    assert limits["XF01"]["promised"] == [7, "wd", "accepted"]
    assert limits["XF01"]["statutory"] == [15, "wd", "accepted"]
    for name in ("promised", "statutory"):
        assert guide("XF01")["limits"][name]["pause"] == ["expert_review<=20wd"]
    alone = {code for code in MATTERS if not guide(code)["two_person"]}
    assert alone == {code for code in MATTERS if guide(code)["kind"] == "instant"} == {*INSTANT, "TZ01"}
    assert limits["ZJ04"]["statutory"] == [7, "cd", "received"], "建筑法 counts calendar days from receipt"
    assert limits["HP02"]["statutory"] == [30, "cd", "received"]


INSTANT = ("SC01", "YZ01", "HP03", "ZJ06")
EXPERT = {"expert_review": "None"}
STOPS = {
    "XF01": {"expert_review": "20wd"},
    "TZ02": {"evaluation": "30wd"},
    "JN01": {"agency_evaluation": "15wd"},
    "TZ03": {"evaluation": "None", **EXPERT},
    "ZR01": {"tender": "None", "auction": "None"},
    "HP01": {"hearing": "None", "technical_evaluation": "None", **EXPERT},
    "SL02": {"hearing": "None", "opinion_request": "None", "dispute": "None"},
    "WW01": {"archaeology": "None", **EXPERT},
    "PS01": {"testing": "None"},
    "ZR03": {"public_notice_local_rule": "None"},
    **dict.fromkeys(("GH01", "GH03", "SL01", "SL03", "AJ01"), EXPERT),
}
PROMISE_STOPS_ALONE = ("HP01", "ZR03")
"""No basis was read by which their statutes stop; a rule of the demo city stops the promise."""


@pytest.mark.parametrize("code", MATTERS)
def test_the_clock_reads_the_limits(code: str) -> None:
    limits = limits_from_catalogue(guide(code)["limits"])
    assert not any(limit.unfounded for limit in limits.values()), "a ground without a basis would stop nothing"
    assert limits[ClockKind.STATUTORY].verified == (guide(code)["limits"]["statutory"]["src"] == "S")
    assert not limits[ClockKind.PROMISED].verified
    for kind in (ClockKind.PROMISED, ClockKind.STATUTORY):
        stops = {str(ground): str(stop.longest) for ground, stop in limits[kind].grounds.items()}
        known = {} if kind is ClockKind.STATUTORY and code in PROMISE_STOPS_ALONE else STOPS.get(code, {})
        assert stops == known
    extension = limits[ClockKind.STATUTORY].extension
    told = (str(extension.longest), str(extension.approver)) if extension is not None else None
    assert told == {"GH02": ("10wd", "head"), "GH04": ("10wd", "head"), "TZ02": ("40wd", "main_head")}.get(code)


def sourced(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every statement of a guide that carries a source mark: its place and the mark."""
    for name in ("basis", "quantity", "fee"):
        yield name, record[name]["src"]
    for number, condition in enumerate(record["conditions"]):
        yield f"conditions/{number}", condition["src"]
    for name, limit in record["limits"].items():
        yield f"limits/{name}", limit["src"]
    for material in record["materials"]:
        yield f"materials/{material['key']}", material["src"]


# what was read in a source; a mark S that is added without its source being read fails here
READ_IN_A_SOURCE = {
    "TZ01": {"basis", "conditions/0", "limits/statutory"},
    "GH02": {
        *("basis", "conditions/0", "conditions/1", "limits/notice", "limits/statutory", "limits/delivery"),
        *("materials/project_approval", "materials/land_contract"),
    },
    "XF01": {"basis", "limits/notice", "limits/statutory", "limits/delivery"},
    "GH04": {"basis", "limits/notice", "limits/statutory", "limits/delivery"},
    "HP02": {"basis", "limits/notice", "limits/statutory", "limits/delivery"},
    "ZJ04": {
        *("basis", "conditions/0", "conditions/1", "conditions/2", "conditions/3", "conditions/4"),
        *("limits/notice", "limits/statutory", "limits/delivery"),
    },
    "TZ02": {"basis", "limits/notice", "limits/statutory", "limits/delivery"},
    "JN01": {"limits/notice", "limits/statutory", "limits/delivery"},
    "HP01": {"basis", "limits/notice", "limits/statutory", "limits/delivery"},
    "HP03": {"basis", "limits/statutory"},
    "SL02": {"basis", "limits/notice", "limits/statutory", "limits/delivery"},
    "ZR03": {"basis", "limits/notice", "limits/statutory"},
    **{code: {"basis", "limits/notice", "limits/statutory", "limits/delivery"} for code in STAGES},
}
LICENCE = {"limits/notice", "limits/delivery"}
"""Of any matter that is a licence: 行政许可法 第32条 and 第44条 were read."""


@pytest.mark.parametrize("code", FOLDERS)
def test_source_marks(code: str) -> None:
    marks = dict(sourced(guide(code)))
    assert set(marks.values()) <= set(SOURCES)
    read = READ_IN_A_SOURCE.get(code, LICENCE if guide(code)["type"] == "01" else set())
    assert {place for place, mark in marks.items() if mark == "S"} == read


@pytest.mark.parametrize("code", FOLDERS)
def test_materials(code: str) -> None:
    materials = guide(code)["materials"]
    assert all(material.keys() == {"key", "name", "rule", "src"} for material in materials)
    assert len({material["key"] for material in materials}) == len(materials)
    rule = re.compile(r"[RQI]|D:[A-Z]{2}\d{2}(\|[A-Z]{2}\d{2})*( when [a-z_]+=[a-z_]+)?")
    assert all(rule.fullmatch(material["rule"]) for material in materials)


@pytest.mark.parametrize("code", FOLDERS)
def test_a_condition_of_a_material_asks_for_a_field_of_the_application(code: str) -> None:
    form = read_form((SEED / code / "forms/application.json").read_bytes())
    options = {field.key: {option.value for option in field.options} for field in form.fields}
    for material in guide(code)["materials"]:
        if asked := re.search(r" when ([a-z_]+)=([a-z_]+)", material["rule"]):
            assert asked[2] in options[asked[1]]


# ---------------------------------------------------------------- diagrams: what is drawn
@pytest.mark.parametrize("code", FOLDERS)
def test_the_process_carries_the_name_of_the_matter(code: str) -> None:
    (process,) = root(f"{code}/matter.bpmn").iter(f"{BPMN}process")
    assert process.get("id") == code.lower()
    assert process.get("name") == guide(code)["name"]
    assert process.get("isExecutable") == "true"


@pytest.mark.parametrize(("key", "file"), PARTS.items())
def test_the_process_of_a_part(key: str, file: str) -> None:
    (process,) = root(file).iter(f"{BPMN}process")
    assert (process.get("id"), process.get("isExecutable")) == (key, "true")
    assert {tag(node) for node in nodes(file).values()} == {"startEvent", "userTask", "endEvent"}


@pytest.mark.parametrize("file", DIAGRAMS)
def test_every_step_has_kind_department_and_lawful_outcomes(file: str) -> None:
    for key, step in steps(file).items():
        kind, department, window = (step.get(f"{OURS}{name}") for name in ("kind", "department", "window"))
        assert kind in set(StepKind), key
        assert department in ((OWN_DEPARTMENT,) if file.startswith("parts/") else WINDOWS), key
        assert window is None or window in WINDOWS[str(department)], key
        drawn = [str(o.get("code")) for o in step.iter(f"{OURS}outcome")]
        assert set(drawn) <= OUTCOMES[StepKind(str(kind))].keys(), key
        assert len(set(drawn)) == len(drawn), key
        assert all(o.get("label") for o in step.iter(f"{OURS}outcome")), key
        assert re.fullmatch(r"\d+wd|None", str(step.get(f"{OURS}limit"))), key
        assert (step.get(f"{OURS}place") == "outside") == (kind == "site_visit"), key
        assert (step.get(f"{OURS}ground") is not None) == (kind == "special"), key


@pytest.mark.parametrize("code", MATTERS)
def test_a_matter_is_handled_by_its_own_department(code: str) -> None:
    """Others are asked for opinions; who accepts, reviews and decides is the matter's own department."""
    for step in steps(f"{code}/matter.bpmn").values():
        if step.get(f"{OURS}kind") != "opinion":
            assert step.get(f"{OURS}department") == guide(code)["department"]


@pytest.mark.parametrize("file", DIAGRAMS)
def test_ids_are_words_and_unique(file: str) -> None:
    drawn = [key for element in root(file).iter() if (key := element.get("id"))]
    assert len(set(drawn)) == len(drawn)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*|[a-z]{2}\d{2}", key) for key in nodes(file))


@pytest.mark.parametrize("file", DIAGRAMS)
def test_every_node_has_a_name_and_no_legal_limit_is_a_timer(file: str) -> None:
    assert all(node.get("name") for node in nodes(file).values())
    assert not list(root(file).iter(f"{BPMN}timerEventDefinition"))


@pytest.mark.parametrize("code", FOLDERS)
def test_the_one_message_is_the_correction(code: str) -> None:
    file = f"{code}/matter.bpmn"
    declared = {m.get("id"): m.get("name") for m in root(file).iter(f"{BPMN}message")}
    awaited = [declared[e.get("messageRef")] for e in root(file).iter(f"{BPMN}messageEventDefinition")]
    assert awaited == ["correction_received"]
    assert list(declared.values()) == ["correction_received"]
    (back,) = [flow for flow in flows(file) if flow.get("sourceRef") == "correction"]
    assert back.get("targetRef") == "intake"


@pytest.mark.parametrize("file", DIAGRAMS)
def test_each_outcome_has_exactly_one_way(file: str) -> None:
    """The flows of the gateway behind a step share its outcomes out among them; without a gateway there is one way."""
    drawn = nodes(file)
    for key, step in steps(file).items():
        (way,) = [flow for flow in flows(file) if flow.get("sourceRef") == key]
        gateway = str(way.get("targetRef"))
        if tag(drawn[gateway]) != "exclusiveGateway":
            assert len(outcomes(step)) == 1 or step.get(f"{OURS}kind") in TAKEN_ALONG, key
            continue
        conditions = [
            str(f.findtext(f"{BPMN}conditionExpression")) for f in flows(file) if f.get("sourceRef") == gateway
        ]
        asked = [code for text in conditions for code in re.findall(r"outcome == '([a-z_]+)'", text)]
        assert sorted(asked) == sorted(outcomes(step)), key


@pytest.mark.parametrize("code", FOLDERS)
def test_called_parts_exist(code: str) -> None:
    called = [
        node.get("calledElement") for node in nodes(f"{code}/matter.bpmn").values() if tag(node) == "callActivity"
    ]
    assert set(called) <= PARTS.keys() | (set(MATTERS) if code in STAGES else set())
    assert "part-delivery" in called, "a refusal is served as well"
    assert ("part-certificate" in called) == (code not in ("TZ01", *STAGES))


def special(ground: str) -> tuple[str, str]:
    """The two steps of a special procedure: asked for, and its result."""
    return f"{ground}_start", f"{ground}_end"


def alike(codes: str, *steps: str) -> dict[str, list[str]]:
    """Matters with these steps and the usual tail."""
    return {code: [*steps, "certificate", "deliver"] for code in codes.split()}


EXPERTS = special("expert_review")
ACCEPTANCES = ("opinion", "opinion_b", "opinion_c", "opinion_d")
ROUTES = {
    "TZ01": ["intake", "decide", "certificate", "deliver"],
    "GH02": ["intake", "review", "decide", "certificate", "deliver"],
    "XF01": ["intake", "review", "expert_start", "expert_end", "check", "decide", "certificate", "deliver"],
    "SC01": ["intake", "decide", "certificate", "deliver"],
    "GH01": ["intake", "review", *EXPERTS, "check", "decide", "certificate", "deliver"],
    "GH03": ["intake", "countersign", "review", "decide", "certificate", "deliver"],
    "GH04": ["intake", "review", "decide", "certificate", "deliver"],
    "ZJ01": ["intake", "review", "opinion", "opinion_b", "check", "decide", "certificate", "deliver"],
    "ZJ04": ["intake", "review", "decide", "certificate", "deliver"],
    "HP02": ["intake", "site_visit", "review", "decide", "certificate", "deliver"],
    "LY01": ["intake", "site_visit", "review", "decide", "certificate", "deliver"],
    "CG01": ["intake", "site_visit", "opinion", "decide", "certificate", "deliver"],
    **alike("YZ01 HP03 ZJ06", "intake", "decide"),
    **alike("RF01 QX01 CG02", "intake", "review", "decide"),
    **alike("YL01 GH05 XF02", "intake", "review", "site_visit", "decide"),
    **alike("GY01 GY02", "intake", "site_visit", "review", "decide"),
    **alike("SL01 SL03", "intake", "review", *EXPERTS, "decide"),
    **alike("TZ02 TZ03", "intake", "review", *special("evaluation"), "check", "decide"),
    **alike("JN01", "intake", "review", *special("agency_evaluation"), "decide"),
    **alike("ZR01", "intake", "review", *special("auction"), "check", "decide"),
    **alike("ZR02", "intake", "review", "site_visit", "check", "decide"),
    **alike("ZR03", "intake", "review", *special("public_notice_local_rule"), "decide"),
    **alike("HP01", "intake", "review", "site_visit", *special("technical_evaluation"), "check", "decide"),
    **alike("SL02", "intake", "review", "site_visit", *special("opinion_request"), "decide"),
    **alike("WW01", "intake", "review", "site_visit", *special("archaeology"), "decide"),
    **alike("AJ01", "intake", "review", "site_visit", *EXPERTS, "decide"),
    **alike("PS01", "intake", "review", "site_visit", *special("testing"), "decide"),
    **alike("ZJ05", "intake", "site_visit", *ACCEPTANCES, "review", "decide"),
    **{code: ["intake", "summary", "deliver"] for code in STAGES},
}
TOGETHER = {
    "ZJ01": {"review", "opinion", "opinion_b"},
    "CG01": {"site_visit", "opinion"},
    "ZJ05": {*ACCEPTANCES},
}
"""Steps that are worked on at the same time: the longest of them counts."""


def bundle(code: str) -> dict[str, bytes]:
    """The diagram with the parts that it calls."""
    called = {str(node.get("calledElement")) for node in nodes(f"{code}/matter.bpmn").values()} & PARTS.keys()
    return {file: (SEED / file).read_bytes() for file in (f"{code}/matter.bpmn", *(PARTS[key] for key in called))}


@pytest.mark.parametrize("code", FOLDERS)
def test_rules_find_nothing_and_the_guide_lists_the_steps(code: str) -> None:
    reading = lint_files(bundle(code), code.lower(), facts(code))
    assert reading.findings == ()
    assert reading.diagram is not None
    assert [step.id for step in describe(reading.diagram)] == ROUTES[code]


RUNS = {
    "TZ01 filed": "TZ01 intake=accept decide=grant certificate=made deliver=delivered",
    "TZ01 not filed": "TZ01 intake=accept decide=refuse deliver=delivered",
    "TZ01 corrected": "TZ01 intake=request_correction ! intake=accept decide=grant certificate=made deliver=delivered",
    "TZ01 not accepted": "TZ01 intake=refuse_acceptance",
    "GH02 granted": "GH02 intake=accept review=pass decide=grant certificate=made deliver=delivered",
    "GH02 refused": "GH02 intake=accept review=pass decide=refuse deliver=delivered",
    "GH02 tolerant, corrected twice": "GH02 intake=request_correction ! intake=request_correction ! intake=accept_tolerant"
    " review=pass decide=grant certificate=made deliver=delivered",
    "GH02 sent back": "GH02 intake=accept review=pass decide=return review=pass decide=refuse deliver=delivered",
    "GH02 not accepted": "GH02 intake=request_correction ! intake=refuse_acceptance",
    "XF01 without experts": "XF01 intake=accept review=pass expert_start=skip check=pass decide=grant"
    " certificate=made deliver=delivered",
    "XF01 with experts": "XF01 intake=accept review=pass expert_start=start expert_end=end check=pass decide=grant"
    " certificate=made deliver=delivered",
    "XF01 sent back twice": "XF01 intake=accept review=pass expert_start=start expert_end=end check=return"
    " review=pass expert_start=skip check=pass decide=return review=pass expert_start=skip check=pass decide=refuse"
    " deliver=delivered",
    "SC01 registered": "SC01 intake=accept_tolerant decide=grant certificate=made deliver=delivered",
    "GH01 with experts, sent back": "GH01 intake=accept review=pass expert_review_start=start expert_review_end=end check=return"
    " review=pass expert_review_start=skip check=pass decide=grant certificate=made deliver=delivered",
    "GH03 sent back to be countersigned again": "GH03 intake=accept countersign=object review=pass decide=return"
    " countersign=conditions review=pass decide=refuse deliver=delivered",
    "GH04 granted": "GH04 intake=accept review=pass decide=grant certificate=made deliver=delivered",
    "ZJ01 granted": "ZJ01 intake=accept opinion_b=agree review=pass opinion=agree check=pass decide=grant certificate=made"
    " deliver=delivered",
    "ZJ04 corrected": "ZJ04 intake=request_correction ! intake=accept review=pass decide=grant certificate=made"
    " deliver=delivered",
    "HP02 refused": "HP02 intake=accept site_visit=done review=pass decide=refuse deliver=delivered",
    "LY01 granted": "LY01 intake=accept site_visit=done review=pass decide=grant certificate=made deliver=delivered",
    "CG01 granted": "CG01 intake=accept opinion=agree site_visit=done decide=grant certificate=made deliver=delivered",
}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_case_runs_to_its_end(run: str) -> None:
    """Each step is open when its turn comes, alone unless others work at the same time; `!` is the correction."""
    code, *turns = run.split()
    diagram = lint_files(bundle(code), code.lower()).diagram
    assert diagram is not None
    process = Process.start(compile(diagram), {"channel": "window"}, now=NOW)
    for turn in turns:
        if turn == "!":
            assert process.open_steps == ()
            assert process.message("correction_received") == 1
            continue
        step, outcome = turn.split("=")
        standing = {open_step.node: open_step for open_step in process.open_steps}
        assert step in standing
        assert standing.keys() <= TOGETHER.get(code, set()) | {step}
        open_step = standing[step]
        process.complete(open_step.token, {"outcome": outcome})
    assert (process.ended, process.success, process.open_steps, process.errors) == (True, True, (), ())


STRAIGHT = ("accept", "pass", "done", "agree", "start", "end", "grant", "made", "delivered")
"""What everybody answers where nothing is wrong, special procedures among it."""


@pytest.mark.parametrize("code", MATTERS)
def test_the_straight_way_passes_every_step_to_a_grant(code: str) -> None:
    diagram = lint_files(bundle(code), code.lower()).diagram
    assert diagram is not None
    process, done = Process.start(compile(diagram), {"channel": "window"}, now=NOW), list[str]()
    drawn = {key: step for file in bundle(code) for key, step in steps(file).items()}
    while process.open_steps:
        step = process.open_steps[0]
        asked = outcomes(drawn[step.node])
        process.complete(step.token, {"outcome": next(o for o in STRAIGHT if o in asked)})
        done.append(step.node)
    assert done == ROUTES[code]
    assert (process.ended, process.success, process.errors) == (True, True, ())


@pytest.mark.parametrize("code", MATTERS)
def test_the_steps_of_the_office_fit_into_the_promise(code: str) -> None:
    """Every step between acceptance and decision once, the special procedure left out: its time is not counted."""
    drawn = steps(f"{code}/matter.bpmn")
    counted = {
        key: int(str(drawn[key].get(f"{OURS}limit") or "0wd").removesuffix("wd"))
        for key in ROUTES[code]
        if key in drawn and key not in ("intake", "certificate")
    }
    together = TOGETHER.get(code, set())
    days = sum(n for key, n in counted.items() if key not in together) + max((counted[k] for k in together), default=0)
    assert days <= guide(code)["limits"]["promised"]["lim"][0]


# ---------------------------------------------------------------- diagrams: how it is drawn
@pytest.mark.parametrize("file", DIAGRAMS)
def test_everything_is_drawn_once(file: str) -> None:
    assert sorted(s.get("bpmnElement", "") for s in root(file).iter(f"{BPMNDI}BPMNShape")) == sorted(nodes(file))
    assert sorted(e.get("bpmnElement", "") for e in root(file).iter(f"{BPMNDI}BPMNEdge")) == sorted(
        flow.get("id", "") for flow in flows(file)
    )


@pytest.mark.parametrize("file", DIAGRAMS)
def test_shapes_and_bends_stand_on_the_grid(file: str) -> None:
    """Centres, as bpmn-js snaps them: an event of 36 px cannot have its corner there too."""
    assert all(value % 10 == 0 for shape in shapes(file).values() for value in shape.centre)
    assert all(value % 10 == 0 for points in edges(file).values() for bend in points[1:-1] for value in bend)
    assert all(value >= 0 for shape in shapes(file).values() for value in (shape.x, shape.y))


@pytest.mark.parametrize("file", DIAGRAMS)
def test_no_two_shapes_overlap(file: str) -> None:
    assert [(a, b) for (a, one), (b, other) in combinations(shapes(file).items(), 2) if one.meets(other)] == []


@pytest.mark.parametrize("file", DIAGRAMS)
def test_no_label_lies_on_a_shape_or_a_label(file: str) -> None:
    drawn, placed = nodes(file), labels(file)
    for key, label in placed.items():
        for other, shape in shapes(file).items():
            hidden = label.meets_diamond(shape) if tag(drawn[other]).endswith("Gateway") else label.meets(shape)
            assert not hidden, f"the label of {key} lies on {other}"
    assert [(a, b) for (a, one), (b, other) in combinations(placed.items(), 2) if one.meets(other)] == []


@pytest.mark.parametrize("file", DIAGRAMS)
def test_lines_are_square_dock_at_their_ends_and_run_through_nothing(file: str) -> None:
    boxes, texts, lines = shapes(file), labels(file), edges(file)
    for flow in flows(file):
        key, source, target = (flow.get(name, "") for name in ("id", "sourceRef", "targetRef"))
        points = lines[key]
        assert all(piece.width == 0 or piece.height == 0 for piece in segments(points)), key
        assert boxes[source].has_on_border(points[0]), key
        assert boxes[target].has_on_border(points[-1]), key
        for piece in segments(points):
            assert not [other for other, drawn in {**boxes, **texts}.items() if piece.meets(drawn)], key


@pytest.mark.parametrize("file", DIAGRAMS)
def test_no_two_lines_cross_or_share_a_way(file: str) -> None:
    fans = {key for key, node in nodes(file).items() if tag(node) in ("parallelGateway", "inclusiveGateway")}
    ends = {f.get("id", ""): (f.get("sourceRef", ""), f.get("targetRef", "")) for f in flows(file)}

    def touch(one: Box, other: Box) -> bool:
        return one.x <= other.right and other.x <= one.right and one.y <= other.bottom and other.y <= one.bottom

    for (a, some), (b, others) in combinations(edges(file).items(), 2):
        if fans & {ends[a][0]} & {ends[b][0]} or fans & {ends[a][1]} & {ends[b][1]}:
            continue  # out of one gateway, or into one, more ways than it has corners
        met = [(one, other) for one in segments(some) for other in segments(others) if touch(one, other)]
        assert not met, f"{a} and {b}"


@pytest.mark.parametrize("file", DIAGRAMS)
def test_what_stands_outside_its_shape_has_a_place_for_its_name(file: str) -> None:
    named = {key for key, node in nodes(file).items() if tag(node) not in ("userTask", "callActivity")}
    named |= {flow.get("id", "") for flow in flows(file) if flow.get("name")}
    assert labels(file).keys() == named


@pytest.mark.parametrize("code", MATTERS)
def test_forward_on_one_line_back_above_refusals_below(code: str) -> None:
    file = f"{code}/matter.bpmn"
    boxes, lines = shapes(file), edges(file)
    line = boxes["filed"].centre[1]
    assert boxes["intake"].centre[1] == boxes["decide"].centre[1] == boxes["closed"].centre[1] == line
    for flow in flows(file):
        points = lines[flow.get("id", "")]
        if boxes[flow.get("targetRef", "")].centre[0] < boxes[flow.get("sourceRef", "")].centre[0]:
            assert min(y for _, y in points) < line - 40, flow.get("id")
    assert max(y for _, y in lines["refused"]) > line + 40
    assert boxes["not_accepted"].y > line + 40
