"""The shipped matters against the catalogue of 37, and the stages that call them: prerequisites, order, one form, one list."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

import bpmn
from engine.catalogue import Guide, Need, read_guide
from engine.clock import ClockKind
from engine.diagrams import Diagram, Node, read
from engine.projects import Work, order_of, stages
from forms import Form, read_form

SEED = Path(next(iter(bpmn.__path__)))
CATALOGUE = """
    SC01 samr 07 3wd accepted G 0wd |
    YZ01 police 10 1wd received P 0wd | SC01
    TZ01 ndrc 10 0wd received S 0wd |
    TZ02 ndrc 01 20wd accepted S 10wd | GH01 when land=allotted
    TZ03 ndrc 10 20wd accepted P 8wd | GH01; JN01
    GH01 nr 01 20wd accepted G 8wd |
    ZR01 nr 10 20wd accepted P 10wd |
    ZR02 nr 10 20wd accepted G 10wd | GH02; TZ02|TZ03
    GH02 nr 01 20wd accepted S 3wd | TZ01|TZ02|TZ03; ZR01 when land=auctioned
    HP01 ee 01 60cd received S 15wd | TZ01|TZ02
    HP02 ee 01 30cd received S 7wd | TZ01|TZ02
    HP03 ee 10 0wd received S 0wd |
    JN01 ndrc 01 20wd accepted S 5wd |
    SL01 wat 01 10wd accepted G 5wd | TZ01|TZ02
    SL02 wat 01 45wd accepted S 15wd | TZ01|TZ02
    SL03 wat 01 20wd accepted G 10wd |
    LY01 for 01 20wd accepted G 10wd | TZ01|TZ02
    WW01 cul 01 20wd accepted G 10wd |
    AJ01 em 01 45cd accepted G 20wd | TZ01|TZ02
    GH03 nr 10 20wd accepted P 7wd | GH02
    GH04 nr 01 20wd accepted S 5wd | GH02; GH03; ZR01|ZR02
    RF01 cad 01 20wd accepted G 5wd | ZJ01
    ZJ01 hurd 10 15wd received G 8wd | GH04
    XF01 hurd 01 15wd accepted S 7wd | GH04; ZJ01
    QX01 met 01 10wd accepted G 3wd |
    CG01 urb 01 20wd accepted G 3wd | GH04
    YL01 urb 01 20wd accepted G 3wd |
    CG02 urb 01 20wd accepted G 2wd |
    PS01 urb 01 20wd accepted G 5wd |
    ZJ04 hurd 01 7cd received S 3wd | ZR01|ZR02; GH04; ZJ01; XF01; RF01; TZ01|TZ02|TZ03
    GY01 water_co 20 10wd received P 3wd |
    GY02 power_co 20 20wd received P 10wd | TZ01; ZR01|ZR02
    GH05 nr 10 20wd accepted G 5wd | GH04; ZJ04
    XF02 hurd 01 15wd accepted G 5wd | XF01; ZJ04
    ZJ05 hurd 10 45wd accepted P 10wd | ZJ04; GH05; XF02
    ZJ06 hurd 10 5wd received P 0wd | ZJ05
    ZR03 nr 07 30wd accepted S 3wd | ZJ06; ZR01|ZR02
"""
"""Code, department, type, statutory limit, counted from, its source, promise | what must be granted before."""
ROWS: Mapping[str, tuple[list[str], str]] = {
    line.split()[0]: (line.partition("|")[0].split()[1:], line.partition(" | ")[2])
    for line in CATALOGUE.splitlines()
    if line.strip()
}
COUNTED_OTHERWISE = {"SC01": "received", "ZJ01": "accepted"}
"""What the first twelve count from another fact than the catalogue: both numbers are general knowledge (G)."""
STAGES = tuple(f"{route}0{n}" for route in ("BA", "HZ") for n in (1, 2, 3, 4))
PROMISES = {"BA": (15, 15, 15, 12), "HZ": (30, 15, 15, 12)}
LEADS = ("nr", "nr", "hurd", "hurd")
ROUTES = [(route, land) for route in ("BA", "HZ") for land in ("auctioned", "allotted")]


@cache
def guide(code: str) -> Guide:
    return read_guide((SEED / code / "guide.yaml").read_bytes())


@cache
def diagram(code: str) -> Diagram:
    parts = {f"parts/{p.name}": p.read_bytes() for p in (SEED / "parts").glob("*.bpmn")}
    found = read({"matter.bpmn": (SEED / code / "matter.bpmn").read_bytes(), **parts}, code.lower()).diagram
    assert found is not None
    return found


@cache
def form(code: str) -> Form:
    return read_form((SEED / code / "forms/application.json").read_bytes())


def calls(stage: str) -> dict[str, Node]:
    """The matters that a stage calls, in the order in which they are drawn."""
    main = diagram(stage).processes[diagram(stage).main]
    return {str(n.called): n for n in main.nodes.values() if diagram(stage).matter_called(n)}


def asked_when(stage: str, code: str) -> dict[str, str]:
    """The answers on which a stage calls a matter; none where it always does."""
    drawn = (SEED / stage / "matter.bpmn").read_text("utf-8")
    flow = re.search(rf'targetRef="{code.lower()}">.*?</bpmn:sequenceFlow>', drawn, re.DOTALL)
    return dict(re.findall(r"(\w+) == '(\w+)'", flow[0])) if flow else {}


def on_route(route: str, land: str, *, optional: bool = True) -> list[str]:
    """What the four stages of a route call for land supplied so, stage by stage."""
    return [
        code
        for n in (1, 2, 3, 4)
        for code, node in calls(f"{route}0{n}").items()
        if asked_when(f"{route}0{n}", code).get("land", land) == land and (optional or not node.optional)
    ]


def works(codes: Sequence[str], land: str) -> list[Work]:
    def needs(code: str) -> tuple[tuple[str, ...], ...]:
        return tuple(n.codes for n in guide(code).needs if n.holds({"land": land}))

    return [Work(code, guide(code).name, guide(code).limits[ClockKind.PROMISED].span, needs(code)) for code in codes]


# ---------------------------------------------------------------- the 37
def test_the_catalogue_is_shipped_and_nothing_else() -> None:
    assert len(ROWS) == 37
    assert {p.parent.name for p in SEED.glob("*/guide.yaml")} == {*ROWS, *STAGES}
    named = [code for stage in stages() for code in stage.matters]
    assert sorted(named) == sorted((*ROWS, *STAGES)), "every matter has its place among the stages of a project, once"


@pytest.mark.parametrize("code", ROWS)
def test_department_kind_and_limits_are_those_of_the_catalogue(code: str) -> None:
    (department, kind, span, counted, source, promise), _ = ROWS[code]
    statutory, promised = (guide(code).limits[k] for k in (ClockKind.STATUTORY, ClockKind.PROMISED))
    assert (guide(code).department, guide(code).type) == (department, kind)
    assert (str(statutory.span), str(statutory.src)) == (span, source)
    assert str(statutory.counted_from) == COUNTED_OTHERWISE.get(code, counted)
    assert (str(promised.span), str(promised.src)) == (promise, "P")


@pytest.mark.parametrize("code", ROWS)
def test_what_a_matter_needs_is_what_the_catalogue_says(code: str) -> None:
    told = {Need.parse(text) for text in ROWS[code][1].split("; ") if text}
    assert None not in told
    assert {*guide(code).needs} == told
    results = [m.need for m in guide(code).materials if m.rule.startswith("D:")]
    assert {*results} <= {*guide(code).needs}, "a paper that is a result has its prerequisite"
    assert not {*results} & {*guide(code).prerequisites}, "what the list of materials says is not said twice"
    assert {c for need in guide(code).needs for c in need.codes} <= ROWS.keys()


@pytest.mark.parametrize("land", ["auctioned", "allotted"])
def test_no_matter_waits_for_itself(land: str) -> None:
    assert sorted(order_of(works(list(ROWS), land))) == sorted(ROWS)


def test_who_may_start_before_a_prerequisite_names_his_rule_and_has_one() -> None:
    tolerant = {code for code in ROWS if guide(code).tolerant_start is not None}
    assert tolerant == {"HP01", "HP02", "GH03", "XF01", "RF01"}
    for code in tolerant:
        assert guide(code).needs
        assert "示例数据" in guide(code).tolerant_start.text  # type: ignore[union-attr]


# ---------------------------------------------------------------- the four stages of the two routes
@pytest.mark.parametrize(("route", "land"), ROUTES)
def test_a_route_has_an_order(route: str, land: str) -> None:
    codes = on_route(route, land)
    order = order_of(works(codes, land))
    assert sorted(order) == sorted(codes)
    assert len(set(codes)) == len(codes), "no matter twice on a route"
    stage_of = {code: n for n in (1, 2, 3, 4) for code in calls(f"{route}0{n}")}
    for code in codes:
        for need in guide(code).needs:
            before = [c for c in need.codes if c in stage_of]
            assert all(stage_of[c] <= stage_of[code] for c in before), f"{code} waits for a later stage"


@pytest.mark.parametrize(("route", "land"), [r for r in ROUTES if r != ("BA", "allotted")])
def test_a_route_brings_all_that_its_matters_need(route: str, land: str) -> None:
    """Land that is allotted is asked for on the approval route: its allotment rests on an approval."""
    codes, mandatory = {*on_route(route, land)}, {*on_route(route, land, optional=False)}
    for code in codes:
        for need in guide(code).needs:
            if need.holds({"land": land}):
                assert mandatory & {*need.codes}, f"{code} would wait for ever for {need.codes}"


@pytest.mark.parametrize("stage", STAGES)
def test_the_guide_of_a_stage(stage: str) -> None:
    n = int(stage[-1])
    limits, main = guide(stage).limits, diagram(stage).processes[diagram(stage).main]
    assert guide(stage).stage == f"S{n}"
    assert guide(stage).name == ("立项用地规划许可", "工程建设许可", "施工许可", "竣工验收")[n - 1] + (
        "阶段（备案类）" if stage.startswith("BA") else "阶段（核准类）"
    )
    assert str(limits[ClockKind.PROMISED].span) == f"{PROMISES[stage[:2]][n - 1]}wd"
    assert str(limits[ClockKind.STATUTORY].span) == "45wd"
    extension = limits[ClockKind.STATUTORY].extension
    assert extension is not None
    assert (str(extension.longest), str(extension.approver)) == ("15wd", "government")
    summary = main.nodes["summary"].work
    assert summary is not None
    assert summary.department == LEADS[n - 1]
    assert {code for code, node in calls(stage).items() if not node.optional}


@pytest.mark.parametrize("stage", STAGES)
def test_one_form_for_all_matters_of_a_stage(stage: str) -> None:
    """Every field of its matters, but the numbers of results that come by themselves; asked of everybody only what a matter
    asks for that always runs."""
    asked = {f.key: f for f in form(stage).fields}
    theirs = {code: {f.key: f for f in form(code).fields} for code in calls(stage)}
    always = [code for code, node in calls(stage).items() if not node.optional and not asked_when(stage, code)]
    everything = {key for fields in theirs.values() for key in fields}
    left_out = everything - asked.keys()
    assert asked.keys() <= everything
    assert all(key.endswith("_no") for key in left_out)
    for key, field in asked.items():
        of = [fields[key] for fields in theirs.values() if key in fields]
        assert {f.type for f in of} == {field.type}, f"{key} is not the same thing everywhere"
        assert {o.value for f in of for o in f.options} >= {o.value for o in field.options}
        assert field.required == any(key in theirs[code] and theirs[code][key].required for code in always), key
    labels = [f.label for f in form(stage).fields]
    assert len(set(labels)) == len(labels), "nothing is asked twice"


@pytest.mark.parametrize("stage", STAGES)
def test_one_list_of_papers_for_all_matters_of_a_stage(stage: str) -> None:
    listed = {m.name: m.rule for m in guide(stage).materials}
    always = [code for code, node in calls(stage).items() if not node.optional and not asked_when(stage, code)]
    theirs = {code: [m for m in guide(code).materials if m.need is None] for code in calls(stage)}
    assert listed.keys() == {m.name for papers in theirs.values() for m in papers}
    for name, rule in listed.items():
        hard = any(m.name == name and m.rule in ("R", "I") for code in always for m in theirs[code])
        assert (rule in ("R", "I")) == hard, name
    for code, node in calls(stage).items():
        if node.optional:
            own = {m.name for m in theirs[code] if m.rule in ("R", "I")} - {m.name for c in always for m in theirs[c]}
            assert own, f"{code} would run although nobody asked for it"


def test_stages_answer_land_with_the_words_of_the_form() -> None:
    for stage in ("BA01", "HZ01"):
        land = next(f for f in form(stage).fields if f.key == "land")
        drawn = json.dumps([asked_when(stage, code) for code in calls(stage)])
        assert {*re.findall(r'"land": "(\w+)"', drawn)} <= {o.value for o in land.options}
