"""A diagram as a picture: everything drawn is there, told by shape and class, and nothing in it is a style or a script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from api.demo.hall import seed_folder
from api.pages.diagram import Mark, draw
from engine.clock import Lamp
from engine.diagrams import Diagram, read

SEEDS = sorted(p.parent.name for p in Path(seed_folder()).glob("*/matter.bpmn"))
SVG = "{http://www.w3.org/2000/svg}"


def seed(code: str) -> Diagram:
    folder = Path(seed_folder())
    files = {"matter.bpmn": (folder / code / "matter.bpmn").read_bytes()}
    files |= {f"parts/{p.name}": p.read_bytes() for p in (folder / "parts").glob("*.bpmn")}
    return read(files, main=code.lower()).usable()


def picture(diagram: Diagram, *args: object, **more: object) -> etree._Element:
    told = str(draw(diagram, *args, **{"title": "流程图", **more}))  # type: ignore[arg-type]
    return etree.fromstring(told.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def words(svg: etree._Element) -> str:
    return "".join("".join(t.itertext()) for t in svg.iter(f"{SVG}text"))


@pytest.mark.parametrize("code", SEEDS)
def test_every_shipped_matter_is_drawn_whole(code: str) -> None:
    diagram = seed(code)
    svg = picture(diagram)
    main = diagram.processes[diagram.main]
    for node in main.nodes.values():
        if node.name and not node.kind.endswith("Gateway"):
            assert node.name[:6] in words(svg), node.id
    assert len(svg.findall(f".//{SVG}path[@class='f']")) == len(main.flows)
    x, y, width, height = map(float, svg.get("viewBox", "").split())
    for shape in (diagram.shapes[n] for n in main.nodes):
        assert x <= shape.x
        assert y <= shape.y
        assert shape.x + shape.width <= x + width
        assert shape.y + shape.height <= y + height
    assert not re.search(r"style=|<style|<script|javascript:", str(draw(diagram, title="x")))


def test_marks_are_shapes_weights_and_words() -> None:
    marks = {
        "intake": Mark("done", ("赵敏 3月2日",)),
        "review": Mark("late", ("钱立 3月3日", "超承诺 2 日"), Lamp.RED),
    }
    svg = picture(seed("GH02"), marks, {"to_intake"})
    classes = [e.get("class") for e in svg.iter(f"{SVG}rect")]
    assert "n done" in classes
    assert "n now late" in classes
    assert "n todo" in classes
    assert [e.get("href") for e in svg.iter(f"{SVG}use")] == ["#lr"], "late is a shape too"
    assert {"赵敏 3月2日", "钱立 3月3日", "超承诺 2 日"} <= {e.text for e in svg.iter(f"{SVG}text")}
    went = svg.findall(f".//{SVG}path[@class='f went']")
    assert [p.get("marker-end") for p in went] == ["url(#dg-went)"]


def test_it_is_named_and_described_for_who_does_not_see_it() -> None:
    svg = picture(seed("GH02"), title="流程图：用地规划", told="已过：受理。", key="p2")
    assert svg.get("role") == "img"
    names = svg.get("aria-labelledby", "").split()
    told = {e.get("id"): e.text for e in svg if e.tag in (f"{SVG}title", f"{SVG}desc")}
    assert [told[name] for name in names] == ["流程图：用地规划", "已过：受理。"]
    assert names == ["p2-t", "p2-d"]


HOSTILE = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"
 xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:dd="http://www.omg.org/spec/DD/20100524/DI">
<collaboration id="c"><participant id="pool" name="&lt;b&gt;" processRef="p"/></collaboration>
<process id="p"><laneSet><lane id="l" name="&#32508;&#21512;&#31383;&#21475;"/></laneSet>
<startEvent id="s"/><sequenceFlow id="f" name="&lt;x&gt;" sourceRef="s" targetRef="t"/>
<task id="t" name="&lt;script&gt;alert(1)&lt;/script&gt;&lt;script&gt;alert(2)&lt;/script&gt;&#24456;&#38271;&#30340;&#21517;&#23383;"/>
<sequenceFlow id="g" sourceRef="t" targetRef="e"/><endEvent id="e"><terminateEventDefinition/></endEvent>
<boundaryEvent id="b" attachedToRef="t" cancelActivity="false"><timerEventDefinition><timeDuration>P1D</timeDuration>
</timerEventDefinition></boundaryEvent><sequenceFlow id="h" sourceRef="b" targetRef="e"/></process>
<di:BPMNDiagram><di:BPMNPlane>
<di:BPMNShape bpmnElement="pool"><dc:Bounds x="0" y="0" width="600" height="200"/></di:BPMNShape>
<di:BPMNShape bpmnElement="l"><dc:Bounds x="30" y="0" width="570" height="200"/></di:BPMNShape>
<di:BPMNShape bpmnElement="s"><dc:Bounds x="80" y="82" width="36" height="36"/></di:BPMNShape>
<di:BPMNShape bpmnElement="t"><dc:Bounds x="200" y="60" width="100" height="80"/></di:BPMNShape>
<di:BPMNShape bpmnElement="b"><dc:Bounds x="232" y="122" width="36" height="36"/></di:BPMNShape>
<di:BPMNShape bpmnElement="e"><dc:Bounds x="400" y="82" width="36" height="36"/></di:BPMNShape>
<di:BPMNEdge bpmnElement="f"><dd:waypoint x="116" y="100"/><dd:waypoint x="200" y="100"/></di:BPMNEdge>
<di:BPMNEdge bpmnElement="g"><dd:waypoint x="300" y="100"/><dd:waypoint x="400" y="100"/></di:BPMNEdge>
</di:BPMNPlane></di:BPMNDiagram></definitions>"""


def test_a_foreign_drawing_with_lanes_borders_and_odd_names() -> None:
    diagram = read({"a.bpmn": HOSTILE}).usable()
    told = str(draw(diagram, title="<t>", told='"d"'))
    assert "<script" not in told
    assert "&lt;x&gt;" in told
    svg = picture(diagram)
    assert [e.text for e in svg.findall(f".//{SVG}text[@class='sm vt']")] == ["<b>", "综合窗口"]
    assert len(svg.findall(f".//{SVG}circle[@class='mk thin dash']")) == 1, "a border that interrupts nothing"
    assert len(svg.findall(f".//{SVG}circle[@class='mk full']")) == 1, "an end that ends all"
    shown = [e.text or "" for e in svg.findall(f".//{SVG}text[@class='st']")]
    assert len(shown) == 4
    assert shown[-1].endswith("…"), "what has no room says so"


def test_what_is_not_laid_out_is_no_picture() -> None:
    bare = HOSTILE.partition(b"<di:BPMNDiagram>")[0] + b"</definitions>"
    assert draw(read({"a.bpmn": bare}).usable(), title="x") == ""


def test_no_line_of_a_name_begins_with_what_closes_or_ends_with_what_opens() -> None:
    for code in SEEDS:
        lines = [t.text for t in picture(seed(code)).iter(f"{SVG}text") if t.text]
        assert not [line for line in lines if line[0] in "）》”、，。" or line[-1] in "（《“"], code
